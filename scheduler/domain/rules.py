"""One small rule each, in the order that law and courtesy ask.

Standing rules look at the person and the debt; time rules answer with the earliest instant that they allow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from scheduler.domain.decision import AMENDED, EXPIRED, PAID, Decision, Defer, Reason, Refuse, Skip, Verdict
from scheduler.domain.facts import Contact, Facts, Hold
from scheduler.domain.hours import DAY, Calendar, Opening, Week, local_date, open_intervals, starts_at
from scheduler.domain.plan import ContactPoint, PlanStatus
from scheduler.domain.touchpoint import Kind, touchpoint_key

HORIZON = timedelta(days=366)
"""How far ahead an opening is looked for before the answer is never."""

StandingRule = Callable[[Facts, datetime], Decision | None]


def paid(facts: Facts, _now: datetime) -> Decision | None:
    """Nothing is asked for that is already paid or called off."""
    if facts.touchpoint.kind.confirms_payment:
        return None
    if facts.plan.status is not PlanStatus.ACTIVE:
        return Skip((Reason("paid", Verdict.SKIP, f"the plan is {facts.plan.status.value}"),))
    if not any(claim.instalment.open_minor for claim in facts.claims):
        return Skip((PAID,))
    return None


def ended(facts: Facts, now: datetime) -> Decision | None:
    """A step ends when the next one comes due, and one before the due date ends with it."""
    ends_at = facts.touchpoint.ends_at
    if ends_at is None or now < ends_at:
        return None
    return Skip((EXPIRED,))


def amended(facts: Facts, _now: datetime) -> Decision | None:
    """A step of a due date that no longer stands is not sent, however it came back into the queue."""
    touchpoint, plan = facts.touchpoint, facts.plan
    if touchpoint.instalment_id is None:
        return None
    for each in plan.instalments:
        if each.id == touchpoint.instalment_id:
            occurrence = each.due_date.isoformat()
            key = touchpoint_key(plan.creditor, plan.ref, each.identity, touchpoint.step, occurrence)
            return None if key == touchpoint.key else Skip((AMENDED,))
    return Skip((AMENDED,))


def held(facts: Facts, now: datetime) -> Decision | None:
    """A hold with an end defers until then; one without an end refuses until it is lifted."""
    holds = [each for each in facts.holds if _covers(each, facts, now)]
    if not holds:
        return None
    if endless := [each for each in holds if each.until is None]:
        details = (
            Reason("hold", Verdict.REFUSE, f"{each.kind.value} hold until it is lifted") for each in endless
        )
        return Refuse(tuple(details))
    ends = [(each.until, each.kind) for each in holds if each.until is not None]
    reasons = tuple(Reason("hold", Verdict.DEFER, f"{kind.value} hold", until) for until, kind in ends)
    return Defer(max(until for until, _ in ends), reasons)


def _covers(hold: Hold, facts: Facts, now: datetime) -> bool:
    if hold.since > now or (hold.until is not None and hold.until <= now):
        return False
    if hold.plan_id not in (None, facts.plan.id):
        return False
    return not (facts.touchpoint.kind.confirms_payment and hold.kind.permits_receipts)


STANDING: tuple[StandingRule, ...] = (paid, amended, ended, held)


def objection(point: ContactPoint, tried: frozenset[int]) -> str | None:
    """Return why this contact point must not be used, or None when it may."""
    if point.opted_out:
        return f"{point.channel}: opted out"
    if point.invalid:
        return f"{point.channel}: the address does not work"
    if point.consent_basis is None:
        return f"{point.channel}: no consent"
    if point.id in tried:
        return f"{point.channel}: refused for good by the provider"
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """The earliest instant that a time rule allows, or None for never, and the rule's words for it."""

    at: datetime | None
    detail: str


class Scope(StrEnum):
    """Over what a cap counts: the person across plans and channels, or one address."""

    PERSON = "person"
    CONTACT_POINT = "contact_point"


class Period(StrEnum):
    """A calendar period in the debtor's own zones."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class WindowRule:
    """Contact hours that must be open in every zone in which the debtor may be."""

    id: str
    citation: str
    kinds: frozenset[Kind]
    channels: frozenset[str]
    week: Week

    def earliest(self, facts: Facts, _point: ContactPoint, calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on at which the window is open in all candidate zones."""
        limit, latest, closed_in = at + HORIZON, at, ""
        while latest <= limit:
            start = latest
            for zone in facts.debtor.zones:
                opening = self._opens(facts, calendar, zone, latest, limit)
                if isinstance(opening, str):
                    return Answer(None, opening)
                if opening > latest:
                    latest, closed_in = opening, zone
            if latest == start:
                return Answer(
                    latest,
                    f"contact hours are closed in {closed_in}" if closed_in else "contact hours are open",
                )
        return Answer(None, "contact hours never open in all candidate zones within a year")

    def closes(self, facts: Facts, calendar: Calendar, at: datetime) -> datetime:
        """Return when the window that is open at `at` closes in the first of the candidate zones."""
        ends = [at + DAY]
        for zone in facts.debtor.zones:
            openings = self._openings(facts, calendar, local_date(at, zone))
            stretches = open_intervals(local_date(at, zone), openings, zone)
            ends += [end for start, end in stretches if start <= at < end]
        return min(ends)

    def _opens(
        self, facts: Facts, calendar: Calendar, zone: str, at: datetime, limit: datetime
    ) -> datetime | str:
        day = local_date(at, zone)
        while starts_at(day, time.min, zone) <= limit:
            try:
                openings = self._openings(facts, calendar, day)
            except LookupError:
                return f"no holiday calendar is known for {facts.debtor.country or 'an unknown country'}"
            for start, end in open_intervals(day, openings, zone):
                if at < end:
                    return max(at, start)
            day += DAY
        return f"contact hours do not open in {zone} within a year"

    def _openings(self, facts: Facts, calendar: Calendar, day: date) -> tuple[Opening, ...]:
        if self.week.holidays is not None:
            country = facts.debtor.country
            if country is None:
                raise LookupError(country)
            if calendar.holiday(country, facts.debtor.region, day):
                return self.week.holidays
        return self.week.days.get(day.weekday(), ())


@dataclass(frozen=True, slots=True)
class CapRule:
    """At most `maximum` messages in any stretch of `rolling`, or in one calendar `period`.

    A gap between messages is a cap of one. What it limits is also what it counts.
    """

    id: str
    citation: str
    kinds: frozenset[Kind]
    channels: frozenset[str]
    scope: Scope
    maximum: int
    rolling: timedelta | None = None
    period: Period | None = None

    def earliest(self, facts: Facts, point: ContactPoint, _calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on at which one more message stays within the cap."""
        counted = [each for each in facts.contacts if self._counts(each, point)]
        if len(counted) < self.maximum:
            return Answer(at, f"{len(counted)} used of {self._limit()}")
        if self.rolling is not None:
            instants = sorted((each.at for each in counted), reverse=True)
            free = instants[self.maximum - 1] + self.rolling
            return Answer(max(at, free), self._limit())
        return self._next_period(self.period or Period.DAY, counted, facts.debtor.zones, at)

    def _limit(self) -> str:
        if self.rolling is not None:
            return f"at most {self.maximum} in {_span(self.rolling)}"
        return f"at most {self.maximum} a {(self.period or Period.DAY).value}"

    def _counts(self, contact: Contact, point: ContactPoint) -> bool:
        return (
            contact.kind in self.kinds
            and contact.channel in self.channels
            and (self.scope is Scope.PERSON or contact.address_id == point.address_id)
        )

    def _next_period(
        self, period: Period, counted: list[Contact], zones: tuple[str, ...], at: datetime
    ) -> Answer:
        moved = True
        while moved:
            moved = False
            for zone in zones:
                start = _period_start(period, local_date(at, zone))
                used = sum(_period_start(period, local_date(each.at, zone)) >= start for each in counted)
                if used >= self.maximum:
                    at, moved = starts_at(_period_after(period, start), time.min, zone), True
        return Answer(at, self._limit())


TimeRule = WindowRule | CapRule


def _span(length: timedelta) -> str:
    hours, days = length // timedelta(hours=1), length // DAY
    return f"{days} days" if length == days * DAY and days > 1 else f"{hours} hours"


def _period_start(period: Period, day: date) -> date:
    if period is Period.DAY:
        return day
    return day - timedelta(days=day.weekday()) if period is Period.WEEK else day.replace(day=1)


def _period_after(period: Period, start: date) -> date:
    if period is Period.DAY:
        return start + DAY
    return start + 7 * DAY if period is Period.WEEK else (start + 31 * DAY).replace(day=1)
