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

from scheduler.custodian import Custodian
from scheduler.domain.cadence import Cadence
from scheduler.pipeline import Pipeline
from scheduler.planner import plan_due
from scheduler.ports import Clock, PlanningStore
from scheduler.reconciler import Reconciler
from scheduler.watch import Watch

TICK_S = 2
RECONCILE_EVERY_S = 30
GUARD_EVERY_S = 30
WATCH_EVERY_S = 10
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
    reconciler: Reconciler
    cadences: Mapping[str, Cadence]
    clock: Clock
    custodian: Custodian
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    last_turn_at: datetime | None = None
    tick_s: float = TICK_S
    watch: Watch | None = None
    _under_way: set[asyncio.Future[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Wake the duties until `stopping` is set, then let what is in the air finish."""
        ticker = AsyncIOScheduler(timezone=UTC)
        duties = (
            (self.guard, GUARD_EVERY_S),
            (self.plan, self.tick_s),
            (self.dispatch, self.tick_s),
            (self.reconcile, RECONCILE_EVERY_S),
            *(((self.watch.run_once, WATCH_EVERY_S),) if self.watch else ()),
        )
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
        await self.guard()
        await self.reconcile()
        await self.plan()
        await self.dispatch()
        if self.watch:
            await self.watch.run_once()

    async def guard(self) -> None:
        """Look whether database and clock are still the ones that were worked with last."""
        await self.custodian.run_once()

    async def plan(self) -> None:
        """Plan until nothing more has come due."""
        await self.custodian.before_arming()
        self.last_turn_at = self.clock.now()
        while not self.stopping.is_set() and await self._plan_some():
            self.last_turn_at = self.clock.now()

    async def _plan_some(self) -> int:
        run, patiently = self.pipeline.run, self.pipeline.store.patiently
        return await run(patiently, self._plan_due, self.clock.now())

    def _plan_due(self, now: datetime) -> int:
        return plan_due(self.store, self.cadences, now)

    async def dispatch(self) -> None:
        """Dispatch until nothing more is due now; a long backlog does not keep the planner waiting."""
        ended = await asyncio.gather(*(self._lane() for _ in range(LANES)), return_exceptions=True)
        for fault in ended:
            if fault is not None:
                raise fault

    async def _lane(self) -> None:
        while not self.stopping.is_set():
            await self.custodian.before_arming()
            if not await self.pipeline.run_batch():
                return
            self.last_turn_at = self.clock.now()

    async def reconcile(self) -> None:
        """Look for evidence of whatever is in doubt and whose time has come."""
        while not self.stopping.is_set() and await self.custodian.may_judge():
            if not await self.reconciler.run_once():
                return

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
