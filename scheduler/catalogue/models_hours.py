"""Contact hours as a person writes them: mon-fri: ["09:00-18:00"], holidays: closed; or the quiet hours instead."""

import re
from datetime import time
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from scheduler.catalogue.mistakes import listed, quoted, remedy
from scheduler.catalogue.models import JsonSchema, clock_time, pattern, reads
from scheduler.domain.hours import Opening, Week

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = "holidays"
_CLOSED = "closed"
_LIKE_ANY_DAY = "like any day"


def _days(text: str) -> tuple[str, ...]:
    """Read a day, or a stretch of days that may go round the week's end, such as sun-thu."""
    if text == HOLIDAYS:
        return (HOLIDAYS,)
    first, dash, last = text.partition("-")
    for each in (first, last) if dash else (first,):
        if each not in WEEKDAYS:
            hint = remedy(each, (*WEEKDAYS, HOLIDAYS))
            raise ValueError(f"{quoted(each)} is no day of the week; {hint}")
    if not dash:
        return (first,)
    start, length = WEEKDAYS.index(first), (WEEKDAYS.index(last) - WEEKDAYS.index(first)) % 7
    return tuple(WEEKDAYS[(start + step) % 7] for step in range(length + 1))


_OPENING = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})", re.ASCII)


def _opening(text: str) -> Opening:
    match = _OPENING.fullmatch(text)
    if match is None:
        raise ValueError(f'{quoted(text)} is no opening; write it as "09:00-18:00"')
    start = clock_time(match[1])
    end = None if match[2] == "24:00" else clock_time(match[2])
    if end is not None and end <= start:
        raise ValueError(
            f"{quoted(text)} does not end after it starts; past midnight, write two: "
            f'"{match[1]}-24:00" and, on the next day, "00:00-{match[2]}"'
        )
    return start, end


def _openings(raw: object) -> object:
    if raw == _CLOSED:
        return []
    if raw == _LIKE_ANY_DAY:
        return None
    if not isinstance(raw, list):
        raise ValueError(f'write a list of openings, such as ["09:00-18:00"], or the word {_CLOSED}')
    return raw


def _apart(openings: tuple[Opening, ...] | None) -> tuple[Opening, ...] | None:
    if openings is None:
        return None
    ordered = sorted(openings, key=lambda each: each[0])
    for (_, end), (start, _) in pairwise(ordered):
        if end is None or start < end:
            raise ValueError("two openings of this day overlap; write them as one")
    return tuple(ordered)


def _sound(
    hours: dict[tuple[str, ...], tuple[Opening, ...] | None],
) -> dict[tuple[str, ...], tuple[Opening, ...] | None]:
    named: set[str] = set()
    for days, openings in hours.items():
        if twice := [each for each in days if each in named]:
            raise ValueError(f"{listed(twice)} stands here twice; name each day once")
        if openings is None and days != (HOLIDAYS,):
            raise ValueError(f"only {HOLIDAYS} can be {_LIKE_ANY_DAY}; write openings or {_CLOSED}")
        named.update(days)
    if not any(hours.values()):
        raise ValueError("these hours never open; give at least one day an opening")
    return hours


_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_OPENING_SCHEMA = pattern(f"{_CLOCK}-({_CLOCK}|24:00)")


def _hours_schema() -> JsonSchema:
    openings = {"type": "array", "items": _OPENING_SCHEMA, "uniqueItems": True}
    any_day = "|".join(WEEKDAYS)
    closed = {"const": _CLOSED, "description": "Never open."}
    alike = {"const": _LIKE_ANY_DAY, "description": "A holiday is as open as its weekday."}
    return {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {f"^(?:{any_day})(?:-(?:{any_day}))?$": {"anyOf": [closed, openings]}},
        "properties": {HOLIDAYS: {"anyOf": [closed, alike, openings]}},
        "additionalProperties": False,
    }


Hours = Annotated[
    dict[
        Annotated[tuple[str, ...], reads(_days, "mon-fri")],
        Annotated[
            tuple[Annotated[Opening, reads(_opening, '"09:00-18:00"')], ...] | None,
            BeforeValidator(_openings),
            AfterValidator(_apart),
        ],
    ],
    AfterValidator(_sound),
    WithJsonSchema(_hours_schema()),
]


def week(hours: Hours) -> Week:
    """Return the domain's week. A day that nobody names is closed, and so is a public holiday."""
    by_day = {day: openings for days, openings in hours.items() for day in days}
    open_days = ((index, by_day.get(name)) for index, name in enumerate(WEEKDAYS))
    return Week({index: openings for index, openings in open_days if openings}, by_day.get(HOLIDAYS, ()))


def _quiet(text: str) -> Opening:
    """Read a stretch of quiet, which may go past midnight."""
    match = _OPENING.fullmatch(text)
    if match is None:
        raise ValueError(f'{quoted(text)} is no stretch of hours; write it as "22:00-08:00"')
    start, end = clock_time(match[1]), None if match[2] == "24:00" else clock_time(match[2])
    if start == end:
        raise ValueError(f"{quoted(text)} has no length; write when it is quiet from and until")
    return start, end


def _awake(quiet: tuple[Opening, ...]) -> tuple[Opening, ...]:
    if not quiet:
        raise ValueError('there is no stretch of quiet; write one, such as ["22:00-08:00"]')
    if not _but(quiet):
        raise ValueError("these hours never open; leave some of the day out of the quiet")
    return quiet


def _but(quiet: tuple[Opening, ...]) -> tuple[Opening, ...]:
    """Return what of a day is left without the stretches of quiet."""
    nights = [
        part
        for start, end in quiet
        for part in (((start, end),) if end is None or start < end else ((time.min, end), (start, None)))
    ]
    left, at = list[Opening](), time.min
    for start, end in sorted(nights, key=lambda each: each[0]):
        if at < start:
            left.append((at, start))
        if end is None:
            return tuple(left)
        at = max(at, end)
    return (*left, (at, None))


Quiet = Annotated[
    tuple[Annotated[Opening, reads(_quiet, '"22:00-08:00"')], ...],
    AfterValidator(_awake),
    WithJsonSchema({"type": "array", "items": _OPENING_SCHEMA, "minItems": 1, "uniqueItems": True}),
]


def week_but(quiet: Quiet) -> Week:
    """Return the domain's week that is open every day, holidays too, except in the quiet hours."""
    return Week(dict.fromkeys(range(7), _but(quiet)), None)
