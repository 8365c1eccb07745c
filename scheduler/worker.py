"""The long-running service: APScheduler wakes a few recurring duties; all truth is in the store.

A duty that is woken twice does nothing twice, so any number of workers may tick on one database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from scheduler.domain.cadence import Cadence
from scheduler.pipeline import Pipeline
from scheduler.planner import plan_due
from scheduler.ports import Clock, PlanningStore

TICK_S = 2
RECOVERY_S = 30
LANES = 2
"""How many batches are under way at once: while one waits for its provider, the next is decided."""

GRACE_S = 9.0
"""How long a stop waits for calls that are in the air."""

_log = structlog.get_logger("duly.worker")


@dataclass(slots=True)
class Worker:
    """Plans what has come due, dispatches it, and settles what a crash left in doubt.

    `last_turn_at` is its heartbeat: when it last began a turn, or ended a batch of planning or sending.
    """

    store: PlanningStore
    pipeline: Pipeline
    cadences: Mapping[str, Cadence]
    clock: Clock
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    last_turn_at: datetime | None = None
    tick_s: float = TICK_S
    _under_way: set[asyncio.Future[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Wake the duties until `stopping` is set, then let what is in the air finish."""
        ticker = AsyncIOScheduler(timezone=UTC)
        duties = ((self.plan, self.tick_s), (self.dispatch, self.tick_s), (self.recover, RECOVERY_S))
        for duty, every_s in duties:
            ticker.add_job(
                self._guarded,
                IntervalTrigger(seconds=every_s, timezone=UTC),
                args=(duty,),
                next_run_time=self.clock.now(),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        ticker.start()
        try:
            await self.stopping.wait()
        finally:
            ticker.shutdown(wait=False)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=GRACE_S)

    async def run_until_idle(self) -> None:
        """Do everything that is due now, once, and return."""
        await self.recover()
        await self.plan()
        await self.dispatch()

    async def plan(self) -> None:
        """Plan until nothing more has come due."""
        self.last_turn_at = self.clock.now()
        while not self.stopping.is_set() and await self._plan_some():
            self.last_turn_at = self.clock.now()

    async def _plan_some(self) -> int:
        return await asyncio.to_thread(self.pipeline.store.patiently, self._plan_due, self.clock.now())

    def _plan_due(self, now: datetime) -> int:
        return plan_due(self.store, self.cadences, now)

    async def dispatch(self) -> None:
        """Dispatch until nothing more is due now; a long backlog does not keep the planner waiting."""
        ended = await asyncio.gather(*(self._lane() for _ in range(LANES)), return_exceptions=True)
        for fault in ended:
            if fault is not None:
                raise fault

    async def _lane(self) -> None:
        while not self.stopping.is_set() and await self.pipeline.run_batch():
            self.last_turn_at = self.clock.now()

    async def recover(self) -> None:
        """Settle what a crash left in doubt."""
        while not self.stopping.is_set() and await self.pipeline.recover():
            pass

    async def _guarded(self, duty: Callable[[], Awaitable[None]]) -> None:
        """Run one duty; a fault is shouted about and the next tick tries again.

        The ticker cancels its jobs when it is shut down; what is in the air is shielded from that.
        """
        task = asyncio.ensure_future(duty())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not self.stopping.is_set():
                raise
        except Exception as error:
            known = isinstance(error, DBAPIError)  # the database was away; where in our code says nothing
            tell = _log.warning if known else _log.exception
            tell("duty_failed", duty=getattr(duty, "__name__", "duty"), error=type(error).__name__)
