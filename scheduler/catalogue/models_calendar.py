"""config/calendars/*.yaml: the holidays of a regime that has a list of its own."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, SkipValidation, WithJsonSchema

from scheduler.catalogue.calendars import Fixed, FromEaster, NamedDay, NamedDays, Near, Nth, Single, When
from scheduler.catalogue.mistakes import listed, quoted, remedy
from scheduler.catalogue.models import Entry, Id, Line, Objection, one_of, pattern, reads
from scheduler.catalogue.models_fields import (
    DAY_PATTERN,
    FIRST_YEAR,
    LAST_YEAR,
    STRETCH_SCHEMA,
    ConfidenceCode,
    Maybe,
    number_schema,
    stretch,
    whole_number,
)
from scheduler.catalogue.models_kinds import as_list, one_or_several
from scheduler.domain.rule import Confidence

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTHS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_SHORTER_MONTHS = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}

_DATE = r"(\d{2})-(\d{2})"
_FIXED = re.compile(_DATE, re.ASCII)
_EASTER = re.compile(r"easter(?: ([+-]) (\d{1,3}) days?)?", re.ASCII)
_NEAR = re.compile(rf"([a-z]+) (on or )?(before|after) {_DATE}", re.ASCII)
_NTH = re.compile(r"([a-z]+) ([a-z]+) of (\d{2})", re.ASCII)
_YEARS = (FIRST_YEAR, LAST_YEAR)
_YEARLY = '"01-01", easter - 2 days, monday before 05-25, or first monday of 09'


def _when(text: str) -> When:
    """Read a day that comes every year, or one date."""
    if match := _FIXED.fullmatch(text):
        return Fixed(*_month_day(match[1], match[2]))
    if match := _EASTER.fullmatch(text):
        return FromEaster(int(f"{match[1] or '+'}{match[2] or 0}"))
    if match := _NEAR.fullmatch(text):
        weekday, on, side = _weekday(match[1]), match[2] is not None, match[3]
        return Near(weekday, *_month_day(match[4], match[5]), after=side == "after", on=on)
    if match := _NTH.fullmatch(text):
        return Nth(_nth(match[1]), _weekday(match[2]), _month(match[3]))
    if text[:4].isdecimal():
        return Single((stretch(text),))
    raise ValueError(f"{quoted(text)} is no day; write it as {_YEARLY}, or 2027-02-06")


def _weekday(text: str) -> int:
    if text not in _WEEKDAYS:
        raise ValueError(f"{quoted(text)} is no day of the week; {remedy(text, _WEEKDAYS)}")
    return _WEEKDAYS.index(text)


def _nth(text: str) -> int:
    if text not in _NTHS:
        raise ValueError(f"{quoted(text)} is no place in a month; choose {listed(_NTHS)}")
    return _NTHS[text]


def _month(text: str) -> int:
    if not 1 <= int(text) <= 12:
        raise ValueError(f"{quoted(text)} is no month; write it from 01 to 12")
    return int(text)


def _month_day(month: str, day: str) -> tuple[int, int]:
    found = _month(month)
    if not 1 <= int(day) <= _SHORTER_MONTHS.get(found, 31):
        raise ValueError(
            f"{quoted(f'{month}-{day}')} is no day of every year; write month and day, such as 05-25"
        )
    return found, int(day)


def _on(raw: object) -> When:
    """Read a day, or a list of dates, of which every year has one at least."""
    if isinstance(raw, str):
        return _when(raw.strip())
    if not isinstance(raw, list) or not raw or not all(isinstance(each, str) for each in raw):
        raise ValueError(
            f"write a day of every year, such as {_YEARLY}, or a list of dates: [2027-02-06, 2028-01-26]"
        )
    return Single(tuple(stretch(each.strip()) for each in raw), yearly=True)


_YEARLY_SCHEMA = pattern(
    "(0[1-9]|1[0-2])-[0-3][0-9]"
    "|easter( [+-] [0-9]{1,3} days?)?"
    f"|({'|'.join(_WEEKDAYS)}) (on or )?(before|after) (0[1-9]|1[0-2])-[0-3][0-9]"
    f"|({'|'.join(_NTHS)}) ({'|'.join(_WEEKDAYS)}) of (0[1-9]|1[0-2])"
    f"|{DAY_PATTERN}"
)
_DATES_SCHEMA = {"type": "array", "items": STRETCH_SCHEMA, "minItems": 1, "uniqueItems": True}


OneDay = Annotated[When, SkipValidation(), reads(_when, _YEARLY, _YEARLY_SCHEMA)]
Days = Annotated[
    When,
    SkipValidation(),
    BeforeValidator(_on),
    WithJsonSchema({"anyOf": [_YEARLY_SCHEMA, _DATES_SCHEMA]}),
]
Weekdays = Annotated[
    tuple[Annotated[str, one_of(_WEEKDAYS, "day of the week")], ...],
    BeforeValidator(as_list),
    WithJsonSchema(one_or_several(_WEEKDAYS)),
]


def _year(text: str) -> int:
    return whole_number(text, *_YEARS, "year")


Year = Annotated[int, reads(_year, "2024", number_schema(*_YEARS))]


class CoversModel(Entry):
    """The years that the calendar knows; on a day of any other year nothing is sent that asks it."""

    first: Year = Field(alias="from", examples=["2024"], description="The first year.")
    last: Year = Field(alias="to", examples=["2037"], description="The last year.")


class DayModel(Entry):
    """A named day."""

    name: Line = Field(examples=["Labour Day"], description="What the log calls the day.")
    on: Days = Field(
        examples=["first monday of 09"],
        description=f"A day of every year: {_YEARLY}; or one date; or a list with dates of every year.",
    )
    unless: Maybe[Weekdays] = Field(None, examples=["sunday"], description="On these weekdays it is `then`.")
    then: Maybe[OneDay] = Field(None, examples=['"07-02"'], description="The day that stands in for it.")

    def objections(self) -> Iterator[Objection]:
        """A day that gives way has a day to give way to."""
        if (self.unless is None) != (self.then is None):
            yield (), "`unless` and `then` stand together: add the one that is missing, or remove the other"

    def value(self) -> NamedDay:
        """Return the domain's value."""
        weekdays = frozenset(_WEEKDAYS.index(each) for each in self.unless or ())
        return NamedDay(self.name, self.on, weekdays, self.then)


class CalendarModel(Entry):
    """A calendar of a regime's own."""

    id: Id = Field(examples=["ca-qc-collection"], description="The calendar's name, which is the file's too.")
    title: Line = Field(examples=["Quebec, days without collection"], description="One line for lists.")
    citation: Line = Field(examples=["Consumer Protection Act"], description="Where the days are listed.")
    confidence: ConfidenceCode = Field(examples=list(Confidence), description="How well the source is known.")
    covers: CoversModel = Field(examples=["{from: 2024, to: 2037}"], description="The years it is good for.")
    days: tuple[DayModel, ...] = Field(
        examples=['[{name: New Year\'s Day, on: "01-01"}]'], description="The days."
    )

    def objections(self) -> Iterator[Objection]:
        """The years are in order, and no year is without the dates that every year needs."""
        first, last = self.covers.first, self.covers.last
        if last < first:
            yield (
                ("covers", "to"),
                f"this ends in {last}, before it begins in {first}; write the later year last",
            )
        if not self.days:
            yield ("days",), "the calendar names no day; add one"
        for index, day in enumerate(self.days):
            yield from ((("days", index, *loc), sentence) for loc, sentence in day.objections())
            if isinstance(day.on, Single):
                yield from ((("days", index, "on"), each) for each in _gaps(day.on, first, last))

    def value(self) -> NamedDays:
        """Return the calendar as what is asked for the names of days."""
        days = tuple(each.value() for each in self.days)
        return NamedDays(self.id, self.covers.first, self.covers.last, days)


def _gaps(dates: Single, first: int, last: int) -> Iterator[str]:
    """Find a year without dates, or dates outside of all years."""
    years = range(first, last + 1)
    if dates.yearly and (missing := [each for each in years if not any(dates.of(each))]):
        yield f"the calendar covers {missing[0]}, of which no date stands here; add it, or shorten `covers`"
    if outside := [day for stretch in dates.stretches for day in stretch if day.year not in years]:
        yield f"{outside[0]} lies in a year that the calendar does not cover; remove it, or lengthen `covers`"
