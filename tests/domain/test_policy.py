"""The rules together: what decides, in which order, with which reasons, until when."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.counters import Period
from scheduler.domain.decision import Decision, Defer, Refuse, Send, Skip, Verdict
from scheduler.domain.facts import Facts, Hold, HoldKind
from scheduler.domain.notices import Deadline
from scheduler.domain.plan import PlanStatus
from scheduler.domain.points import ConsentNeeded
from scheduler.domain.policy import decide
from scheduler.domain.rule import Effective, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed, ClosedDays
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    BOTH,
    DAY,
    HOUR,
    MINUTE,
    NO_HOLIDAYS,
    SECOND,
    SMS,
    about,
    cap,
    hours,
    in_zones,
    policy,
    rule,
    utc,
)

EASTERN, PACIFIC = "America/New_York", "America/Los_Angeles"


def decided(facts: Facts, *rules: Rule, now: datetime = NOW) -> Decision:
    """Decide by these rules."""
    return decide(facts, policy(*rules), NO_HOLIDAYS, now)


# ---------------------------------------------------------------------------------------------- a decision


def test_what_every_rule_allows_is_sent_with_each_rules_reason() -> None:
    decision = decided(builders.facts(), hours(), cap(2, 7 * DAY))

    assert isinstance(decision, Send)
    assert decision.contact_point.channel == "sms"
    assert [(each.rule, each.verdict) for each in decision.reasons] == [
        ("hours", Verdict.ALLOW),
        ("limit", Verdict.ALLOW),
    ]


def test_what_is_not_allowed_now_waits_with_what_objects_apart_from_what_allows() -> None:
    decision = decided(builders.facts(), hours(), hours("12:00-18:00", id="afternoon"))

    assert isinstance(decision, Defer)
    assert decision.until == NOW.replace(hour=12)
    assert [(each.rule, each.until) for each in decision.reasons] == [("afternoon", decision.until)]
    assert [each.rule for each in decision.allowed] == ["hours"]


def test_a_limit_that_ends_at_night_waits_for_the_morning() -> None:
    contact = builders.a_contact(NOW - 7 * DAY + 10 * HOUR)

    decision = decided(builders.facts(contacts=[contact]), hours(), cap(1, 7 * DAY))

    assert isinstance(decision, Defer)
    assert decision.until == (NOW + DAY).replace(hour=9)
    assert [each.rule for each in decision.reasons] == ["limit"]


def test_a_rule_that_never_allows_it_refuses_whatever_the_others_say() -> None:
    decision = decided(
        builders.facts(), hours(), rule(Closed("never by this channel"), "law/never"), cap(1, DAY)
    )

    assert isinstance(decision, Refuse)
    assert [(each.rule, each.detail) for each in decision.reasons] == [("law/never", "never by this channel")]


def test_what_is_refused_says_what_would_have_allowed_it() -> None:
    by_sms = builders.facts(touchpoint=builders.a_touchpoint(channels=("sms",)))
    missed = builders.a_touchpoint(channels=("sms",), due_at=NOW - HOUR)

    refused = decided(builders.facts(touchpoint=missed), hours(), rule(Deadline(5 * MINUTE), "law/soon"))

    assert isinstance(decided(by_sms, hours(), rule(Deadline(5 * MINUTE), "law/soon")), Send)
    assert isinstance(refused, Refuse)
    assert [each.rule for each in refused.reasons] == ["law/soon"]


def test_a_rule_for_another_channel_says_nothing() -> None:
    sms_at_noon = hours("12:00-13:00", id="lunch", channels=SMS)
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
    assert decision.reasons[-1].detail == (
        "the rules together never allow it within a year: monday and tuesday do not meet"
    )


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


def test_a_channel_that_a_rule_closes_for_good_gives_way_to_the_next_one() -> None:
    by_consent = ConsentNeeded(frozenset({"consent"}))

    for closing in (rule(by_consent, channels=SMS), rule(Closed("never"), channels=SMS)):
        decision = decided(builders.facts(), hours(), closing)
        assert isinstance(decision, Send)
        assert decision.contact_point.channel == "email"


def test_a_contact_point_that_a_rule_closes_until_the_rule_ends_gives_way_to_the_next_one() -> None:
    by_consent = ConsentNeeded(frozenset({"consent"}))
    sms_only, both = (
        rule(by_consent, "law/consent", channels=each, effective=Effective(end=utc(20)))
        for each in (SMS, BOTH)
    )

    sent, waiting = decided(builders.facts(), hours(), sms_only), decided(builders.facts(), hours(), both)

    assert isinstance(sent, Send)
    assert sent.contact_point.channel == "email"
    assert isinstance(waiting, Defer)
    assert waiting.until == utc(20)
    assert [each.detail for each in waiting.reasons] == [
        "sms: the basis consent is needed",
        "email: the basis consent is needed",
    ]


def test_what_is_closed_until_a_rule_ends_in_some_years_is_refused_like_what_is_closed_for_good() -> None:
    by_consent = rule(ConsentNeeded(frozenset({"consent"})), effective=Effective(end=utc(9, year=2030)))

    assert isinstance(decided(builders.facts(), hours(), by_consent), Refuse)


def test_a_channel_that_is_closed_for_now_does_not_give_way() -> None:
    decision = decided(builders.facts(), hours(), hours("12:00-13:00", id="lunch", channels=SMS))

    assert isinstance(decision, Defer)


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


def test_a_deferral_beyond_the_end_of_its_step_ends_with_it_and_says_so() -> None:
    def ending(at: datetime) -> Decision:
        facts = builders.facts(touchpoint=builders.a_touchpoint(ends_at=at))
        return decided(facts, hours("12:00-18:00"))

    then, before = ending(utc(9, 12) + SECOND), ending(utc(9, 12))

    assert isinstance(then, Defer)
    assert isinstance(before, Defer)
    assert (then.until, before.until) == (utc(9, 12), utc(9, 12))
    assert [each.rule for each in then.reasons] == ["hours"]
    assert [each.rule for each in before.reasons] == ["hours", "step_end"]


# --------------------------------------------------------------------------------------------- until when


def closes_at(facts: Facts, *rules: Rule, now: datetime = NOW) -> datetime:
    """Return until when what is sent may be delivered."""
    decision = decided(facts, *rules, now=now)
    assert isinstance(decision, Send)
    return decision.closes_at


def test_what_is_sent_may_be_delivered_until_the_first_window_closes() -> None:
    assert closes_at(builders.facts(), hours(), hours("08:00-12:30", id="short")) == utc(9, 12, 30)


def test_what_is_sent_is_delivered_before_a_day_of_rest_begins() -> None:
    rest = rule(ClosedDays(((date(2027, 3, 10), date(2027, 3, 10)),)))
    reply = about(Kind.HELP_REPLY, in_zones("UTC"))

    assert closes_at(reply, hours("00:00-24:00"), rest, now=utc(9, 23)) == utc(10)


def test_what_is_sent_is_delivered_before_another_rule_comes_into_force() -> None:
    later = hours("14:00-15:00", id="later", effective=Effective(start=utc(9, 11)))

    assert closes_at(builders.facts(), hours(), later) == utc(9, 11)
    assert closes_at(
        builders.facts(), hours(), rule(Closed("never"), effective=Effective(utc(9, 11)))
    ) == utc(9, 11)


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


# ---------------------------------------------------------------------------------------------- what is needed


def test_contacts_must_be_known_as_far_back_as_the_longest_limit_counts() -> None:
    assert policy(hours()).lookback == timedelta(0)
    assert policy(cap(1, 48 * HOUR), cap(2, 7 * DAY)).lookback == 7 * DAY
    assert policy(cap(1, period=Period.MONTH)).lookback >= 31 * DAY
    assert policy(cap(1, 90 * DAY), cap(1, period=Period.DAY)).lookback == 90 * DAY
