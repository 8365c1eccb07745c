"""Several workers on one database: nothing is sent twice and no cap is passed, also over a shared address."""

import asyncio
from collections import Counter
from datetime import date

from tests.fakes.world import FakeChannel, World, a_plan_row
from tests.store.side_by_side import work_side_by_side

WORKERS = 4


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
