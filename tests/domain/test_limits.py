"""Limits on how often: rolling and by calendar, on both sides of each edge."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.facts import Contact
from scheduler.domain.rules import CapRule, Period, Scope
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import DAY, HOUR, POINT, SECOND, Holidays

KINDS = frozenset({Kind.REMINDER_PRE_DUE, Kind.OVERDUE_NOTICE})
BOTH = frozenset({"sms", "email"})


def utc(day: int, hour: int = 0, minute: int = 0, *, month: int = 3) -> datetime:
    """An instant of 2027, in March unless said otherwise. 9 March is a Tuesday, like `NOW`."""
    return datetime(2027, month, day, hour, minute, tzinfo=UTC)


def a_cap(
    maximum: int = 1,
    *,
    rolling: timedelta | None = None,
    period: Period | None = None,
    scope: Scope = Scope.PERSON,
    channels: frozenset[str] = BOTH,
) -> CapRule:
    """A limit on the kinds that ask."""
    return CapRule("limit", "none", KINDS, channels, scope, maximum, rolling, period)


def sent(
    at: datetime, kind: Kind = Kind.OVERDUE_NOTICE, channel: str = "sms", address_id: int = 1
) -> Contact:
    """A message that counts."""
    return Contact(at, kind, channel, address_id)


def earliest(
    cap: CapRule, *contacts: Contact, at: datetime = NOW, zones: tuple[str, ...] = ("UTC",)
) -> datetime:
    """Return the first instant that the limit allows."""
    facts = builders.facts(debtor=builders.a_debtor(zones=zones), contacts=contacts)
    answer = cap.earliest(facts, POINT, Holidays(), at)
    assert answer.at is not None
    return answer.at


def test_a_rolling_limit_that_is_not_reached_allows_it_now() -> None:
    cap = a_cap(2, rolling=7 * DAY)

    assert earliest(cap) == NOW
    assert earliest(cap, sent(NOW - DAY)) == NOW


def test_a_rolling_limit_waits_until_the_oldest_that_matters_is_out_of_it() -> None:
    cap = a_cap(2, rolling=7 * DAY)
    contacts = [sent(NOW - 6 * DAY), sent(NOW - 2 * DAY)]

    assert earliest(cap, *contacts) == NOW + DAY
    assert earliest(cap, *contacts, sent(NOW - 1 * DAY)) == NOW + 5 * DAY


def test_a_rolling_limit_ends_at_the_very_instant_and_not_before() -> None:
    cap = a_cap(1, rolling=7 * DAY)

    assert earliest(cap, sent(NOW - 7 * DAY)) == NOW
    assert earliest(cap, sent(NOW - 7 * DAY + SECOND)) == NOW + SECOND


def test_older_messages_do_not_count_however_many_they_are() -> None:
    cap = a_cap(2, rolling=7 * DAY)

    assert earliest(cap, *[sent(NOW - 8 * DAY)] * 20, sent(NOW - DAY)) == NOW


def test_a_gap_runs_from_the_latest_message() -> None:
    gap = a_cap(1, rolling=48 * HOUR)

    assert earliest(gap, sent(NOW - 47 * HOUR), sent(NOW - 90 * HOUR)) == NOW + HOUR
    assert earliest(gap, sent(NOW - 48 * HOUR)) == NOW


def test_a_limit_per_day_waits_for_midnight_where_the_debtor_lives() -> None:
    cap = a_cap(1, period=Period.DAY)

    assert earliest(cap, sent(utc(9, 1)), at=utc(9, 23, 59)) == utc(10)
    assert earliest(cap, sent(utc(9, 1)), at=utc(10)) == utc(10)
    assert earliest(cap, sent(utc(9, 1)), at=utc(9, 12), zones=("Asia/Tokyo",)) == utc(9, 15)


def test_a_limit_per_day_does_not_count_the_evening_before() -> None:
    cap = a_cap(1, period=Period.DAY)

    assert earliest(cap, sent(utc(8, 23, 59)), at=utc(9)) == utc(9)
    assert earliest(cap, sent(utc(9)), at=utc(9)) == utc(10)


def test_a_limit_per_day_holds_in_every_zone_in_which_the_debtor_may_be() -> None:
    cap = a_cap(1, period=Period.DAY)
    zones = ("Asia/Tokyo", "America/New_York")

    # 20:00 on the 9th in New York is 10:00 on the 10th in Tokyo.
    assert earliest(cap, sent(utc(10, 1)), at=utc(10, 2), zones=zones) == utc(10, 15)
    # 01:00 on the 10th in New York is 15:00 in Tokyo; there the day ends first.
    assert earliest(cap, sent(utc(10, 6)), at=utc(10, 7), zones=zones) == utc(11, 5)


def test_a_limit_per_week_runs_from_monday_to_sunday() -> None:
    cap = a_cap(1, period=Period.WEEK)

    assert earliest(cap, sent(utc(8)), at=utc(14, 23, 59)) == utc(15)
    assert earliest(cap, sent(utc(7, 23, 59)), at=utc(8)) == utc(8)


def test_a_limit_per_month_runs_from_the_first_to_the_last() -> None:
    cap = a_cap(1, period=Period.MONTH)

    assert earliest(cap, sent(utc(1)), at=utc(31, 23, 59)) == utc(1, month=4)
    assert earliest(cap, sent(utc(28, 23, 59, month=2)), at=utc(1)) == utc(1)
    december = datetime(2027, 12, 31, tzinfo=UTC)
    assert earliest(cap, sent(december), at=december) == datetime(2028, 1, 1, tzinfo=UTC)


def test_a_day_of_a_clock_change_ends_at_its_own_midnight() -> None:
    cap = a_cap(1, period=Period.DAY)

    assert earliest(cap, sent(utc(28, 6)), at=utc(28, 7), zones=("Europe/London",)) == utc(28, 23)
    assert earliest(cap, sent(utc(27, 6)), at=utc(27, 7), zones=("Asia/Beirut",)) == utc(27, 22)


def test_a_limit_counts_only_the_kinds_and_channels_that_it_limits() -> None:
    cap = a_cap(1, rolling=DAY, channels=frozenset({"sms"}))

    assert earliest(cap, sent(NOW, Kind.RECEIPT)) == NOW
    assert earliest(cap, sent(NOW, channel="email")) == NOW
    assert earliest(cap, sent(NOW)) == NOW + DAY


def test_a_limit_for_a_person_counts_all_addresses_and_one_for_an_address_only_that() -> None:
    other = sent(NOW, address_id=POINT.address_id + 1)

    assert earliest(a_cap(1, rolling=DAY), other) == NOW + DAY
    assert earliest(a_cap(1, rolling=DAY, scope=Scope.CONTACT_POINT), other) == NOW
    assert earliest(a_cap(1, rolling=DAY, scope=Scope.CONTACT_POINT), sent(NOW)) == NOW + DAY


@pytest.mark.parametrize(
    ("cap", "words"),
    [
        (a_cap(1, rolling=48 * HOUR), "at most 1 in 2 days"),
        (a_cap(1, rolling=36 * HOUR), "at most 1 in 36 hours"),
        (a_cap(1, period=Period.WEEK), "at most 1 a week"),
    ],
    ids=["days", "hours", "calendar"],
)
def test_a_limit_says_what_it_is(cap: CapRule, words: str) -> None:
    assert cap.earliest(builders.facts(contacts=[sent(NOW)]), POINT, Holidays(), NOW).detail == words
