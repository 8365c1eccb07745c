"""What the outbox pages read, on both databases, and that no read walks what it does not return."""

import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, event

from scheduler.domain.delivery import Rejected, Unknown
from scheduler.planner import plan_due
from scheduler.store.engine import Database
from scheduler.store.outbox_log import OutboxLog, Tally
from scheduler.store.store import SqlStore
from tests.builders import a_creditor
from tests.fakes.world import World, a_plan_row

EARLY = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
NINE = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(database: Database) -> World:
    """A world on an empty store."""
    return World(SqlStore(database, secrets.token_bytes))


@pytest.fixture
def log(database: Database) -> OutboxLog:
    """The reads under test."""
    return OutboxLog(database)


async def _turn(world: World) -> None:
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass
    while await world.pipeline.run_batch():
        pass


def _take(world: World, *numbers: int, zone: str = "Europe/London") -> None:
    world.take_plans(
        *(
            a_plan_row(
                line=each,
                plan_ref=f"P-{each}",
                debtor_ref=f"D-{each}",
                email=None,
                phone=f"+4420794600{each:02}",
                time_zone=zone,
            )
            for each in numbers
        )
    )


async def test_messages_come_newest_first_from_any_edge(world: World, log: OutboxLog) -> None:
    _take(world, *range(5))
    await _turn(world)
    ids = [each.id for each in log.newest(10)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5
    assert [each.id for each in log.newest(2)] == ids[:2]
    assert [each.id for each in log.newest(2, before=ids[1])] == ids[2:4]
    assert [each.id for each in log.next_after(2, after=ids[4])] == ids[2:4]
    assert log.newest(2, before=ids[4]) == []
    assert log.next_after(2, after=ids[0]) == []


async def test_a_message_is_found_by_the_parts_of_its_key_and_by_no_others(
    world: World, log: OutboxLog
) -> None:
    _take(world, 1)
    await _turn(world)
    (kept,) = log.newest(2)
    assert log.find(kept.touchpoint, "sms", 1) == kept
    assert (kept.key, kept.debtor_name, kept.zones) == (
        world.channel.sent[0].key,
        "Ada Example",
        ("Europe/London",),
    )
    assert log.find(kept.touchpoint, "email", 1) is None
    assert log.find(kept.touchpoint, "sms", 2) is None
    assert log.find("0" * 32, "sms", 1) is None


async def test_a_history_is_one_touchpoints_own(world: World, log: OutboxLog) -> None:
    world.clock.instant = EARLY
    _take(world, 1, 2)
    await _turn(world)
    world.clock.instant = NINE
    await _turn(world)
    kept = log.newest(2)[0]
    lines = log.history(kept.chain, kept.touchpoint)
    assert [each.event for each in lines] == ["planned", "deferred", "armed", "accepted"]
    assert {each.public["touchpoint"] for each in lines} == {kept.touchpoint}
    assert lines[0].at == EARLY
    assert log.history(kept.chain, "0" * 32) == []


async def test_the_next_of_the_deferred_come_first(world: World, log: OutboxLog) -> None:
    world.clock.instant = EARLY
    _take(world, 1, zone="Atlantic/Azores")
    _take(world, 2)
    await _turn(world)
    waiting = log.next_deferred(EARLY, 5)
    assert [each.debtor_ref for each in waiting] == ["D-2", "D-1"]
    assert [each.until for each in waiting] == [NINE, NINE.replace(hour=10)]
    assert [each.debtor_ref for each in log.next_deferred(EARLY, 1)] == ["D-2"]
    assert [each.debtor_ref for each in log.next_deferred(NINE, 5)] == ["D-1"]


async def test_the_tally_tells_sent_deferred_refused_and_unknown_apart(world: World, log: OutboxLog) -> None:
    assert log.tally(EARLY) == Tally(sent=0, deferred=0, refused=0, unknown=0, is_partial=False)
    world.channel.answers = [Unknown("timeout"), Rejected("blocked", blames_address=True)]
    _take(world, 1, 2, 3, 4)
    await _turn(world)
    world.clock.instant = EARLY
    _take(world, 5)
    await _turn(world)
    world.creditors = {"northwind": a_creditor(default_consent_basis=None)}
    world.clock.instant = NINE.replace(hour=10)
    _take(world, 6)
    found = log.tally(EARLY)
    assert (found.sent, found.deferred, found.refused, found.unknown) == (2, 1, 1, 1)


async def test_every_read_follows_an_index(world: World, log: OutboxLog, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plans by what is stored, and here is next to nothing")
    _take(world, 1)
    await _turn(world)
    (kept,) = log.newest(1)
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, _x: object, _many: object) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    log.newest(1, before=9)
    log.next_after(1, after=0)
    log.find(kept.touchpoint, "sms", 1)
    log.history(kept.chain, kept.touchpoint)
    log.next_deferred(NINE, 1)
    event.remove(database.engine, "before_cursor_execute", note)
    queries = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
    assert len(queries) == 8  # what is deferred lies in two queues for each creditor
    with database.read() as connection:
        steps = [step for query in queries for step in _plan(connection, *query)]
    tables = ("message", "touchpoint", "debtor", "entry")
    assert [each for each in steps if each.startswith(tuple(f"SCAN {table}" for table in tables))] == []
    assert any("ix_touchpoint_due" in each for each in steps)


def _plan(connection: Connection, statement: str, values: object) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
    return [row[-1] for row in rows]
