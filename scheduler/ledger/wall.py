"""When it is open, by the clock on the wall in every zone in which a person may be."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from scheduler.ledger.lengths import in_words
from scheduler.ledger.past import Past
from scheduler.ledger.told import Message, Person
from scheduler.ledger.weeks import Opening, Week, clock

REPLIES = frozenset({"opt_out_confirmation", "help_reply", "dispute_ack", "reply"})
"""What answers words of the debtor, on the medium on which they came."""


class Holidays(Protocol):
    """Knows holidays; each raises LookupError for what it does not know."""

    def public(self, country: str | None, region: str | None, day: date) -> str | None:
        """Return a public holiday's name, or None."""
        ...

    def named(self, calendar: str, day: date) -> str | None:
        """Return a day's name in a calendar, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Hours:
    """When it is open; nothing starts in the last `margin` of an opening.

    `consented` are the hours of somebody who agreed to them; `answers` lets a confirmation out at any time on the
    medium that the debtor used.
    """

    week: Week
    almanac: Holidays
    calendar: str | None = None
    margin: timedelta = timedelta(0)
    consented: Week | None = None
    answers: bool = False

    def objection(self, message: Message, _past: Past) -> str | None:
        """Return why a message was outside these hours, or None where it was inside them in every zone."""
        if self.answers and (message.answers or message.contact.kind in REPLIES):
            return None
        weeks = [self.week]
        if self.consented is not None and "outside_hours" in message.granted:
            weeks.append(self.consented)
        found = [self._objection(message, each) for each in weeks]
        return None if None in found else found[0]

    def _objection(self, message: Message, week: Week) -> str | None:
        for zone, wall in message.walls.items():
            if (found := self._closed(week, message.person, wall)) is not None:
                return f"{wall:%A %H:%M} in {zone} {found}"
        return None

    def _closed(self, week: Week, person: Person, wall: datetime) -> str | None:
        try:
            holiday = self._holiday(person, wall.date()) if week.holidays is not None else None
        except LookupError as error:
            return f"cannot be judged, and so was not allowed: {error}"
        openings, day = week.on(wall), ""
        if holiday is not None:
            openings, day = week.holidays or (), f"on a holiday ({holiday}) "
        for start, end in openings:
            if start <= clock(wall) < end - self.margin:
                return None
            if start <= clock(wall) < end:
                return f"lies {day}in the last {in_words(self.margin)} before {_text(end)}"
        return f"lies {day}outside the hours ({_list(openings)})"

    def _holiday(self, person: Person, day: date) -> str | None:
        if self.calendar is not None:
            return self.almanac.named(self.calendar, day)
        return self.almanac.public(person.country, person.region, day)


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days on which nothing goes out, from the first to the last of each stretch."""

    stretches: tuple[tuple[date, date], ...]

    def objection(self, message: Message, _past: Past) -> str | None:
        """Return why a message fell on one of these days, or None."""
        for zone, wall in message.walls.items():
            if any(first <= wall.date() <= last for first, last in self.stretches):
                return f"{wall:%A %Y-%m-%d} in {zone} is a day without contact"
        return None


@dataclass(frozen=True, slots=True)
class Never:
    """What must not be sent at all, and why."""

    why: str

    def objection(self, _message: Message, _past: Past) -> str | None:
        """Return why."""
        return self.why


def _list(openings: tuple[Opening, ...]) -> str:
    return ", ".join(f"{_text(start)}-{_text(end)}" for start, end in openings) or "closed"


def _text(time: timedelta) -> str:
    minutes = time // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"
