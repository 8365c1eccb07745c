"""Which holidays fall on a day where a person lives, by every calendar that a rule may go by."""

from collections.abc import Iterator
from datetime import date

from scheduler.domain.facts import Facts
from scheduler.domain.hours import Calendar
from scheduler.domain.policy import Policy
from scheduler.domain.windows import Hours


def feasts(facts: Facts, policy: Policy, calendar: Calendar, on: date) -> tuple[str, ...]:
    """Return the names of a day's holidays with their calendars; what no calendar knows is left out."""
    return tuple(_feasts(facts, policy, calendar, on))


def _feasts(facts: Facts, policy: Policy, calendar: Calendar, on: date) -> Iterator[str]:
    debtor = facts.debtor
    if debtor.country is not None and (name := _public(debtor.country, debtor.region, calendar, on)):
        yield f"{name} (public holiday in {debtor.country})"
    forms = (each.form for each in policy.governing(facts).rules)
    for each in sorted({form.calendar for form in forms if isinstance(form, Hours) and form.calendar}):
        if name := _named(each, calendar, on):
            yield f"{name} ({each})"


def _public(country: str, region: str | None, calendar: Calendar, on: date) -> str | None:
    try:
        return calendar.holiday(country, region, on)
    except LookupError:
        return None


def _named(name: str, calendar: Calendar, on: date) -> str | None:
    try:
        return calendar.named(name, on)
    except LookupError:
        return None
