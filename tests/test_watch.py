"""The watch as the worker wakes it: beside the other duties, and after everything that was due once."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.domain.watch import Limits
from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from scheduler.watch import Watch
from scheduler.worker import Worker
from tests.fakes.world import World, a_plan_row, events, turn


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The flow on an empty store."""
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    yield World(SqlStore(database, secrets.token_bytes))
    database.close()


def two_debtors(world: World) -> None:
    """Import two plans of two debtors."""
    other = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", phone="+442079460019", email="b@example.com")
    world.take_plans(a_plan_row(), other)


async def test_until_idle_watches_over_what_it_has_sent(world: World) -> None:
    two_debtors(world)
    watch = Watch(world.store, world.clock, Limits(per_hour=1), ("email", "sms"))
    parts = (world.store, world.pipeline, world.reconciler, world.cadences, world.clock, world.custodian)
    await Worker(*parts, watch=watch).run_until_idle()
    assert events(world)[-2:] == ["paused", "alarm"]


async def test_the_worker_wakes_it_by_itself(world: World) -> None:
    two_debtors(world)
    watch = Watch(world.store, world.clock, Limits(per_hour=1), ("email", "sms"))
    clock = SystemClock()
    parts = (world.store, world.pipeline, world.reconciler, world.cadences, clock, world.custodian)
    await turn(world)
    world.clock.move(minutes=1)
    worker = Worker(*parts, tick_s=0.05, watch=watch)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        while "alarm" not in events(world):  # noqa: ASYNC110  # the log tells nobody when it grows
            await asyncio.sleep(0.02)
    worker.stopping.set()
    await asyncio.wait_for(running, 5)
    assert events(world).count("paused") == 1
