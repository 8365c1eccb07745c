"""A day as a bar: which quarters of an hour are open for contact, by every clock that may be the debtor's."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.hours import Interval
from scheduler.rehearsal.day import Day

_QUARTER = timedelta(minutes=15)
_OPEN, _PARTLY, _CLOSED = "#", "+", "."
LEGEND = f"{_OPEN} open   {_PARTLY} partly open   {_CLOSED} closed; one sign is a quarter of an hour"


def bar(day: Day, columns: int) -> Iterator[str]:
    """Yield the lines of the bar: the whole day in one row where it fits, else twelve hours a row."""
    margin = max(len(each.name) for each in day.clocks) + 1
    quarters = tuple(_quarters(day))
    a_row = 96 if columns >= margin + 96 else 48
    for first in range(0, len(quarters), a_row):
        row = quarters[first : first + a_row]
        for clock in day.clocks:
            yield f"{clock.name:<{margin}}{_hours(row, clock.zone)}".rstrip()
        yield " " * margin + "".join(_sign(each, day.open) for each in row)


def _quarters(day: Day) -> Iterator[datetime]:
    at = day.start
    while at < day.end:
        yield at
        at += _QUARTER


def _hours(row: Sequence[datetime], zone: str) -> str:
    """Return the hours of a zone's clock, each above the quarter with which it begins."""
    line = [" "] * (len(row) + 1)
    for place, at in enumerate(row):
        wall = at.astimezone(ZoneInfo(zone))
        if wall.minute == 0:
            line[place : place + 2] = f"{wall:%H}"
    return "".join(line)


def _sign(start: datetime, openings: Sequence[Interval]) -> str:
    end = start + _QUARTER
    if any(low <= start and end <= high for low, high in openings):
        return _OPEN
    return _PARTLY if any(low < end and start < high for low, high in openings) else _CLOSED
