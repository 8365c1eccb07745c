"""The numbers of the morning, on a portfolio small enough to count by hand."""

from datetime import timedelta

import pytest

from scheduler.domain.decision import Reason, Verdict
from scheduler.domain.entry import Draft, Event, Json, reasons_json
from scheduler.planner import plan_due
from scheduler.store.engine import Database
from scheduler.store.entries import Log
from scheduler.store.numbers import Numbers, Objection, numbers
from tests.fakes.world import World, a_payment_row, a_plan_row
from tests.ledger.lived_in import EARLY, live


@pytest.fixture
def world(database: Database) -> World:
    """A lived-in world."""
    return live(database)


def test_an_empty_database_has_nothing_to_count(database: Database) -> None:
    assert numbers(database, EARLY) == Numbers({}, {}, {}, (), None, 0)


def test_what_a_lived_in_database_counts(world: World, database: Database) -> None:
    found = numbers(database, world.clock.now())
    assert found == Numbers(
        plans={"active": 3},
        touchpoints={"accepted": 3, "unknown": 1},
        messages={
            ("email", "accepted"): 1,
            ("email", "rejected"): 1,
            ("email", "unknown"): 1,
            ("sms", "accepted"): 2,
        },
        objections=(Objection("courtesy/asking-hours", "defer", 3),),
        oldest_due_at=None,
        entries=24,
    )
    assert found.unknown == 1


@pytest.mark.parametrize("length", [1, 2, 3, 24])
def test_stretches_add_up(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    whole = numbers(database, world.clock.now())
    monkeypatch.setattr("scheduler.store.numbers._STRETCH", length)
    assert numbers(database, world.clock.now()) == whole


def test_a_completed_plan_is_counted_apart(world: World, database: Database) -> None:
    world.take_payments(a_payment_row(payment_ref="PAY-2", plan_ref="P-2"))
    assert numbers(database, world.clock.now()).plans == {"active": 2, "completed": 1}


def test_the_oldest_due_touchpoint_is_the_one_that_waits_longest(world: World, database: Database) -> None:
    world.clock.move(days=1)
    for number in (8, 9):
        row = a_plan_row(plan_ref=f"P-{number}", debtor_ref=f"D-{number}", due_date=world.clock.now().date())
        world.take_plans(row)
        plan_due(world.store, world.cadences, world.clock.now())
        world.clock.move(minutes=number)
    now = world.clock.now()
    assert numbers(database, now).oldest_due_at == now - timedelta(minutes=17)
    assert numbers(database, now - timedelta(minutes=18)).oldest_due_at is None


def test_the_ten_most_frequent_objections_are_kept_and_what_allowed_is_not_counted(
    database: Database,
) -> None:
    allowed = Reason("courtesy/consent", Verdict.ALLOW, "the contract")
    drafts = []
    for number in range(12):
        reason = Reason(f"rule-{number:02}", Verdict.REFUSE, "no")
        public: dict[str, Json] = {"reasons": reasons_json([allowed, reason])}
        drafts += [Draft("c/D-1", Event.REFUSED, EARLY, public)] * (2 if number == 11 else 1)
    drafts.append(
        Draft("c/D-1", Event.ACCEPTED, EARLY, {"reasons": reasons_json([Reason("x", Verdict.DEFER, "")])})
    )
    drafts.append(Draft("c/D-1", Event.SKIPPED, EARLY))
    with database.write() as connection:
        Log(connection, bytes).append(drafts)
    found = numbers(database, EARLY).objections
    assert found[0] == Objection("rule-11", "refuse", 2)
    assert [each.rule for each in found[1:]] == [f"rule-{number:02}" for number in range(9)]


def test_a_decision_counts_once_for_every_rule_that_objected(database: Database) -> None:
    reasons = [
        Reason("hours", Verdict.DEFER, "closed", EARLY),
        Reason("gap", Verdict.DEFER, "too soon", EARLY),
    ]
    with database.write() as connection:
        Log(connection, bytes).append(
            [Draft("c/D-1", Event.DEFERRED, EARLY, {"reasons": reasons_json(reasons)})]
        )
    assert set(numbers(database, EARLY).objections) == {
        Objection("hours", "defer", 1),
        Objection("gap", "defer", 1),
    }
