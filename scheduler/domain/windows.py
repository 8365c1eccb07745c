"""Contact hours: when it is open where the person may be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar

from scheduler.domain.facts import Facts
from scheduler.domain.hours import (
    DAY,
    Calendar,
    Opening,
    Week,
    day_begins,
    first_day,
    local_date,
    open_intervals,
    starts_at,
)
from scheduler.domain.plan import ContactPoint, Grant, Purpose
from scheduler.domain.rule import HORIZON, Answer, Effective
from scheduler.domain.touchpoint import ANSWERING

_Kept = TypeVar("_Kept")

_NOTHING = timedelta(0)
_OPEN = "contact hours are open"
_MOST_NAMED = 4
"""From so many zones on they are counted, not named."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """Contact hours that must be open in every zone in which the debtor may be.

    `calendar` names the holidays that count; None takes the public ones of the residence. No message starts in the
    last `margin` of an opening. `consented` are the wider hours of somebody who recorded consent to them for the
    contact point. `answers_any_time` lets a confirmation out at any hour on the medium on which the debtor acted.
    """

    week: Week
    calendar: str | None = None
    margin: timedelta = _NOTHING
    consented: Week | None = None
    answers_any_time: bool = False
    _opened: "dict[_Asked, Answer]" = field(default_factory=dict, init=False, compare=False, repr=False)
    _closed: "dict[_Asked, datetime]" = field(default_factory=dict, init=False, compare=False, repr=False)

    def earliest(self, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on at which the window is open in all candidate zones."""
        if self._answers(facts, point):
            return Answer(at, "an answer on the medium that the debtor used")
        asked = _asked(facts, calendar, at)
        if (usual := self._opened.get(asked)) is None:
            usual = self._earliest(self.week, facts, calendar, at)
            _keep(self._opened, asked, usual)
        if usual.at == at or self.consented is None:
            return usual
        answers = [usual, *self._agreed(self.consented, facts, point, calendar, at)]
        return min(answers, key=_instant)

    def _answers(self, facts: Facts, point: ContactPoint) -> bool:
        return (
            self.answers_any_time and facts.touchpoint.kind in ANSWERING and facts.answers_on(point.channel)
        )

    def _agreed(
        self, week: Week, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime
    ) -> Iterator[Answer]:
        """Yield when the wider hours open under each recorded consent that has not ended."""
        for grant in _grants(point, at):
            wider = self._earliest(week, facts, calendar, max(at, grant.since))
            if wider.at is not None and (grant.until is None or wider.at < grant.until):
                yield wider if wider.at > at else Answer(at, "contact hours that the debtor agreed to")

    def _earliest(self, week: Week, facts: Facts, calendar: Calendar, at: datetime) -> Answer:
        limit, latest, closed = at + HORIZON, at, list[str]()
        while latest <= limit:
            start = latest
            for zone in facts.debtor.zones:
                opening = self._opens(week, facts, calendar, zone, latest, limit)
                if isinstance(opening, str):
                    return Answer(None, opening)
                if start == at and opening > at and not self._is_open(week, facts, calendar, zone, at):
                    closed.append(zone)
                latest = max(latest, opening)
            if latest == start:
                words = self._closed_words(week, facts, calendar, closed, at) if closed else _OPEN
                return Answer(latest, words)
        return Answer(None, "contact hours never open in all candidate zones within a year")

    def _is_open(self, week: Week, facts: Facts, calendar: Calendar, zone: str, at: datetime) -> bool:
        day = local_date(at, zone)
        openings = _cut(self._openings(week, facts, calendar, day), self.margin)
        return any(start <= at < end for start, end in open_intervals(day, openings, zone))

    def _closed_words(
        self, week: Week, facts: Facts, calendar: Calendar, closed: Sequence[str], at: datetime
    ) -> str:
        """Say where it is closed, and when that is a holiday."""
        where = " and ".join(closed) if len(closed) < _MOST_NAMED else f"{len(closed)} possible zones"
        heeding = closed if week.holidays is not None else []
        names = [self._holiday(facts, calendar, local_date(at, zone)) for zone in heeding]
        holidays = ", ".join(dict.fromkeys(each for each in names if each))
        return f"contact hours are closed in {where}{f' ({holidays})' if holidays else ''}"

    def closes(self, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime) -> datetime:
        """Return when the window that is open at `at` closes in the first of the candidate zones."""
        if self._answers(facts, point):
            return at + DAY
        asked = _asked(facts, calendar, at)
        if (usual := self._closed.get(asked)) is None:
            usual = self._closes(self.week, facts, calendar, at)
            _keep(self._closed, asked, usual)
        ends = [usual]
        if self.consented is not None:
            wider = self._closes(self.consented, facts, calendar, at)
            ends += [min(wider, grant.until or wider) for grant in _grants(point, at) if grant.since <= at]
        return max(ends)

    def _closes(self, week: Week, facts: Facts, calendar: Calendar, at: datetime) -> datetime:
        """Return when the openings close that are open at `at` in every zone; `at` itself where they are not."""
        ends = [at + DAY]
        for zone in facts.debtor.zones:
            day = local_date(at, zone)
            try:
                openings = self._openings(week, facts, calendar, day)
            except LookupError:
                return at
            stretches = open_intervals(day, openings, zone)
            ends.append(next((end for start, end in stretches if start <= at < end), at))
        return min(ends)

    def _opens(
        self, week: Week, facts: Facts, calendar: Calendar, zone: str, at: datetime, limit: datetime
    ) -> datetime | str:
        day = first_day(local_date(at, zone), zone)
        while starts_at(day, time.min, zone) <= limit:
            try:
                openings = self._openings(week, facts, calendar, day)
            except LookupError as error:
                return str(error).strip("'")
            for start, end in open_intervals(day, _cut(openings, self.margin), zone):
                if at < end:
                    return max(at, start)
            day += DAY
        return f"contact hours do not open in {zone} within a year"

    def _openings(self, week: Week, facts: Facts, calendar: Calendar, day: date) -> tuple[Opening, ...]:
        if week.holidays is not None and self._holiday(facts, calendar, day) is not None:
            return week.holidays
        return week.days.get(day.weekday(), ())

    def _holiday(self, facts: Facts, calendar: Calendar, day: date) -> str | None:
        if self.calendar is not None:
            return calendar.named(self.calendar, day)
        country = facts.debtor.country
        if country is None:
            raise LookupError("no holiday calendar is known for an unknown country")
        return calendar.holiday(country, facts.debtor.region, day)


_Asked = tuple[Calendar, str | None, str | None, tuple[str, ...], datetime]
"""All that an answer about the usual week depends on: everybody of a batch who may be in the same places shares it."""

_MOST_KEPT = 256


def _asked(facts: Facts, calendar: Calendar, at: datetime) -> _Asked:
    debtor = facts.debtor
    return calendar, debtor.country, debtor.region, debtor.zones, at


def _keep(kept: dict[_Asked, _Kept], asked: _Asked, answer: _Kept) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[asked] = answer


def _grants(point: ContactPoint, at: datetime) -> Iterator[Grant]:
    """Return the consents to other hours that have not ended."""
    for each in point.grants:
        if each.purpose is Purpose.OUTSIDE_HOURS and (each.until is None or at < each.until):
            yield each


def _instant(answer: Answer) -> datetime:
    return answer.at or _NEVER


@lru_cache(maxsize=1_024)
def _cut(openings: tuple[Opening, ...], margin: timedelta) -> tuple[Opening, ...]:
    """Return the openings without the last `margin` of each; what is no longer than that is closed."""
    if not margin:
        return openings
    return tuple((start, end) for start, last in openings if (end := _before(last, margin)) > start)


def _before(end: time | None, margin: timedelta) -> time:
    midnight = datetime(2000, 1, 2)  # noqa: DTZ001  # a wall clock, on no particular day
    wall = datetime.combine(date(2000, 1, 1), end) if end is not None else midnight
    return max(wall - margin, midnight - DAY).time()


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days on which nothing goes out, from the first to the last of each stretch, wherever the person may be."""

    stretches: tuple[tuple[date, date], ...]

    def earliest(self, facts: Facts, _point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on that lies outside the days in every candidate zone."""
        first, moved = at, True
        while moved:
            moved = False
            for zone in facts.debtor.zones:
                day = local_date(at, zone)
                for start, last in sorted(self.stretches):
                    if start <= day <= last:
                        at, moved = day_begins(last + DAY, zone, at), True
                        day = local_date(at, zone)
        return Answer(at, "no contact on these days" if at > first else "not one of the closed days")

    def closes(self, facts: Facts, _point: ContactPoint, _calendar: Calendar, at: datetime) -> datetime:
        """Return when the next of the days begins in the first of the candidate zones, at most a day ahead."""
        ends = [at + DAY]
        for zone in facts.debtor.zones:
            today = local_date(at, zone)
            soon = (first for first, _ in self.stretches if today < first <= today + 2 * DAY)
            ends += [day_begins(first, zone, at) for first in soon]
        return min(ends)


@dataclass(frozen=True, slots=True)
class HoursGiven:
    """Closed while no rule in force gives any hours: what no rule speaks of is never sent."""

    stretches: tuple[Effective, ...]
    detail: str

    def earliest(self, _facts: Facts, _point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on at which hours are given."""
        if any(each.covers(at) for each in self.stretches):
            return Answer(at, "a rule in force gives hours")
        starts = (each.start for each in self.stretches if each.start is not None and each.start > at)
        return Answer(min(starts, default=None), self.detail)

    def closes(self, _facts: Facts, _point: ContactPoint, _calendar: Calendar, at: datetime) -> datetime:
        """Return when the rules end that give hours at `at`, at most a day ahead."""
        later = at + DAY
        return max((each.end or later for each in self.stretches if each.covers(at)), default=at)


@dataclass(frozen=True, slots=True)
class Closed:
    """Never open: what must not be sent until somebody changes the configuration, and why."""

    detail: str

    def earliest(self, _facts: Facts, _point: ContactPoint, _calendar: Calendar, _at: datetime) -> Answer:
        """Return that there is no such instant."""
        return Answer(None, self.detail)
