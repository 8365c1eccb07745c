"""The database under a simulation: the real one, made anew for each seed, that fails when the weather says so."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.exc import OperationalError

from scheduler.store.engine import Database, open_database
from scheduler.store.migrations import upgrade
from scheduler.store.tables import metadata

MEMORY = "sqlite:///:memory:"

Fault = Callable[[str], bool]
"""Whether the database fails now: as a transaction begins, as it commits, or after it has committed."""

_DUE = (
    "SELECT MIN(next_action_at) FROM plan WHERE next_action_at IS NOT NULL",
    "SELECT MIN(look_at) FROM touchpoint WHERE state = 'planned'",
    "SELECT MIN(look_at) FROM message WHERE state IN ('armed', 'unknown')",
)
_NUMBERS = "SELECT sequencename AS name, last_value AS at FROM pg_sequences WHERE last_value IS NOT NULL"
_HAS_WRITTEN = "SELECT (pg_current_xact_id_if_assigned() IS NOT NULL)::int"


class FailingDatabase(Database):
    """A database that may turn a transaction away, and may commit one and not say so."""

    def __init__(self, engine: Engine, fails: Fault, committed: Callable[[], None]) -> None:
        """`committed` is told of every transaction that wrote."""
        super().__init__(engine)
        self._fails, self._committed = fails, committed

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that commits when the block ends well, as far as anybody can tell."""
        self._perhaps("begin")
        with super().write() as connection:
            before = self._changes(connection)
            yield connection
            self._perhaps("commit")
            wrote = self._changes(connection) > before
        if wrote:
            self._committed()
        self._perhaps("answer")

    def _changes(self, connection: Connection) -> int:
        """Return a number that grows when this transaction writes."""
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            return raw.total_changes
        return int(connection.exec_driver_sql(_HAS_WRITTEN).scalar() or 0)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        self._perhaps("begin")
        with super().read() as connection:
            yield connection

    def _perhaps(self, moment: str) -> None:
        if self._fails(moment):
            raise OperationalError(moment, None, sqlite3.OperationalError("the simulated database failed"))

    def peek(self, statement: str, **values: object) -> Sequence[Any]:
        """Read as the checkers do: no fault of the weather comes in between."""
        with super().read() as connection:
            return connection.execute(text(statement), values).all()

    def dues(self) -> tuple[Any, Any, Any]:
        """Return when something is to be done next about plans, touchpoints and open messages."""
        with super().read() as connection:
            plan, touch, message = (connection.exec_driver_sql(each).scalar() for each in _DUE)
        return plan, touch, message


@cache
def _engine(url: str) -> Engine:
    """Open a database once a process: a new engine would have to learn every statement again."""
    opened = open_database(url)
    if not opened.is_sqlite:
        event.listen(opened.engine, "connect", _hurry)
        with opened.write() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade(opened)
    return opened.engine


def _hurry(connection: Any, _record: object) -> None:
    """Let nothing wait for a disk: what survives a loss of power is tried elsewhere."""
    connection.execute("SET synchronous_commit TO off")
    connection.commit()


@cache
def _template(url: str) -> "Copy":
    return backup_of(_engine(url))


def empty_database(url: str, fails: Fault, committed: Callable[[], None]) -> FailingDatabase:
    """Return an empty, migrated database."""
    engine = _engine(url)
    restore(engine, _template(url))
    return FailingDatabase(engine, fails, committed)


Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Copy:
    """A database as it was: a whole one of SQLite, or the rows of one of PostgreSQL and where its numbers had come."""

    whole: sqlite3.Connection | None = None
    rows: Rows = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


def backup_of(engine: Engine) -> Copy:
    """Return a copy of a database."""
    if engine.dialect.name == "sqlite":
        whole = sqlite3.connect(":memory:")
        _raw(engine).backup(whole)
        return Copy(whole)
    with engine.begin() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }
        numbers = {row.name: row.at for row in connection.execute(text(_NUMBERS))}
    return Copy(rows=rows, numbers=numbers)


def restore(engine: Engine, copy: Copy) -> None:
    """Put a copy in the place of a database."""
    if copy.whole is not None:
        copy.whole.backup(_raw(engine))
        return
    names = ", ".join(each.name for each in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "SET LOCAL session_replication_role = replica"
        )  # the log's triggers refuse it
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        for table in metadata.sorted_tables:
            if rows := copy.rows.get(table.name):
                connection.execute(insert(table), rows)
        for name, at in copy.numbers.items():
            connection.execute(text("SELECT setval(:name, :at)"), {"name": name, "at": at})


def _raw(engine: Engine) -> sqlite3.Connection:
    connection = engine.raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection
