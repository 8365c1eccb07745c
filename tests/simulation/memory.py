"""The database under a simulation: the real one, made anew for each seed, that fails when the weather says so."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, text
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
            wrote = before < 0 or self._changes(connection) > before
        if wrote:
            self._committed()
        self._perhaps("answer")

    def _changes(self, connection: Connection) -> int:
        """Return how many rows were ever written over this connection; less than none where nobody counts."""
        raw = connection.connection.driver_connection
        return raw.total_changes if isinstance(raw, sqlite3.Connection) else -1

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
    if url != MEMORY:
        with opened.write() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade(opened)
    return opened.engine


@cache
def _template(url: str) -> sqlite3.Connection:
    return backup_of(_engine(url))


def empty_database(url: str, fails: Fault, committed: Callable[[], None]) -> FailingDatabase:
    """Return an empty, migrated database."""
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        restore(engine, _template(url))
    else:
        names = ", ".join(each.name for each in metadata.sorted_tables)
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    return FailingDatabase(engine, fails, committed)


def _raw(engine: Engine) -> sqlite3.Connection:
    connection = engine.raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


def backup_of(engine: Engine) -> sqlite3.Connection:
    """Return a copy of a database in memory."""
    copy = sqlite3.connect(":memory:")
    _raw(engine).backup(copy)
    return copy


def restore(engine: Engine, backup: sqlite3.Connection) -> None:
    """Put a copy in the place of a database in memory."""
    backup.backup(_raw(engine))
