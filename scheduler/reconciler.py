"""Settles by evidence what a crash or a silent provider left open. Nothing is sent here.

A message is looked up, never repeated: found, it is accepted; proved absent, it is released; without evidence by the
deadline it is presumed sent, and a person sees it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from scheduler.domain.delivery import Finding, Listed, NotSent, Unknown
from scheduler.domain.doubt import Doubt, Later, disputed, judge
from scheduler.domain.outcome import Absent
from scheduler.domain.plan import Creditor
from scheduler.ports import Channel, Clock, DoubtStore, NextLook, Runner, Settlement

BATCH = 100
AT_ONCE = 8
"""How many look-ups may be under way at once."""

_log = structlog.get_logger("duly.reconciler")


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Looks for evidence of messages whose outcome is open, each when its time has come."""

    store: DoubtStore
    clock: Clock
    channels: Mapping[tuple[str, str], Channel]
    creditors: Mapping[str, Creditor]
    run: Runner = asyncio.to_thread
    is_steady: Callable[[], bool] = lambda: True
    """Whether the clock has not jumped since somebody last looked: by a wrong one, evidence seems older than it is."""

    async def run_once(self) -> int:
        """Look for a batch; return how many were looked for."""
        doubts = await self.run(self.store.in_doubt, self.clock.now(), BATCH)
        slots = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._look(each, slots) for each in doubts))
        if not self.is_steady():
            return 0
        settlements = [each for each in found if isinstance(each, Settlement)]
        if settlements:
            await self.run(self.store.settle, settlements)
        if looks := [each for each in found if isinstance(each, NextLook)]:
            await self.run(self.store.look_later, looks)
        return len(doubts)

    async def _look(self, doubt: Doubt, slots: asyncio.Semaphore) -> Settlement | NextLook:
        """Ask for one message and weigh the answer by when it was asked for."""
        channel = self.channels.get((doubt.provider, doubt.inquiry.channel))
        async with slots:
            asked_at = self.clock.now()
            finding = await _ask(channel, doubt)
            bound: frozenset[str] = frozenset()
            if isinstance(finding, Listed) and (named := finding.provider_ids + finding.later):
                # In this order: a rival that is named between the two questions is found by the second.
                has_rival = await self.run(self.store.has_rival, doubt)
                bound = await self.run(self.store.bound, doubt.provider, named)
                finding = disputed(finding, bound, has_rival)
        verdict = judge(doubt, finding, bound, asked_at, _proves_after(channel))
        if isinstance(verdict, Later):
            return NextLook(doubt.message_id, verdict.look_at, verdict.absent_at)
        now = self.clock.now()
        again = isinstance(verdict, NotSent) or (isinstance(verdict, Absent) and self._resends(doubt))
        return Settlement(doubt.message_id, verdict, now, retry_at=now if again else None)

    def _resends(self, doubt: Doubt) -> bool:
        """Whether the creditor's own rule lets a message go out again that is proved never to have arrived."""
        creditor = self.creditors.get(doubt.creditor)
        return creditor is not None and creditor.resends_after_proof


async def _ask(channel: Channel | None, doubt: Doubt) -> Finding:
    if channel is None:
        return Unknown("provider_not_configured")
    try:
        finding = await channel.look_up(doubt.inquiry)
    except Exception as error:  # one provider's trouble must not hold up the others' evidence
        finding = Unknown(f"exception {type(error).__name__}")
    if isinstance(finding, Unknown):
        _log.info("look_up_told_nothing", provider=doubt.provider, code=finding.code)
    return finding


def _proves_after(channel: Channel | None) -> timedelta | None:
    return None if channel is None else channel.absence_proves_after
