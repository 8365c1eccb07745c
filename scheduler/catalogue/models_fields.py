"""Fields that policies and calendars share: days, lengths of time, yes and no, confidence, and keys left out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, TypeVar

from pydantic import BeforeValidator
from pydantic_core import CoreSchema

from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import JsonSchema, one_of, pattern, reads
from scheduler.domain.rule import Confidence

Value = TypeVar("Value")

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""What lies outside is a slip of the pen, and some of it no calendar can count with."""

DAY_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
STRETCH_SCHEMA = pattern(rf"{DAY_PATTERN}(\.\.{DAY_PATTERN})?")


def day(text: str) -> date:
    """Read a calendar day, such as 2027-01-31."""
    try:
        found = date.fromisoformat(text) if re.fullmatch(DAY_PATTERN, text) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"{quoted(text)} is no date; write it as 2027-01-31")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"{quoted(text)} is out of range; write a year from {FIRST_YEAR} to {LAST_YEAR}")
    return found


def stretch(text: str) -> tuple[date, date]:
    """Read a day, or the first and the last of several, such as 2027-02-08..2027-02-12."""
    first, dots, last = text.partition("..")
    days = (day(first), day(last if dots else first))
    if days[1] < days[0]:
        raise ValueError(f"{quoted(text)} ends before it begins; write the earlier day first")
    return days


_SPAN = re.compile(r"(\d{1,5}) (day|week|month|year)s?", re.ASCII)
_SPAN_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}
_LONGEST_SPAN_DAYS = 36_600


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is no length of time; write it as 60 days or 3 years")
    days = int(match[1]) * _SPAN_DAYS[match[2]]
    if not 0 < days <= _LONGEST_SPAN_DAYS:
        raise ValueError(
            f"{quoted(text)} is out of range; write more than nothing and no more than 100 years"
        )
    return timedelta(days=days)


def whole_number(text: str, least: int, most: int, noun: str) -> int:
    """Read a number in digits. Raises ValueError for anything else and for one that is out of range."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise ValueError(f"{quoted(text)} is no {noun}; write a whole number from {least} to {most}")
    return int(text)


def number_schema(least: int, most: int) -> JsonSchema:
    """Return the schema of a whole number from 1 on, which an editor may take for a number or for text."""
    digits = f"^[1-9][0-9]{{0,{len(str(most)) - 1}}}$"
    return {"type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": digits}


def _is_yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{quoted(text)} is neither yes nor no; write one of them")
    return text == "yes"


def _filled(raw: object) -> object:
    if raw is None:
        raise ValueError("this is empty; fill it in")
    return raw


Maybe = Annotated[Value | None, BeforeValidator(_filled)]
"""A key that may be left out, but not left empty: an empty one would quietly mean something else."""

Day = Annotated[date, reads(day, "2027-01-31", pattern(DAY_PATTERN))]
Stretch = Annotated[tuple[date, date], reads(stretch, "2027-02-08..2027-02-12", STRETCH_SCHEMA)]
Span = Annotated[timedelta, reads(_span, "60 days", pattern("[0-9]{1,5} (day|week|month|year)s?"))]
"""A length of time in calendar words; a month counts 31 days and a year 366, so that nothing ends too early."""

YesNo = Annotated[bool, reads(_is_yes, "yes", {"type": "string", "enum": ["yes", "no"]})]
ConfidenceCode = Annotated[Confidence, one_of(tuple(Confidence), "degree of confidence")]


@dataclass(frozen=True, slots=True, eq=False)
class OrText:
    """Says in a schema that a mapping may be written as text instead."""

    text: JsonSchema

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: Callable[[CoreSchema], JsonSchema]
    ) -> JsonSchema:
        return {"anyOf": [self.text, handler(core)]}
