"""Reports of messages that the database had forgotten: kept, and acted on as soon as the message is known again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.domain.touchpoint import touchpoint_key
from scheduler.ports import Intent
from scheduler.store.custody import SqlCustody
from scheduler.store.tables import address, entry, message, touchpoint
from scheduler.store.tables_delivery import callback, lost_intent
from tests.fakes.world import World, a_plan_row, events, states, turn
from tests.store.noting import plan_all
from tests.store.reporting import take


def planned_key(world: World) -> str:
    """Plan a message and return its touchpoint's key."""
    world.take_plans(a_plan_row())
    plan_all(world)
    with world.store.database.read() as connection:
        return str(connection.execute(select(touchpoint.c.key)).scalar_one())


def a_report(key: str, kind: ReceiptKind, event_id: str = "e-1") -> DeliveryReceipt:
    return DeliveryReceipt(kind, "name-1", event_id, key, 1, None, None)


def journal_knows(world: World, key: str, minutes_ago: float = 3) -> Intent:
    """Let the custodian find an intent in the journal that the database has lost, and return it."""
    at = world.clock.now() - timedelta(minutes=minutes_ago)
    intent = Intent(key, "email", 1, "fake", 7, at)
    SqlCustody(world.store).note_lost([intent], world.clock.now())
    return intent


def forgotten(world: World) -> int:
    """Return how many lost intents wait for their touchpoint."""
    with world.store.database.read() as connection:
        return len(connection.execute(select(lost_intent)).all())


def test_a_report_of_a_forgotten_message_of_a_known_touchpoint_makes_it_accepted(world: World) -> None:
    key = planned_key(world)
    take(world, a_report(key, ReceiptKind.SENT), a_report(key, ReceiptKind.DELIVERED, "e-2"))
    assert events(world)[-1] == "quarantined"
    SqlCustody(world.store).recall(world.clock.now())
    assert states(world) == {"upcoming": "accepted"}
    with world.store.database.read() as connection:
        row = connection.execute(select(message)).one()
        waiting = connection.execute(select(callback).where(callback.c.message_id.is_(None))).all()
    assert (row.state, row.provider_id, row.reported) == ("accepted", "name-1", "delivered")
    assert waiting == []
    assert forgotten(world) == 0


def test_recalling_twice_changes_nothing(world: World) -> None:
    key = planned_key(world)
    take(world, a_report(key, ReceiptKind.SENT))
    custody = SqlCustody(world.store)
    custody.recall(world.clock.now())
    told = events(world)
    custody.recall(world.clock.now())
    assert events(world) == told


def test_the_journal_says_more_exactly_when_a_reported_message_was_armed(world: World) -> None:
    key = planned_key(world)
    take(world, a_report(key, ReceiptKind.SENT))
    custody = SqlCustody(world.store)
    exact = Intent(key, "email", 1, "fake", 7, world.clock.now() - timedelta(minutes=3))
    assert custody.missing([exact]) == [exact], "a report alone says neither when nor under which number"
    journal_knows(world, key)
    custody.recall(world.clock.now())
    with world.store.database.read() as connection:
        row = connection.execute(select(message)).one()
    assert (row.id, row.armed_at) == (7, exact.armed_at)
    assert custody.missing([exact]) == []


def test_what_is_armed_next_gets_a_number_of_its_own(world: World) -> None:
    key = planned_key(world)
    journal_knows(world, key)
    SqlCustody(world.store).recall(world.clock.now())
    world.take_plans(a_plan_row(plan_ref="P-2", debtor_ref="D-2", phone=None, email="d2@example.com"))
    plan_all(world)
    _, (armed,) = world.pipeline.arm(world.clock.now())
    assert armed.message_id > 7


@pytest.mark.parametrize("kind", [ReceiptKind.OPTED_OUT, ReceiptKind.COMPLAINED])
def test_who_wants_nothing_more_is_heard_although_the_message_was_forgotten(
    world: World, kind: ReceiptKind
) -> None:
    key = planned_key(world)
    take(world, a_report(key, kind))
    SqlCustody(world.store).recall(world.clock.now())
    with world.store.database.read() as connection:
        closed = connection.execute(
            select(address.c.opted_out_at).where(address.c.channel == "email")
        ).scalar()
        told = (
            connection.execute(select(entry.c.public).where(entry.c.event == "consent_changed"))
            .scalars()
            .all()
        )
    assert closed == world.clock.now()
    assert len(told) == 1
    assert '"author":"fake"' in told[0]


async def test_a_forgotten_message_that_is_reported_before_its_plan_is_back_is_accepted_then(
    world: World,
) -> None:
    key = touchpoint_key("northwind", "P-1", "1", "upcoming", "2027-03-12")
    take(world, a_report(key, ReceiptKind.DELIVERED))
    assert forgotten(world) == 1
    assert planned_key(world) == key
    assert states(world) == {"upcoming": "unknown"}
    SqlCustody(world.store).recall(world.clock.now())
    assert states(world) == {"upcoming": "accepted"}
    await turn(world)
    assert world.channel.sent == []


def test_another_message_for_the_same_attempt_stays_and_the_journal_is_answered(world: World) -> None:
    key = planned_key(world)
    _, (armed,) = world.pipeline.arm(world.clock.now())
    intent = journal_knows(world, key)
    custody = SqlCustody(world.store)
    custody.recall(world.clock.now())
    assert custody.missing([intent]) == [], "it would be found missing at every look"
    with world.store.database.read() as connection:
        assert connection.execute(select(message.c.id, message.c.state)).all() == [
            (armed.message_id, "armed")
        ]
