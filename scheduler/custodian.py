"""Keeps custody: looks whether database and clock are still the ones that were worked with last.

When they are not, history is in doubt: everything is received and nothing sent until a person releases it. What the
journal knows and the database has forgotten is kept first, as unknown, so that no message is made a second time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from scheduler.ports import Break, Clock, CustodyStore, DispatchJournal, Intent, Mark, Runner

STEP_S = 30.0
"""How far the clock on the wall may stray, from one look to the next, from the one that never jumps."""

AHEAD = timedelta(seconds=60)
"""How far what the database has noted may lie ahead of the clock when a worker starts."""

LINES = 25
"""How many of the journal's newest batches are held against the database; more, while any of them is missing."""

_AT_ONCE = 500

_log = structlog.get_logger("duly.custodian")


@dataclass(slots=True)
class Custodian:
    """Looks before anything is armed, and again and again after that."""

    store: CustodyStore
    journal: DispatchJournal
    clock: Clock
    run: Runner = asyncio.to_thread
    has_looked: bool = False
    _offset_s: float = 0.0
    _strayed_s: float = 0.0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run_once(self) -> None:
        """Look, and start a quarantine where something is wrong; it then stands before this returns."""
        async with self._looking:
            await self._look()

    async def before_arming(self) -> None:
        """Look if nobody has yet, or if the clock has jumped since: nothing is armed on the strength of a wrong one."""
        if not (self.has_looked and self.is_steady()):
            await self.run_once()

    async def may_judge(self) -> bool:
        """Whether this clock may say how old evidence is: not after it has jumped, until it is right or released."""
        await self.before_arming()
        if abs(self._strayed_s) > STEP_S and not await self.run(self.store.stands):
            self._strayed_s = 0.0  # whoever released the quarantine has vouched for it
        return abs(self._strayed_s) <= STEP_S

    def is_steady(self) -> bool:
        """Whether the clock on the wall has gone as the one that never jumps since the last look."""
        return abs(self._drift_s()) <= STEP_S

    async def _look(self) -> None:
        await self._keep_what_was_lost()
        mark = await self.run(self.journal.newest_mark)
        if mark is not None and not await self.run(self.store.has, mark):
            await self._quarantine(Break("lost_tail", f"entry {mark.seq} of the log is gone or another one"))
        for each in await self.run(self.store.breaks):
            await self._quarantine(each)
        await self._look_at_the_clock()
        await self._note_how_far_the_log_is(mark)
        self.has_looked = True

    async def _keep_what_was_lost(self) -> None:
        """Hold the journal against the database, and keep what is missing there, the oldest first.

        So a crash half way leaves the newest missing, and the next look finds them all again.
        """
        lost = await self._lost()
        if lost:
            detail = f"intents of the journal that the database has lost: {len(lost)}"
            await self._quarantine(Break("lost_tail", detail))
        now = self.clock.now()
        for start in range(0, len(lost), _AT_ONCE):
            await self.run(self.store.note_lost, lost[start : start + _AT_ONCE], now)
        await self.run(self.store.recall, now)

    async def _lost(self) -> Sequence[Intent]:
        """Return what the database knows nothing of, reading back until it knows all of the oldest that was read."""
        wanted = LINES
        while True:
            batches = await self.run(self.journal.tail, wanted)
            missing = await self.run(self.store.missing, [each for batch in batches for each in batch])
            oldest = {each for batch in batches[:LINES] for each in batch}
            if len(batches) < wanted or oldest.isdisjoint(missing):
                return missing
            wanted *= 2

    async def _look_at_the_clock(self) -> None:
        """Hold the clock on the wall against the one that never jumps; at first, against what was noted by it."""
        if self.has_looked:
            self._strayed_s += self._drift_s()
            if not self.is_steady():
                detail = f"the clock has moved by {self._drift_s():+.0f} s of its own accord"
                await self._quarantine(Break("clock_jump", detail))
        else:
            latest, now = await self.run(self.store.latest_instant), self.clock.now()
            if latest is not None and latest > now + AHEAD:
                ahead_s = (latest - now).total_seconds()
                detail = f"what was noted last lies {ahead_s:.0f} s ahead of the clock"
                await self._quarantine(Break("clock_behind", detail))
        self._offset_s += self._drift_s()

    def _drift_s(self) -> float:
        """Return by how much the clock on the wall has strayed since the last look."""
        return self.clock.now().timestamp() - self.clock.monotonic_s() - self._offset_s

    async def _quarantine(self, found: Break) -> None:
        await self.run(self.store.quarantine, found.cause, found.detail, self.clock.now())

    async def _note_how_far_the_log_is(self, before: Mark | None) -> None:
        """Note it where it has moved; without that a lost tail in which nothing was sent would go unseen."""
        newest = await self.run(self.store.newest)
        if newest is None or newest == before:
            return
        try:
            await self.run(self.journal.mark, newest, self.clock.now())
        except OSError as error:
            _log.error("journal_failed", error=type(error).__name__, errno=error.errno)
