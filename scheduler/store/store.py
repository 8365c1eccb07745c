"""The memory as the flow sees it: carries out the ports on one database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, select

from scheduler.domain.entry import Draft, Json
from scheduler.domain.plan import Creditor
from scheduler.ports import Armed, Arming, Doubt, IntakeTransaction, PlanningBatch, Settlement
from scheduler.store.among import among
from scheduler.store.arming import Batch
from scheduler.store.configuration import note_configuration
from scheduler.store.engine import Database
from scheduler.store.entries import Log, RandomBytes
from scheduler.store.intake import Intake
from scheduler.store.patience import Result, insistently, patiently
from scheduler.store.planning import Planning
from scheduler.store.settling import in_doubt, settle
from scheduler.store.tables import debtor

_log = structlog.get_logger("duly.store")

Listener = Callable[[Sequence[Draft]], None]
"""Is told what was logged, once it is on disk."""

_VERSIONS = select(debtor.c.id, debtor.c.facts_version).where(among(debtor.c.id))


def nobody(_drafts: Sequence[Draft]) -> None:
    """Listen to nothing."""


class SqlStore:
    """Keeps everything in SQLite or PostgreSQL; every method is one transaction."""

    def __init__(self, database: Database, random_bytes: RandomBytes, listener: Listener = nobody) -> None:
        """Use an open, migrated database."""
        self.database = database
        self._random_bytes = random_bytes
        self._listener = listener

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Connection, Log]]:
        with self.database.write() as connection:
            log = Log(connection, self._random_bytes)
            yield connection, log
        if log.told:
            self._tell(log.told)

    def _tell(self, drafts: Sequence[Draft]) -> None:
        """Tell the listener; whatever befalls it, what is committed goes its way."""
        try:
            self._listener(drafts)
        except Exception as error:
            _log.warning("listener_failed", error=type(error).__name__)

    @contextmanager
    def planning(self, now: datetime, cadences: Sequence[str], limit: int) -> Iterator[PlanningBatch]:
        """Open a batch of plans whose next action has come due."""
        with self._transaction() as (connection, log):
            batch = Planning(connection, log, now)
            batch.claim(cadences, limit)
            yield batch
            batch.flush()

    @contextmanager
    def intake(self, now: datetime) -> Iterator[IntakeTransaction]:
        """Open a transaction in which news becomes facts."""
        with self._transaction() as (connection, log):
            yield Intake(connection, log, now)

    @contextmanager
    def arming(
        self, now: datetime, creditors: Mapping[str, Creditor], lookback: timedelta, limit: int
    ) -> Iterator[Arming]:
        """Open a batch of debtors who have something due."""
        with self._transaction() as (connection, log):
            batch = Batch(connection, log, now)
            batch.claim(creditors, lookback, limit)
            yield batch
            batch.flush()

    def patiently(self, transaction: Callable[[datetime], Result], now: datetime) -> Result:
        """Run a transaction again when the database turned it away; there is no provider's call in it."""
        return patiently(transaction, now)

    def note_configuration(self, version: str, now: datetime, rules: Json = None) -> bool:
        """Log the configuration that is in force from now on, and say whether it is another one than before.

        What the former one refused is looked at again. `rules` are its rules, as the log keeps them.
        """
        return patiently(self._note_configuration, version, now, rules)

    def _note_configuration(self, version: str, now: datetime, rules: Json) -> bool:
        with self._transaction() as (connection, log):
            return note_configuration(connection, log, version, now, rules)

    def still_fresh(self, armed: Sequence[Armed]) -> frozenset[int]:
        """Return the message ids whose debtors' facts have not changed since they were armed."""
        return patiently(self._still_fresh, armed)

    def _still_fresh(self, armed: Sequence[Armed]) -> frozenset[int]:
        with self.database.read() as connection:
            rows = connection.execute(_VERSIONS, {"ids": [each.debtor_id for each in armed]})
            versions = {row.id: row.facts_version for row in rows}
        return frozenset(
            each.message_id for each in armed if versions.get(each.debtor_id) == each.facts_version
        )

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note outcomes in one transaction."""
        insistently(self._settle, settlements)

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        with self._transaction() as (connection, log):
            settle(connection, log, settlements)

    def in_doubt(self, armed_before: datetime, limit: int) -> Sequence[Doubt]:
        """Return messages that were armed before an instant and never settled, oldest first."""
        with self.database.read() as connection:
            return in_doubt(connection, armed_before, limit)
