"""Which steps of a plan have come due."""

from datetime import UTC, date, datetime

from scheduler.domain.plan import Instalment, Plan, PlanStatus
from scheduler.domain.touchpoint import State
from scheduler.planner import Laid, lay_out
from tests.fakes.world import CADENCE

DUE = date(2027, 3, 12)


def a_plan(*instalments: Instalment, zone: str = "UTC") -> Plan:
    """Return an active plan with these instalments."""
    return Plan(1, "northwind", "P-1", 1, "GBP", zone, "standard", PlanStatus.ACTIVE, instalments)


def an_instalment(number: str = "1", due: date = DUE, paid_minor: int = 0) -> Instalment:
    """Return an instalment of 100.00."""
    return Instalment(int(number), number, number, due, 10_000, None, None, None, paid_minor)


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    """Return an instant of 2027."""
    return datetime(2027, month, day, hour, minute, tzinfo=UTC)


def steps(laid: Laid) -> list[str]:
    """Return the planned steps."""
    return [each.step for each in laid.planned]


def passed(laid: Laid) -> list[tuple[str, str]]:
    """Return the steps that are not planned any more, with the rule against each."""
    return [(each.step, reason.rule) for each, reason in laid.passed]


def test_nothing_is_planned_before_the_first_step_comes_due() -> None:
    laid = lay_out(a_plan(an_instalment()), CADENCE, {}, at(8, 23, 59))
    assert steps(laid) == []
    assert laid.next_action_at == at(9)


def test_a_step_is_planned_at_the_instant_at_which_it_comes_due() -> None:
    laid = lay_out(a_plan(an_instalment()), CADENCE, {}, at(9))
    assert steps(laid) == ["upcoming"]
    assert laid.next_action_at == at(12)


def test_a_step_before_the_due_date_ends_when_the_next_one_comes_due() -> None:
    (upcoming,) = lay_out(a_plan(an_instalment()), CADENCE, {}, at(11, 23)).planned
    assert upcoming.ends_at == at(12)


def test_the_due_days_step_ends_with_the_due_date() -> None:
    (due_today,) = lay_out(a_plan(an_instalment()), CADENCE, {}, at(12)).planned
    assert due_today.ends_at == at(13)


def test_between_the_due_date_and_the_next_step_nothing_is_current() -> None:
    laid = lay_out(a_plan(an_instalment()), CADENCE, {}, at(13))
    assert steps(laid) == []
    assert passed(laid) == [("upcoming", "superseded"), ("due-today", "expired")]


def test_after_an_outage_the_one_right_step_is_planned_and_the_others_are_superseded() -> None:
    laid = lay_out(a_plan(an_instalment()), CADENCE, {}, at(30))
    assert steps(laid) == ["help"]
    assert passed(laid) == [("upcoming", "superseded"), ("due-today", "superseded"), ("gentle", "superseded")]
    assert laid.next_action_at is None


def test_the_last_step_does_not_end() -> None:
    (help_step,) = lay_out(a_plan(an_instalment()), CADENCE, {}, at(30, month=6)).planned
    assert (help_step.step, help_step.ends_at) == ("help", None)


def test_planning_twice_changes_nothing() -> None:
    plan = a_plan(an_instalment())
    first = lay_out(plan, CADENCE, {}, at(15))
    known = {each.key: State.PLANNED for each in first.planned}
    known |= {each.key: State.SKIPPED for each, _ in first.passed}
    again = lay_out(plan, CADENCE, known, at(15))
    assert (again.planned, again.passed, again.superseded) == ((), (), ())


def test_a_planned_touchpoint_is_superseded_by_the_next_step() -> None:
    plan = a_plan(an_instalment())
    (upcoming,) = lay_out(plan, CADENCE, {}, at(9)).planned
    laid = lay_out(plan, CADENCE, {upcoming.key: State.PLANNED}, at(12))
    assert laid.superseded == (upcoming.key,)
    assert steps(laid) == ["due-today"]


def test_what_was_sent_is_not_superseded() -> None:
    plan = a_plan(an_instalment())
    (upcoming,) = lay_out(plan, CADENCE, {}, at(9)).planned
    assert lay_out(plan, CADENCE, {upcoming.key: State.ACCEPTED}, at(12)).superseded == ()


def test_a_paid_instalment_has_no_steps() -> None:
    laid = lay_out(a_plan(an_instalment(paid_minor=10_000)), CADENCE, {}, at(9))
    assert steps(laid) == []
    assert laid.next_action_at is None


def test_a_part_paid_instalment_keeps_its_steps() -> None:
    assert steps(lay_out(a_plan(an_instalment(paid_minor=9_999)), CADENCE, {}, at(9))) == ["upcoming"]


def test_each_instalment_has_a_ladder_of_its_own() -> None:
    plan = a_plan(an_instalment("1"), an_instalment("2", date(2027, 4, 12)))
    laid = lay_out(plan, CADENCE, {}, at(9, month=4))
    assert steps(laid) == ["help", "upcoming"]
    assert laid.next_action_at == at(12, month=4)


def test_due_dates_are_dates_in_the_plans_zone() -> None:
    auckland = a_plan(an_instalment(), zone="Pacific/Auckland")
    assert steps(lay_out(auckland, CADENCE, {}, at(8, 10, 59))) == []
    assert steps(lay_out(auckland, CADENCE, {}, at(8, 11))) == ["upcoming"]


def test_a_moved_due_date_is_another_occurrence() -> None:
    (before,) = lay_out(a_plan(an_instalment()), CADENCE, {}, at(9)).planned
    (after,) = lay_out(a_plan(an_instalment(due=date(2027, 3, 13))), CADENCE, {}, at(10)).planned
    assert before.key != after.key
