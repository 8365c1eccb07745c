"""Rules, policies and a calendar for any test of the domain to vary."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from scheduler.domain.facts import Contact, Facts
from scheduler.domain.hours import Opening, Week
from scheduler.domain.policy import Policy
from scheduler.domain.rules import CapRule, Period, Scope, TimeRule, WindowRule
from scheduler.domain.touchpoint import Kind
from tests import builders

DAY, HOUR, MINUTE, SECOND = (
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)
POINT = builders.a_contact_point()
_ALL = frozenset(Kind)
_BOTH = frozenset({"sms", "email"})


class Holidays:
    """A calendar of the United Kingdom that knows these days, with a notebook of what it was asked."""

    def __init__(self, *days: date) -> None:
        self.days = days
        self.asked: list[tuple[str, str | None, date]] = []

    def holiday(self, country: str, region: str | None, day: date) -> str | None:
        """Return a name for the days that were given."""
        self.asked.append((country, region, day))
        if country != "GB":
            raise LookupError(country)
        return "a holiday" if day in self.days else None


def hours(
    text: str = "09:00-18:00",
    *,
    id: str = "hours",
    days: Sequence[int] = range(7),
    holidays: tuple[Opening, ...] | None = None,
    kinds: frozenset[Kind] = _ALL,
    channels: frozenset[str] = _BOTH,
) -> WindowRule:
    """One opening on these days."""
    start, end = text.split("-")
    opening = (time.fromisoformat(start), None if end == "24:00" else time.fromisoformat(end))
    return WindowRule(id, "none", kinds, channels, Week(dict.fromkeys(days, (opening,)), holidays))


def cap(
    maximum: int = 1,
    rolling: timedelta | None = None,
    period: Period | None = None,
    *,
    id: str = "limit",
    channels: frozenset[str] = _BOTH,
) -> CapRule:
    """A limit on everything."""
    return CapRule(id, "none", _ALL, channels, Scope.PERSON, maximum, rolling, period)


def policy(*rules: TimeRule, id: str = "p", version: str = "v1") -> Policy:
    """A policy of these rules, or of nine to six."""
    return Policy(id, version, rules or (hours(),))


def in_zones(*zones: str, country: str | None = "GB", contacts: Sequence[Contact] = ()) -> Facts:
    """Facts about a debtor who may be in any of these zones."""
    return builders.facts(debtor=builders.a_debtor(zones=zones, country=country), contacts=contacts)
