"""Calendars of a regime's own: which days of a year have a name, by date, by Easter or by weekday."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter  # type: ignore[import-untyped]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same date every year."""

    month: int
    day: int

    def of(self, year: int) -> Iterator[date]:
        """Yield the days of a year."""
        yield date(year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class FromEaster:
    """So many days after Easter Sunday (Western churches), or before it when negative."""

    days: int

    def of(self, year: int) -> Iterator[date]:
        """Yield the days of a year."""
        sunday: date = easter(year)
        yield sunday + self.days * _DAY


@dataclass(frozen=True, slots=True)
class Nth:
    """The `nth` such weekday (0 is Monday) of a month, if it has so many; -1 is the last."""

    nth: int
    weekday: int
    month: int

    def of(self, year: int) -> Iterator[date]:
        """Yield the days of a year."""
        if self.nth < 0:
            last = date(year, self.month, monthrange(year, self.month)[1])
            yield last - (last.weekday() - self.weekday) % 7 * _DAY
        else:
            first = date(year, self.month, 1)
            found = first + ((self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)) * _DAY
            if found.month == self.month:
                yield found


@dataclass(frozen=True, slots=True)
class Near:
    """The next such weekday (0 is Monday) after a date or the last before it; with `on`, the date itself counts."""

    weekday: int
    month: int
    day: int
    after: bool
    on: bool

    def of(self, year: int) -> Iterator[date]:
        """Yield the days of a year."""
        step = _DAY if self.after else -_DAY
        at = date(year, self.month, self.day) + (0 if self.on else 1) * step
        distance = (self.weekday - at.weekday()) * (1 if self.after else -1) % 7
        yield at + distance * step


@dataclass(frozen=True, slots=True)
class Single:
    """Stretches of days that follow no rule, from the first to the last of each; if `yearly`, some in every year."""

    stretches: tuple[tuple[date, date], ...]
    yearly: bool = False

    def of(self, year: int) -> Iterator[date]:
        """Yield the days of a year."""
        for first, last in self.stretches:
            at = max(first, date(year, 1, 1))
            while at <= min(last, date(year, 12, 31)):
                yield at
                at += _DAY


When = Fixed | FromEaster | Nth | Near | Single


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day with its name; when it falls on one of the weekdays `unless` (0 is Monday), it is `then` instead."""

    name: str
    when: When
    unless: frozenset[int] = frozenset()
    then: When | None = None

    def of(self, year: int) -> Iterator[date]:
        """Yield the days of a year."""
        for each in self.when.of(year):
            if each.weekday() not in self.unless:
                yield each
            elif self.then is not None:
                yield from self.then.of(year)


@dataclass(frozen=True, slots=True)
class NamedDays:
    """A calendar: its named days in the years that it covers, from the first to the last."""

    id: str
    first_year: int
    last_year: int
    days: tuple[NamedDay, ...]

    def year(self, year: int) -> dict[date, str]:
        """Return the named days of a year; raises LookupError for a year that the calendar does not cover."""
        if not self.first_year <= year <= self.last_year:
            raise LookupError(
                f"the calendar {self.id} covers {self.first_year} to {self.last_year}, and not {year}"
            )
        around = (year - 1, year, year + 1)  # a weekday near the turn of the year may lie in the next one
        return {
            day: each.name
            for each in self.days
            for near in around
            for day in each.of(near)
            if day.year == year
        }
