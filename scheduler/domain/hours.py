"""Local time, opening hours and days: always answers in UTC.

"09:30 where she lives" exists only here. An opening is half-open: its end is already closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

Opening = tuple[time, time | None]
"""From a local time until another one, or until the end of the day when the end is None."""

Interval = tuple[datetime, datetime]
"""A half-open stretch of UTC."""


class Calendar(Protocol):
    """Knows public holidays by residence."""

    def holiday(self, country: str, region: str | None, day: date) -> str | None:
        """Return the holiday's name, or None on an ordinary day; LookupError when the calendar is unknown."""
        ...

    def named(self, calendar: str, day: date) -> str | None:
        """Return a day's name in a calendar of a regime's own; LookupError when it is unknown or does not cover it."""
        ...


@dataclass(frozen=True, slots=True)
class Week:
    """Openings by weekday (0 is Monday); a day that is missing is closed.

    `holidays` are the openings on a public holiday; None treats it like any other day.
    """

    days: Mapping[int, tuple[Opening, ...]]
    holidays: tuple[Opening, ...] | None = ()


def local_date(instant: datetime, zone: str) -> date:
    """Return the calendar day that the instant falls on in the zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=16_384)
def starts_at(day: date, at: time, zone: str) -> datetime:
    """Return the first instant of `day` at or after the local time `at`, in UTC.

    Inside a gap (clocks go forward) that is the end of the gap; of a repeated hour it is the first.
    """
    wall = datetime.combine(day, at)
    first = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if first.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall:
        return first
    earlier = wall.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return _change_between(zone, earlier, first)


def day_begins(day: date, zone: str, after: datetime) -> datetime:
    """Return when `day` begins in the zone, in UTC: for the second time where clocks go back over its midnight.

    It is the first of these instants later than `after`, else the last.
    """
    first = starts_at(day, time.min, zone)
    if first > after:
        return first
    return max(first, datetime.combine(day, time.min, ZoneInfo(zone)).replace(fold=1).astimezone(UTC))


@lru_cache(maxsize=16_384)
def first_day(day: date, zone: str) -> date:
    """Return the earliest day that it may still be once `day` has begun: the one before where clocks go back."""
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    return day if midnight.utcoffset() == midnight.replace(fold=1).utcoffset() else day - DAY


def _change_between(zone: str, low: datetime, high: datetime) -> datetime:
    """Return the first instant in (low, high] whose offset differs from that at `low`."""
    tz = ZoneInfo(zone)
    before = low.astimezone(tz).utcoffset()
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle <= low:
            break
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high


@lru_cache(maxsize=65_536)
def open_intervals(day: date, openings: tuple[Opening, ...], zone: str) -> tuple[Interval, ...]:
    """Return the stretches of UTC in which the local time of `day` lies within the openings.

    Exact across clock changes: each side of a repeated or missing hour is judged by its own wall time.
    """
    if not openings:
        return ()
    marks = _boundaries(day, openings, zone)
    stretches: list[Interval] = []
    for low, high in pairwise(marks):
        if not _is_open(low.astimezone(ZoneInfo(zone)), day, openings):
            continue
        if stretches and stretches[-1][1] == low:
            stretches[-1] = (stretches[-1][0], high)
        else:
            stretches.append((low, high))
    return tuple(stretches)


def _boundaries(day: date, openings: tuple[Opening, ...], zone: str) -> list[datetime]:
    """Return every instant around `day` at which being open may change, in order."""
    tz = ZoneInfo(zone)
    low = datetime.combine(day, time.min).replace(tzinfo=UTC) - timedelta(hours=27)
    high = low + timedelta(hours=78)
    marks = {low, high}
    step = low
    while step < high:  # two clock changes within six hours do not exist in the tz database
        ahead = step + timedelta(hours=6)
        if step.astimezone(tz).utcoffset() != ahead.astimezone(tz).utcoffset():
            marks.add(_change_between(zone, step, ahead))
        step = ahead
    walls = {datetime.combine(day, each) for pair in openings for each in pair if each is not None}
    walls |= {datetime.combine(day, time.min), datetime.combine(day + DAY, time.min)}
    for wall in walls:
        marks |= {wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(marks)


def _is_open(local: datetime, day: date, openings: tuple[Opening, ...]) -> bool:
    wall = local.time()
    return local.date() == day and any(
        start <= wall and (end is None or wall < end) for start, end in openings
    )
