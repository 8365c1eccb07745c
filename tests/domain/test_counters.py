"""Limits on how often: every scope, unit and channel, rolling and by calendar, on both sides of each edge."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from scheduler.domain.counters import Cap, Counted, OneChannel, Period, Scope
from scheduler.domain.facts import Contact, Facts, Unit
from scheduler.domain.rule import TimeForm
from scheduler.domain.touchpoint import ASKING, Kind
from tests import builders
from tests.builders import NOW, a_contact
from tests.domain.rules_and_days import (
    ALL,
    BOTH,
    DAY,
    HOUR,
    MINUTE,
    NO_HOLIDAYS,
    POINT,
    SECOND,
    SMS,
    a_cap,
    counted,
    utc,
)
from tests.domain.rules_and_days import earliest as first_of

CALLS = frozenset({"call"})
WEEK = 7 * DAY


def earliest(
    form: TimeForm, *contacts: Contact, at: datetime = NOW, zones: Sequence[str] = ("UTC",)
) -> datetime | str:
    """Return the first instant that the form allows after these contacts."""
    debtor = builders.a_debtor(zones=tuple(zones))
    return first_of(form, builders.facts(debtor=debtor, contacts=contacts), at)


# ------------------------------------------------------------------------------------------------- rolling


def test_a_rolling_limit_that_is_not_reached_allows_it_now() -> None:
    assert earliest(a_cap(2, WEEK)) == NOW
    assert earliest(a_cap(2, WEEK), a_contact(NOW - DAY)) == NOW


def test_a_rolling_limit_waits_until_the_oldest_that_matters_is_out_of_it() -> None:
    contacts = [a_contact(NOW - 6 * DAY), a_contact(NOW - 2 * DAY)]

    assert earliest(a_cap(2, WEEK), *contacts) == NOW + DAY
    assert earliest(a_cap(2, WEEK), *contacts, a_contact(NOW - DAY)) == NOW + 5 * DAY


def test_a_rolling_limit_ends_at_the_very_instant_and_not_before() -> None:
    assert earliest(a_cap(1, WEEK), a_contact(NOW - WEEK)) == NOW
    assert earliest(a_cap(1, WEEK), a_contact(NOW - WEEK + SECOND)) == NOW + SECOND


def test_older_contacts_do_not_count_however_many_they_are() -> None:
    assert earliest(a_cap(2, WEEK), *[a_contact(NOW - 8 * DAY)] * 20, a_contact(NOW - DAY)) == NOW


def test_a_rolling_limit_heeds_no_calendar_and_no_clock_change() -> None:
    # On 28 March London's day has 23 hours; a day of a limit has 24.
    sent = a_contact(utc(27, 12))

    assert earliest(a_cap(1, DAY), sent, at=utc(28, 11), zones=["Europe/London"]) == utc(28, 12)


def test_a_gap_runs_from_the_latest_contact() -> None:
    # cl: two days from one to the next.
    gap = a_cap(1, 48 * HOUR)

    assert earliest(gap, a_contact(NOW - 47 * HOUR), a_contact(NOW - 90 * HOUR)) == NOW + HOUR
    assert earliest(gap, a_contact(NOW - 48 * HOUR)) == NOW


def test_an_eighth_of_any_sort_within_seven_days_waits() -> None:
    # kr: seven of all sorts in seven rolling days.
    mixed = [a_contact(NOW - each * HOUR, channel="sms" if each % 2 else "email") for each in range(1, 8)]

    assert earliest(a_cap(7, WEEK), *mixed[:6]) == NOW
    assert earliest(a_cap(7, WEEK), *mixed) == NOW + WEEK - 7 * HOUR


def test_a_contact_that_another_clock_dates_later_counts_already() -> None:
    tomorrow = a_contact(utc(10))

    assert earliest(a_cap(1, DAY), a_contact(NOW + MINUTE)) == NOW + MINUTE + DAY
    assert earliest(a_cap(1, period=Period.DAY), tomorrow, at=utc(10) - SECOND) == utc(11)


# ------------------------------------------------------------------------------------------------ calendar


def test_a_limit_per_day_waits_for_midnight_where_the_debtor_lives() -> None:
    cap = a_cap(1, period=Period.DAY)

    assert earliest(cap, a_contact(utc(9, 1)), at=utc(10) - SECOND) == utc(10)
    assert earliest(cap, a_contact(utc(9, 1)), at=utc(10)) == utc(10)
    assert earliest(cap, a_contact(utc(9, 1)), at=utc(9, 12), zones=["Asia/Tokyo"]) == utc(9, 15)


def test_a_limit_per_day_does_not_count_the_evening_before() -> None:
    cap = a_cap(1, period=Period.DAY)

    assert earliest(cap, a_contact(utc(9) - SECOND), at=utc(9)) == utc(9)
    assert earliest(cap, a_contact(utc(9)), at=utc(9)) == utc(10)


def test_a_limit_of_several_per_day_lets_the_last_of_them_out() -> None:
    cap = a_cap(3, period=Period.DAY)
    two = [a_contact(utc(9, 1)), a_contact(utc(9, 2))]

    assert earliest(cap, *two, at=utc(9, 12)) == utc(9, 12)
    assert earliest(cap, *two, a_contact(utc(9, 3)), at=utc(9, 12)) == utc(10)


def test_a_limit_per_day_holds_in_every_zone_in_which_the_debtor_may_be() -> None:
    cap, zones = a_cap(1, period=Period.DAY), ("Asia/Tokyo", "America/New_York")

    # 20:00 on the 9th in New York is 10:00 on the 10th in Tokyo.
    assert earliest(cap, a_contact(utc(10, 1)), at=utc(10, 2), zones=zones) == utc(10, 15)
    # 01:00 on the 10th in New York is 15:00 in Tokyo; there the day ends first.
    assert earliest(cap, a_contact(utc(10, 6)), at=utc(10, 7), zones=zones) == utc(11, 5)


def test_a_limit_per_day_holds_in_zones_a_whole_day_apart() -> None:
    cap, zones = a_cap(1, period=Period.DAY), ("Pacific/Kiritimati", "Pacific/Pago_Pago")

    # In Kiritimati the day ends at 10:00 UTC, in Pago Pago at 11:00.
    assert earliest(cap, a_contact(utc(9, 9, 30)), at=utc(9, 9, 40), zones=zones) == utc(9, 11)
    assert earliest(cap, a_contact(utc(9, 10, 30)), at=utc(9, 11), zones=zones) == utc(10, 10)


def test_a_limit_per_week_runs_from_monday_to_sunday() -> None:
    cap = a_cap(1, period=Period.WEEK)

    assert earliest(cap, a_contact(utc(8)), at=utc(15) - SECOND) == utc(15)
    assert earliest(cap, a_contact(utc(8) - SECOND), at=utc(8)) == utc(8)


def test_a_limit_per_week_holds_in_every_zone() -> None:
    # Sunday evening in New York is Monday in Tokyo: it counts for the old week there, for the new one here.
    sent, zones = a_contact(utc(15, 1)), ("Asia/Tokyo", "America/New_York")

    assert earliest(a_cap(1, period=Period.WEEK), sent, at=utc(15, 12), zones=zones) == utc(21, 15)


def test_a_limit_per_month_runs_from_the_first_to_the_last() -> None:
    cap = a_cap(1, period=Period.MONTH)
    december = datetime(2027, 12, 31, tzinfo=UTC)

    assert earliest(cap, a_contact(utc(1)), at=utc(1, month=4) - SECOND) == utc(1, month=4)
    assert earliest(cap, a_contact(utc(1) - SECOND), at=utc(1)) == utc(1)
    assert earliest(cap, a_contact(december), at=december) == datetime(2028, 1, 1, tzinfo=UTC)


def test_february_of_a_leap_year_has_one_day_more() -> None:
    sent = a_contact(utc(1, month=2, year=2028))

    assert earliest(a_cap(1, period=Period.MONTH), sent, at=utc(29, month=2, year=2028)) == utc(1, year=2028)


def test_a_day_of_a_clock_change_ends_at_its_own_midnight() -> None:
    cap = a_cap(1, period=Period.DAY)

    assert earliest(cap, a_contact(utc(28, 6)), at=utc(28, 7), zones=["Europe/London"]) == utc(28, 23)
    assert earliest(cap, a_contact(utc(27, 6)), at=utc(27, 7), zones=["Asia/Beirut"]) == utc(27, 22)


# ------------------------------------------------------------------------------------------- over what it runs

ELSEWHERE: dict[Scope, Contact] = {
    Scope.DEBTOR: a_contact(debtor_id=2),
    Scope.PLAN: a_contact(plan_ids=[2]),
    Scope.CONTACT_POINT: a_contact(address_id=2),
    Scope.CREDITOR: a_contact(creditor="southwind"),
    Scope.SENDER_GROUP: a_contact(sender_group="southwind"),
}


@pytest.mark.parametrize("scope", ELSEWHERE)
def test_a_limit_counts_only_what_it_runs_over(scope: Scope) -> None:
    cap = a_cap(1, DAY, scope=scope)

    assert earliest(cap, ELSEWHERE[scope]) == NOW
    assert earliest(cap, a_contact()) == NOW + DAY


@pytest.mark.parametrize("scope", ELSEWHERE)
def test_a_limit_for_a_person_counts_everything_that_reached_that_person(scope: Scope) -> None:
    assert earliest(a_cap(1, DAY), ELSEWHERE[scope]) == NOW + DAY


def test_creditors_of_one_group_count_as_one_sender() -> None:
    # cn: the lender and every agency that works for it.
    cap = a_cap(1, DAY, scope=Scope.SENDER_GROUP)
    theirs = a_contact(creditor="southwind", sender_group="harbour-group")

    def of(group: str | None) -> Facts:
        return builders.facts(creditor=builders.a_creditor(group=group), contacts=[theirs])

    assert first_of(cap, of("harbour-group")) == NOW + DAY
    assert first_of(cap, of(None)) == NOW
    assert first_of(a_cap(1, DAY, scope=Scope.CREDITOR), of("harbour-group")) == NOW


def test_a_message_about_two_plans_waits_for_the_limit_of_both() -> None:
    # us-regf: seven in seven days for each debt.
    first, second = builders.a_plan(id=1), builders.a_plan(id=2, ref="P-2")
    claims = [builders.a_claim(first), builders.a_claim(second)]
    contacts = [a_contact(NOW - 2 * HOUR, plan_ids=[1]), a_contact(NOW - HOUR, plan_ids=[2])]
    cap = a_cap(1, DAY, scope=Scope.PLAN)

    both = builders.facts(plan=first, claims=claims, contacts=contacts)
    assert first_of(cap, both) == NOW - HOUR + DAY
    assert first_of(cap, builders.facts(plan=first, contacts=contacts)) == NOW - 2 * HOUR + DAY


def test_limits_of_several_plans_are_not_added_up() -> None:
    first, second = builders.a_plan(id=1), builders.a_plan(id=2, ref="P-2")
    contacts = [a_contact(NOW - HOUR, plan_ids=[1]), a_contact(NOW - HOUR, plan_ids=[2])]
    facts = builders.facts(plan=first, claims=map(builders.a_claim, (first, second)), contacts=contacts)  # type: ignore[arg-type]

    assert first_of(a_cap(2, DAY, scope=Scope.PLAN), facts) == NOW
    assert first_of(a_cap(2, DAY), facts) == NOW - HOUR + DAY


def test_one_contact_about_two_plans_counts_for_each() -> None:
    cap = a_cap(1, DAY, scope=Scope.PLAN)

    assert earliest(cap, a_contact(plan_ids=[1, 2])) == NOW + DAY
    assert earliest(cap, a_contact(plan_ids=[2, 3])) == NOW


# --------------------------------------------------------------------------------------------- what counts


def test_a_limit_counts_only_the_kinds_and_channels_that_it_names() -> None:
    cap = a_cap(1, DAY, of=counted(ASKING, SMS))

    assert earliest(cap, a_contact(NOW, Kind.RECEIPT)) == NOW
    assert earliest(cap, a_contact(NOW, channel="email")) == NOW
    assert earliest(cap, a_contact(NOW)) == NOW + DAY


def test_contacts_by_hand_count_where_a_limit_names_their_channel() -> None:
    # 209 CMR: calls and text messages together.
    call = a_contact(channel="call")

    assert earliest(a_cap(1, DAY, of=counted(ALL, SMS | CALLS)), call) == NOW + DAY
    assert earliest(a_cap(1, DAY, of=counted(ALL, BOTH)), call) == NOW


@pytest.mark.parametrize("unit", Unit)
def test_a_limit_counts_what_got_as_far_as_its_unit_or_further(unit: Unit) -> None:
    cap = a_cap(1, DAY, of=counted(unit=unit))

    for reached in Unit:
        expected = NOW + DAY if reached >= unit else NOW
        assert earliest(cap, a_contact(reached=reached)) == expected


def test_after_a_conversation_it_is_quiet_for_a_week_and_after_an_attempt_it_is_not() -> None:
    # 12 CFR 1006.14(b)(2)(i)(B): no call within seven days after a conversation about the debt.
    pause = a_cap(1, WEEK, scope=Scope.PLAN, of=counted(ALL, CALLS, Unit.CONVERSATION))
    talked = a_contact(NOW - 6 * DAY, channel="call", reached=Unit.CONVERSATION)

    assert earliest(pause, talked) == NOW + DAY
    assert earliest(pause, talked, at=NOW + DAY - SECOND) == NOW + DAY
    assert earliest(pause, talked, at=NOW + DAY) == NOW + DAY
    assert earliest(pause, a_contact(NOW - DAY, channel="call", reached=Unit.DELIVERED)) == NOW


def test_what_the_debtor_asked_for_counts_unless_it_is_left_out() -> None:
    asked = a_contact(requested=True)

    assert earliest(a_cap(1, DAY), asked) == NOW + DAY
    assert earliest(a_cap(1, DAY, of=counted(requested=False)), asked) == NOW
    assert earliest(a_cap(1, DAY, of=counted(requested=False)), a_contact()) == NOW + DAY


def test_a_contact_without_an_address_counts_for_the_person_and_for_no_address() -> None:
    visit = a_contact(address_id=None)

    assert earliest(a_cap(1, DAY), visit) == NOW + DAY
    assert earliest(a_cap(1, DAY, scope=Scope.CONTACT_POINT), visit) == NOW


# --------------------------------------------------------------------------------------------- one channel


def one_channel(period: Period = Period.WEEK, of: Counted | None = None) -> OneChannel:
    """One channel in a period, over everything that Duly sends."""
    return OneChannel(of or counted(), period)


def test_the_channel_that_was_used_first_keeps_the_others_closed_for_its_week() -> None:
    # co: SMS on Monday, email not before the next one.
    by_email = a_contact(utc(8, 12), channel="email")

    assert earliest(one_channel(), by_email, at=utc(11)) == utc(15)
    assert earliest(one_channel(), by_email, at=utc(15) - SECOND) == utc(15)
    assert earliest(one_channel(), by_email, at=utc(15)) == utc(15)


def test_the_channel_that_was_used_stays_open() -> None:
    assert earliest(one_channel(), a_contact(utc(8, 12)), at=utc(11)) == utc(11)


def test_two_channels_by_hand_in_one_week_close_both() -> None:
    contacts = [a_contact(utc(8, 12)), a_contact(utc(9, 12), channel="email")]

    assert earliest(one_channel(), *contacts, at=utc(11)) == utc(15)


@pytest.mark.parametrize(
    ("period", "until"), [(Period.DAY, utc(9)), (Period.WEEK, utc(15)), (Period.MONTH, utc(1, month=4))]
)
def test_one_channel_may_be_for_a_day_a_week_or_a_month(period: Period, until: datetime) -> None:
    by_email = a_contact(utc(8, 12), channel="email")

    assert earliest(one_channel(period), by_email, at=utc(8, 13)) == until


def test_one_channel_holds_in_every_zone() -> None:
    # Sunday evening in New York is Monday in Tokyo.
    by_email, zones = a_contact(utc(15, 1), channel="email"), ("Asia/Tokyo", "America/New_York")

    assert earliest(one_channel(), by_email, at=utc(15, 2), zones=zones) == utc(21, 15)
    assert earliest(one_channel(), by_email, at=utc(15, 2), zones=["America/New_York"]) == utc(15, 4)


def test_one_channel_counts_only_what_it_names() -> None:
    only_calls = one_channel(of=counted(ASKING, SMS | CALLS))

    assert earliest(only_calls, a_contact(utc(9), channel="email"), at=utc(9, 12)) == utc(9, 12)
    assert earliest(only_calls, a_contact(utc(9), Kind.RECEIPT, "call"), at=utc(9, 12)) == utc(9, 12)
    assert earliest(only_calls, a_contact(utc(9), channel="call"), at=utc(9, 12)) == utc(15)


# ---------------------------------------------------------------------------------------------------- words


def detail(form: Cap | OneChannel, *contacts: Contact, at: datetime = NOW) -> str:
    """Return what the form says."""
    debtor = builders.a_debtor(zones=("UTC",))
    return form.earliest(builders.facts(debtor=debtor, contacts=contacts), POINT, NO_HOLIDAYS, at).detail


@pytest.mark.parametrize(
    ("cap", "words"),
    [
        (a_cap(2, 48 * HOUR), "at most 2 in 48 hours"),
        (a_cap(2, 36 * HOUR), "at most 2 in 36 hours"),
        (a_cap(2, 24 * HOUR), "at most 2 in 24 hours"),
        (a_cap(2, 90 * MINUTE), "at most 2 in 90 minutes"),
        (a_cap(1, period=Period.WEEK), "at most 1 a week"),
        (a_cap(2, DAY, scope=Scope.PLAN), "at most 2 in 24 hours for a plan"),
        (a_cap(2, DAY, of=counted(unit=Unit.DELIVERED)), "at most 2 delivered in 24 hours"),
        (a_cap(1, 48 * HOUR), "48 hours from one contact to the next"),
        (a_cap(1, WEEK, of=counted(unit=Unit.CONVERSATION)), "7 days from a conversation to the next"),
    ],
    ids=["days", "hours", "one day", "minutes", "calendar", "scope", "unit", "gap", "pause"],
)
def test_a_limit_says_what_it_is(cap: Cap, words: str) -> None:
    talked = a_contact(NOW, reached=Unit.CONVERSATION)

    assert cap.limit == words
    assert detail(cap, talked, talked).startswith(words)


def test_a_limit_says_how_much_of_it_is_used_and_counts_no_older_contact() -> None:
    old, recent = a_contact(NOW - WEEK), a_contact(NOW - DAY)

    assert detail(a_cap(2, WEEK), old, recent).startswith("1 used of at most 2 in 7 days")
    assert detail(a_cap(2, WEEK), old).startswith("0 used of at most 2 in 7 days")
    assert detail(a_cap(3, period=Period.DAY), recent, a_contact(NOW)).startswith("1 used of at most 3 a day")
    assert detail(a_cap(1, period=Period.DAY), recent).startswith("0 used of at most 1 a day")


def test_a_gap_that_has_passed_does_not_say_that_it_waits() -> None:
    gap, sent = a_cap(1, 48 * HOUR), a_contact(NOW - 48 * HOUR)

    assert not detail(gap, sent).startswith(gap.limit)
    assert detail(gap, sent, at=NOW - SECOND).startswith(gap.limit)


def test_one_channel_says_which_it_was_in_this_period() -> None:
    contacts = [a_contact(utc(1), channel="call"), a_contact(utc(8), channel="email")]
    both = one_channel(of=counted(ALL, BOTH | CALLS))

    assert "email" in detail(both, *contacts)
    assert "call" not in detail(both, *contacts)
    assert "call" not in detail(both, contacts[0])
