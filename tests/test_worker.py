"""The service: it ticks, survives a fault, and stops without dropping what is in the air."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.domain.delivery import Delivery
from scheduler.domain.message import Message
from scheduler.journal import NoJournal
from scheduler.pipeline import Pipeline
from scheduler.ports import Intent, PlanningBatch
from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from scheduler.worker import Worker
from tests.fakes.world import FakeChannel, HandClock, World, a_plan_row, events, states


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The flow on an empty store."""
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    yield World(SqlStore(database, secrets.token_bytes))
    database.close()


@dataclass(slots=True)
class TickingClock(HandClock):
    """Stands still for the flow; the ticker's own first runs are asked of the machine's clock."""

    asked: int = 0

    def now(self) -> datetime:
        """Return the machine's instant for the four first runs, then the one that was set."""
        self.asked += 1
        return SystemClock().now() if self.asked <= 4 else self.instant


def worker_of(world: World) -> Worker:
    """Return a worker that ticks fast."""
    clock = TickingClock(world.clock.instant)
    return Worker(
        world.store, world.pipeline, world.reconciler, world.cadences, clock, world.custodian, tick_s=0.05
    )


@dataclass(slots=True)
class SlowChannel(FakeChannel):
    """Answers when it is told to."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> Delivery:
        """Wait for leave, then accept."""
        self.called.set()
        await self.may_answer.wait()
        return await FakeChannel.send(self, message)


async def until(world: World, event: str) -> None:
    """Wait until the log has an event."""
    while event not in events(world):  # noqa: ASYNC110  # the log tells nobody when it grows
        await asyncio.sleep(0.02)


async def test_it_plans_and_dispatches_and_stops_when_told(world: World) -> None:
    world.take_plans(a_plan_row())
    worker = worker_of(world)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(until(world, "accepted"), 10)
    worker.stopping.set()
    await asyncio.wait_for(running, 5)
    assert len(world.channel.sent) == 1
    assert worker.last_turn_at == world.clock.instant


async def test_a_stop_lets_the_call_in_the_air_finish_and_notes_its_outcome(world: World) -> None:
    channel = SlowChannel()
    world.channel = channel
    world.take_plans(a_plan_row())
    worker = worker_of(world)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(channel.called.wait(), 10)
    worker.stopping.set()
    await asyncio.sleep(0.1)
    assert not running.done()
    channel.may_answer.set()
    await asyncio.wait_for(running, 5)
    assert states(world) == {"upcoming": "accepted"}


@dataclass(slots=True)
class FaultyOnce:
    """A store whose first planning fails."""

    store: SqlStore
    failed: bool = False

    def planning(
        self, now: datetime, cadences: Sequence[str], limit: int
    ) -> AbstractContextManager[PlanningBatch]:
        """Fail once, then plan."""
        if not self.failed:
            self.failed = True
            raise OSError
        return self.store.planning(now, cadences, limit)


async def test_a_duty_that_fails_is_tried_again_at_the_next_tick(world: World) -> None:
    world.take_plans(a_plan_row())
    worker = worker_of(world)
    worker.store = FaultyOnce(world.store)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(until(world, "accepted"), 10)
    worker.stopping.set()
    await asyncio.wait_for(running, 5)
    assert states(world) == {"upcoming": "accepted"}


async def test_until_idle_does_what_is_due_once_and_returns(world: World) -> None:
    world.take_plans(a_plan_row())
    worker = Worker(
        world.store, world.pipeline, world.reconciler, world.cadences, world.clock, world.custodian
    )
    await worker.run_until_idle()
    await worker.run_until_idle()
    assert len(world.channel.sent) == 1


async def test_a_lane_that_fails_leaves_the_other_under_way_and_awaited(world: World) -> None:
    channel = SlowChannel()
    world.channel = channel
    world.take_plans(a_plan_row())
    worker = worker_of(world)
    failing = iter([True])
    lane = worker.pipeline.run_batch

    class OneLaneFails(Pipeline):
        async def run_batch(self) -> int:
            if next(failing, False):
                raise OSError
            return await lane()

    worker.pipeline = OneLaneFails(*(getattr(worker.pipeline, each.name) for each in fields(Pipeline)))
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(channel.called.wait(), 10)
    worker.stopping.set()
    await asyncio.sleep(0.1)
    assert not running.done()
    channel.may_answer.set()
    await asyncio.wait_for(running, 5)
    assert states(world) == {"upcoming": "accepted"}


@dataclass(slots=True)
class UnreadableOnce(NoJournal):
    """A journal that cannot be read when it is first asked, as on a disk that is not there yet."""

    asked: int = 0

    def tail(self, lines: int) -> Sequence[Sequence[Intent]]:
        """Fail once, then know of nothing."""
        self.asked += 1
        if self.asked == 1:
            raise OSError
        return ()


async def test_nothing_is_planned_or_sent_before_custody_has_looked(world: World) -> None:
    world.take_plans(a_plan_row())
    world.journal = UnreadableOnce()
    worker = worker_of(world)
    for duty in (worker.plan, worker.dispatch):
        worker.custodian = replace(world, journal=UnreadableOnce()).custodian
        with pytest.raises(OSError):  # noqa: PT011  # a plain one, as the journal raised it
            await duty()
    assert events(world) == ["plan_imported"]
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(until(world, "accepted"), 10)
    worker.stopping.set()
    await asyncio.wait_for(running, 5)
    assert states(world) == {"upcoming": "accepted"}


@dataclass(slots=True)
class JumpyClock(HandClock):
    """A clock that can be moved on the wall alone."""

    steady_s: float = 0.0

    def monotonic_s(self) -> float:
        """Return what never jumps."""
        return self.steady_s


async def test_a_clock_that_jumps_between_two_looks_stops_the_next_batch(world: World) -> None:
    world.clock = clock = JumpyClock(world.clock.instant)
    worker = Worker(world.store, world.pipeline, world.reconciler, world.cadences, clock, world.custodian)
    await worker.run_until_idle()
    world.take_plans(a_plan_row())
    clock.move(hours=2)
    await worker.plan()
    await worker.dispatch()
    assert world.channel.sent == []
    assert events(world)[-1] == "planned"
    assert "quarantined" in events(world)
