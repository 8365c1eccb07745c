"""THE STORY of a send: claim, decide, compose, note the intent, look once more, send, note the outcome.

Everything up to the intent happens in one transaction (`arm`); no lock is held during the call; each message is
handed over at most once, and what nobody can know is noted as unknown.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Send, Skip, Verdict
from scheduler.domain.delivery import Delivery, NotSent, Unknown
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Calendar
from scheduler.domain.message import Message, address
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy, decide, standing, wording_objection
from scheduler.pauses import Pauses
from scheduler.ports import Armed, Arming, Channel, Clock, ComposeError, Composer, Settlement, Store

FENCE = timedelta(seconds=5)
"""How old an intent may be when its call begins."""

LINES = 100
"""How many calls to one provider may be in the air; the fence is asked once a line is free, so no wait outlasts it."""

SETTLE_EVERY_S = 1.0
"""How long an outcome may wait for others to share its transaction."""

LEASE = timedelta(seconds=90)
"""After this an armed message that nobody settled is in doubt: fence, longest call and a margin."""

_NEXT_TRY = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)

_log = structlog.get_logger("duly.pipeline")


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are made by: the catalogue's part of the story."""

    creditors: Mapping[str, Creditor]
    policy_for: Callable[[str], Policy]
    lookback: timedelta
    calendar: Calendar
    composer: Composer
    providers: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts of the story, handed in by bootstrap. `channels` are by provider and channel."""

    store: Store
    clock: Clock
    rules: Rules
    channels: Mapping[tuple[str, str], Channel]
    pauses: Pauses
    batch_size: int = 100
    _lines: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    async def run_batch(self) -> int:
        """Tell the story once for a small batch of debtors; return how many groups were looked at."""
        looked_at, armed = await asyncio.to_thread(self.store.patiently, self.arm, self.clock.now())
        if armed:
            fresh = await self._last_look(armed)
            await self._send_all(armed, fresh)
        return looked_at

    async def _send_all(self, armed: Sequence[Armed], fresh: frozenset[int]) -> None:
        """Send a batch and note outcomes as they come: one slow answer does not keep the others from being known."""
        calls = {asyncio.create_task(self.send(each, each.message_id in fresh)) for each in armed}
        while calls:
            done, calls = await asyncio.wait(calls, timeout=SETTLE_EVERY_S)
            if done:
                await asyncio.to_thread(self.store.settle, [each.result() for each in done])

    async def _last_look(self, armed: Sequence[Armed]) -> frozenset[int]:
        """Return what may still go out; when that cannot be known, nothing may, and nothing has."""
        try:
            return await asyncio.to_thread(self.store.still_fresh, armed)
        except Exception as error:
            _log.warning("last_look_failed", error=type(error).__name__)
            return frozenset()

    def arm(self, now: datetime) -> tuple[int, Sequence[Armed]]:
        """Decide a batch and note its intents, in one transaction."""
        rules = self.rules
        with self.store.arming(now, rules.creditors, rules.lookback, self.batch_size) as batch:
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
            until, detail = now + _LONGEST_WAIT, f"a fault of Duly's own: {type(error).__name__}"
            return Defer(until, (Reason("fault", Verdict.DEFER, detail, until),))

    def _decide_and_arm(self, batch: Arming, facts: Facts, policy: Policy, now: datetime) -> Decision:
        """Decide, and when the answer is to send: choose a provider, compose, note the intent."""
        decision = decide(facts, policy, self.rules.calendar, now)
        if not isinstance(decision, Send):
            return decision
        channel = decision.contact_point.channel
        provider = self.pauses.first_open(self.rules.providers[channel], now)
        if provider is None:
            return self.pauses.objection(self.rules.providers[channel], now)
        try:
            words = self.rules.composer.compose(facts, channel, now, decision.phrases)
        except ComposeError as error:
            return Refuse((Reason("template", Verdict.REFUSE, str(error)),))
        if (unspeakable := wording_objection(facts, policy, channel, words, now)) is not None:
            return unspeakable
        batch.arm(facts, decision, address(facts, decision, words), provider, policy)
        return decision

    async def send(self, armed: Armed, fresh: bool) -> Settlement:
        """Wait for a line to the provider, and unless facts or the fence speak against it make exactly one call."""
        async with self._lines.setdefault(armed.provider, asyncio.Semaphore(LINES)):
            now = self.clock.now()
            if not fresh:
                return Settlement(armed.message_id, NotSent("facts_changed"), now, retry_at=now)
            delivery: Delivery = NotSent("fence")
            if now >= armed.message.not_after:
                delivery = NotSent("window_closing")
            elif timedelta(0) <= now - armed.armed_at <= FENCE:
                channel = self.channels[armed.provider, armed.message.channel]
                delivery = await self._call(channel, armed.message)
        done = self.clock.now()
        return Settlement(armed.message_id, delivery, done, self._retry_at(armed, delivery, done))

    async def _call(self, channel: Channel, message: Message) -> Delivery:
        try:
            return await channel.send(message)
        except Exception as error:  # a fault of ours leaves as little certainty as one of theirs
            return Unknown(f"exception {type(error).__name__}")

    def _retry_at(self, armed: Armed, delivery: Delivery, now: datetime) -> datetime | None:
        if not isinstance(delivery, NotSent):
            return None
        wait = min(_NEXT_TRY * (1 << min(armed.message.attempt - 1, 10)), _LONGEST_WAIT)
        if delivery.retry_after_s:
            wait = timedelta(seconds=min(delivery.retry_after_s, _LONGEST_WAIT.total_seconds()))
        if delivery.channel_down or delivery.retry_after_s:
            self.pauses.pause(armed.provider, now + wait, delivery.code)
        return now + wait

    async def recover(self) -> int:
        """Settle what a crash left in doubt: by the provider's own evidence, else as unknown. Nothing is sent."""
        doubts = await asyncio.to_thread(self.store.in_doubt, self.clock.now() - LEASE, self.batch_size)
        settlements = []
        for each in doubts:
            channel = self.channels.get((each.provider, each.channel))
            found = await _look_up(channel, each.message_key)
            settlements.append(
                Settlement(each.message_id, found, self.clock.now(), retry_at=self.clock.now())
            )
        if settlements:
            await asyncio.to_thread(self.store.settle, settlements)
        return len(settlements)


async def _look_up(channel: Channel | None, message_key: str) -> Delivery:
    if channel is None:
        return Unknown("provider_not_configured")
    try:
        return await channel.look_up(message_key)
    except Exception as error:  # one provider's trouble must not hold up the others' recovery
        return Unknown(f"exception {type(error).__name__}")


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
