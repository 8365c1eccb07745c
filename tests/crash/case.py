"""The coordinates of one case of the crash table, as they are printed and read back."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What a provider can say of a message in doubt, and what the creditor makes of a proof that it never arrived."""

    SILENT = "silent"
    """It cannot be asked; the creditor would send again."""
    LISTS = "lists"
    """It lists its messages an hour after a call; the creditor sends nothing again."""
    LISTS_RESENDS = "lists-resends"
    """It lists its messages; the creditor sends again what is proved lost."""
    KNOWS = "knows"
    """It knows each message by our key, as the outbox does."""


class Fate(StrEnum):
    """What becomes of the first call; every later one is accepted."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TOO_MANY = "429"
    REFUSED_CONNECTION = "refused-connection"
    TIMEOUT_BEFORE = "timeout-before"
    TIMEOUT_AFTER = "timeout-after"
    ERROR_BEFORE = "5xx-before"
    ERROR_AFTER = "5xx-after"
    UNREADABLE_YES = "unreadable-yes"
    UNAUTHORISED = "401"


ARRIVES = frozenset({Fate.ACCEPTED, Fate.TIMEOUT_AFTER, Fate.ERROR_AFTER, Fate.UNREADABLE_YES})
"""Fates of a call that reaches the provider, whatever its caller hears of it."""


class Callback(StrEnum):
    """When the provider reports of a message that it took: before it answers, after every deadline, or not at all."""

    FIRST = "first"
    LAST = "last"
    NEVER = "never"


class Company(StrEnum):
    """Whether a second message to the same person comes due a day later, when the caps still depend on the first."""

    ALONE = "alone"
    FOLLOWED = "followed"


class How(StrEnum):
    """What happens to a process at a boundary; while it stands still another one does everything that comes due.

    Asleep is the whole machine: nobody does anything for three hours.
    """

    CRASH = "crash"
    OVERTAKEN = "overtaken"
    TWO_MINUTES = "two-minutes"
    THREE_HOURS = "three-hours"
    THIRTY_HOURS = "thirty-hours"
    ASLEEP = "asleep"

    @property
    def lasts(self) -> timedelta:
        """How long the process stands still."""
        return _LASTS[self]


_LASTS = {
    How.CRASH: timedelta(0),
    How.OVERTAKEN: timedelta(0),
    How.TWO_MINUTES: timedelta(minutes=2),
    How.THREE_HOURS: timedelta(hours=3),
    How.THIRTY_HOURS: timedelta(hours=30),
    How.ASLEEP: timedelta(hours=3),
}


@dataclass(frozen=True, slots=True)
class Interruption:
    """What happens to a process when it comes to a boundary: `settle.commit#2` is the second commit of a settling."""

    at: str
    how: How

    def __str__(self) -> str:
        return f"{self.at}={self.how}"


@dataclass(frozen=True, slots=True)
class Case:
    """One case: `second` befalls the process that takes over from, or overtakes, the one that `first` befalls."""

    kind: Kind
    fate: Fate
    callback: Callback
    company: Company = Company.ALONE
    first: Interruption | None = None
    second: Interruption | None = None

    def __str__(self) -> str:
        parts = [self.kind.value, self.fate.value, self.callback.value, self.company.value]
        return " ".join(parts + [str(each) for each in (self.first, self.second) if each is not None])


def case_of(text: str) -> Case:
    """Read coordinates as they are printed. Raises ValueError when they are none."""
    kind, fate, callback, company, *rest = text.split()
    interruptions = [Interruption(at, How(how)) for at, _, how in (each.partition("=") for each in rest)]
    if len(interruptions) > 2:
        raise ValueError(text)
    return Case(Kind(kind), Fate(fate), Callback(callback), Company(company), *interruptions)
