"""Opens the database: one writer at a time in SQLite, durable commits in both."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError

from scheduler.domain.errors import UsageError
from scheduler.store.turns import Turns

BUSY_TIMEOUT_MS = 15_000


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite carries the fix of the WAL-reset bug, which could corrupt a database of two connections.

    Source: sqlite.org/wal.html#walresetbug; fixed in 3.51.3, and in the branches 3.44.6 and 3.50.7.
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _pragmas() -> tuple[str, ...]:
    journal = ("WAL", "FULL") if wal_is_safe(sqlite3.sqlite_version_info[:3]) else ("TRUNCATE", "EXTRA")
    return (
        f"journal_mode={journal[0]}",
        f"synchronous={journal[1]}",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # without it INSERT OR REPLACE slips past the log's triggers
        "secure_delete=ON",
    )


class Database:
    """An engine with two ways in: `write`, which may change things, and `read`, which may not."""

    def __init__(self, engine: Engine) -> None:
        """Take over an engine that `open_database` made."""
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.RLock()
        self._turns = Turns(_path_of(engine.url))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that commits when the block ends well.

        SQLite has one writer: waiting here for this process's own turn, and for other processes', is fairer than its
        busy loop.
        """
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer, self.engine.connect().execution_options(duly_writes=True) as connection:
            with self._turns.wait():
                transaction = connection.begin()
            with transaction:
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a short transaction that only reads; in SQLite a long one would hold up the writer."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
        self._turns.close()


def _path_of(url: URL) -> Path | None:
    """Return where a SQLite database lies, or None where it is no file."""
    path = url.database if url.get_backend_name() == "sqlite" else None
    return None if not path or path.startswith((":", "file:")) else Path(path)


def open_database(url_text: str) -> Database:
    """Open a database by its URL. Raises UsageError when the URL cannot be used."""
    try:
        url = make_url(url_text)
        if url.get_backend_name() == "sqlite":
            return Database(_sqlite(url))
        if url.get_backend_name() == "postgresql":
            return Database(_postgresql(url))
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(
            "The database URL cannot be read; write sqlite:///PATH or postgresql://USER@HOST/NAME"
        ) from error
    raise UsageError(f"Duly knows sqlite and postgresql databases, not {url.get_backend_name()!r}")


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"The database's folder {Path(url.database).parent} cannot be created ({error.strerror}); "
                f"choose another place with --database"
            ) from error
    engine = create_engine(url, hide_parameters=True)  # an error's text must name nobody

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None  # so that BEGIN is ours and no lock is upgraded half way
        for pragma in _pragmas():
            dbapi.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file_of(url)

    @event.listens_for(engine, "checkout")
    def _follow(_dbapi: object, record: Any, _proxy: object) -> None:
        """Open a file anew that was put in the place of the former, which only this process could still see."""
        if (file := _file_of(url)) is not None and file != record.info["file"]:
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("duly_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _file_of(url: URL) -> tuple[int, int] | None:
    """Return which file the URL leads to now; None where it leads to none."""
    try:
        found = Path(url.database or ":memory:").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        pool_size=10,
        connect_args={"connect_timeout": 10, "options": "-c lock_timeout=30000 -c statement_timeout=600000"},
    )


def place_of(database: Database) -> str:
    """Return a database's URL without its password."""
    return database.engine.url.render_as_string(hide_password=True)


def refuse_unreachable(database: Database) -> None:
    """Raise UsageError, without the URL's secrets, when the database cannot be opened."""
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DBAPIError as error:
        raise UsageError(
            f"The database {place_of(database)} cannot be opened ({type(error.orig).__name__}); "
            f"check that it runs and that the URL is right"
        ) from error
