"""Each rule by itself: what stands in the way, and at which hours."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import pytest

from scheduler.domain.decision import Defer, Refuse, Skip, Verdict
from scheduler.domain.facts import Claim, Facts, Hold, HoldKind
from scheduler.domain.hours import Opening, Week
from scheduler.domain.plan import PlanStatus
from scheduler.domain.rules import (
    WindowRule,
    ended,
    held,
    objection,
    paid,
)
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import DAY, POINT, SECOND, Holidays

KINDS = frozenset({Kind.REMINDER_PRE_DUE, Kind.OVERDUE_NOTICE})
BOTH = frozenset({"sms", "email"})


def utc(day: int, hour: int = 0, minute: int = 0, *, month: int = 3) -> datetime:
    """An instant of 2027, in March unless said otherwise. 9 March is a Tuesday, like `NOW`."""
    return datetime(2027, month, day, hour, minute, tzinfo=UTC)


def about(kind: Kind = Kind.REMINDER_PRE_DUE, **rest: object) -> Facts:
    """Facts about a touchpoint of this kind."""
    return builders.facts(touchpoint=builders.a_touchpoint(kind=kind), **rest)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ standing


def test_nothing_is_asked_for_that_is_paid() -> None:
    plan = builders.a_plan(instalments=[builders.an_instalment(amount_minor=100, paid_minor=100)])

    decision = paid(builders.facts(plan=plan), NOW)

    assert isinstance(decision, Skip)
    assert decision.reasons[0].verdict is Verdict.SKIP


def test_a_penny_that_is_open_may_be_asked_for() -> None:
    plan = builders.a_plan(instalments=[builders.an_instalment(amount_minor=100, paid_minor=99)])

    assert paid(builders.facts(plan=plan), NOW) is None


def test_one_open_claim_among_paid_ones_is_enough() -> None:
    plan = builders.a_plan()
    settled = builders.an_instalment(id=3, amount_minor=100, paid_minor=100)
    claims = [Claim(plan, settled), Claim(plan, plan.instalments[0])]

    assert paid(builders.facts(plan=plan, claims=claims), NOW) is None
    assert isinstance(paid(builders.facts(plan=plan, claims=claims[:1]), NOW), Skip)


@pytest.mark.parametrize("status", [PlanStatus.COMPLETED, PlanStatus.CANCELLED])
def test_a_plan_that_is_over_asks_for_nothing_and_still_confirms_payments(status: PlanStatus) -> None:
    plan = builders.a_plan(status=status)

    assert isinstance(paid(about(Kind.OVERDUE_NOTICE, plan=plan), NOW), Skip)
    assert paid(about(Kind.RECEIPT, plan=plan), NOW) is None
    assert paid(about(Kind.PLAN_COMPLETED, plan=plan), NOW) is None


def test_a_step_ends_at_its_end_and_not_before() -> None:
    facts = builders.facts(touchpoint=builders.a_touchpoint(ends_at=NOW))

    assert ended(facts, NOW - SECOND) is None
    assert isinstance(ended(facts, NOW), Skip)


def test_a_step_without_an_end_does_not_end() -> None:
    assert ended(builders.facts(touchpoint=builders.a_touchpoint(ends_at=None)), NOW + 999 * DAY) is None


def a_hold(
    kind: HoldKind = HoldKind.DISPUTE,
    *,
    plan_id: int | None = None,
    since: datetime = NOW - DAY,
    until: datetime | None = None,
) -> Hold:
    """A hold on everything, since yesterday and without an end."""
    return Hold(1, kind, plan_id, since, until)


def test_a_hold_without_an_end_refuses() -> None:
    decision = held(builders.facts(holds=[a_hold()]), NOW)

    assert isinstance(decision, Refuse)
    assert decision.reasons[0].detail == "dispute hold until it is lifted"


def test_a_hold_with_an_end_defers_until_then_and_the_latest_end_decides() -> None:
    holds = [a_hold(until=NOW + DAY), a_hold(HoldKind.PROMISE, until=NOW + 2 * DAY)]

    decision = held(builders.facts(holds=holds), NOW)

    assert isinstance(decision, Defer)
    assert decision.until == NOW + 2 * DAY
    assert len(decision.reasons) == 2


def test_one_hold_without_an_end_outweighs_those_with_one() -> None:
    assert isinstance(held(builders.facts(holds=[a_hold(until=NOW + DAY), a_hold()]), NOW), Refuse)


def test_a_hold_is_over_at_its_end_and_holds_until_then() -> None:
    facts = builders.facts(holds=[a_hold(until=NOW)])

    assert isinstance(held(facts, NOW - SECOND), Defer)
    assert held(facts, NOW) is None


def test_a_hold_begins_at_its_beginning() -> None:
    facts = builders.facts(holds=[a_hold(since=NOW)])

    assert held(facts, NOW - SECOND) is None
    assert isinstance(held(facts, NOW), Refuse)


def test_a_hold_on_another_plan_is_none_here() -> None:
    assert held(builders.facts(holds=[a_hold(plan_id=2)]), NOW) is None
    assert isinstance(held(builders.facts(holds=[a_hold(plan_id=1)]), NOW), Refuse)


@pytest.mark.parametrize("kind", list(HoldKind))
def test_a_payment_is_confirmed_under_a_hold_unless_the_person_is_not_the_debtor(kind: HoldKind) -> None:
    silenced = {HoldKind.DECEASED, HoldKind.WRONG_PERSON, HoldKind.IDENTITY_THEFT, HoldKind.CEASE}
    facts = about(Kind.RECEIPT, holds=[a_hold(kind)])

    assert (held(facts, NOW) is not None) == (kind in silenced)
    assert held(about(Kind.OVERDUE_NOTICE, holds=[a_hold(kind)]), NOW) is not None


def test_a_contact_point_is_usable_with_consent_and_not_otherwise() -> None:
    assert objection(POINT, frozenset()) is None
    assert objection(builders.a_contact_point(consent_basis=None), frozenset()) == "sms: no consent"
    assert objection(builders.a_contact_point(opted_out=True), frozenset()) == "sms: opted out"
    assert objection(builders.a_contact_point(invalid=True), frozenset()) == "sms: the address does not work"
    assert objection(POINT, frozenset({POINT.id})) == "sms: refused for good by the provider"
    assert objection(POINT, frozenset({POINT.id + 1})) is None


# --------------------------------------------------------------------------------------------------- hours

NINE_TO_SIX: tuple[Opening, ...] = ((time(9), time(18)),)
WEEKDAYS = dict.fromkeys(range(5), NINE_TO_SIX)
EVERY_DAY = dict.fromkeys(range(7), NINE_TO_SIX)


def window(
    days: Mapping[int, tuple[Opening, ...]] = WEEKDAYS, holidays: tuple[Opening, ...] | None = None
) -> WindowRule:
    """Nine to six on weekdays, holidays like any day."""
    return WindowRule("hours", "none", KINDS, BOTH, Week(days, holidays))


def opens(
    rule: WindowRule,
    at: datetime,
    *zones: str,
    calendar: Holidays | None = None,
    country: str | None = "GB",
    region: str | None = None,
) -> datetime | str:
    """Return when the window opens, or why it never does."""
    debtor = builders.a_debtor(zones=zones or ("UTC",), country=country, region=region)
    answer = rule.earliest(builders.facts(debtor=debtor), POINT, calendar or Holidays(), at)
    return answer.at or answer.detail


def test_an_opening_begins_at_its_start_and_is_closed_at_its_end() -> None:
    assert opens(window(), utc(9, 8, 59)) == utc(9, 9)
    assert opens(window(), utc(9, 9)) == utc(9, 9)
    assert opens(window(), utc(9, 17, 59)) == utc(9, 17, 59)
    assert opens(window(), utc(9, 18)) == utc(10, 9)


def test_what_comes_too_late_on_friday_waits_for_monday() -> None:
    assert opens(window(), utc(12, 18)) == utc(15, 9)


def test_hours_are_the_debtors_and_move_with_the_clocks() -> None:
    assert opens(window(EVERY_DAY), utc(13, 5), "America/New_York") == utc(13, 14)
    assert opens(window(EVERY_DAY), utc(14, 5), "America/New_York") == utc(14, 13)


def test_hours_must_be_open_in_every_zone_in_which_the_debtor_may_be() -> None:
    zones = ("Europe/London", "America/New_York")

    assert opens(window(), utc(9, 9), *zones) == utc(9, 14)
    assert opens(window(), utc(9, 17, 59), *zones) == utc(9, 17, 59)
    assert opens(window(), utc(9, 18), *zones) == utc(10, 14)


def test_zones_that_never_share_an_open_hour_close_it_for_good() -> None:
    short = {day: ((time(9), time(10)),) for day in range(7)}

    said = opens(window(short), NOW, "Asia/Tokyo", "America/New_York")

    assert said == "contact hours never open in all candidate zones within a year"


def test_a_week_without_openings_never_opens() -> None:
    assert opens(window({}), NOW) == "contact hours do not open in UTC within a year"


def test_a_holiday_is_closed_where_it_is_one() -> None:
    calendar = Holidays(date(2027, 3, 9))

    assert opens(window(holidays=()), utc(9, 10), calendar=calendar) == utc(10, 9)
    assert opens(window(holidays=()), utc(10, 10), calendar=calendar) == utc(10, 10)


def test_a_holiday_may_have_hours_of_its_own_or_be_like_any_day() -> None:
    calendar = Holidays(date(2027, 3, 9))
    afternoon: tuple[Opening, ...] = ((time(14), time(16)),)

    assert opens(window(holidays=afternoon), utc(9, 10), calendar=calendar) == utc(9, 14)
    assert opens(window(holidays=None), utc(9, 10), calendar=calendar) == utc(9, 10)


def test_a_holiday_is_the_day_of_each_zone_and_of_the_debtors_residence() -> None:
    calendar = Holidays(date(2027, 3, 10))

    # 22:00 on the 9th in UTC is 07:00 on the 10th in Tokyo, which is a holiday.
    assert opens(window(holidays=()), utc(9, 22), "Asia/Tokyo", calendar=calendar, region="SCT") == utc(11)
    assert set(calendar.asked) >= {("GB", "SCT", date(2027, 3, 10)), ("GB", "SCT", date(2027, 3, 11))}


def test_hours_that_heed_holidays_refuse_where_no_calendar_is_known() -> None:
    said = "no holiday calendar is known for AQ"

    assert opens(window(holidays=()), NOW, country="AQ") == said
    assert opens(window(holidays=None), NOW, country="AQ") == NOW


def test_hours_that_heed_holidays_refuse_where_the_country_is_not_known() -> None:
    said = "no holiday calendar is known for an unknown country"

    assert opens(window(holidays=()), NOW, country=None) == said
    assert opens(window(holidays=None), NOW, country=None) == NOW


def test_a_window_closes_first_in_the_zone_where_it_is_latest() -> None:
    debtor = builders.a_debtor(zones=("Europe/London", "Europe/Berlin"))
    facts = builders.facts(debtor=debtor)

    assert window().closes(facts, Holidays(), utc(9, 10)) == utc(9, 17)


def test_a_window_that_is_open_all_day_closes_at_midnight() -> None:
    facts = builders.facts(debtor=builders.a_debtor(zones=("UTC",)))
    always = window({day: ((time(0), None),) for day in range(7)})

    assert always.closes(facts, Holidays(), utc(9, 10)) == utc(10)
