"""How often: caps, gaps and channels that exclude each other, counted over contacts of every origin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from scheduler.domain.facts import Contact, Facts, Unit
from scheduler.domain.hours import DAY, Calendar, day_begins, local_date
from scheduler.domain.plain_words import span
from scheduler.domain.plan import ContactPoint
from scheduler.domain.rule import Answer
from scheduler.domain.touchpoint import Kind

_HOUR = timedelta(hours=1)


class Scope(StrEnum):
    """Over what a counter runs.

    A person is everybody who shares an address; a debtor is one record of one creditor; creditor and sender group
    count what this person had from them.
    """

    PERSON = "person"
    DEBTOR = "debtor"
    PLAN = "plan"
    CONTACT_POINT = "contact_point"
    CREDITOR = "creditor"
    SENDER_GROUP = "sender_group"


class Period(StrEnum):
    """A calendar period in the debtor's own zones; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Counted:
    """Which contacts count: their kinds, their channels, how far they got, and whether the debtor asked for them."""

    kinds: frozenset[Kind]
    channels: frozenset[str]
    unit: Unit = Unit.ATTEMPT
    requested: bool = True

    def has(self, contact: Contact) -> bool:
        """Whether this contact counts."""
        return (
            contact.kind in self.kinds
            and contact.channel in self.channels
            and contact.reached >= self.unit
            and (self.requested or not contact.requested)
        )


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `maximum` contacts in any stretch of `rolling`, or in one calendar `period`.

    A gap between messages is a cap of one; so is a pause after a conversation.
    """

    scope: Scope
    counted: Counted
    maximum: int
    rolling: timedelta | None = None
    period: Period | None = None

    def earliest(self, facts: Facts, point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on at which one more message stays within the cap."""
        if not facts.contacts:
            return Answer(at, _unused(self.maximum, self.counted.unit, self.rolling, self.period, self.scope))
        since = at - (self.rolling or _LONGEST[self.period or Period.DAY])
        recent = [each for each in facts.contacts if each.at > since and self.counted.has(each)]
        groups = list(_groups(self.scope, recent, facts, point))
        zones = facts.debtor.zones
        free, blocking = max(
            ((self._free(each, zones, at), each) for each in groups), key=lambda each: each[0]
        )
        if free > at:
            return Answer(free, f"{self.limit}; so far {_named(blocking, zones)}")
        if self.is_gap:
            return Answer(at, _no_other(self.rolling))
        used = max(self._used(each, facts.debtor.zones, at) for each in groups)
        return Answer(at, f"{used} used of {self.limit}")

    def _free(self, counted: Sequence[Contact], zones: Sequence[str], at: datetime) -> datetime:
        if len(counted) < self.maximum:
            return at
        if self.rolling is not None:
            instants = sorted((each.at for each in counted), reverse=True)
            return max(at, instants[self.maximum - 1] + self.rolling)
        return _next_free(self.period or Period.DAY, self.maximum, counted, zones, at)

    def _used(self, counted: Sequence[Contact], zones: Sequence[str], at: datetime) -> int:
        if self.rolling is not None or not counted:
            return len(counted)
        return max(_used_in(self.period or Period.DAY, counted, zone, at) for zone in zones)

    @property
    def is_gap(self) -> bool:
        """Whether it is a pause from one contact to the next."""
        return self.maximum == 1 and self.rolling is not None

    @property
    def limit(self) -> str:
        """The limit in words."""
        return _limit(self.maximum, self.counted.unit, self.rolling, self.period or Period.DAY, self.scope)


@lru_cache(maxsize=1_024)
def _limit(maximum: int, unit: Unit, rolling: timedelta | None, period: Period, scope: Scope) -> str:
    reached = _REACHED[unit] if maximum != 1 else _REACHED[unit].removesuffix("s")
    if rolling is not None and maximum == 1:
        after = "a conversation" if unit is Unit.CONVERSATION else "one contact"
        return f"{span(rolling)} from {after} to the next{_OVER[scope]}"
    within = f"in {span(rolling)}" if rolling else f"a {period.value}"
    return f"at most {maximum}{reached} {within}{_OVER[scope]}"


def _no_other(rolling: timedelta | None) -> str:
    return f"no other in the {span(rolling or _HOUR)} before"


@lru_cache(maxsize=1_024)
def _unused(maximum: int, unit: Unit, rolling: timedelta | None, period: Period | None, scope: Scope) -> str:
    """Return the words of a counter that has counted nothing yet."""
    if maximum == 1 and rolling is not None:
        return _no_other(rolling)
    return f"0 used of {_limit(maximum, unit, rolling, period or Period.DAY, scope)}"


_REACHED = {
    Unit.ATTEMPT: "",
    Unit.SENT: " sent",
    Unit.DELIVERED: " delivered",
    Unit.CONVERSATION: " conversations",
}

_MOST_NAMED = 7

_LONGEST = {Period.DAY: timedelta(days=3), Period.WEEK: timedelta(days=9), Period.MONTH: timedelta(days=33)}
"""How far back a contact may lie and still be in the same period in some zone."""

_OVER = {
    Scope.PERSON: "",
    Scope.DEBTOR: " for a debtor",
    Scope.PLAN: " for a plan",
    Scope.CONTACT_POINT: " for an address",
    Scope.CREDITOR: " from a creditor",
    Scope.SENDER_GROUP: " from a group of senders",
}


@dataclass(frozen=True, slots=True)
class OneChannel:
    """Not through several channels in one calendar period: the first one used keeps the others closed."""

    counted: Counted
    period: Period

    def earliest(self, facts: Facts, point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on in whose period no other channel was used."""
        if not facts.contacts:
            return Answer(at, f"no other channel was used this {self.period.value}")
        others = [each for each in facts.contacts if self.counted.has(each) and each.channel != point.channel]
        free = _next_free(self.period, 1, others, facts.debtor.zones, at)
        if free <= at:
            return Answer(at, f"no other channel was used this {self.period.value}")
        used = {each.channel for each in others if _in_one_period(self.period, each, at, facts)}
        return Answer(free, f"one channel a {self.period.value}, and it was {', '.join(sorted(used))}")


def _named(contacts: Sequence[Contact], zones: Sequence[str]) -> str:
    """Name the newest of the contacts by channel and day."""
    newest = sorted(contacts, key=lambda each: each.at)[-_MOST_NAMED:]
    days = (local_date(each.at, zones[0]) if zones else each.at.date() for each in newest)
    named = ", ".join(f"{each.channel} {day}" for each, day in zip(newest, days, strict=True))
    more = len(contacts) - len(newest)
    return f"{named} and {more} before" if more else named


def _groups(
    scope: Scope, contacts: Sequence[Contact], facts: Facts, point: ContactPoint
) -> Iterable[Sequence[Contact]]:
    """Return the contacts of each thing that the counter runs over: several only for several plans."""
    if scope is Scope.PLAN:
        return [[each for each in contacts if plan.id in each.plan_ids] for plan in facts.plans]
    if scope is Scope.CONTACT_POINT:
        return [[each for each in contacts if each.address_id == point.address_id]]
    if scope is Scope.DEBTOR:
        return [[each for each in contacts if each.debtor_id == facts.debtor.id]]
    if scope is Scope.CREDITOR:
        return [[each for each in contacts if each.creditor == facts.creditor.id]]
    if scope is Scope.SENDER_GROUP:
        return [[each for each in contacts if each.sender_group == facts.creditor.sender_group]]
    return [contacts]


def _next_free(
    period: Period, maximum: int, counted: Sequence[Contact], zones: Sequence[str], at: datetime
) -> datetime:
    """Return the first instant from `at` on whose calendar period holds less than `maximum` in every zone."""
    moved = bool(counted)
    days = {zone: [local_date(each.at, zone) for each in counted] for zone in zones} if moved else {}
    while moved:
        moved = False
        for zone in zones:
            start = _period_start(period, local_date(at, zone))
            if sum(start <= day for day in days[zone]) >= maximum:
                after = _period_after(period, start)
                at, moved = day_begins(after, zone, at), True
    return at


def _used_in(period: Period, counted: Sequence[Contact], zone: str, at: datetime) -> int:
    """Return how many fall into the zone's calendar period that holds `at`, or later."""
    start = _period_start(period, local_date(at, zone))
    return sum(start <= local_date(each.at, zone) for each in counted)


def _in_one_period(period: Period, contact: Contact, at: datetime, facts: Facts) -> bool:
    return any(_used_in(period, [contact], zone, at) for zone in facts.debtor.zones)


def _period_start(period: Period, day: date) -> date:
    if period is Period.DAY:
        return day
    return day - timedelta(days=day.weekday()) if period is Period.WEEK else day.replace(day=1)


def _period_after(period: Period, start: date) -> date:
    if period is Period.DAY:
        return start + DAY
    return start + 7 * DAY if period is Period.WEEK else (start + 31 * DAY).replace(day=1)
