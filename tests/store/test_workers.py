"""Several workers on one database: nothing is sent twice and no cap is passed, also over a shared address."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from scheduler.planner import plan_due
from tests.fakes.world import FakeChannel, World, a_plan_row

WORKERS = 4


def work_side_by_side(world: World, channels: list[FakeChannel]) -> None:
    """Let several workers dispatch at the same time, each from a thread and a loop of its own."""
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass
    start = threading.Barrier(len(channels))
    faults: list[BaseException] = []

    def work(channel: FakeChannel) -> None:
        mine = World(world.store, world.clock, channel)
        pipeline = replace(mine.pipeline, batch_size=10)
        start.wait(10)
        try:
            asyncio.run(dispatch(pipeline.run_batch))
        except BaseException as fault:  # told to the test, whatever it was
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(each,)) for each in channels]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert faults == []


async def dispatch(run_batch: Callable[[], Awaitable[int]]) -> None:
    """Run batches until three in a row found nothing: another worker may have held what was due."""
    idle = 0
    while idle < 3:
        idle = 0 if await run_batch() else idle + 1


async def test_four_workers_send_each_touchpoint_once(world: World) -> None:
    rows = [
        a_plan_row(line=n, plan_ref=f"P-{n}", debtor_ref=f"D-{n}", phone=None, email=f"d{n}@example.com")
        for n in range(400)
    ]
    world.take_plans(*rows)
    channels = [FakeChannel() for _ in range(WORKERS)]
    await asyncio.to_thread(work_side_by_side, world, channels)
    sent = Counter(each.touchpoint for channel in channels for each in channel.sent)
    assert len(sent) == 400
    assert set(sent.values()) == {1}


async def test_debtors_who_share_a_phone_share_one_cap_whoever_takes_the_last_slot(world: World) -> None:
    rows = [
        a_plan_row(
            line=n,
            plan_ref=f"P-{n}",
            debtor_ref=f"D-{n}",
            phone=f"+44794600{n % 10:04d}",
            email=None,
            due_date=date(2027, 3, 12),
        )
        for n in range(160)
    ]
    world.take_plans(*rows)
    channels = [FakeChannel() for _ in range(WORKERS)]
    await asyncio.to_thread(work_side_by_side, world, channels)
    asked = Counter(each.to for channel in channels for each in channel.sent)
    assert len(asked) == 10
    assert set(asked.values()) == {1}
