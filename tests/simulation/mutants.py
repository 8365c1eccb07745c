"""Faults planted into the product at run time, each of which must break an invariant that is named with it.

They are what somebody might write who had not thought of one fault of the world; most are what others do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, select, union_all, update

from scheduler.breakers import Breakers
from scheduler.domain.decision import Decision, Refuse, Send
from scheduler.domain.delivery import Delivery, NotSent, Unknown
from scheduler.domain.entry import Draft, Event
from scheduler.domain.facts import Contact, Facts
from scheduler.domain.gate import QUARANTINED, Gate
from scheduler.domain.message import Message, address
from scheduler.domain.outcome import Evidence, MessageState, outcome
from scheduler.domain.plan import Debtor
from scheduler.domain.policy import decide, standing
from scheduler.last_look import LastLook
from scheduler.pipeline import Pipeline
from scheduler.ports import Armed, Settlement
from scheduler.store import counting
from scheduler.store.addresses import save_addresses
from scheduler.store.entries import Log
from scheduler.store.people import bump
from scheduler.store.rows import debtor_of
from scheduler.store.settling import Step, settle
from scheduler.store.store import SqlStore
from scheduler.store.tables import address as addresses
from scheduler.store.tables import message
from tests.simulation.planting import everywhere

Plant = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted fault: what it is, and which invariants may be the first that it breaks."""

    name: str
    breaks: tuple[str, ...]
    plant: Plant


MUTANTS: dict[str, Mutant] = {}


def mutant(*breaks: str) -> Callable[[Callable[[], Iterator[None]]], Plant]:
    """Enter a fault under its function's name."""

    def enter(make: Callable[[], Iterator[None]]) -> Plant:
        plant = contextmanager(make)
        MUTANTS[make.__name__] = Mutant(make.__name__, breaks, plant)
        return plant

    return enter


_call = Pipeline._call
_last_look = SqlStore.last_look
_restart = LastLook._look


# ------------------------------------------------------------------------------------------- the call


@mutant("INV-03", "INV-08")
def retries_on_time_out() -> Iterator[None]:
    """What tenacity around a POST does."""

    async def call(self: Pipeline, armed: Armed) -> Delivery:
        delivery = await _call(self, armed)
        return await _call(self, armed) if isinstance(delivery, Unknown) else delivery

    with patch.object(Pipeline, "_call", call):
        yield


def _taken_for_not_sent(codes: Callable[[str], bool]) -> AbstractContextManager[Any]:
    async def call(self: Pipeline, armed: Armed) -> Delivery:
        delivery = await _call(self, armed)
        is_meant = isinstance(delivery, Unknown) and codes(delivery.code)
        return NotSent(delivery.code) if isinstance(delivery, Unknown) and is_meant else delivery

    return patch.object(Pipeline, "_call", call)


@mutant("INV-03", "INV-08")
def takes_doubt_for_failure() -> Iterator[None]:
    """Whatever is not a yes was not sent."""
    with _taken_for_not_sent(lambda _code: True):
        yield


@mutant("INV-03", "INV-08")
def takes_a_server_error_for_failure() -> Iterator[None]:
    """A 5xx is thought to mean that nothing was taken."""
    with _taken_for_not_sent(lambda code: code.startswith("http_5")):
        yield


@mutant("INV-03", "INV-08")
def takes_an_exception_for_failure() -> Iterator[None]:
    """Whatever is raised is thought to have come before the call."""
    with _taken_for_not_sent(lambda code: code.startswith("exception")):
        yield


class _Undone(Exception):
    def __init__(self, armed: Sequence[Armed]) -> None:
        self.armed = armed


@mutant("INV-06")
def sends_then_commits() -> Iterator[None]:
    """The outcome is written when it is known, and nothing before."""

    def foresee(self: Pipeline, now: datetime) -> Sequence[Armed]:
        rules = self.rules
        try:
            with self.store.arming(now, rules.creditors, rules.lookback, self.batch_size) as batch:
                for group in batch.groups:
                    self._consider(batch, group, now)
                batch.flush()  # type: ignore[attr-defined]  # the real one has it
                raise _Undone(batch.armed())
        except _Undone as undone:
            return undone.armed

    async def run_batch(self: Pipeline) -> int:
        now = self.clock.now()
        foreseen = await self.run(foresee, self, now)
        answers = {each.message.key: await _call(self, each) for each in foreseen}
        looked_at, armed = await self.run(self.store.patiently, self.arm, now)
        done = self.clock.now()
        settlements = [
            Settlement(each.message_id, answers.get(each.message.key, Unknown("never_called")), done)
            for each in armed
        ]
        if settlements:
            await self.run(self.store.settle, settlements)
        return looked_at

    with patch.object(Pipeline, "run_batch", run_batch):
        yield


# --------------------------------------------------------------------------------------- the decision


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


# ----------------------------------------------------------------------------------------- the last look


@mutant("INV-04", "INV-05", "INV-13", "INV-14", "INV-12")
def never_looks_again() -> Iterator[None]:
    """Decided is decided."""

    async def look(self: LastLook) -> bool:
        self._seen_s = self.clock.monotonic_s()
        return True

    with patch.object(LastLook, "_look", look):
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


# --------------------------------------------------------------------------------------------- settling


@mutant("INV-07", "INV-23", "INV-03", "INV-08")
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
