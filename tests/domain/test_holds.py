"""What still goes out while a hold stands, and until when it stands."""

from datetime import datetime

import pytest

from scheduler.domain.decision import Decision, Defer, Refuse
from scheduler.domain.facts import Facts, Hold, HoldKind
from scheduler.domain.holds import HoldRule, held, permitted
from scheduler.domain.rule import Effective, Rule
from scheduler.domain.touchpoint import ANSWERING, ASKING, CONFIRMING, FORMAL, REPLIES, Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import ALL, DAY, SECOND, about, rule

ABSENT = {HoldKind.DECEASED, HoldKind.WRONG_PERSON, HoldKind.IDENTITY_THEFT}


def a_hold(
    kind: HoldKind = HoldKind.DISPUTE,
    *,
    plan_id: int | None = None,
    since: datetime = NOW - DAY,
    until: datetime | None = None,
) -> Hold:
    """A hold on everything, since yesterday and without an end."""
    return Hold(1, kind, plan_id, since, until)


def stopped(
    *holds: Hold, kind: Kind = Kind.OVERDUE_NOTICE, by: Rule | None = None, now: datetime = NOW
) -> bool:
    """Whether a message of this kind is stopped by these holds, and by a rule about them if one is given."""
    facts = about(kind, builders.facts(holds=holds))
    rules = [(by, by.form)] if by is not None and isinstance(by.form, HoldRule) else []
    return held(facts, rules, now) is not None


def by(*holds: Hold) -> Decision | None:
    """What is decided about a reminder under these holds."""
    return held(builders.facts(holds=holds), [], NOW)


# ---------------------------------------------------------------------------------------------- until when


def test_a_hold_without_an_end_refuses() -> None:
    decision = by(a_hold())

    assert isinstance(decision, Refuse)
    assert decision.reasons[0].detail == "dispute hold until it is lifted"


def test_a_hold_with_an_end_defers_until_then_and_the_latest_end_decides() -> None:
    decision = by(a_hold(until=NOW + DAY), a_hold(HoldKind.PROMISE, until=NOW + 2 * DAY))

    assert isinstance(decision, Defer)
    assert decision.until == NOW + 2 * DAY
    assert len(decision.reasons) == 2


def test_one_hold_without_an_end_outweighs_those_with_one() -> None:
    assert isinstance(by(a_hold(until=NOW + DAY), a_hold()), Refuse)


def test_a_hold_is_over_at_its_end_and_holds_until_then() -> None:
    hold = a_hold(until=NOW)

    assert stopped(hold, now=NOW - SECOND)
    assert not stopped(hold)


def test_a_hold_begins_at_its_beginning() -> None:
    hold = a_hold(since=NOW)

    assert not stopped(hold, now=NOW - SECOND)
    assert stopped(hold)


def two_plans() -> Facts:
    """Facts about a message that speaks of plans 1 and 2."""
    plans = (builders.a_plan(id=1), builders.a_plan(id=2, ref="P-2"))
    return builders.facts(plan=plans[0], claims=[builders.a_claim(each) for each in plans])


def test_a_hold_on_a_plan_stops_what_speaks_of_that_plan() -> None:
    assert not stopped(a_hold(plan_id=2))
    assert stopped(a_hold(plan_id=1))
    for plan_id, is_stopped in ((1, True), (2, True), (3, False)):
        facts = builders.facts(
            plan=two_plans().plan, claims=two_plans().claims, holds=[a_hold(plan_id=plan_id)]
        )
        assert (held(facts, [], NOW) is not None) == is_stopped


# ----------------------------------------------------------------------------------------- what it lets through


@pytest.mark.parametrize("hold", HoldKind)
def test_every_hold_stops_whatever_asks(hold: HoldKind) -> None:
    assert all(stopped(a_hold(hold), kind=each) for each in ASKING)


@pytest.mark.parametrize("hold", HoldKind)
def test_a_payment_is_confirmed_and_a_question_answered_unless_nobody_is_there_or_wants_it(
    hold: HoldKind,
) -> None:
    silenced = hold in ABSENT | {HoldKind.CEASE}

    assert all(stopped(a_hold(hold), kind=each) == silenced for each in CONFIRMING)
    answers = REPLIES - {Kind.OPT_OUT_CONFIRMATION}
    assert all(stopped(a_hold(hold), kind=each) == silenced for each in answers)


def test_after_cease_only_its_confirmation_and_the_final_notice_go_out() -> None:
    # 12 CFR 1006.6(c)(2).
    assert permitted(HoldKind.CEASE) == {Kind.OPT_OUT_CONFIRMATION, Kind.FINAL_CEASE_NOTICE}
    assert {each for each in Kind if not stopped(a_hold(HoldKind.CEASE), kind=each)} == permitted(
        HoldKind.CEASE
    )


@pytest.mark.parametrize("hold", sorted(ABSENT))
def test_who_is_not_the_debtor_hears_nothing_at_all(hold: HoldKind) -> None:
    assert all(stopped(a_hold(hold), kind=each) for each in Kind)


def test_two_holds_let_through_only_what_both_do() -> None:
    holds = (a_hold(), a_hold(HoldKind.CEASE))

    assert stopped(*holds, kind=Kind.RECEIPT)
    assert not stopped(*holds, kind=Kind.OPT_OUT_CONFIRMATION)


@pytest.mark.parametrize("kind", sorted(FORMAL - {Kind.FINAL_CEASE_NOTICE}))
def test_a_hold_stops_formal_notices(kind: Kind) -> None:
    assert all(stopped(a_hold(hold), kind=kind) for hold in HoldKind)


# --------------------------------------------------------------------------------------------- rules about holds

MORATORIUM = HoldRule(frozenset({HoldKind.MORATORIUM}), 60 * DAY, lifted_by="the debt adviser")


def test_a_rule_stops_more_than_the_hold_itself() -> None:
    # gb: during breathing space not even a receipt by this channel of ours, say.
    by = rule(MORATORIUM, "gb/breathing-space", kinds=frozenset({Kind.RECEIPT}))

    assert not stopped(a_hold(HoldKind.MORATORIUM), kind=Kind.RECEIPT)
    assert stopped(a_hold(HoldKind.MORATORIUM), kind=Kind.RECEIPT, by=by)
    assert not stopped(a_hold(HoldKind.MORATORIUM), kind=Kind.HELP_REPLY, by=by)
    assert not stopped(a_hold(HoldKind.DISPUTE), kind=Kind.RECEIPT, by=by)
    assert not stopped(kind=Kind.RECEIPT, by=by)


def test_a_rule_never_lets_through_what_the_hold_stops() -> None:
    by = rule(MORATORIUM, "gb/breathing-space", kinds=frozenset({Kind.RECEIPT}))

    assert stopped(a_hold(HoldKind.MORATORIUM), kind=Kind.OVERDUE_NOTICE, by=by)


def test_a_rule_about_holds_stops_while_it_is_in_force() -> None:
    by = rule(MORATORIUM, kinds=ALL, effective=Effective(NOW, NOW + DAY))
    hold = a_hold(HoldKind.MORATORIUM, since=NOW - 9 * DAY)

    assert not stopped(hold, kind=Kind.RECEIPT, by=by, now=NOW - SECOND)
    assert stopped(hold, kind=Kind.RECEIPT, by=by)
    assert stopped(hold, kind=Kind.RECEIPT, by=by, now=NOW + DAY - SECOND)
    assert not stopped(hold, kind=Kind.RECEIPT, by=by, now=NOW + DAY)


def test_what_only_a_rule_stops_is_looked_at_again_when_the_rule_or_the_hold_ends() -> None:
    receipt = about(Kind.RECEIPT, builders.facts(holds=[a_hold(HoldKind.MORATORIUM, until=NOW + 9 * DAY)]))

    def decided(end: datetime | None) -> Decision | None:
        by = rule(MORATORIUM, kinds=frozenset({Kind.RECEIPT}), effective=Effective(end=end))
        return held(receipt, [(by, MORATORIUM)], NOW)

    for end, until in ((NOW + DAY, NOW + DAY), (NOW + 99 * DAY, NOW + 9 * DAY), (None, NOW + 9 * DAY)):
        decision = decided(end)
        assert isinstance(decision, Defer)
        assert decision.until == until


def test_what_only_a_rule_stops_for_years_under_a_hold_without_an_end_is_refused() -> None:
    receipt = about(Kind.RECEIPT, builders.facts(holds=[a_hold(HoldKind.MORATORIUM)]))

    def decided(end: datetime) -> Decision | None:
        by = rule(MORATORIUM, effective=Effective(end=end))
        return held(receipt, [(by, MORATORIUM)], NOW)

    assert isinstance(decided(NOW + 400 * DAY), Refuse)
    assert isinstance(decided(NOW + 300 * DAY), Defer)


def test_a_plan_update_waits_for_the_end_of_a_hold_although_it_answers() -> None:
    assert Kind.PLAN_UPDATE in ANSWERING
    assert stopped(a_hold(), kind=Kind.PLAN_UPDATE)


def test_the_lawful_length_of_a_hold_ends_none() -> None:
    by = rule(MORATORIUM)

    assert stopped(a_hold(HoldKind.MORATORIUM, since=NOW - 999 * DAY), kind=Kind.RECEIPT, by=by)
