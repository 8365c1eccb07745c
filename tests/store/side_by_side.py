"""Workers side by side on one database, each with a thread, a loop and connections of its own."""

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from scheduler.store.engine import Database, open_database
from scheduler.store.store import SqlStore
from tests.fakes.world import FakeChannel, World
from tests.store.noting import plan_all


@contextmanager
def another_process(world: World) -> Iterator[World]:
    """Open the same database once more, as another process would, with a channel of its own."""
    database: Database = world.store.database
    opened = open_database(database.engine.url.render_as_string(hide_password=False))
    try:
        yield replace(world, store=SqlStore(opened, secrets.token_bytes), channel=FakeChannel())
    finally:
        opened.close()


def work_side_by_side(world: World, channels: Sequence[FakeChannel]) -> None:
    """Let several workers dispatch at the same time until nothing is left."""
    plan_all(world)

    def work(channel: FakeChannel) -> None:
        mine = replace(world, channel=channel)
        asyncio.run(dispatch(replace(mine.pipeline, batch_size=10).run_batch))

    at_once([lambda channel=each: work(channel) for each in channels])  # type: ignore[misc]  # a default binds early


async def dispatch(run_batch: Callable[[], Awaitable[int]]) -> None:
    """Run batches until three in a row found nothing: another worker may have held what was due."""
    idle = 0
    while idle < 3:
        idle = 0 if await run_batch() else idle + 1


def at_once(works: Sequence[Callable[[], None]]) -> None:
    """Start every work at the same instant, each in a thread, wait for all, and tell the test of any fault."""
    start = threading.Barrier(len(works))
    faults: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as fault:  # told to the test, whatever it was
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(each,)) for each in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert faults == []
