"""A database of either kind, a copy of it as an operator would make one, and the copy put back."""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from scheduler.journal import open_journal
from scheduler.store.engine import Database, open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.fakes.postgres import postgres_url
from tests.fakes.world import World

_NUMBERS = count(1)


@dataclass(slots=True)
class House:
    """Where one database lives, with its journal, and who works on it."""

    folder: Path
    url: str
    opened: list[Database] = field(default_factory=list)

    def start(self) -> World:
        """Start a process on the database."""
        database = open_database(self.url)
        upgrade(database)
        self.opened.append(database)
        journal = open_journal(self.folder / "second" / "dispatch.journal")
        return World(SqlStore(database, secrets.token_bytes), journal=journal)

    def copy(self) -> None:
        """Make a copy of the database."""
        raise NotImplementedError

    def restore(self) -> None:
        """Put the copy in the place of the database, whoever works on it."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop every process."""
        for each in self.opened:
            each.close()


class FileHouse(House):
    """SQLite, whose file is replaced by its copy."""

    @property
    def _file(self) -> Path:
        return self.folder / "duly.db"

    def copy(self) -> None:
        """Let the database copy itself."""
        with closing(sqlite3.connect(self._file)) as live, closing(sqlite3.connect(self._copied)) as copy:
            live.backup(copy)

    @property
    def _copied(self) -> Path:
        return self.folder / "copy.db"

    def restore(self) -> None:
        """Move a copy of the copy to where the database is; what is open elsewhere stays open."""
        shutil.copyfile(self._copied, again := self.folder / "again.db")
        for rest in ("-wal", "-shm", "-journal"):
            self._file.with_name(f"duly.db{rest}").unlink(missing_ok=True)
        os.replace(again, self._file)


class OverwrittenHouse(FileHouse):
    """SQLite, whose file stays the same and gets other contents."""

    def restore(self) -> None:
        """Write the copy into the database."""
        with closing(sqlite3.connect(self._copied)) as copy, closing(sqlite3.connect(self._file)) as live:
            copy.backup(live)


class ServerHouse(House):
    """PostgreSQL, where a database is made after the pattern of another."""

    def copy(self) -> None:
        """Make a database after the pattern of this one, on which nobody may work meanwhile."""
        for each in self.opened:
            each.close()
        self._administer(f"CREATE DATABASE {self.name}_copy TEMPLATE {self.name}")

    def restore(self) -> None:
        """Drop the database under whoever works on it, and make it anew after the pattern of the copy."""
        self._administer(
            f"DROP DATABASE {self.name} WITH (FORCE)",
            f"CREATE DATABASE {self.name} TEMPLATE {self.name}_copy",
        )

    def close(self) -> None:
        """Stop every process and drop both databases."""
        for each in self.opened:
            each.close()
        self._administer(
            f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)",
            f"DROP DATABASE IF EXISTS {self.name}_copy WITH (FORCE)",
        )

    @property
    def name(self) -> str:
        """What the server calls the database."""
        return str(make_url(self.url).database)

    def make(self) -> None:
        """Make the database, empty."""
        self._administer(f"CREATE DATABASE {self.name}")

    def _administer(self, *commands: str) -> None:
        url = make_url(postgres_url()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for each in commands:
                connection.execute(text(each))
        engine.dispose()


@contextmanager
def house_of(kind: str, folder: Path) -> Iterator[House]:
    """Build a house of one kind: `file`, `overwritten` or `server`."""
    house: House
    if kind == "server":
        url = make_url(postgres_url()).set(database=f"kept_{os.getpid()}_{next(_NUMBERS)}")
        house = ServerHouse(folder, url.render_as_string(hide_password=False))
        house.make()
    else:
        build = FileHouse if kind == "file" else OverwrittenHouse
        house = build(folder, f"sqlite:///{folder / 'duly.db'}")
    try:
        yield house
    finally:
        house.close()
