"""The gate: a quarantine stands once, from when it is noted until a person ends it."""

from datetime import timedelta

from sqlalchemy import select

from scheduler.domain.gate import OPEN_GATE
from scheduler.store.custody import SqlCustody
from scheduler.store.gate import Quarantine, standing_quarantine
from scheduler.store.tables_delivery import quarantine
from tests.builders import NOW
from tests.fakes.world import World, events, hand_over
from tests.store.attempts import arm
from tests.store.noting import plan_all
from tests.store.test_switches import take


def stands(world: World) -> Quarantine | None:
    """Return the quarantine that stands."""
    with world.store.database.read() as connection:
        return standing_quarantine(connection)


def end(world: World) -> None:
    """End the quarantine."""
    assert SqlCustody(world.store).release("ann", "checked", world.clock.now(), although_unknown=False)


def test_a_new_database_has_an_open_gate(world: World) -> None:
    assert world.store.gate(NOW) == OPEN_GATE
    assert stands(world) is None


def test_a_quarantine_that_stands_stays_as_it_is_and_is_logged_once(world: World) -> None:
    world.store.quarantine("lost_tail", "the first", NOW)
    world.store.quarantine("clock_jump", "the second", NOW + timedelta(minutes=1))
    assert world.store.gate(NOW).quarantined
    assert stands(world) == Quarantine("lost_tail", "the first", NOW)
    assert events(world) == ["quarantined"]


def test_one_that_was_ended_is_kept_and_another_may_begin(world: World) -> None:
    world.store.quarantine("lost_tail", "the first", NOW)
    end(world)
    assert not world.store.gate(NOW).quarantined
    world.store.quarantine("clock_jump", "the second", NOW + timedelta(minutes=1))
    assert stands(world) == Quarantine("clock_jump", "the second", NOW + timedelta(minutes=1))
    with world.store.database.read() as connection:
        rows = connection.execute(select(quarantine).order_by(quarantine.c.id))
        kept = [(row.cause, row.released_by, row.note) for row in rows]
    assert kept == [("lost_tail", "ann", "checked"), ("clock_jump", None, None)]


async def test_a_quarantine_between_arming_and_the_call_stops_the_call(world: World) -> None:
    take(world, 1)
    armed = arm(world)
    world.store.quarantine("clock_jump", "the clock has moved", NOW)
    (settlement,) = await hand_over(world, [armed])
    assert getattr(settlement.evidence, "code", None) == "quarantined"
    assert world.channel.sent == []


def test_in_quarantine_nothing_is_armed_and_nothing_is_decided(world: World) -> None:
    take(world, 1)
    plan_all(world)
    before = events(world)
    world.store.quarantine("clock_jump", "the clock has moved", NOW)
    assert world.pipeline.arm(world.clock.now()) == (0, [])
    assert events(world) == [*before, "quarantined"]
