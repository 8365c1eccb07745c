"""What is moot: a debt that is paid, a step that has ended, a due date that no longer stands."""

from dataclasses import replace

import pytest

from scheduler.domain.decision import Skip, Verdict
from scheduler.domain.facts import Claim
from scheduler.domain.plan import PlanStatus
from scheduler.domain.standing import amended, ended, paid
from scheduler.domain.touchpoint import ANSWERING, ASKING, FORMAL, Kind
from tests import builders
from tests.builders import DUE, NOW
from tests.domain.rules_and_days import DAY, SECOND, about


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


@pytest.mark.parametrize("kind", sorted(ASKING | FORMAL))
@pytest.mark.parametrize("status", [PlanStatus.COMPLETED, PlanStatus.CANCELLED])
def test_a_plan_that_is_over_asks_for_nothing(kind: Kind, status: PlanStatus) -> None:
    facts = builders.facts(plan=builders.a_plan(status=status))

    assert isinstance(paid(about(kind, facts), NOW), Skip)
    assert paid(about(kind), NOW) is None


@pytest.mark.parametrize("kind", sorted(ANSWERING))
def test_what_the_debtor_did_or_asked_is_answered_when_all_is_paid(kind: Kind) -> None:
    over = builders.facts(plan=builders.a_plan(status=PlanStatus.COMPLETED))

    assert paid(about(kind, over), NOW) is None
    assert paid(about(kind, replace(over, claims=())), NOW) is None


def test_a_step_ends_at_its_end_and_not_before() -> None:
    facts = builders.facts(touchpoint=builders.a_touchpoint(ends_at=NOW))

    assert ended(facts, NOW - SECOND) is None
    assert isinstance(ended(facts, NOW), Skip)


def test_a_step_without_an_end_does_not_end() -> None:
    assert ended(builders.facts(touchpoint=builders.a_touchpoint(ends_at=None)), NOW + 999 * DAY) is None


def test_a_step_of_a_due_date_that_stands_is_current() -> None:
    assert amended(builders.facts(), NOW) is None


def test_a_step_of_a_due_date_that_was_moved_is_not_sent() -> None:
    planned = builders.facts()
    moved = builders.a_plan(instalments=[builders.an_instalment(due_date=DUE + DAY)])

    assert isinstance(amended(replace(planned, plan=moved), NOW), Skip)


def test_a_step_of_an_instalment_that_is_gone_is_not_sent() -> None:
    planned = builders.facts()

    assert isinstance(amended(replace(planned, plan=builders.a_plan(instalments=[])), NOW), Skip)


def test_what_is_about_no_instalment_is_not_amended_away() -> None:
    receipt = builders.a_touchpoint(instalment_id=None, payment_id=1, kind=Kind.RECEIPT)

    assert amended(builders.facts(touchpoint=receipt), NOW) is None
