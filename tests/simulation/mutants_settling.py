"""Faults planted into what becomes of outcomes and of news."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, select, update

from scheduler.domain.delivery import Delivery
from scheduler.domain.entry import Draft, Event
from scheduler.domain.outcome import Evidence, MessageState, outcome
from scheduler.ports import Settlement
from scheduler.store.addresses import save_addresses
from scheduler.store.entries import Log
from scheduler.store.settling import Step, settle
from scheduler.store.tables import address as addresses
from scheduler.store.tables import message
from tests.simulation.planting import everywhere, mutant


@mutant("INV-02", "INV-03", "INV-07", "INV-08", "INV-23")
def settles_without_comparing() -> Iterator[None]:
    """Whoever comes last is right, whatever was settled before."""

    def last_word(_state: MessageState, evidence: Evidence) -> MessageState | None:
        is_answer = isinstance(evidence, Delivery)
        return outcome(MessageState.ARMED if is_answer else MessageState.UNKNOWN, evidence)

    with everywhere(outcome, last_word):
        yield


_LATEST = select(message.c.id).order_by(message.c.attempt.desc()).limit(1)
_TOUCHPOINT = select(message.c.touchpoint_id)


@mutant("INV-03", "INV-07", "INV-08", "INV-23", "INV-33")
def settles_the_latest_attempt() -> Iterator[None]:
    """Evidence belongs to an intended contact, whichever attempt it was asked about."""

    def redirect(connection: Connection, log: Log, settlements: Sequence[Settlement]) -> list[Step]:
        turned = []
        for each in settlements:
            of = _TOUCHPOINT.where(message.c.id == each.message_id).scalar_subquery()
            latest = connection.execute(_LATEST.where(message.c.touchpoint_id == of)).scalar()
            turned.append(replace(each, message_id=latest or each.message_id))
        return settle(connection, log, turned)

    with everywhere(settle, redirect):
        yield


@mutant("INV-23")
def forgets_to_log_doubt() -> Iterator[None]:
    """A state changes, and no entry tells so."""
    append = Log.append

    def some(self: Log, drafts: Sequence[Draft]) -> None:
        append(self, [each for each in drafts if each.event is not Event.UNKNOWN])

    with patch.object(Log, "append", some):
        yield


@mutant("INV-22", "INV-04")
def imports_open_addresses_again() -> Iterator[None]:
    """A file that names an address makes it good again."""

    def save(connection: Connection, of_debtor: Any) -> None:
        save_addresses(connection, of_debtor)
        connection.execute(update(addresses).values(opted_out_at=None))

    with everywhere(save_addresses, save):
        yield
