"""Hours that a debtor asked for, and what they do to the messages."""

from datetime import timedelta

import pytest

from scheduler.domain.errors import UsageError
from scheduler.domain.hours import DAY, Week
from scheduler.intake.weeks import outside
from scheduler.ports import NewStated
from tests.fakes.world import NINE, World, a_plan_row, states, turn
from tests.intake.notes import desk, noted

MORNINGS = Week({day: ((NINE, NINE.replace(hour=12)),) for day in range(7)}, None)
NOT_IN_THE_MORNING = outside(MORNINGS)


def state(
    world: World, channels: tuple[str, ...] = ("sms", "email"), *, lasts: timedelta | None = None
) -> int:
    """Note that the usual debtor wants nothing from nine to twelve."""
    now = world.clock.now()
    new = NewStated(NOT_IN_THE_MORNING, channels, now, now + lasts if lasts else None, "written", "ann")
    return desk(world).wishes.state(None, "D-1", new, "not 09:00-12:00")


def withdraw(world: World, number: int, debtor: str = "D-1") -> None:
    desk(world).wishes.withdraw(None, debtor, number, "bob", world.clock.now())


async def test_a_message_waits_until_the_hours_that_the_debtor_asked_for(world: World) -> None:
    world.take_plans(a_plan_row())
    state(world)
    await turn(world)
    assert world.channel.sent == []
    world.clock.move(hours=1, minutes=59, seconds=59)
    await turn(world)
    assert world.channel.sent == []
    world.clock.move(seconds=1)
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_hours_of_one_channel_leave_the_other_alone(world: World) -> None:
    world.take_plans(a_plan_row())
    state(world, ("sms",))
    await turn(world)
    assert [each.channel for each in world.channel.sent] == ["email"]


async def test_withdrawn_hours_let_the_message_go(world: World) -> None:
    world.take_plans(a_plan_row())
    number = state(world)
    await turn(world)
    withdraw(world, number)
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}


async def test_hours_with_an_end_end_by_themselves(world: World) -> None:
    world.take_plans(a_plan_row())
    state(world, lasts=DAY)
    world.clock.move(days=1)
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}


def test_the_log_tells_number_channels_and_end_and_keeps_the_words_apart(world: World) -> None:
    world.take_plans(a_plan_row())
    number = state(world, lasts=DAY)
    withdraw(world, number)
    (stated, words), (ended, nothing) = noted(world, "consent_changed")
    assert (stated["stated_hours"], stated["channels"], stated["source"]) == (
        number,
        ["sms", "email"],
        "written",
    )
    assert (stated["until"], stated["author"]) == ("2027-03-10T10:00:00.000000Z", "ann")
    assert words == {"hours": "not 09:00-12:00"}
    assert (ended["stated_hours"], ended["withdrawn"], ended["author"]) == (number, True, "bob")
    assert not nothing


def test_hours_are_withdrawn_once_and_only_from_their_own_debtor(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2"))
    number = state(world)
    with pytest.raises(UsageError, match=f"No stated hours {number} of debtor D-2 stand"):
        withdraw(world, number, "D-2")
    withdraw(world, number)
    with pytest.raises(UsageError, match=f"No stated hours {number} of debtor D-1 stand"):
        withdraw(world, number)
    assert len(noted(world, "consent_changed")) == 2
