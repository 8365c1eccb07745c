"""The pace of a sender over all workers: who goes out now, who waits for which slot, and that nobody is forgotten."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from scheduler.domain.delivery import NotSent
from scheduler.domain.message import Words
from scheduler.domain.pacing import Pacing
from scheduler.store.tables import entry, touchpoint
from scheduler.store.tables_delivery import pace, pulse
from tests.builders import NOW, a_creditor
from tests.fakes.world import FakeChannel, PlainWords, World, a_payment_row, a_plan_row, events, turn
from tests.store.crowd import crowd
from tests.store.side_by_side import at_once, dispatch

SECOND = timedelta(seconds=1)
FIVE_A_SECOND = Pacing(per_second={"fake": 5})


def many(world: World, number: int, first: int = 1, creditor: str = "northwind") -> None:
    """Let so many debtors have a reminder due."""
    known = dict(world.creditors)
    world.creditors = known | {creditor: a_creditor(id=creditor)}
    crowd(world.store.database, creditor, range(first, first + number), NOW, sendable=True)


def waits(world: World, rule: str = "pace") -> list[datetime]:
    """Return when those will be looked at again whom a rule puts off, as the log tells it."""
    with world.store.database.read() as connection:
        told = connection.execute(select(entry.c.public).where(entry.c.event == "deferred")).scalars().all()
    found = [json.loads(each) for each in told]
    return sorted(
        datetime.fromisoformat(each["until"])
        for each in found
        if rule in [why["rule"] for why in each["reasons"]]
    )


def looks(world: World) -> list[datetime]:
    """Return when what is planned is looked at again."""
    with world.store.database.read() as connection:
        planned = select(touchpoint.c.look_at).where(touchpoint.c.state == "planned")
        return sorted(connection.execute(planned).scalars())


def seconds(instants: Iterable[datetime]) -> list[float]:
    """Return instants as seconds from `NOW`."""
    return [(each - NOW).total_seconds() for each in instants]


async def go_on(world: World, for_s: float, every_s: float = 2.0) -> list[int]:
    """Let workers look every so often, and return how many messages went out at each look."""
    went: list[int] = []
    for _ in range(round(for_s / every_s)):
        before = len(world.channel.sent)
        await turn(world)
        went.append(len(world.channel.sent) - before)
        world.clock.move(seconds=every_s)
    return went


async def test_what_exceeds_two_seconds_waits_for_a_slot_of_its_own_and_the_log_tells_which(
    world: World,
) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 20)
    await turn(world)
    assert len(world.channel.sent) == 11
    assert seconds(waits(world)) == pytest.approx([2.2 + 0.2 * n for n in range(9)])
    assert waits(world) == looks(world)


async def test_they_come_back_at_the_pace_each_once_and_nothing_is_told_again(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 100)
    went = await go_on(world, 30)
    assert sum(went) == 100
    assert max(went) == went[0] == 11
    assert Counter(events(world)) == {"armed": 100, "accepted": 100, "deferred": 89}


async def test_with_two_workers_no_more_goes_out_than_with_one(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 100)
    mine = [replace(world, channel=FakeChannel()) for _ in range(2)]
    works = [
        lambda each=each: asyncio.run(dispatch(replace(each.pipeline, batch_size=10).run_batch))
        for each in mine
    ]
    await asyncio.to_thread(at_once, works)
    assert sum(len(each.channel.sent) for each in mine) == 11
    assert seconds(waits(world)) == pytest.approx([2.2 + 0.2 * n for n in range(89)])


async def test_confirmations_go_before_reminders_that_wait(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 100)
    await turn(world)
    world.take_plans(a_plan_row(plan_ref="Q-1", debtor_ref="Q"))
    world.take_payments(a_payment_row(plan_ref="Q-1", amount_minor=1))
    world.clock.move(seconds=1)
    await turn(world)
    assert world.channel.sent[-1].words.text.startswith("payment-received Q-1 ")


async def test_a_creditor_with_ten_is_served_at_once_though_another_has_a_long_queue(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 300)
    await turn(world)
    many(world, 10, first=1001, creditor="small")
    went = await go_on(world, 8)
    small = [each.to for each in world.channel.sent if len(each.to.partition("@")[0]) == 5]
    assert len(small) == 10
    assert sum(went) <= 5 * 8 + 11


async def test_after_an_outage_they_do_not_come_all_at_once(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 200)
    await turn(world)
    world.clock.move(minutes=5)
    went = await go_on(world, 60)
    assert went[0] == 26
    assert max(went[1:]) <= 26
    assert sum(went) == 189


async def test_what_one_message_will_say_of_several_plans_waits_together(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    many(world, 100)
    await turn(world)
    other = a_plan_row(line=3, plan_ref="Q-2", debtor_ref="Q", instalment_no="7")
    world.take_plans(a_plan_row(plan_ref="Q-1", debtor_ref="Q"), other)
    await turn(world)
    with world.store.database.read() as connection:
        of_q = select(touchpoint.c.look_at).order_by(touchpoint.c.id.desc()).limit(2)
        assert len(set(connection.execute(of_q).scalars())) == 1
    await go_on(world, 40)
    mine = [each.words.text for each in world.channel.sent if " Q-" in each.words.text]
    assert mine == ["upcoming Q-1 [1,7] open 10000"]


async def test_where_no_pace_is_configured_no_row_is_touched(world: World) -> None:
    world.pacing = Pacing(per_second={"another": 1})
    many(world, 50)
    await turn(world)
    assert len(world.channel.sent) == 50
    with world.store.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(pace)).scalar_one() == 0


class LongWords(PlainWords):
    """Writes an SMS of four parts."""

    def compose(self, *_: object, **__: object) -> Words:
        """Return the same words to everybody."""
        return Words("a" * 600)


async def test_an_sms_takes_as_many_places_as_it_has_parts(world: World) -> None:
    world.pacing, world.composer = FIVE_A_SECOND, LongWords()
    rows = [
        a_plan_row(line=n, plan_ref=f"P-{n}", debtor_ref=f"D-{n}", phone=f"+4477009000{n:02}", email=None)
        for n in range(10)
    ]
    world.take_plans(*rows)
    await turn(world)
    assert len(world.channel.sent) == 3
    assert seconds(waits(world)) == [pytest.approx(2.4 + 0.8 * n) for n in range(7)]


async def test_a_clock_that_had_run_ahead_holds_nobody_up_for_long(world: World) -> None:
    world.pacing = FIVE_A_SECOND
    world.clock.move(hours=3)
    many(world, 1)
    await turn(world)
    world.clock.move(hours=-3)
    many(world, 1, first=11)
    await go_on(world, 70)
    assert len(world.channel.sent) == 2


async def test_in_the_morning_they_are_written_to_one_after_another_when_the_log_said_so(
    world: World,
) -> None:
    world.pacing = Pacing(smooth_start=timedelta(minutes=15))
    many(world, 60)
    nine = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)
    world.clock.instant = nine - timedelta(hours=4)
    await turn(world)
    assert waits(world, "smooth_start") == looks(world)
    assert all(nine <= each < nine + timedelta(minutes=15) for each in looks(world))
    world.clock.instant = nine
    went = [len(world.channel.sent)]
    for _ in range(15):
        world.clock.move(minutes=1)
        await turn(world)
        went.append(len(world.channel.sent))
    assert went[0] == 0
    assert went[-1] == 60
    assert max(later - earlier for earlier, later in pairwise(went)) < 20


# ---------------------------------------------------------------------------------------------------- ramp

RAMPED = Pacing(ramps={"standard": (3, 5)})
TOMORROW = datetime(2027, 3, 10, tzinfo=UTC)


async def test_a_new_cadence_sends_as_many_a_day_as_its_ramp_says_and_then_as_many_as_there_are(
    world: World,
) -> None:
    world.pacing = RAMPED
    many(world, 20)
    went = []
    for _ in range(3):
        before = len(world.channel.sent)
        await turn(world)
        went.append(len(world.channel.sent) - before)
        world.clock.instant += timedelta(days=1)
    assert went == [3, 5, 12]
    assert waits(world, "ramp")[:17] == [TOMORROW] * 17
    assert waits(world, "ramp")[17:] == [TOMORROW + timedelta(days=1)] * 12


async def test_workers_side_by_side_keep_to_one_ramp(world: World) -> None:
    world.pacing = RAMPED
    many(world, 60)
    mine = [replace(world, channel=FakeChannel()) for _ in range(3)]
    works = [
        lambda each=each: asyncio.run(dispatch(replace(each.pipeline, batch_size=4).run_batch))
        for each in mine
    ]
    await asyncio.to_thread(at_once, works)
    assert sum(len(each.channel.sent) for each in mine) == 3


async def test_a_confirmation_does_not_wait_for_a_ramp_nor_count_for_it(world: World) -> None:
    world.pacing = Pacing(ramps={"standard": (1,)})
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row(amount_minor=1))
    many(world, 5, first=11)
    await turn(world)
    texts = Counter(each.words.text.split()[0] for each in world.channel.sent)
    assert texts == {"payment-received": 1, "upcoming": 1}


async def test_what_is_tried_again_was_counted_before(world: World) -> None:
    world.pacing = Pacing(ramps={"standard": (1,)})
    world.channel.answers = [NotSent("smtp_451")]
    many(world, 1)
    await turn(world)
    world.clock.move(minutes=1)
    await turn(world)
    assert [each.attempt for each in world.channel.sent] == [1, 2]


async def test_another_version_of_the_cadence_begins_its_ramp_anew(world: World) -> None:
    world.pacing = RAMPED
    many(world, 3)
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(pulse.update().values(subject="standard@v0"))
    many(world, 5, first=11)
    await turn(world)
    assert len(world.channel.sent) == 6
