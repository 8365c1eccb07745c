"""Who is taken into a batch: confirmations first, every creditor its share, and nothing read but what is due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select

from scheduler.store.claiming import TAKE, WHO_HAS_DUE, take_debtors
from scheduler.store.engine import Database
from scheduler.store.tables import debtor
from tests.builders import NOW, a_creditor
from tests.fakes.world import World
from tests.store.crowd import analyze, crowd

HOUR = timedelta(hours=1)
CREDITORS = ("big", "small", "third")


def taken(
    database: Database, limit: int = 100, creditors: Sequence[str] = CREDITORS, turn: int = 0
) -> list[int]:
    """Return who would be taken into a batch now."""
    with database.write() as connection:
        return take_debtors(connection, NOW, creditors, limit, turn)


def of_whom(database: Database, ids: Sequence[int]) -> Counter[str]:
    """Count debtors by their creditor."""
    with database.read() as connection:
        return Counter(connection.execute(select(debtor.c.creditor).where(debtor.c.id.in_(ids))).scalars())


def test_a_creditor_with_a_hundred_thousand_due_does_not_hold_up_one_with_ten(database: Database) -> None:
    crowd(database, "big", range(1, 100_001), NOW - HOUR)
    crowd(database, "small", range(200_001, 200_011), NOW)
    assert of_whom(database, taken(database)) == {"big": 90, "small": 10}


def test_each_has_the_same_share_whoever_has_waited_longer(database: Database) -> None:
    for place, name in enumerate(CREDITORS):
        crowd(database, name, range(1 + 1000 * place, 501 + 1000 * place), NOW - place * HOUR)
    assert of_whom(database, taken(database, 99)) == {"big": 33, "small": 33, "third": 33}


def test_who_comes_back_at_its_slot_is_not_kept_from_it_by_a_long_line(database: Database) -> None:
    crowd(database, "big", range(1, 5_001), NOW - HOUR)
    crowd(database, "big", range(6_001, 6_021), NOW - timedelta(seconds=1))
    ids = taken(database)
    assert len(ids) == 100
    assert set(range(6_001, 6_021)) <= set(ids)


def test_what_has_just_come_due_takes_no_more_than_half(database: Database) -> None:
    crowd(database, "big", range(1, 301), NOW - HOUR)
    crowd(database, "big", range(1_001, 2_001), NOW)
    ids = taken(database)
    assert (sum(each > 1_000 for each in ids), len(ids)) == (50, 100)


def test_one_alone_has_the_whole_batch(database: Database) -> None:
    crowd(database, "big", range(1, 501), NOW - HOUR)
    assert taken(database) == list(range(1, 101))


def test_with_more_creditors_than_places_they_take_turns(database: Database) -> None:
    for place, name in enumerate(CREDITORS):
        crowd(database, name, range(1 + 1000 * place, 11 + 1000 * place), NOW)
    firsts = [of_whom(database, taken(database, 1, turn=turn)) for turn in range(4)]
    assert [*map(list, firsts)] == [["big"], ["small"], ["third"], ["big"]]


def test_confirmations_of_all_creditors_come_before_any_reminder(database: Database) -> None:
    crowd(database, "big", range(1, 1001), NOW - 9 * HOUR)
    crowd(database, "small", range(2001, 2061), NOW, priority=0)
    crowd(database, "third", range(3001, 3021), NOW, priority=0)
    assert of_whom(database, taken(database)) == {"small": 60, "third": 20, "big": 20}


def test_what_is_due_later_or_of_a_creditor_that_is_not_configured_is_left_alone(database: Database) -> None:
    crowd(database, "big", range(1, 11), NOW + timedelta(microseconds=1))
    crowd(database, "gone", range(101, 111), NOW)
    assert taken(database) == []
    crowd(database, "small", range(201, 202), NOW)
    assert taken(database) == [201]


def test_whom_another_worker_has_locked_is_left_to_it(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, so nobody else can have locked anybody")
    crowd(database, "big", range(1, 21), NOW)
    with database.write() as connection:
        mine = take_debtors(connection, NOW, CREDITORS, 5, 0)
        assert taken(database) == list(range(6, 21))
    assert mine == [1, 2, 3, 4, 5]


def test_where_all_of_one_creditor_are_locked_the_places_fall_to_the_next(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, so nobody else can have locked anybody")
    crowd(database, "big", range(1, 2), NOW)
    crowd(database, "small", range(101, 102), NOW)
    with database.write() as connection:
        assert take_debtors(connection, NOW, CREDITORS, 1, 0) == [1]
        assert taken(database, 1) == [101]


def plan_of(connection: Connection, statement: object, values: dict[str, object]) -> str:
    """Return how the database would carry out a statement."""
    prefix = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "

    def explain(
        _connection: object, _cursor: object, sql: str, given: object, _context: object, _many: object
    ) -> tuple[str, object]:
        return prefix + sql, given

    event.listen(connection, "before_cursor_execute", explain, retval=True)
    try:
        rows = connection.execute(statement, values).cursor.fetchall()  # type: ignore[call-overload]  # either kind
    finally:
        event.remove(connection, "before_cursor_execute", explain)
    return "\n".join(str(row[-1]) for row in rows)


def test_it_reads_along_the_index_of_what_is_due_and_looks_up_nobody_else(database: Database) -> None:
    crowd(database, "big", range(1, 30_001), NOW - HOUR)
    crowd(database, "small", range(40_001, 42_001), NOW - HOUR)
    analyze(database)
    take = TAKE["sqlite" if database.is_sqlite else "postgresql"]
    wanted = {
        "priority": 1,
        "creditor": "small",
        "since": NOW - HOUR * 9,
        "now": NOW,
        "at_most": 800,
        "free": 50,
    }
    with database.write() as connection:
        plans = [plan_of(connection, WHO_HAS_DUE, {"now": NOW}), plan_of(connection, take, wanted)]
    assert all("ix_touchpoint_due" in each for each in plans)
    assert not any(
        word in each for each in plans for word in ("Seq Scan", "SCAN touchpoint", "SCAN debtor", "Join")
    )


async def test_a_batch_sends_for_both_while_the_larger_still_has_much_to_send(world: World) -> None:
    big, small = a_creditor(id="big"), a_creditor(id="small")
    world.creditors = {"big": big, "small": small}
    crowd(world.store.database, "big", range(1, 301), NOW - HOUR, sendable=True)
    crowd(world.store.database, "small", range(1001, 1006), NOW, sendable=True)
    await replace(world.pipeline, batch_size=20).run_batch()
    assert of_whom(world.store.database, [int(each.to[1:-12]) for each in world.channel.sent]) == {
        "big": 15,
        "small": 5,
    }
