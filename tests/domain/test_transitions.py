"""An hour to each side of clock changes, minute by minute; `python -m benchmarks transitions` does it for all zones."""

from datetime import UTC, date, datetime

import pytest

from scheduler.domain.counters import Period
from scheduler.domain.windows import ClosedDays
from tests import builders
from tests.domain.rules_and_days import MINUTE, a_cap, earliest, in_zones
from tests.domain.transitions import changes, disagreements

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/Nuuk", "America/Santiago", "Antarctica/Troll",
    "Asia/Beirut", "Atlantic/Azores", "Australia/Lord_Howe", "Europe/London", "Pacific/Chatham",
)  # fmt: skip
"""At midnight, by half an hour, by two hours, around a fast, on a Saturday, in the south, with odd offsets."""


@pytest.mark.parametrize("zone", ZONES)
def test_rules_agree_with_the_wall_around_each_clock_change(zone: str) -> None:
    found = list(changes(zone, 2027, 2027))

    assert found
    assert [each for change in found for each in disagreements(zone, change)] == []


@pytest.mark.parametrize(
    ("zone", "year"), [("Pacific/Apia", 2011), ("Pacific/Kwajalein", 1993), ("Asia/Pyongyang", 2018)]
)
def test_rules_agree_with_the_wall_where_a_day_or_half_an_hour_is_missing_for_good(
    zone: str, year: int
) -> None:
    for change in changes(zone, year, year):
        assert list(disagreements(zone, change)) == []


def test_the_changes_of_a_zone_are_found_to_the_second() -> None:
    assert list(changes("Europe/London", 2027, 2027)) == [
        datetime(2027, 3, 28, 1, tzinfo=UTC),
        datetime(2027, 10, 31, 1, tzinfo=UTC),
    ]
    assert list(changes("Asia/Kathmandu", 2024, 2037)) == []


def test_a_wrong_rule_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    (spring, _) = changes("Europe/London", 2027, 2027)
    monkeypatch.setattr("tests.domain.oracle.wall", lambda at, _: at.replace(tzinfo=None))

    assert list(disagreements("Europe/London", spring)) != []


def test_where_midnight_comes_twice_nothing_opens_before_it_was_asked_about() -> None:
    # Until 2011 St John's went back from 00:01 to 23:01, so that a day began, stopped and began again.
    first_midnight = datetime(2006, 10, 29, 2, 30, tzinfo=UTC)
    facts = in_zones("America/St_Johns", contacts=[builders.a_contact(first_midnight - 30 * MINUTE)])
    saturday = ClosedDays(((date(2006, 10, 28), date(2006, 10, 28)),))

    for form in (a_cap(1, period=Period.DAY), saturday):
        assert earliest(form, facts, first_midnight - MINUTE) == first_midnight
        assert earliest(form, facts, first_midnight) == first_midnight
        second = datetime(2006, 10, 29, 3, 30, tzinfo=UTC)
        assert earliest(form, facts, second - 45 * MINUTE) == second
