"""The log refuses to be changed, whichever way one tries."""

import secrets
from collections.abc import Mapping

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scheduler.store.engine import Database
from scheduler.store.store import SqlStore
from tests.fakes.world import World, a_plan_row

COLUMNS = "seq, chain, chain_seq, at, event, public, commitment, prev_hash, hash"
EVERY_COLUMN = ["seq = seq + 1000", *(f"{name} = {name}" for name in COLUMNS.split(", ")[1:])]


@pytest.fixture
def before(database: Database) -> list[Mapping[str, object]]:
    """A log of two entries."""
    world = World(SqlStore(database, secrets.token_bytes))
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    return rows(database)


def rows(database: Database) -> list[Mapping[str, object]]:
    with database.read() as connection:
        found = connection.execute(text(f"SELECT {COLUMNS} FROM entry ORDER BY seq"))
        return [dict(each) for each in found.mappings()]


def refuse(database: Database, before: list[Mapping[str, object]], statement: str) -> None:
    """The statement is refused in the log's own words, and changes nothing."""
    with pytest.raises(DBAPIError, match="the log is append-only"), database.write() as connection:
        connection.execute(text(statement))
    assert rows(database) == before
    assert len(before) == 2


def test_an_update_of_any_column_is_refused(database: Database, before: list[Mapping[str, object]]) -> None:
    for change in EVERY_COLUMN:
        refuse(database, before, f"UPDATE entry SET {change}")


@pytest.mark.parametrize("which", ["", " WHERE seq = 1", " WHERE chain_seq = 2"])
def test_a_deletion_is_refused(database: Database, before: list[Mapping[str, object]], which: str) -> None:
    refuse(database, before, f"DELETE FROM entry{which}")


@pytest.mark.parametrize("conflict", ["seq", "chain, chain_seq"])
def test_an_insertion_that_would_rewrite_is_refused(
    database: Database, before: list[Mapping[str, object]], conflict: str
) -> None:
    insert = f"INSERT INTO entry ({COLUMNS}) SELECT {COLUMNS} FROM entry WHERE seq = 1"
    refuse(database, before, f"{insert} ON CONFLICT ({conflict}) DO UPDATE SET event = 'sent'")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seq", ["seq", "seq + 1000"])
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
def test_a_replacement_as_sqlite_knows_it_is_refused(
    database: Database, before: list[Mapping[str, object]], verb: str, seq: str
) -> None:
    others = COLUMNS.partition(", ")[2]
    refuse(database, before, f"{verb} INTO entry ({COLUMNS}) SELECT {seq}, {others} FROM entry WHERE seq = 1")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("others", ["", ", payload", ", payload, chain"])
def test_a_truncation_as_postgresql_knows_it_is_refused(
    database: Database, before: list[Mapping[str, object]], others: str
) -> None:
    refuse(database, before, f"TRUNCATE entry{others} CASCADE")


def test_a_second_entry_in_the_same_place_is_refused(
    database: Database, before: list[Mapping[str, object]]
) -> None:
    others = COLUMNS.partition(", ")[2]
    copy = f"INSERT INTO entry ({others}) SELECT {others} FROM entry WHERE seq = 1"
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.execute(text(copy))
    assert rows(database) == before


def test_a_payload_may_be_erased(database: Database, before: list[Mapping[str, object]]) -> None:
    with database.write() as connection:
        assert connection.execute(text("DELETE FROM payload")).rowcount == 2
    assert rows(database) == before
