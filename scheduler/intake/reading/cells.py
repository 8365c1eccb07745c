"""Makes values of cells: text, dates, instants, amounts; a Fault has a remedy and never the cell itself."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime

from scheduler.domain.money import parse_minor
from scheduler.intake.reading.columns import UNDECODABLE
from scheduler.intake.reading.rows import Fault

CELL_LIMIT = 10_000
"""The most characters that a cell may have."""

TEXT_LIMIT = 200
"""The most characters of a reference, a name and the like: they are printed in messages of limited length."""

_YEARS = range(1970, 2201)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# They would reorder the words of a message; joiners and non-breaking spaces belong to names.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def check_sound(cells: Mapping[str, str]) -> None:
    """Raise Fault when any cell is too long or has characters that no text has."""
    whole = "".join(cells.values())
    if len(whole) <= CELL_LIMIT and whole.isprintable() and UNDECODABLE not in whole:
        return
    for column, cell in cells.items():
        if len(cell) > CELL_LIMIT:
            raise Fault(column, f"the cell has more than {CELL_LIMIT:,} characters; shorten it")
        if "\0" in cell:
            raise Fault(column, "the cell holds a NUL character; remove it")
        if UNDECODABLE in cell:
            raise Fault(
                column,
                "the cell holds bytes that cannot be decoded; save the file as UTF-8 or give --encoding",
            )
        if not cell.isprintable() and any(map(_is_control, cell)):
            raise Fault(
                column, "the cell holds a control character, such as a line break or a tab; remove it"
            )


def _is_control(character: str) -> bool:
    return character in _REORDERING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def required(cells: Mapping[str, str], column: str) -> str:
    """Return a short text that must not be missing."""
    if text := cells.get(column):
        if len(text) > TEXT_LIMIT:
            raise Fault(column, f"the cell has more than {TEXT_LIMIT} characters; shorten it")
        return text
    raise Fault(column, "the cell is empty; fill it")


def optional(cells: Mapping[str, str], column: str) -> str | None:
    """Return a short text, or None when the cell is empty or missing."""
    return required(cells, column) if cells.get(column) else None


def due_date(cells: Mapping[str, str], column: str) -> date:
    """Return a calendar date written as ISO 8601 has it."""
    text = required(cells, column)
    if not _DATE.fullmatch(text):
        raise Fault(column, "the cell is not a date; write it as YYYY-MM-DD, such as 2027-01-31")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Fault(column, "there is no such day; write a day of the calendar as YYYY-MM-DD") from None
    if found.year not in _YEARS:
        raise Fault(column, f"the year is out of range; write one from {_YEARS[0]} to {_YEARS[-1]}")
    return found


def instant(cells: Mapping[str, str], column: str) -> datetime:
    """Return an instant in UTC, written as RFC 3339 with an offset."""
    text = required(cells, column)
    if not _INSTANT.fullmatch(text):
        raise Fault(
            column, "the cell is not an instant with an offset; write it as 2027-01-31T14:30:00+01:00"
        )
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise Fault(column, "there is no such instant; write one as 2027-01-31T14:30:00+01:00") from None
    if found.year not in _YEARS:
        raise Fault(column, f"the year is out of range; write one from {_YEARS[0]} to {_YEARS[-1]}")
    return found.astimezone(UTC)


def optional_instant(cells: Mapping[str, str], column: str) -> datetime | None:
    """Return an instant in UTC, or None when the cell is empty or missing."""
    return instant(cells, column) if cells.get(column) else None


def amount(cells: Mapping[str, str], column: str, currency: str) -> int:
    """Return a positive amount in minor units, exact for its currency."""
    minor = _minor(required(cells, column), column, currency)
    if minor <= 0:
        raise Fault(column, "the amount is not positive; write what is to be paid, more than nil")
    return minor


def part(cells: Mapping[str, str], column: str, currency: str) -> int | None:
    """Return a part of an amount in minor units, nil or more, or None when it is not stated."""
    text = cells.get(column)
    if not text:
        return None
    minor = _minor(text, column, currency)
    if minor < 0:
        raise Fault(column, "the part is negative; write nil or more, or leave the cell empty")
    return minor


def _minor(text: str, column: str, currency: str) -> int:
    try:
        return parse_minor(text, currency)
    except ValueError as error:
        # The sentence begins with the cell, which may be a name that slipped into the wrong column.
        said = str(error).removeprefix(f"{text!r} ")
        raise Fault(column, f"the cell {said}{'' if ';' in said else '; write it exactly'}") from None
