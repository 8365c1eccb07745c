"""Weeks of openings: joined, turned inside out, and measured."""

from collections.abc import Iterable, Mapping
from datetime import time, timedelta

from scheduler.domain.hours import DAY, Opening, Week

_MIDNIGHT = time(0)


def joined(weeks: Iterable[Week]) -> Week:
    """Return the week that is open whenever one of these is."""
    parts = list(weeks)
    days = {day: [each for week in parts for each in week.days.get(day, ())] for day in range(7)}
    return _week({day: _merged(openings) for day, openings in days.items()})


def outside(week: Week) -> Week:
    """Return the week that is open whenever this one is closed. Its openings do not overlap."""
    return _week({day: tuple(_gaps(week.days.get(day, ()))) for day in range(7)})


def length(week: Week) -> timedelta:
    """Return for how long a week is open."""
    openings = (each for day in week.days.values() for each in day)
    return sum((_end(end) - _start(start) for start, end in openings), timedelta(0))


def _week(days: Mapping[int, tuple[Opening, ...]]) -> Week:
    return Week({day: openings for day, openings in days.items() if openings}, None)


def _merged(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    merged: list[Opening] = []
    for start, end in sorted(openings, key=lambda each: each[0]):
        if merged and _end(merged[-1][1]) >= _start(start):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end, key=_end))
        else:
            merged.append((start, end))
    return tuple(merged)


def _gaps(openings: Iterable[Opening]) -> Iterable[Opening]:
    since: time | None = _MIDNIGHT
    for start, end in sorted(openings, key=lambda each: each[0]):
        if since is not None and since < start:
            yield since, start
        since = end
    if since is not None:
        yield since, None


def _start(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _end(at: time | None) -> timedelta:
    return DAY if at is None else _start(at)
