"""Messages in doubt as a person sees them: all of them, in the order in which they matter, and no others."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, event, insert

from scheduler.domain.delivery import Accepted, Rejected, Unknown
from scheduler.domain.doubt import LEASE, first_look
from scheduler.domain.outcome import Absent, Evidence, MessageState, TimeUp
from scheduler.ports import Armed
from scheduler.store.engine import Database
from scheduler.store.tables import touchpoint
from scheduler.store.unsettled import RECENT, Asked, attempts_at, in_doubt_now, numbers_in_doubt, short_keys
from tests.builders import a_creditor
from tests.fakes.world import World, a_plan_row
from tests.store.attempts import resending, settle
from tests.store.noting import plan_all

ALL = Asked(limit=50)
LOST = Unknown("no_answer")
NOON = datetime.fromisoformat("2027-03-09T12:00:00Z")


def arm_for(world: World, *numbers: int, creditor: str = "northwind") -> dict[int, Armed]:
    """Import a plan for each of some debtors and arm their messages, without handing them over."""
    rows = (
        a_plan_row(
            line=each,
            creditor=creditor,
            plan_ref=f"P-{each}",
            debtor_ref=f"D-{each}",
            phone=f"+4420794600{each:02}",
            email=f"d{each}@example.com",
        )
        for each in numbers
    )
    world.take_plans(*rows)
    plan_all(world)
    _, armed = world.pipeline.arm(world.clock.now())
    return {int(each.message.to.partition("@")[0].removeprefix("d")): each for each in armed}


def refs(world: World, asked: Asked = ALL) -> list[str]:
    """Return the debtors of the messages in doubt, in order."""
    return [each.debtor_ref for each in in_doubt_now(world.store.database, asked, world.clock.now())]


def numbers(world: World) -> dict[MessageState, int]:
    """Count messages in doubt."""
    with world.store.database.read() as connection:
        return dict(numbers_in_doubt(connection, world.clock.now()))


def test_what_awaits_a_person_comes_first_then_what_is_looked_up_then_what_was_released(world: World) -> None:
    outcomes: dict[int, tuple[Evidence, ...]] = {
        1: (LOST, Absent()),
        2: (LOST,),
        3: (LOST, TimeUp()),
        4: (Accepted("SM4"),),
        5: (Rejected("30006"),),
    }
    armed = arm_for(world, *outcomes, 6)
    for number, evidence in outcomes.items():
        settle(world, armed[number], *evidence)
    assert refs(world) == ["D-3", "D-2", "D-1"]
    assert refs(world, Asked(limit=2)) == ["D-3", "D-2"]
    assert numbers(world) == {
        MessageState.UNKNOWN: 1,
        MessageState.PRESUMED: 1,
        MessageState.RELEASED: 1,
    }


def test_what_nobody_noted_an_outcome_of_is_in_doubt_once_its_lease_is_over(world: World) -> None:
    arm_for(world, 1)
    world.clock.move(seconds=LEASE.total_seconds() - 0.001)
    assert (refs(world), numbers(world)) == ([], {})
    world.clock.move(seconds=0.001)
    assert (refs(world), numbers(world)) == (["D-1"], {MessageState.ARMED: 1})


def test_what_was_settled_without_an_answer_is_shown_for_a_week_and_what_is_unknown_for_ever(
    world: World,
) -> None:
    armed = arm_for(world, 1, 2, 3)
    settle(world, armed[1], LOST, TimeUp())
    settle(world, armed[2], LOST, Absent())
    settle(world, armed[3], LOST)
    world.clock.move(seconds=RECENT.total_seconds())
    assert refs(world) == ["D-1", "D-3", "D-2"]
    world.clock.move(seconds=0.001)
    assert refs(world) == ["D-3"]
    assert numbers(world) == {MessageState.UNKNOWN: 1}


def test_the_messages_of_one_debtor_or_one_creditor_are_asked_for_alone(world: World) -> None:
    world.creditors = {**world.creditors, "harbour": a_creditor(id="harbour")}
    for each in (*arm_for(world, 1, 2).values(), *arm_for(world, 3, creditor="harbour").values()):
        settle(world, each, LOST)
    assert refs(world, Asked(50, creditor="harbour")) == ["D-3"]
    assert refs(world, Asked(50, debtor_ref="D-2")) == ["D-2"]
    assert refs(world, Asked(50, creditor="harbour", debtor_ref="D-2")) == []


def test_a_message_in_doubt_tells_whom_it_was_for_why_and_when_it_is_looked_up(world: World) -> None:
    settle(world, arm_for(world, 1)[1], LOST)
    (found,) = in_doubt_now(world.store.database, ALL, world.clock.now())
    assert (found.creditor, found.debtor_ref, found.zones) == ("northwind", "D-1", ("Europe/London",))
    assert (found.channel, found.provider, found.attempt, found.code) == ("email", "fake", 1, "no_answer")
    assert found.look_at == first_look(world.clock.now())
    assert found.message_key == f"{found.touchpoint}-email-1"


def test_a_key_is_as_short_as_names_one_touchpoint_only(world: World) -> None:
    settle(world, arm_for(world, 1)[1], LOST)
    (found,) = in_doubt_now(world.store.database, ALL, world.clock.now())
    assert short_keys(world.store.database, [found]) == {found.message_id: found.touchpoint[:8]}
    with world.store.database.write() as connection:
        _add_alike(connection, found.touchpoint[:11])
    assert short_keys(world.store.database, [found]) == {found.message_id: found.touchpoint[:12]}


def _add_alike(connection: Connection, start: str) -> None:
    """Add a touchpoint whose key begins alike."""
    row = dict(connection.execute(touchpoint.select()).mappings().first() or {})
    del row["id"]
    connection.execute(insert(touchpoint), row | {"key": f"{start}g{'0' * 20}"[:32], "state": "skipped"})


def test_two_attempts_at_one_touchpoint_are_told_apart(world: World) -> None:
    willing = resending(world)
    first = arm_for(willing, 1)[1]
    settle(willing, first, LOST, Absent(), retry_at=willing.clock.now())
    _, (second,) = willing.pipeline.arm(willing.clock.now())
    settle(willing, second, LOST)
    found = in_doubt_now(world.store.database, ALL, world.clock.now())
    start = first.message.touchpoint[:8]
    assert list(short_keys(world.store.database, found).values()) == [f"{start}-email-2", f"{start}-email-1"]
    assert [each.attempt for each in attempts_at(world.store.database, first.message.touchpoint)] == [1, 2]


def test_every_read_keeps_to_an_index_of_what_is_or_was_in_doubt(world: World, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plans by what is stored, and here is next to nothing")
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, _x: object, _many: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    in_doubt_now(database, ALL, NOON)
    with database.read() as connection:
        numbers_in_doubt(connection, NOON)
    event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as connection:
        plans = [line for each in asked for line in _explained(connection, *each)]
    begins = [each for each in plans if " message" in each]
    assert len(asked) == len(begins) == 5
    assert {each.partition(" USING ")[2].partition(" (")[0] for each in begins} == {
        "INDEX ix_message_open",
        "INDEX ix_message_closed",
    }


def _explained(connection: Connection, statement: str, values: object) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
    return [str(row.detail) for row in rows]
