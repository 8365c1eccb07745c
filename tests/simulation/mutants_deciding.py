"""Faults planted into decisions and the last look."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, union_all

from scheduler.breakers import Breakers
from scheduler.domain.decision import Decision, Refuse, Send
from scheduler.domain.facts import Contact, Facts
from scheduler.domain.gate import QUARANTINED, Gate
from scheduler.domain.message import Message, address
from scheduler.domain.plan import Debtor
from scheduler.domain.policy import decide, standing
from scheduler.last_look import LastLook
from scheduler.ports import Armed
from scheduler.store import counting
from scheduler.store.people import bump
from scheduler.store.rows import debtor_of
from scheduler.store.store import SqlStore
from scheduler.store.tables import message
from tests.simulation.planting import everywhere, mutant

_last_look = SqlStore.last_look


@mutant("INV-01", "INV-02", "INV-04", "INV-05", "INV-10")
def decides_when_planning_only() -> Iterator[None]:
    """What was once allowed is sent."""

    def allowed(facts: Facts, *_rest: object) -> Decision:
        points = [each for each in facts.debtor.contact_points if each.channel in facts.touchpoint.channels]
        closes_at = facts.touchpoint.due_at + timedelta(days=1)
        return Send(points[0], (), closes_at) if points else Refuse(())

    with everywhere(decide, allowed), everywhere(standing, lambda *_: None):
        yield


def _counting(*states: str) -> AbstractContextManager[Any]:
    """Count no messages in states other than these."""
    asked = counting._of_anybody(message.c.debtor_id, message.c.address_id)
    by_hand = counting._CONTACTS.selects[1]
    messages = counting._MESSAGES.where(
        asked, message.c.armed_at > counting._SINCE, message.c.state.in_(states)
    )
    return patch.object(counting, "_CONTACTS", union_all(messages, by_hand))


@mutant("INV-02")
def counts_accepted_only() -> Iterator[None]:
    """What is in doubt uses up no cap."""
    with _counting("accepted"):
        yield


@mutant("INV-02")
def counts_nothing_presumed() -> Iterator[None]:
    """What nobody could find out about is forgotten after a day."""
    with _counting("armed", "accepted", "unknown"):
        yield


@mutant("INV-02")
def counts_by_record() -> Iterator[None]:
    """Two records with one phone are two people."""
    count = counting.contacts

    def contacts(connection: Connection, people: Mapping[int, Debtor], *rest: Any) -> dict[int, Any]:
        found: dict[int, tuple[Contact, ...]] = count(connection, people, *rest)
        return {id_: tuple(each for each in all_of if each.debtor_id == id_) for id_, all_of in found.items()}

    with everywhere(counting.contacts, contacts):
        yield


@mutant("INV-01")
def asks_the_first_zone_only() -> Iterator[None]:
    """A debtor lives in one time zone."""

    def first(*given: Any) -> Debtor:
        debtor = debtor_of(*given)
        return replace(debtor, zones=debtor.zones[:1])

    with everywhere(debtor_of, first):
        yield


@mutant("INV-01")
def ignores_validity() -> Iterator[None]:
    """A message may be delivered hours after the window has closed, as is Twilio's default."""

    def later(facts: Facts, decision: Send, words: Any) -> Message:
        made = address(facts, decision, words)
        return replace(made, not_after=made.not_after + timedelta(hours=10))

    with everywhere(address, later):
        yield


@mutant("INV-04", "INV-05", "INV-13", "INV-14", "INV-12")
def never_looks_again() -> Iterator[None]:
    """Decided is decided."""

    async def look(self: LastLook) -> bool:
        self._seen_s = self.clock.monotonic_s()
        return True

    with patch.object(LastLook, "_look", look):
        yield


@mutant("INV-04", "INV-05", "INV-13", "INV-14", "INV-12")
def believes_an_old_look() -> Iterator[None]:
    """A look is good however long it took to come back."""
    with patch.object(LastLook, "_is_fresh", lambda self: self._seen_s is not None):
        yield


@mutant("INV-09", "INV-01")
def has_no_fence() -> Iterator[None]:
    """An intent is good for ever."""
    with patch.object(LastLook, "_outside", lambda *_: None):
        yield


@mutant("INV-13")
def ignores_switches() -> Iterator[None]:
    """A stop switch stops nobody."""
    with patch.object(Gate, "pause_of", lambda *_: None):
        yield


@mutant("INV-14")
def ignores_quarantine_at_the_last_look() -> Iterator[None]:
    """A quarantine is for those who arm."""

    def look(self: SqlStore, armed: Sequence[Armed], now: datetime) -> Mapping[int, str]:
        found = _last_look(self, armed, now)
        return {id_: why for id_, why in found.items() if why != QUARANTINED}

    with patch.object(SqlStore, "last_look", look):
        yield


@mutant("INV-04", "INV-05", "INV-12")
def news_changes_no_version() -> Iterator[None]:
    """Facts change, and nobody who has read them can tell."""
    with everywhere(bump, lambda *_: None):
        yield


@mutant("INV-15")
def ignores_retry_after() -> Iterator[None]:
    """A provider that wants to be left alone is not."""
    with (
        patch.object(Breakers, "choose", lambda _self, providers, _now: providers[0]),
        patch.object(Breakers, "stops", lambda *_: False),
        patch.object(Breakers, "next_try", lambda _self, _providers, _delivery, _attempt, now: now),
    ):
        yield
