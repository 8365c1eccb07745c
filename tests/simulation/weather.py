"""Chance: one source of numbers for everything, and for each seed its own rates of every fault."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

Choice = TypeVar("Choice")

HOT = 12
"""How many times as often a fault happens in a seed whose class of faults is hot."""

_HOT_SEEDS = 0.35


class Chance:
    """Draws from one seeded source, in the order in which the loop takes its turns."""

    def __init__(self, seed: int) -> None:
        """Start a stream that a seed decides."""
        self._source = random.Random(seed)

    def happens(self, rate: float) -> bool:
        """Whether something of this probability happens now."""
        return rate > 0 and self._source.random() < rate

    def between(self, least: float, most: float) -> float:
        """Return a number of a stretch, each as likely."""
        return self._source.uniform(least, most)

    def around(self, least: float, most: float) -> float:
        """Return a number of a stretch, each order of magnitude as likely."""
        return math.exp(self._source.uniform(math.log(least), math.log(most)))

    def whole(self, least: int, most: int) -> int:
        """Return a whole number of a stretch, both ends included."""
        return self._source.randint(least, most)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        """Return one of several."""
        return self._source.choice(choices)

    def random_bytes(self, size: int) -> bytes:
        """Return bytes that are secret to nobody."""
        return self._source.randbytes(size)


@dataclass(frozen=True, slots=True)
class Weather:
    """How often each fault happens: per call, per boundary, per callback, or per day where it says so."""

    # a call to the provider
    timeout: float = 0.1
    timeout_taken: float = 0.16
    error: float = 0.05
    error_taken: float = 0.06
    unreadable_taken: float = 0.03
    raises: float = 0.02
    raises_taken: float = 0.03
    limited: float = 0.05
    refused: float = 0.04
    bad_number: float = 0.08
    slow: float = 0.15
    # a look-up
    list_fails: float = 0.05
    list_is_empty: float = 0.1
    answer_lies: float = 0.08
    # what a provider reports of a message, and each of its callbacks
    unheard: float = 0.4
    undelivered: float = 0.1
    lost: float = 0.1
    late: float = 0.25
    twice: float = 0.15
    early: float = 0.15
    # the process, at each boundary
    crash: float = 0.006
    suspend: float = 0.005
    # the database, at each transaction
    refuses: float = 0.01
    forgets_to_answer: float = 0.006
    # people, at the boundaries between intent and call, and per debtor and day
    news_between: float = 0.15
    news_a_day: float = 0.15
    # the provider as a whole, per day
    locked_out_a_day: float = 0.03
    # custody: copies put back per day and between intent and call, clocks that jump per day, a journal that is full
    restore_a_day: float = 0.05
    restore_between: float = 0.02
    clock_jump_a_day: float = 0.05
    journal_full: float = 0.06


CLASSES = {
    "calls": (
        "timeout",
        "timeout_taken",
        "error",
        "error_taken",
        "unreadable_taken",
        "raises",
        "raises_taken",
    ),
    "limits": ("limited", "refused", "bad_number", "locked_out_a_day"),
    "callbacks": ("lost", "unheard", "late", "twice", "early", "undelivered"),
    "look_ups": ("list_fails", "list_is_empty", "answer_lies", "unheard"),
    "crashes": ("crash",),
    "suspensions": ("suspend",),
    "database": ("refuses", "forgets_to_answer"),
    "news": ("news_between", "news_a_day"),
    "custody": ("restore_a_day", "restore_between", "clock_jump_a_day", "journal_full"),
}
"""Faults that a hot seed makes frequent together."""

MOST = {"crash": 0.05, "suspend": 0.04, "refuses": 0.2, "forgets_to_answer": 0.2, "restore_between": 0.1}
"""Beyond this nothing ever gets done; other faults stop at two in three, and at two a day."""

CALM = Weather(**{each.name: 0.0 for each in fields(Weather)})
"""No faults at all: what the quiet phase has."""


def drawn_weather(chance: Chance) -> Weather:
    """Return this seed's own rates: each from none to twice the usual, one class sometimes hot."""
    usual = Weather()
    rates = {each.name: getattr(usual, each.name) * 2 * chance.between(0, 1) for each in fields(Weather)}
    if chance.happens(_HOT_SEEDS):
        for name in CLASSES[chance.one_of(sorted(CLASSES))]:
            rates[name] *= HOT
    for name, rate in rates.items():
        rates[name] = min(rate, MOST.get(name, 2.0 if name.endswith("a_day") else 0.67))
    return replace(usual, **rates)
