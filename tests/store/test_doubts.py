"""Messages whose outcome is open: found when their time has come, bound to one name, put off without losing proof."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.delivery import Accepted, Listed, Unknown
from scheduler.domain.doubt import ALIKE_WITHIN, LEASE
from scheduler.domain.outcome import Absent, Evidence, MessageState, Seen, TimeUp
from scheduler.ports import Armed, NextLook, Settlement
from tests.fakes.world import World, a_payment_row, a_plan_row, events
from tests.store.attempts import arm, named, row_of, settle
from tests.store.noting import plan_all

SECOND = timedelta(seconds=1)
FOUND = Seen("SM1", "look_up")


def in_doubt(world: World, limit: int = 100) -> list[int]:
    """Return the ids of the messages that it is time to look for."""
    return [each.message_id for each in world.store.in_doubt(world.clock.now(), limit)]


def one_attempt(world: World) -> Armed:
    """Import one plan and arm its first message."""
    world.take_plans(a_plan_row())
    return arm(world)


def several(world: World, number: int) -> Sequence[Armed]:
    """Arm a message to each of several debtors, a second apart."""
    for n in range(number):
        theirs = {"debtor_ref": f"D-{n}", "phone": None, "email": f"d{n}@example.com"}
        world.take_plans(a_plan_row(line=n, plan_ref=f"P-{n}", **theirs))
    plan_all(world)
    armed: list[Armed] = []
    while fresh := world.pipeline.arm(world.clock.now())[1]:
        armed += fresh
    return armed


def test_an_armed_message_is_in_doubt_when_its_lease_has_run_out_and_not_a_second_sooner(
    world: World,
) -> None:
    armed = one_attempt(world)
    world.clock.instant = armed.armed_at + LEASE - SECOND
    assert in_doubt(world) == []
    world.clock.move(seconds=1)
    assert in_doubt(world) == [armed.message_id]


def test_an_unknown_message_is_looked_for_when_its_time_has_come_and_not_a_second_sooner(
    world: World,
) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"))
    world.clock.move(seconds=119)
    assert in_doubt(world) == []
    world.clock.move(seconds=1)
    assert in_doubt(world) == [armed.message_id]


@pytest.mark.parametrize(
    "evidence",
    [(Accepted("SM1"),), (Unknown("timeout"), Absent()), (Unknown("timeout"), TimeUp())],
    ids=named,
)
def test_what_is_settled_is_never_looked_for_again(world: World, evidence: tuple[Evidence, ...]) -> None:
    settle(world, one_attempt(world), *evidence)
    world.clock.move(days=400)
    assert in_doubt(world) == []


def test_a_doubt_says_everything_that_a_provider_may_be_asked_by(world: World) -> None:
    armed = one_attempt(world)
    world.clock.move(seconds=90)
    (doubt,) = world.store.in_doubt(world.clock.now(), 100)
    assert (doubt.creditor, doubt.provider, doubt.state) == ("northwind", "fake", MessageState.ARMED)
    inquiry = doubt.inquiry
    assert inquiry.message_key == armed.message.key
    assert (inquiry.channel, inquiry.to) == (armed.message.channel, armed.message.to)
    assert (inquiry.sender, inquiry.body_sha256) == (armed.message.sender, armed.message.words.sha256)
    assert inquiry.armed_at == doubt.armed_at == armed.armed_at
    assert doubt.absent_at is None


def test_the_longest_due_come_first_and_no_more_than_are_wanted(world: World) -> None:
    ids = [each.message_id for each in several(world, 3)]
    now = world.clock.now()
    looks = [NextLook(id_, now - n * SECOND, None) for n, id_ in enumerate(ids)]
    world.store.look_later(looks)
    assert in_doubt(world) == ids[::-1]
    assert in_doubt(world, limit=2) == ids[:0:-1]


def test_putting_off_keeps_the_half_of_a_proof_that_was_found(world: World) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"))
    now = world.clock.now()
    world.store.look_later([NextLook(armed.message_id, now + SECOND, now)])
    world.clock.move(seconds=1)
    (doubt,) = world.store.in_doubt(world.clock.now(), 100)
    assert doubt.absent_at == now


def test_putting_off_what_was_settled_meanwhile_changes_nothing(world: World) -> None:
    armed = one_attempt(world)
    settle(world, armed, Accepted("SM1"))
    before = row_of(world, armed)
    world.store.look_later([NextLook(armed.message_id, world.clock.now(), world.clock.now())])
    assert row_of(world, armed) == before


def test_putting_off_nothing_is_no_work(world: World) -> None:
    world.store.look_later([])
    assert events(world) == []


def test_a_name_is_bound_that_a_message_of_the_same_provider_has(world: World) -> None:
    settle(world, one_attempt(world), Accepted("SM1"))
    assert world.store.bound("fake", ["SM1", "SM2"]) == {"SM1"}
    assert world.store.bound("other", ["SM1"]) == frozenset()


def two_alike(world: World) -> tuple[Armed, Armed]:
    """Arm the confirmations of two equal payments, whose words are the same."""
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row(amount_minor=500), a_payment_row(payment_ref="PAY-2", amount_minor=500))
    plan_all(world)
    first = world.pipeline.arm(world.clock.now())[1]
    second = world.pipeline.arm(world.clock.now())[1]
    (one, other) = [*first, *second]
    assert one.message.words == other.message.words
    return one, other


@pytest.mark.parametrize("at_once", [True, False], ids=["in_one_batch", "one_after_the_other"])
def test_one_message_that_a_provider_lists_settles_one_of_two_that_read_alike(
    world: World, at_once: bool
) -> None:
    one, other = two_alike(world)
    settlements = [Settlement(each.message_id, FOUND, world.clock.now()) for each in (one, other)]
    for batch in [settlements] if at_once else [[each] for each in settlements]:
        world.store.settle(batch)
    assert [row_of(world, each).state for each in (one, other)] == ["accepted", "armed"]
    assert row_of(world, other).provider_id is None


def test_a_callback_with_our_key_is_believed_whatever_the_name(world: World) -> None:
    one, other = two_alike(world)
    settle(world, one, FOUND)
    settle(world, other, Seen("SM1", "callback"))
    assert row_of(world, other).state == "accepted"


@pytest.mark.parametrize(
    ("later", "is_rival"),
    [
        (-ALIKE_WITHIN - SECOND, False),
        (-ALIKE_WITHIN, True),
        (ALIKE_WITHIN, True),
        (ALIKE_WITHIN + SECOND, False),
    ],
)
def test_a_rival_is_armed_at_about_the_same_time(world: World, later: timedelta, is_rival: bool) -> None:
    two_alike(world)
    world.clock.move(seconds=90)
    doubt = world.store.in_doubt(world.clock.now(), 1)[0]
    earlier = replace(doubt, inquiry=replace(doubt.inquiry, armed_at=doubt.armed_at - later))
    assert world.store.has_rival(earlier) is is_rival


async def test_of_two_in_doubt_that_read_alike_nobody_can_tell_which_one_is_listed(world: World) -> None:
    one, other = two_alike(world)
    world.channel.absence_proves_after = timedelta(hours=1)
    world.channel.found = Listed(("SM1",))
    for _ in range(27):
        world.clock.move(hours=1)
        while await world.reconciler.run_once():
            pass
    assert [row_of(world, each).state for each in (one, other)] == ["presumed", "presumed"]


async def test_what_is_listed_belongs_to_the_one_that_is_being_sent_and_not_to_the_one_in_doubt(
    world: World,
) -> None:
    one, other = two_alike(world)
    settle(world, one, Unknown("timeout"))
    world.channel.absence_proves_after = timedelta(hours=1)
    world.channel.found = Listed(("SM1",))
    world.clock.move(minutes=2)  # the other's call is under way, and its message is listed already
    await world.reconciler.run_once()
    assert row_of(world, one).state == "unknown"
    settle(world, other, Accepted("SM1"))
    for _ in range(8):
        world.clock.move(minutes=15)
        while await world.reconciler.run_once():
            pass
    assert [row_of(world, each).state for each in (one, other)] == ["released", "accepted"]
