"""Planted faults of the protocol, made by patching the product: the table must find each of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from scheduler.domain.delivery import Delivery, Finding, NotSent, Unknown
from scheduler.domain.doubt import Doubt, Later, judge
from scheduler.domain.facts import Contact
from scheduler.domain.outcome import Absent, Evidence, MessageState, TimeUp, outcome, touchpoint_state
from scheduler.domain.touchpoint import State
from scheduler.pipeline import Pipeline
from scheduler.store import counting
from scheduler.store.tables import message

Mutant = Callable[[pytest.MonkeyPatch], None]


def settles_without_comparing(patch: pytest.MonkeyPatch) -> None:
    """Evidence is applied as if nobody had settled the message before."""

    def blind(state: MessageState, evidence: Evidence) -> MessageState | None:
        return outcome(MessageState.ARMED, evidence) or outcome(state, evidence)

    patch.setattr("scheduler.store.settling.outcome", blind)


def rescues_what_is_stuck(patch: pytest.MonkeyPatch) -> None:
    """What is still armed when its lease has run out is put back into the queue."""

    def rescue(doubt: Doubt, *given: Any) -> Evidence | Later:
        return NotSent("rescued") if doubt.state is MessageState.ARMED else judge(doubt, *given)

    patch.setattr("scheduler.reconciler.judge", rescue)


def plans_what_is_unknown(patch: pytest.MonkeyPatch) -> None:
    """A touchpoint whose message is in doubt is planned again."""

    def forgetful(state: MessageState, *, again: bool) -> State:
        return State.PLANNED if state is MessageState.UNKNOWN else touchpoint_state(state, again=again)

    patch.setattr("scheduler.store.settling.touchpoint_state", forgetful)


class _NoLook:
    async def objection(self, _armed: object) -> str | None:
        return None


def calls_before_it_commits(patch: pytest.MonkeyPatch) -> None:
    """The call is made within the transaction that notes the intent."""

    async def run_batch(self: Any) -> int:
        now = self.clock.now()
        settlements = []
        with self.store.arming(now, self.rules.creditors, self.rules.lookback, self.batch_size) as batch:
            for group in batch.groups:
                self._consider(batch, group, now)
            batch.flush()
            batch.flush = lambda: None
            for each in batch.armed():
                self.journal.note([each])
                settlements.append(await self.send(each, _NoLook()))
            looked_at = len(batch.groups)
        if settlements:
            await self.run(self.store.settle, settlements)
        return looked_at

    patch.setattr(Pipeline, "run_batch", run_batch)


def has_no_lease(patch: pytest.MonkeyPatch) -> None:
    """A message is in doubt from the moment at which it is armed."""
    patch.setattr("scheduler.store.arming.LEASE", timedelta(0))


def ignores_callbacks(patch: pytest.MonkeyPatch) -> None:
    """Callbacks are confirmed and dropped."""

    def take(_self: object, _provider: str, _reports: object, _now: datetime) -> None:
        return None

    patch.setattr("scheduler.intake.receipts.ReceiptIntake.take", take)


def believes_an_early_absence(patch: pytest.MonkeyPatch) -> None:
    """That a message is not listed yet is taken for proof that it never will be."""

    def hasty(
        doubt: Doubt, finding: Finding, bound: Collection[str], asked_at: datetime, after: timedelta | None
    ) -> Evidence | Later:
        return judge(doubt, finding, bound, asked_at, None if after is None else timedelta(0))

    patch.setattr("scheduler.reconciler.judge", hasty)


def releases_at_the_deadline(patch: pytest.MonkeyPatch) -> None:
    """Silence until the deadline is taken for proof."""

    def impatient(*given: Any) -> Evidence | Later:
        found = judge(*given)
        return Absent() if isinstance(found, TimeUp) else found

    patch.setattr("scheduler.reconciler.judge", impatient)


def takes_no_last_look(patch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at between arming and the call: no facts, no fence."""

    async def objection(_self: object, _armed: object) -> str | None:
        return None

    patch.setattr("scheduler.last_look.LastLook.objection", objection)


def repeats_what_timed_out(patch: pytest.MonkeyPatch) -> None:
    """A call whose outcome is unknown is made again at once."""
    call = Pipeline._call

    async def insisting(self: Pipeline, *given: Any) -> Delivery:
        said = await call(self, *given)
        return await call(self, *given) if isinstance(said, Unknown) else said

    patch.setattr(Pipeline, "_call", insisting)


def keeps_no_journal(patch: pytest.MonkeyPatch) -> None:
    """Intents are not written into the journal before the call."""

    async def pretending(_self: object, _armed: object) -> bool:
        return True

    patch.setattr(Pipeline, "_journalled", pretending)


def counts_only_what_is_accepted(patch: pytest.MonkeyPatch) -> None:
    """What is armed, unknown or presumed does not count toward a cap."""
    contacts = counting.contacts
    in_doubt = select(message.c.armed_at).where(message.c.state != "accepted")

    def counted(connection: Connection, *given: Any) -> Mapping[int, Sequence[Contact]]:
        found = contacts(connection, *given)
        doubtful = set(connection.execute(in_doubt).scalars())
        return {id_: tuple(each for each in of if each.at not in doubtful) for id_, of in found.items()}

    patch.setattr("scheduler.store.gathering.contacts", counted)


MUTANTS: dict[Mutant, tuple[str, str]] = {
    settles_without_comparing: ("INV-07", "lists-resends accepted first alone"),
    rescues_what_is_stuck: ("INV-03", "silent accepted never alone"),
    plans_what_is_unknown: ("INV-03", "silent timeout-after never alone"),
    calls_before_it_commits: ("INV-06", "silent accepted never alone"),
    has_no_lease: ("INV-03", "knows accepted never alone"),
    ignores_callbacks: ("INV-17", "silent timeout-after first alone"),
    believes_an_early_absence: ("INV-03", "lists-resends timeout-after never alone"),
    releases_at_the_deadline: ("INV-03", "silent timeout-after never alone"),
    takes_no_last_look: ("INV-03", "lists-resends accepted never alone"),
    repeats_what_timed_out: ("INV-03", "silent timeout-after never alone"),
    keeps_no_journal: ("INV-06", "silent accepted never alone"),
    counts_only_what_is_accepted: ("INV-02", "silent timeout-after never followed"),
}
"""Each with the invariant that it breaks, and the combination in whose cases that must show."""


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Have a fault in the product for a while."""
    with pytest.MonkeyPatch.context() as patch:
        mutant(patch)
        yield
