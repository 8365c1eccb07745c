"""A database is replaced under a process that goes on, which then sends nothing that it should not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler.domain.delivery import Accepted
from scheduler.ports import Settlement
from scheduler.store.tables import debtor, message
from tests.fakes.world import hand_over, turn
from tests.store.copies import House, house_of
from tests.store.kept import (
    ACCEPTED,
    UNKNOWN,
    cause,
    plan_all,
    release,
    sent_to,
    sent_twice,
    started,
    states,
    take,
)


@pytest.fixture(params=["file", "server"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A database of either kind that can be copied and put back."""
    with house_of(request.param, tmp_path) as built:
        yield built


@pytest.mark.parametrize("kind", ["file", "overwritten", "server"])
async def test_a_process_whose_database_is_replaced_arms_nothing_even_before_its_next_look(
    tmp_path: Path, kind: str
) -> None:
    with house_of(kind, tmp_path) as house:
        world = await started(house, minutes=0)
        custodian = world.custodian
        await custodian.run_once()
        take(world, 1, 2)
        plan_all(world)
        house.copy()
        pipeline = world.pipeline
        while await pipeline.run_batch():
            pass
        assert len(world.channel.sent) == 2
        house.restore()
        assert await world.pipeline.run_batch() == 0, "though it remembers no intent of its own"
        assert await pipeline.run_batch() == 0
        await custodian.run_once()
        assert cause(world) == "lost_tail"
        assert states(world) == {"D-1 upcoming": UNKNOWN, "D-2 upcoming": UNKNOWN}
        release(world)
        take(world, 3)
        await turn(world)
        assert sent_twice(world) == []
        assert sent_to(world)[2:] == ["d3@example.com"]


@pytest.mark.parametrize("kind", ["file", "overwritten", "server"])
async def test_what_is_armed_when_the_database_is_replaced_is_not_handed_over(
    tmp_path: Path, kind: str
) -> None:
    with house_of(kind, tmp_path) as house:
        world = await started(house, minutes=0)
        take(world, 1)
        plan_all(world)
        house.copy()
        _, armed = world.pipeline.arm(world.clock.now())
        assert world.store.last_look(armed, world.clock.now()) == {}
        house.restore()
        (settlement,) = await hand_over(world, armed)
        assert getattr(settlement.evidence, "code", None) == "quarantined"
        assert sent_to(world) == []


async def test_an_answer_that_comes_after_the_replacement_settles_its_own_message(house: House) -> None:
    """Numbers of messages are given again after a restore: an old answer must not meet a new message."""
    before = await started(house, minutes=0)
    take(before, 1)
    plan_all(before)
    house.copy()
    take(before, 2)
    await turn(before)
    with before.store.database.read() as connection:
        query = select(debtor.c.ref, message.c.id).join(message, message.c.debtor_id == debtor.c.id)
        numbers = {row.ref: row.id for row in connection.execute(query)}
    house.restore()
    world = await started(house)
    take(world, 9, 2)
    plan_all(world)
    world.store.settle([Settlement(numbers["D-2"], Accepted("of-2"), world.clock.now())])
    assert states(world)["D-2 upcoming"] == ACCEPTED
    assert states(world)["D-1 upcoming"] == UNKNOWN
    release(world)
    await turn(world)
    assert sent_to(world) == ["d9@example.com"]
