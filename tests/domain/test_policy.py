"""The rules together: what decides, in which order, and how policies are merged."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.decision import Decision, Defer, Refuse, Send, Skip, Verdict
from scheduler.domain.facts import Contact, Facts, Hold, HoldKind
from scheduler.domain.plan import PlanStatus
from scheduler.domain.policy import Policy, decide, merge
from scheduler.domain.rules import Period, TimeRule
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import DAY, HOUR, MINUTE, SECOND, Holidays, cap, hours, in_zones, policy

EASTERN, PACIFIC = "America/New_York", "America/Los_Angeles"


def decided(facts: Facts, *rules: TimeRule, now: datetime = NOW) -> Decision:
    """Decide by these rules."""
    return decide(facts, policy(*rules), Holidays(), now)


# ---------------------------------------------------------------------------------------------- a decision


def test_what_every_rule_allows_is_sent_with_each_rules_reason() -> None:
    decision = decided(builders.facts(), hours(), cap(2, 7 * DAY))

    assert isinstance(decision, Send)
    assert decision.contact_point.channel == "sms"
    assert [(each.rule, each.verdict) for each in decision.reasons] == [
        ("hours", Verdict.ALLOW),
        ("limit", Verdict.ALLOW),
    ]


def test_what_is_sent_may_be_delivered_until_the_first_window_closes() -> None:
    decision = decided(builders.facts(), hours(), hours("08:00-12:30", id="short"))

    assert isinstance(decision, Send)
    assert decision.closes_at == NOW.replace(hour=12, minute=30)


def test_what_is_not_allowed_now_waits_with_the_objections_only() -> None:
    decision = decided(builders.facts(), hours(), hours("12:00-18:00", id="afternoon"))

    assert isinstance(decision, Defer)
    assert decision.until == NOW.replace(hour=12)
    assert [(each.rule, each.until) for each in decision.reasons] == [("afternoon", decision.until)]


def test_a_limit_that_ends_at_night_waits_for_the_morning() -> None:
    contact = Contact(NOW - 7 * DAY + 10 * HOUR, Kind.OVERDUE_NOTICE, "sms", 1)

    decision = decided(builders.facts(contacts=[contact]), hours(), cap(1, 7 * DAY))

    assert isinstance(decision, Defer)
    assert decision.until == (NOW + DAY).replace(hour=9)
    assert [each.rule for each in decision.reasons] == ["limit"]


def test_what_no_rule_names_is_refused() -> None:
    decision = decided(builders.facts(), hours(kinds=frozenset({Kind.RECEIPT})))

    assert isinstance(decision, Refuse)
    assert decision.reasons[0].detail == "no rule allows a reminder_pre_due"


def test_a_rule_for_another_channel_says_nothing() -> None:
    sms_at_noon = hours("12:00-13:00", id="lunch", channels=frozenset({"sms"}))
    by_email = builders.facts(touchpoint=builders.a_touchpoint(channels=("email",)))

    assert isinstance(decided(by_email, hours(), sms_at_noon), Send)
    assert isinstance(decided(builders.facts(), hours(), sms_at_noon), Defer)


def test_an_unknown_zone_is_refused() -> None:
    decision = decided(in_zones())

    assert isinstance(decision, Refuse)
    assert decision.reasons[0].rule == "zones"


@pytest.mark.parametrize("country", ["AQ", None])
def test_an_unknown_holiday_calendar_is_refused_and_not_passed_over(country: str | None) -> None:
    decision = decided(in_zones("UTC", country=country), hours(holidays=()), cap(1, 7 * DAY))

    assert isinstance(decision, Refuse)
    assert [each.rule for each in decision.reasons] == ["hours"]


def test_rules_that_are_never_open_together_refuse() -> None:
    monday, tuesday = hours(days=[0], id="monday"), hours(days=[1], id="tuesday")

    decision = decided(builders.facts(), monday, tuesday)

    assert isinstance(decision, Refuse)
    assert decision.reasons[-1].detail == "the rules together never allow it within a year"


def test_the_first_channel_that_can_reach_the_debtor_is_used() -> None:
    points = [
        builders.a_contact_point(id=1, channel="sms", opted_out=True),
        builders.a_contact_point(id=2, channel="sms", consent_basis=None),
        builders.a_contact_point(id=3, channel="email"),
    ]
    debtor = builders.a_debtor(contact_points=points)

    decision = decided(builders.facts(debtor=debtor))

    assert isinstance(decision, Send)
    assert decision.contact_point.id == 3


def test_a_debtor_whom_no_channel_can_reach_is_refused_with_every_reason() -> None:
    debtor = builders.a_debtor(contact_points=[builders.a_contact_point(opted_out=True)])

    decision = decided(builders.facts(debtor=debtor))

    assert isinstance(decision, Refuse)
    assert [each.detail for each in decision.reasons] == ["sms: opted out", "email: no address is known"]


def test_what_is_moot_is_skipped_whatever_holds_and_hours_say() -> None:
    hold = Hold(1, HoldKind.DISPUTE, None, NOW - DAY, None)
    facts = builders.facts(plan=builders.a_plan(status=PlanStatus.CANCELLED), holds=[hold])

    assert isinstance(decided(facts, hours("22:00-23:00")), Skip)


def test_a_hold_speaks_before_channels_and_hours() -> None:
    hold = Hold(1, HoldKind.DISPUTE, None, NOW - DAY, None)
    facts = builders.facts(holds=[hold], debtor=builders.a_debtor(contact_points=[]))

    decision = decided(facts)

    assert isinstance(decision, Refuse)
    assert decision.reasons[0].rule == "hold"


# ------------------------------------------------------------------------------------------- golden example


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("10:30", False),
        ("10:59", False),
        ("11:00", True),
        ("20:59", True),
        ("21:00", False),
        ("23:00", False),
    ],
)
def test_eastern_number_and_pacific_address_leave_eleven_to_nine_eastern(at: str, allowed: bool) -> None:
    # 12 CFR 1006.6(b)(1)(i), comment 6(b)(1)(i): 08:00 to 21:00 in all places to which the data points.
    now = datetime.combine(date(2027, 3, 9), time.fromisoformat(at), ZoneInfo(EASTERN)).astimezone(UTC)

    decision = decided(in_zones(EASTERN, PACIFIC), hours("08:00-21:00"), now=now)

    assert isinstance(decision, Send) == allowed
    if isinstance(decision, Defer):
        local = decision.until.astimezone(ZoneInfo(EASTERN))
        assert (local.hour, local.minute) == (11, 0)


def test_the_golden_example_keeps_its_hours_while_only_one_coast_has_changed_its_clocks() -> None:
    # At 06:30 UTC on 14 March 2027 New York is still on winter time; at 07:30 it is not, and Los Angeles is.
    now = datetime(2027, 3, 14, 7, 30, tzinfo=UTC)

    decision = decided(in_zones(EASTERN, PACIFIC), hours("08:00-21:00"), now=now)

    assert isinstance(decision, Defer)
    assert decision.until == datetime(2027, 3, 14, 15, 0, tzinfo=UTC)


# -------------------------------------------------------------------------------------------------- merging

POLICIES = [
    policy(hours(id="a/hours"), cap(2, 7 * DAY, id="a/week"), id="a", version="1"),
    policy(hours("10:00-16:00", id="b/hours"), id="b", version="2"),
    policy(cap(1, period=Period.DAY, id="c/day"), id="c", version="3"),
]


@given(st.permutations(POLICIES))
def test_the_order_of_policies_does_not_matter(order: list[Policy]) -> None:
    assert merge(order) == merge(POLICIES)


def test_policies_can_be_merged_in_steps() -> None:
    a, b, c = POLICIES

    assert (
        merge([merge([a, b]), c])
        == merge([a, merge([b, c])])
        == merge([merge([a, c]), b])
        == merge([a, b, c])
    )


def test_a_policy_that_is_merged_twice_is_merged_once() -> None:
    a, b, _ = POLICIES

    assert merge([a]) == a
    assert merge([a, b, a]) == merge([a, b])
    assert merge([merge([a, b]), a]) == merge([a, b])
    assert merge([merge([a, b]), merge([b, a])]) == merge([a, b])


def test_merging_intersects_windows_and_keeps_every_limit() -> None:
    merged = merge(POLICIES)
    early, at_ten, late = (NOW.replace(hour=each) for each in (9, 10, 16))

    assert isinstance(decide(builders.facts(), merged, Holidays(), early), Defer)
    assert isinstance(decide(builders.facts(), merged, Holidays(), at_ten), Send)
    assert isinstance(decide(builders.facts(), merged, Holidays(), late), Defer)
    assert {each.id for each in merged.rules} == {"a/hours", "a/week", "b/hours", "c/day"}


def test_a_merged_policy_tells_all_ids_and_versions() -> None:
    assert (merge(POLICIES).id, merge(POLICIES).version) == ("a+b+c", "1+2+3")


def test_contacts_must_be_known_as_far_back_as_the_longest_limit_counts() -> None:
    assert policy(hours()).lookback == timedelta(0)
    assert policy(cap(1, 48 * HOUR), cap(2, 7 * DAY)).lookback == 7 * DAY
    assert policy(cap(1, period=Period.MONTH)).lookback >= 31 * DAY
    assert policy(cap(1, 90 * DAY), cap(1, period=Period.DAY)).lookback == 90 * DAY


# ---------------------------------------------------------------------------------------------- promises


@given(st.integers(0, 3 * 24 * 60))
@settings(max_examples=30, deadline=None)
def test_an_instant_that_was_promised_keeps_its_promise(minutes: int) -> None:
    rules = (hours(days=range(5), holidays=()), cap(2, 7 * DAY), cap(1, 48 * HOUR, id="gap"))
    contacts = [Contact(NOW - each * DAY, Kind.OVERDUE_NOTICE, "sms", 1) for each in (1, 4)]
    facts = builders.facts(contacts=contacts)

    first = decided(facts, *rules, now=NOW + minutes * MINUTE)
    assert isinstance(first, Defer | Send)
    if isinstance(first, Defer):
        assert isinstance(decided(facts, *rules, now=first.until), Send)
        assert isinstance(decided(facts, *rules, now=first.until - SECOND), Defer)
