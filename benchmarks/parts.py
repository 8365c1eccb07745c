"""The application on a clock that does not depend on the hour of the day, and databases of its own."""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.report import ROOT
from scheduler.bootstrap import App, assemble
from scheduler.ports import Clock
from scheduler.settings import Environment, Settings
from tests.fakes.postgres import postgres_url
from tests.fakes.world import HandClock

DEFAULTS: Mapping[str, str] = {}
"""An empty environment: every message goes to the outbox."""


@dataclass(slots=True)
class RunningClock:
    """Runs like any other, from an instant of the run's own choice."""

    began: datetime
    _began_s: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """Return the instant that it has come to."""
        return self.began + timedelta(seconds=time.monotonic() - self._began_s)

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Nothing that is measured sleeps."""
        raise NotImplementedError


def app_on(
    database_url: str,
    folder: Path,
    variables: Mapping[str, str],
    now: datetime,
    config: Path = ROOT / "config",
    clock: Clock | None = None,
) -> App:
    """Assemble the application with its outbox and journal in a folder, and its clock at one instant unless given."""
    own = {"DULY_OUTBOX": str(folder / "outbox"), "DULY_JOURNAL": str(folder / "dispatch.journal")}
    environment = Environment(dict(variables) | own)
    return assemble(Settings.read(environment), config, database_url, clock=clock or HandClock(now))


@contextmanager
def a_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database that nobody else uses."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'duly.db'}"
        return
    url, name = postgres_url(), f"bench_{secrets.token_hex(4)}"
    _administer(url, f"CREATE DATABASE {name}")
    yield make_url(url).set(database=name).render_as_string(hide_password=False)
    _administer(url, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(statement)


def durability(app: App) -> str:
    """Return how the database was opened to keep what is committed."""
    with app.database.read() as connection:
        if app.database.is_sqlite:
            journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
            return f"SQLite, journal {journal}, synchronous {('off', 'normal', 'full', 'extra')[level]}"
        synced = connection.exec_driver_sql("SHOW fsync").scalar_one()
        waits = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        return f"PostgreSQL, fsync {synced}, synchronous_commit {waits}"
