"""Rules, policies, a calendar and instants for any test of the domain to vary."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict, Unpack

from scheduler.domain.counters import Cap, Counted, Period, Scope
from scheduler.domain.facts import Contact, Facts, Unit
from scheduler.domain.hours import Opening, Week
from scheduler.domain.plan import ContactPoint
from scheduler.domain.policy import Policy
from scheduler.domain.rule import ALWAYS, ANYBODY, Applies, Effective, Form, Rule, TimeForm
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Hours
from tests import builders
from tests.builders import NOW

DAY, HOUR, MINUTE, SECOND = (
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)
POINT = builders.a_contact_point()
ALL = frozenset(Kind)
BOTH = frozenset({"sms", "email"})
SMS, EMAIL = frozenset({"sms"}), frozenset({"email"})


def utc(day: int, hour: int = 0, minute: int = 0, *, month: int = 3, year: int = 2027) -> datetime:
    """An instant, of March 2027 unless said otherwise. 9 March is a Tuesday, like `NOW`."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


class Holidays:
    """Public holidays of the United Kingdom and calendars by name, with a notebook of what was asked.

    The named ones cover the years 2000 to 2037.
    """

    def __init__(self, *days: date, calendars: Mapping[str, Collection[date]] | None = None) -> None:
        self.days = days
        self.calendars = calendars or {}
        self.asked: list[tuple[str, str | None, date]] = []

    def holiday(self, country: str, region: str | None, day: date) -> str | None:
        """Return a name for the days that were given."""
        self.asked.append((country, region, day))
        if country != "GB":
            raise LookupError(f"no holiday calendar is known for {country}")
        return "a holiday" if day in self.days else None

    def named(self, calendar: str, day: date) -> str | None:
        """Return a name for the days that the calendar holds."""
        if not 2000 <= day.year <= 2037:
            raise LookupError(f"the calendar {calendar} does not cover {day.year}")
        return "a day of rest" if day in self.calendars[calendar] else None


NO_HOLIDAYS = Holidays()


def openings(*texts: str) -> tuple[Opening, ...]:
    """Read openings such as 09:00-12:00, or 22:00-24:00."""
    pairs = [each.split("-") for each in texts]
    return tuple(
        (time.fromisoformat(start), None if end == "24:00" else time.fromisoformat(end))
        for start, end in pairs
    )


def week(*texts: str, days: Sequence[int] = range(7), holidays: tuple[Opening, ...] | None = None) -> Week:
    """The same openings on each of these days; holidays are like any day unless said otherwise."""
    return Week(dict.fromkeys(days, openings(*texts)), holidays)


class RuleFields(TypedDict, total=False):
    """What a test may say of a rule beside its form."""

    kinds: frozenset[Kind]
    channels: frozenset[str]
    applies: Applies
    effective: Effective
    fallback: bool


def rule(form: Form, id: str = "rule", **rest: Unpack[RuleFields]) -> Rule:
    """A rule about everything, for everybody, at all times."""
    fields: RuleFields = {
        "kinds": ALL,
        "channels": BOTH,
        "applies": ANYBODY,
        "effective": ALWAYS,
        "fallback": False,
    }
    return Rule(id=id, citation="none", form=form, **(fields | rest))


def hours(
    *texts: str,
    id: str = "hours",
    days: Sequence[int] = range(7),
    holidays: tuple[Opening, ...] | None = None,
    **rest: Unpack[RuleFields],
) -> Rule:
    """Nine to six on every day unless said otherwise."""
    return rule(Hours(week(*(texts or ["09:00-18:00"]), days=days, holidays=holidays)), id, **rest)


def counted(
    kinds: frozenset[Kind] = ALL,
    channels: frozenset[str] = BOTH,
    unit: Unit = Unit.ATTEMPT,
    requested: bool = True,
) -> Counted:
    """Everything that Duly sends."""
    return Counted(kinds, channels, unit, requested)


def a_cap(
    maximum: int = 1,
    rolling: timedelta | None = None,
    period: Period | None = None,
    *,
    scope: Scope = Scope.PERSON,
    of: Counted | None = None,
) -> Cap:
    """A limit on everything that Duly sends to a person."""
    return Cap(scope, of or counted(), maximum, rolling, period)


def cap(
    maximum: int = 1,
    rolling: timedelta | None = None,
    period: Period | None = None,
    *,
    id: str = "limit",
    **rest: Unpack[RuleFields],
) -> Rule:
    """A limit on everything that Duly sends to a person, as a rule."""
    return rule(a_cap(maximum, rolling, period), id, **rest)


def policy(*rules: Rule, id: str = "p", version: str = "v1") -> Policy:
    """A policy of these rules, or of nine to six."""
    return Policy(id, version, rules or (hours(),))


def in_zones(*zones: str, country: str | None = "GB", contacts: Sequence[Contact] = ()) -> Facts:
    """Facts about a debtor who may be in any of these zones."""
    return builders.facts(debtor=builders.a_debtor(zones=zones, country=country), contacts=contacts)


def about(kind: Kind, facts: Facts | None = None) -> Facts:
    """The same facts about a touchpoint of this kind."""
    facts = facts or builders.facts()
    return replace(facts, touchpoint=replace(facts.touchpoint, kind=kind))


def earliest(
    form: TimeForm,
    facts: Facts | None = None,
    at: datetime = NOW,
    *,
    point: ContactPoint = POINT,
    calendar: Holidays = NO_HOLIDAYS,
) -> datetime | str:
    """Return the first instant that the form allows, or why there is none; in UTC unless the facts say otherwise."""
    answer = form.earliest(in_zones("UTC") if facts is None else facts, point, calendar, at)
    return answer.at or answer.detail
