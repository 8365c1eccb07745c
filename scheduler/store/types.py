"""Column types that keep Duly's promises in both databases."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from scheduler.domain.hours import Opening, Week

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAIVE = "an instant without an offset must not be stored"


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: TIMESTAMPTZ in PostgreSQL, microseconds since 1970 in SQLite.

    SQLite's own DATETIME drops the offset, so a naive value is refused here rather than guessed later.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type for the database at hand."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    # Whole processors, not `process_bind_param`: which database it is need not be asked for every value.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return what turns an aware instant into what the column stores."""
        return _microseconds if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return what turns what the column stores into an aware UTC instant."""
        return _of_microseconds if dialect.name == "sqlite" else _in_utc


def _microseconds(value: datetime | None) -> int | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_NAIVE)
    return (value - _EPOCH) // _MICROSECOND


def _of_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_NAIVE)
    return value.astimezone(UTC)


class Names(TypeDecorator[tuple[str, ...]]):
    """A short list of names without spaces, kept as one readable text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        """Join the names."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Split the names."""
        return None if value is None else tuple(value.split())


class WeekText(TypeDecorator[Week]):
    """Weekly openings, kept as JSON: {"days": {"0": [["09:00:00", null]]}, "holidays": []}, where 0 is Monday."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Week | None, dialect: Dialect) -> str | None:
        """Write the openings."""
        if value is None:
            return None
        days = {str(day): _pairs(openings) for day, openings in sorted(value.days.items())}
        holidays = None if value.holidays is None else _pairs(value.holidays)
        return json.dumps({"days": days, "holidays": holidays})

    def process_result_value(self, value: str | None, dialect: Dialect) -> Week | None:
        """Read the openings."""
        if value is None:
            return None
        read = json.loads(value)
        days = {int(day): _openings(pairs) for day, pairs in read["days"].items()}
        return Week(days, None if read["holidays"] is None else _openings(read["holidays"]))


def _pairs(openings: Sequence[Opening]) -> list[list[str | None]]:
    return [[start.isoformat(), None if end is None else end.isoformat()] for start, end in openings]


def _openings(pairs: Sequence[tuple[str, str | None]]) -> tuple[Opening, ...]:
    return tuple(
        (time.fromisoformat(start), None if end is None else time.fromisoformat(end)) for start, end in pairs
    )
