"""THE STORY of a send: claim, decide, compose, note the intent, look once more, send, note the outcome.

Everything up to the intent happens in one transaction (`arm`); no lock is held during the call; each message is
handed over at most once, and what nobody can know is noted as unknown.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from scheduler.breakers import Breakers
from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Send, Skip, Verdict
from scheduler.domain.delivery import Delivery, NotSent, Unknown
from scheduler.domain.facts import Facts
from scheduler.domain.gate import Gate, Pause
from scheduler.domain.hours import Calendar
from scheduler.domain.message import address
from scheduler.domain.pacing import UNPACED, Pacing, smoothed
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy, decide, standing, wording_objection
from scheduler.journal import NO_JOURNAL
from scheduler.last_look import LastLook
from scheduler.ports import (
    Armed,
    Arming,
    Channel,
    Clock,
    ComposeError,
    Composer,
    Journal,
    Runner,
    Settlement,
    Store,
)

LINES = 100
"""How many calls to one provider may be in the air; the fence is asked once a line is free, so no wait outlasts it."""

SETTLE_EVERY_S = 1.0
"""How long an outcome may wait for others to share its transaction."""

_AFTER_A_FAULT = timedelta(hours=1)
_NO_END = timedelta(days=365)

_log = structlog.get_logger("duly.pipeline")


class LostTail(Exception):
    """The database no longer has an intent that this process had on disk: it was restored, or it failed over."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are made by: the catalogue's part of the story."""

    creditors: Mapping[str, Creditor]
    policy_for: Callable[[str], Policy]
    lookback: timedelta
    calendar: Calendar
    composer: Composer
    providers: Mapping[str, Sequence[str]]
    pacing: Pacing = UNPACED


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts of the story, handed in by bootstrap. `channels` are by provider and channel."""

    store: Store
    clock: Clock
    rules: Rules
    channels: Mapping[tuple[str, str], Channel]
    breakers: Breakers
    batch_size: int = 100
    run: Runner = asyncio.to_thread
    journal: Journal = NO_JOURNAL
    _lines: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _latest: list[Armed] = field(default_factory=list)

    async def run_batch(self) -> int:
        """Tell the story once for a small batch of debtors; return how many groups were looked at."""
        now, began_s = self.clock.now(), self.clock.monotonic_s()
        try:
            looked_at, armed = await self.run(self.store.patiently, self.arm, now)
        except LostTail:
            await self.run(self.store.quarantine, "lost_tail", "an intent is gone from the database", now)
            return 0
        if armed:
            self._latest[:] = armed[-1:]
            await self._send_all(armed, await self._journalled(armed), began_s)
        return looked_at

    async def _journalled(self, armed: Sequence[Armed]) -> bool:
        """Write the intents into the second memory; whether that may be relied on."""
        try:
            await self.run(self.journal.note, armed)
        except OSError as error:
            _log.error("journal_failed", error=type(error).__name__, errno=error.errno)
            return False
        return True

    async def _send_all(self, armed: Sequence[Armed], journalled: bool, began_s: float) -> None:
        """Send a batch and note outcomes as they come: one slow answer does not keep the others from being known."""
        look = LastLook(self.store, self.clock, self.run, armed, began_s) if journalled else None
        calls = {asyncio.create_task(self.send(each, look)) for each in armed}
        while calls:
            done, calls = await asyncio.wait(calls, timeout=SETTLE_EVERY_S)
            if done:
                await self.run(self.store.settle, [each.result() for each in done])

    def arm(self, now: datetime) -> tuple[int, Sequence[Armed]]:
        """Decide a batch and note its intents, in one transaction. Raises LostTail."""
        rules = self.rules
        with self.store.arming(now, rules.creditors, rules.lookback, self.batch_size) as batch:
            if not all(map(batch.keeps, self._latest)):
                raise LostTail
            for group in batch.groups:
                self._consider(batch, group, now)
            looked_at = len(batch.groups)
        return looked_at, batch.armed()

    def _consider(self, batch: Arming, group: Sequence[Facts], now: datetime) -> None:
        """Decide touchpoints that may share a message: first what is moot or held, then one message for the rest."""
        live: list[Facts] = []
        for facts in group:
            policy = self.rules.policy_for(facts.creditor.id)
            objection = standing(facts, policy, now)
            if objection is None:
                live.append(facts)
            else:
                batch.note(facts, objection, policy)
        while live:
            policy = self.rules.policy_for(live[0].creditor.id)
            lead = batch.refresh(_together(live))
            decision = self._decided(batch, lead, policy, now)
            if isinstance(decision, Send):
                for facts in live[1:]:
                    batch.note(facts, _merged_into(lead), policy)
                return
            if len(lead.plans) > 1:  # another plan's rules must not speak against this one
                decision = self._decided(batch, batch.refresh(live[0]), policy, now)
                if isinstance(decision, Send):
                    return  # the rest is looked at again in the next batch, which counts this message
            batch.note(
                live.pop(0), decision, policy
            )  # nor need what speaks against it speak against the rest

    def _decided(self, batch: Arming, facts: Facts, policy: Policy, now: datetime) -> Decision:
        """Decide and arm; a fault of ours stops this one touchpoint, loudly, and nobody else's."""
        try:
            return self._decide_and_arm(batch, facts, policy, now)
        except Exception as error:
            _log.exception("decision_failed", touchpoint=facts.touchpoint.key)
            until, detail = now + _AFTER_A_FAULT, f"a fault of Duly's own: {type(error).__name__}"
            return Defer(until, (Reason("fault", Verdict.DEFER, detail, until),))

    def _decide_and_arm(self, batch: Arming, facts: Facts, policy: Policy, now: datetime) -> Decision:
        """Decide, and when the answer is to send: choose a provider, compose, note the intent."""
        rules = self.rules
        decision = decide(facts, policy, rules.calendar, now)
        if not isinstance(decision, Send):
            return smoothed(decision, facts, policy, rules.calendar, rules.pacing.smooth_start)
        channel = decision.contact_point.channel
        if (pause := _pause(batch.gate, facts, channel)) is not None:
            return _paused(pause)
        provider = self.breakers.choose(rules.providers[channel], now)
        if isinstance(provider, Defer):
            return provider
        try:
            words = rules.composer.compose(facts, channel, now, decision.phrases)
        except ComposeError as error:
            return Refuse((Reason("template", Verdict.REFUSE, str(error)),))
        if (unspeakable := wording_objection(facts, policy, channel, words, now)) is not None:
            return unspeakable
        message = address(facts, decision, words)
        if (wait := batch.pace(facts, message, provider, rules.pacing)) is not None:
            return wait
        batch.arm(facts, decision, message, provider, policy)
        return decision

    async def send(self, armed: Armed, look: LastLook | None) -> Settlement:
        """Wait for a line to the provider, and unless the last look speaks against it make exactly one call."""
        async with self._lines.setdefault(armed.provider, asyncio.Semaphore(LINES)):
            objection = "journal_failed" if look is None else await look.objection(armed)
            if objection is None and self.breakers.stops(armed.provider, self.clock.now()):
                objection = "provider_paused"
            delivery = await self._call(armed) if objection is None else NotSent(objection)
        done = self.clock.now()
        return Settlement(armed.message_id, delivery, done, self._retry_at(armed, delivery, done))

    async def _call(self, armed: Armed) -> Delivery:
        channel = self.channels[armed.provider, armed.message.channel]
        try:
            delivery = await channel.send(armed.message)
        except Exception as error:  # a fault of ours leaves as little certainty as one of theirs
            delivery = Unknown(f"exception {type(error).__name__}")
        self.breakers.learn(armed.provider, delivery, self.clock.now())
        return delivery

    def _retry_at(self, armed: Armed, delivery: Delivery, now: datetime) -> datetime | None:
        if not isinstance(delivery, NotSent):
            return None
        if delivery.code in _DECIDE_AT_ONCE:
            return now
        providers = self.rules.providers[armed.message.channel]
        return self.breakers.next_try(providers, delivery, armed.message.attempt, now)


_DECIDE_AT_ONCE = frozenset({"facts_changed", "paused", "provider_paused", "quarantined"})
"""What speaks against a call and not against a touchpoint: whatever holds now is decided afresh."""


def _pause(gate: Gate, facts: Facts, channel: str) -> Pause | None:
    return gate.pause_of(facts.creditor.id, channel, facts.debtor.id)


def _paused(pause: Pause) -> Defer:
    """Wait for a stop switch; resuming lets it be looked at again, so an end that nobody set lies far ahead."""
    until = pause.until or pause.since + _NO_END
    return Defer(until, (Reason("pause", Verdict.DEFER, pause.public_words, pause.until),))


def _together(group: Sequence[Facts]) -> Facts:
    """Return the first one's facts with the claims of all: what one message would speak of."""
    first_contacts = {id_: at for each in group for id_, at in each.history.first_contact_at.items()}
    return replace(
        group[0],
        claims=tuple(claim for each in group for claim in each.claims),
        history=replace(group[0].history, first_contact_at=first_contacts),
    )


def _merged_into(lead: Facts) -> Skip:
    reason = Reason("merged", Verdict.SKIP, "one message speaks for several instalments")
    return Skip((reason,), into=lead.touchpoint.key)
