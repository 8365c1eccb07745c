"""The memory as the flow sees it: carries out the ports on one database."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import count

import structlog
from sqlalchemy import Connection, select

from scheduler.domain.delivery import Unknown
from scheduler.domain.doubt import Doubt
from scheduler.domain.entry import Draft, Json
from scheduler.domain.gate import PAUSED, QUARANTINED, Gate
from scheduler.domain.outcome import MessageState, Ruling
from scheduler.domain.plan import Creditor
from scheduler.domain.watch import Evidence, Limits
from scheduler.ports import (
    Armed,
    Arming,
    IntakeTransaction,
    KnownPause,
    NextLook,
    PlanningBatch,
    ReceiptTransaction,
    Settlement,
    SwitchTransaction,
)
from scheduler.store.among import among
from scheduler.store.arming import Batch
from scheduler.store.configuration import note_configuration
from scheduler.store.debtors import creditors_here
from scheduler.store.doubts import bound, has_rival, in_doubt, look_later
from scheduler.store.engine import Database
from scheduler.store.entries import Log, RandomBytes
from scheduler.store.gate import enter_quarantine, read_gate
from scheduler.store.intake import Intake
from scheduler.store.patience import Result, insistently, patiently
from scheduler.store.planning import Planning
from scheduler.store.pulses import drop_old
from scheduler.store.receipts import Receiving
from scheduler.store.settling import settle
from scheduler.store.signs import Watch
from scheduler.store.switches import Switches, standing_pauses
from scheduler.store.tables import debtor
from scheduler.store.watching import read_evidence

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
        self._turns = count()
        self.watch = Watch()

    def transaction(self) -> AbstractContextManager[tuple[Connection, Log]]:
        """Open a transaction, with the log, for whoever keeps custody; leaving it commits everything at once."""
        return self._transaction()

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
    def receiving(self, provider: str, now: datetime) -> Iterator[ReceiptTransaction]:
        """Open a transaction in which a provider's reports have their effect."""
        with self._transaction() as (connection, log):
            yield Receiving(connection, log, provider, now)

    @contextmanager
    def arming(
        self, now: datetime, creditors: Mapping[str, Creditor], lookback: timedelta, limit: int
    ) -> Iterator[Arming]:
        """Open a batch of debtors who have something due."""
        with self._transaction() as (connection, log):
            batch = Batch(connection, log, now)
            if self.watch.recognises(connection):  # else nothing is due until it is known what was lost
                batch.claim(creditors, lookback, limit, next(self._turns))
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

    def last_look(self, armed: Sequence[Armed], now: datetime) -> Mapping[int, str]:
        """Return why messages must not go out after all, by their ids."""
        return patiently(self._last_look, armed, now)

    def _last_look(self, armed: Sequence[Armed], now: datetime) -> Mapping[int, str]:
        with self.database.read() as connection:
            gate, is_the_same = read_gate(connection, now), self.watch.recognises(connection)
            rows = connection.execute(_VERSIONS, {"ids": [each.debtor_id for each in armed]})
            versions = {row.id: row.facts_version for row in rows}
        if gate.quarantined or not is_the_same:
            return {each.message_id: QUARANTINED for each in armed}
        stopped = {
            each.message_id: PAUSED
            for each in armed
            if gate.pause_of(each.creditor, each.message.channel, each.debtor_id) is not None
        }
        changed = {
            each.message_id: "facts_changed"
            for each in armed
            if versions.get(each.debtor_id) != each.facts_version
        }
        return stopped | changed

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note what evidence leads to, in one transaction."""
        insistently(self._settle, settlements)

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        with self._transaction() as (connection, log):
            settle(connection, log, settlements)

    def rule(
        self, message_id: int, ruling: Ruling, now: datetime, retry_at: datetime | None
    ) -> MessageState | None:
        """Settle an attempt by a person's word and return its state; None when its outcome was known by then."""
        return patiently(self._rule, message_id, ruling, now, retry_at)

    def _rule(
        self, message_id: int, ruling: Ruling, now: datetime, retry_at: datetime | None
    ) -> MessageState | None:
        forgotten = Settlement(message_id, Unknown("no_outcome_noted"), now)
        with self._transaction() as (connection, log):
            steps = settle(connection, log, [forgotten, Settlement(message_id, ruling, now, retry_at)])
        return next((each.after for each in steps if each.evidence is ruling), None)

    def in_doubt(self, now: datetime, limit: int) -> Sequence[Doubt]:
        """Return messages whose outcome is open and which it is time to look for."""
        with self.database.read() as connection:
            return in_doubt(connection, now, limit)

    def bound(self, provider: str, provider_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a provider's names belong to messages already."""
        with self.database.read() as connection:
            return bound(connection, provider, provider_ids)

    def has_rival(self, doubt: Doubt) -> bool:
        """Whether another message with the same words to the same address may be what a look-up found."""
        with self.database.read() as connection:
            return has_rival(connection, doubt)

    def look_later(self, looks: Sequence[NextLook]) -> None:
        """Note when to look again for messages that are still unknown."""
        insistently(self._look_later, looks)

    def _look_later(self, looks: Sequence[NextLook]) -> None:
        with self.database.write() as connection:
            look_later(connection, looks)

    def evidence(self, channels: Collection[str], limits: Limits, now: datetime) -> Evidence:
        """Return what was sent and reported on these channels, as far as a limit asks for it."""
        with self.database.read() as connection:
            return read_evidence(connection, channels, limits, now)

    def drop_counts(self, now: datetime) -> int:
        """Drop counts that nobody asks for any more."""
        with self.database.write() as connection:
            return drop_old(connection, now)

    @contextmanager
    def switching(self, now: datetime) -> Iterator[SwitchTransaction]:
        """Open a transaction over the stop switches."""
        with self._transaction() as (connection, log):
            yield Switches(connection, log, now)

    def standing_pauses(self, now: datetime) -> Sequence[KnownPause]:
        """Return the stop switches that stand at an instant."""
        with self.database.read() as connection:
            return standing_pauses(connection, now)

    def creditors(self) -> Sequence[str]:
        """Return the creditors who have a debtor here."""
        with self.database.read() as connection:
            return creditors_here(connection)

    def gate(self, now: datetime) -> Gate:
        """Return what stops messages at large at an instant."""
        with self.database.read() as connection:
            return read_gate(connection, now)

    def quarantine(self, cause: str, detail: str, now: datetime) -> None:
        """Stop all sending until a person releases it."""
        insistently(self._quarantine, cause, detail, now)

    def _quarantine(self, cause: str, detail: str, now: datetime) -> None:
        with self._transaction() as (connection, log):
            enter_quarantine(connection, log, cause, detail, now)
