"""The last look before a call: has anything happened since the decision that speaks against it?"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from scheduler.ports import Armed, Clock, Runner, Store

FENCE = timedelta(seconds=5)
"""How old an intent may be when its call begins."""

LOOK_LASTS_S = 0.5
"""How long one look at the stop switches and everybody's facts may stand for the calls of a batch."""

_log = structlog.get_logger("duly.last_look")


@dataclass(slots=True)
class LastLook:
    """Looks once for a whole batch, and again for whoever's turn comes later; nothing goes out on an old look."""

    store: Store
    clock: Clock
    run: Runner
    armed: Sequence[Armed]
    began_s: float
    _objections: Mapping[int, str] = field(default_factory=dict)
    _seen_s: float | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def objection(self, armed: Armed) -> str | None:
        """Return why this call must not be made, asked as its line has become free.

        A look that took too long is old when it is back, and is taken again for as long as the fence is open. The
        fence is asked last, by the clock on the wall and by one that never jumps: what comes between is the call.
        """
        async with self._looking:
            while not self._is_fresh():
                if (outside := self._outside(armed, self.clock.now())) is not None:
                    return outside
                if not await self._look():
                    return "facts_unknown"
        return self._objections.get(armed.message_id) or self._outside(armed, self.clock.now())

    def _is_fresh(self) -> bool:
        return self._seen_s is not None and self.clock.monotonic_s() - self._seen_s <= LOOK_LASTS_S

    async def _look(self) -> bool:
        """Look at everybody's facts, and say whether they could be seen."""
        seen_s = self.clock.monotonic_s()
        try:
            self._objections = await self.run(self.store.last_look, self.armed, self.clock.now())
        except Exception as error:
            _log.warning("last_look_failed", error=type(error).__name__)
            self._seen_s = None
            return False
        self._seen_s = seen_s
        return True

    def _outside(self, armed: Armed, now: datetime) -> str | None:
        if now >= armed.message.not_after:
            return "window_closing"
        is_fresh = timedelta(0) <= now - armed.armed_at <= FENCE
        took_s = self.clock.monotonic_s() - self.began_s
        return None if is_fresh and took_s <= FENCE.total_seconds() else "fence"
