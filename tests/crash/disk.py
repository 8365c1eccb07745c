"""The disk of a stage: a small database in memory, which is copied and put back, and whose commits are boundaries."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property

from sqlalchemy import Connection, Engine

from scheduler.intake.plans import PlanIntake
from scheduler.journal import NoJournal
from scheduler.ports import Armed
from scheduler.store.engine import Database, open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.crash.case import Company
from tests.crash.provider import Provider
from tests.fakes.world import CADENCE, CREDITOR, a_plan_row

START = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
"""A Tuesday morning."""

ONE_STEP = replace(CADENCE, steps=CADENCE.steps[:1])
"""One step, three days before the due date."""


def no_chance(length: int) -> bytes:
    """Give the same bytes every time, so that a case replays to the byte."""
    return bytes(length)


@cache
def engine() -> Engine:
    """Return the one engine of this process: its statements are compiled once for all cases."""
    return open_database("sqlite:///:memory:").engine


@cache
def template(company: Company) -> bytes:
    """Return a small migrated database of one debtor, two of whose plans coincide and share a message."""
    put(_empty())
    database = Database(engine())
    intake = PlanIntake(SqlStore(database, no_chance), {CREDITOR.id: CREDITOR}, {ONE_STEP.id: ONE_STEP})
    rows = [a_plan_row(), a_plan_row(line=3, plan_ref="P-2")]
    if company is Company.FOLLOWED:
        rows.append(a_plan_row(line=4, plan_ref="P-3", due_date=date(2027, 3, 13)))
    intake.take_plans(rows, START)
    return raw().serialize()


@cache
def _empty() -> bytes:
    """Return a migrated database without rows, in small pages so that it is quickly copied."""
    raw().execute("PRAGMA page_size = 512")
    raw().execute("VACUUM")
    upgrade(Database(engine()))
    return raw().serialize()


@cache
def raw() -> sqlite3.Connection:
    """Return the driver's own connection, of which a database in memory has one."""
    connection = engine().raw_connection().driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


def put(disk: bytes) -> None:
    """Put a database in the place of the one that is there.

    It is copied in: `deserialize` into a connection that has prepared statements leaves them pointing at nothing.
    """
    with closing(sqlite3.connect(":memory:")) as source:
        source.deserialize(disk)
        source.backup(raw())


class StageDatabase(Database):
    """A database whose commits are boundaries."""

    def __init__(self, engine: Engine, committing: Callable[[], None]) -> None:
        super().__init__(engine)
        self._committing = committing
        self.is_open = False
        self.commits = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may be interrupted when all is written and nothing is committed."""
        with super().write() as connection:
            self.is_open = True
            try:
                yield connection
                self._committing()
            finally:
                self.is_open = False
        self.commits += 1


class RecordingJournal(NoJournal):
    """Keeps the keys of what was about to be sent."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def note(self, armed: Sequence[Armed]) -> None:
        """Keep the keys."""
        self.keys |= {each.message.key for each in armed}


@dataclass(frozen=True)
class Snapshot:
    """Everything that outlives a process: the disk, the other path's journal, the provider, and the time."""

    disk: bytes
    keys: frozenset[str]
    provider: Provider
    instant: datetime

    @cached_property
    def key(self) -> bytes:
        """A digest by which two can be told apart.

        It leaves out how often the file and its schema were changed; see the format of SQLite's header.
        """
        beside = repr((sorted(self.keys), self.provider, self.instant))
        disk = self.disk[:24] + self.disk[28:40] + self.disk[44:92] + self.disk[96:]
        return hashlib.blake2b(disk + beside.encode(), digest_size=16).digest()
