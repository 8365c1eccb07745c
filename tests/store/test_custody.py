"""A copy of the database is put back, and nothing goes out a second time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler.domain.delivery import Accepted, NotSent
from scheduler.domain.doubt import DEADLINE
from scheduler.domain.outcome import Absent, Evidence, MessageState, TimeUp
from scheduler.domain.touchpoint import State
from scheduler.ports import Settlement
from scheduler.store.custody import SqlCustody
from scheduler.store.tables import message, touchpoint
from tests.fakes.world import World, events, turn
from tests.store.copies import House, house_of
from tests.store.kept import (
    ACCEPTED,
    UNKNOWN,
    cause,
    pay,
    plan_all,
    release,
    sent_to,
    sent_twice,
    standing,
    started,
    states,
    take,
)


@pytest.fixture(params=["file", "server"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A database of either kind that can be copied and put back."""
    with house_of(request.param, tmp_path) as built:
        yield built


@pytest.fixture
def a_file(tmp_path: Path) -> Iterator[House]:
    """A database that is a file, where the other kind would show nothing more."""
    with house_of("file", tmp_path) as built:
        yield built


async def test_a_restored_copy_sends_nothing_twice_and_goes_on_once_it_is_released(house: House) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    await turn(before)
    take(before, 2)
    plan_all(before)
    house.copy()
    take(before, 3)
    pay(before, 1)
    await turn(before)
    assert len(before.channel.sent) == 4
    house.restore()

    world = await started(house)
    assert cause(world) == "lost_tail"
    assert states(world) == {"D-1 upcoming": ACCEPTED, "D-2 upcoming": UNKNOWN}
    found = standing(world)
    assert found is not None
    assert (found.unknown, found.lost, found.forgotten) == (1, 1, 2)

    take(world, 3)
    pay(world, 1)
    await turn(world)
    assert states(world) == {
        "D-1 upcoming": ACCEPTED,
        "D-2 upcoming": UNKNOWN,
        "D-1 receipt": UNKNOWN,
        "D-3 upcoming": UNKNOWN,
    }
    assert sent_to(world) == []

    release(world)
    await world.custodian.run_once()
    take(world, 4)
    await turn(world)
    assert sent_to(world) == ["d4@example.com"]
    assert sent_twice(before, world) == []


async def test_the_next_start_after_a_release_begins_no_quarantine(house: House) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    plan_all(before)
    house.copy()
    await turn(before)
    house.restore()
    release(await started(house))
    again = await started(house, minutes=10)
    assert cause(again) is None
    await again.custodian.run_once()
    assert cause(again) is None


async def test_a_lost_intent_is_looked_for_at_once_as_what_it_was(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    plan_all(before)
    a_file.copy()
    await turn(before)
    (sent,) = before.channel.sent
    a_file.restore()
    world = await started(a_file)
    (doubt,) = world.store.in_doubt(world.clock.now(), 10)
    assert (doubt.inquiry.message_key, doubt.inquiry.to) == (sent.key, sent.to)
    assert (doubt.state, doubt.armed_at) == (MessageState.UNKNOWN, before.clock.now())
    assert doubt.inquiry.body_sha256 == "", "nobody knows its words any more"
    assert events(world)[-2:] == ["quarantined", "unknown"]


async def test_without_evidence_it_is_held_to_have_been_sent_at_its_deadline(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    plan_all(before)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file)
    found = standing(world)
    assert found is not None
    assert found.looked_for_until == before.clock.now() + DEADLINE
    world.clock.instant = before.clock.now() + DEADLINE
    await world.reconciler.run_once()
    assert states(world) == {"D-1 upcoming": ("presumed", "presumed")}


async def test_it_is_not_released_while_what_was_lost_is_looked_for(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    plan_all(before)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file)
    keeper, now = SqlCustody(world.store), world.clock.now()
    refused = keeper.release("ann", "checked", now, although_unknown=False)
    assert refused is not None
    assert (refused.lost, cause(world)) == (1, "lost_tail")
    (doubt,) = world.store.in_doubt(now, 10)
    world.store.settle([Settlement(doubt.message_id, Accepted("fake-1"), now)])
    released = keeper.release("ann", "checked", now, although_unknown=False)
    assert released is not None
    assert (released.lost, cause(world)) == (0, None)
    assert keeper.release("ann", "again", now, although_unknown=True) is None


async def test_a_copy_that_is_put_back_although_nothing_was_sent_since_is_seen_as_well(house: House) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    house.copy()
    take(before, 2)
    await before.custodian.run_once()
    house.restore()
    world = await started(house)
    take(world, 3)
    assert cause(world) in ("lost_tail", "another_database")
    await turn(world)
    assert sent_to(world) == []


async def test_a_step_that_has_passed_meanwhile_is_unknown_too_and_counts(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file, minutes=3 * 24 * 60)
    await turn(world)
    assert states(world) == {"D-1 upcoming": UNKNOWN, "D-1 due-today": ("planned", None)}
    release(world)
    world.channel.sent.clear()
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_an_attempt_that_was_lost_after_one_that_is_known_is_the_latest(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    before.channel.answers = [NotSent("429")]
    await turn(before)
    a_file.copy()
    before.clock.move(minutes=5)
    await turn(before)
    assert [each.attempt for each in before.channel.sent] == [1, 2]
    a_file.restore()
    world = await started(a_file, minutes=10)
    assert states(world) == {"D-1 upcoming": UNKNOWN}
    release(world)
    await turn(world)
    assert sent_to(world) == []


def touchpoint_states(world: World) -> list[str]:
    """Return the state of every touchpoint."""
    with world.store.database.read() as connection:
        return list(connection.execute(select(touchpoint.c.state).order_by(touchpoint.c.id)).scalars())


@pytest.mark.parametrize(
    ("evidence", "end"),
    [
        (NotSent("never_called"), State.PLANNED),
        (Absent(), State.SKIPPED),
        (TimeUp(), State.PRESUMED),
    ],
)
async def test_of_two_attempts_that_were_lost_one_that_failed_frees_nothing_while_the_other_may_have_arrived(
    a_file: House, evidence: Evidence, end: State
) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    a_file.copy()
    before.channel.answers = [NotSent("429")]
    await turn(before)
    before.clock.move(minutes=5)
    await turn(before)
    a_file.restore()
    world = await started(a_file, minutes=10)
    take(world, 1)
    await turn(world)
    with world.store.database.read() as connection:
        lost = connection.execute(select(message).order_by(message.c.attempt)).all()
    assert [(each.attempt, each.state) for each in lost] == [(1, "unknown"), (2, "unknown")]
    world.store.settle([Settlement(lost[1].id, NotSent("never_called"), world.clock.now())])
    assert touchpoint_states(world) == [State.UNKNOWN]
    world.store.settle([Settlement(lost[0].id, evidence, world.clock.now())])
    assert touchpoint_states(world) == [end]


async def test_what_the_lost_message_spoke_for_beside_its_own_instalment_is_not_sent_by_itself(
    house: House,
) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    house.copy()
    take(before, 1, plan_ref="P-9")  # of the same debtor, and due on the same day
    await turn(before)
    assert sent_to(before) == ["d1@example.com"]
    house.restore()
    world = await started(house)
    plan_all(world)
    take(world, 1, plan_ref="P-9")
    plan_all(world)
    await world.custodian.run_once()
    with world.store.database.read() as connection:
        found = connection.execute(
            select(touchpoint.c.state, touchpoint.c.merged_into).order_by(touchpoint.c.id)
        )
        lead = connection.execute(
            select(touchpoint.c.key).where(touchpoint.c.state == "unknown")
        ).scalar_one()
        assert [(row.state, row.merged_into) for row in found] == [("unknown", None), ("skipped", lead)]
    release(world)
    world.clock.move(days=2)
    await turn(world)
    assert sent_to(world) == []


async def test_what_came_due_after_the_lost_message_goes_out_by_itself(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file)
    plan_all(world)
    take(world, 1, plan_ref="P-9", due_date=date(2027, 3, 14))
    release(world)
    world.clock.move(days=2)
    await turn(world)
    assert sent_to(world) == ["d1@example.com"]


async def test_a_debtor_whose_address_is_gone_was_written_to_all_the_same(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1, phone="+442079460018", email=None)
    plan_all(before)
    a_file.copy()
    take(before, 1)
    await turn(before)
    assert sent_to(before) == ["d1@example.com"]
    a_file.restore()
    world = await started(a_file)
    assert states(world) == {"D-1 upcoming": ("presumed", "presumed")}
    assert world.store.in_doubt(world.clock.now(), 10) == []
