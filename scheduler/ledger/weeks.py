"""Hours of the week as text has them: mon-fri and "09:00-18:00"; each time is one since midnight."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from scheduler.ledger.yaml_file import Tree, leaves

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Opening = tuple[timedelta, timedelta]
"""From one time to another; the end is outside it."""

_MIDNIGHT, _NIGHT = timedelta(0), timedelta(hours=24)
_OPENING = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Week:
    """Openings by the names of the days, and on holidays; None is like any day."""

    days: Mapping[str, tuple[Opening, ...]]
    holidays: tuple[Opening, ...] | None

    def on(self, wall: datetime) -> tuple[Opening, ...]:
        """Return the openings of an ordinary day."""
        return self.days.get(WEEKDAYS[wall.weekday()], ())


def clock(wall: datetime) -> timedelta:
    """Return what the clock on the wall shows."""
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def week(said: Tree) -> Week:
    """Read a week; a day that is not named is closed. Raises KeyError or ValueError for what is none."""
    by_day: dict[str, tuple[Opening, ...] | None] = {}
    for names, hours in said.items():
        read = None if hours == "like any day" else () if hours == "closed" else openings(hours)
        by_day |= dict.fromkeys(days(names), read)
    holidays = by_day.pop("holidays", ())
    return Week({day: hours or () for day, hours in by_day.items()}, holidays)


def all_but(said: str | list[str]) -> Week:
    """Read hours of quiet, which may go on past midnight, and return the week without them."""
    shut: list[Opening] = []
    for start, end in openings(said):
        shut += [(start, end)] if start < end else [(start, _NIGHT), (_MIDNIGHT, end)]
    edges = sorted(shut)
    starts = [_MIDNIGHT, *accumulate((end for _, end in edges), max)]
    ends = [*(start for start, _ in edges), _NIGHT]
    left = tuple((start, end) for start, end in zip(starts, ends, strict=True) if start < end)
    return Week(dict.fromkeys(WEEKDAYS, left), None)


def days(names: str) -> tuple[str, ...]:
    """Read a day or a stretch of days, which may go round the week's end."""
    first, dash, last = names.partition("-")
    if not dash:
        return (names,)
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    length = (end - start) % 7 + 1
    return tuple(WEEKDAYS[(start + each) % 7] for each in range(length))


def openings(said: str | list[str]) -> tuple[Opening, ...]:
    """Read one opening or a list of them."""
    return tuple(_opening(each) for each in leaves(said))


def _opening(said: str) -> Opening:
    found = _OPENING.fullmatch(said)
    if found is None:
        raise ValueError(f"{said!r} is no opening")
    start_h, start_min, end_h, end_min = map(int, found.groups())
    return timedelta(hours=start_h, minutes=start_min), timedelta(hours=end_h, minutes=end_min)
