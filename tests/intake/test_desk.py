"""Holds and consent, noted by a person, and what they do to the messages."""

from datetime import timedelta

import pytest

from scheduler.domain.errors import UsageError
from scheduler.domain.facts import HoldKind
from scheduler.intake.desk import Desk
from scheduler.ports import NewHold
from tests.fakes.world import World, a_payment_row, a_plan_row, states, turn


def place(
    world: World,
    kind: HoldKind = HoldKind.DISPUTE,
    *,
    plan: str | None = None,
    days: int | None = None,
) -> int:
    """Place a hold on the usual debtor."""
    now = world.clock.now()
    until = None if days is None else now + timedelta(days=days)
    new = NewHold(kind, "ann", "says the amount is wrong", now, until)
    return Desk(world.store, world.creditors).hold(None, "D-1", plan, new)


async def test_a_hold_without_an_end_refuses_and_lifting_it_lets_the_message_go(world: World) -> None:
    world.take_plans(a_plan_row())
    number = place(world)
    await turn(world)
    assert states(world) == {"upcoming": "refused"}
    assert Desk(world.store, world.creditors).release(number, "bob", world.clock.now()) is HoldKind.DISPUTE
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}


async def test_a_hold_with_an_end_defers_and_ends_by_itself(world: World) -> None:
    world.take_plans(a_plan_row())
    place(world, days=1)
    await turn(world)
    assert world.channel.sent == []
    world.clock.move(hours=23)
    await turn(world)
    assert world.channel.sent == []
    world.clock.move(hours=1)
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_a_hold_of_one_plan_leaves_the_other_alone(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", instalment_no="9"))
    place(world, plan="P-1")
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["upcoming P-2 [9] open 10000"]


@pytest.mark.parametrize(
    ("kind", "messages"), [(HoldKind.DISPUTE, 1), (HoldKind.CEASE, 0), (HoldKind.DECEASED, 0)]
)
async def test_a_payment_is_confirmed_under_some_holds_only(
    world: World, kind: HoldKind, messages: int
) -> None:
    world.take_plans(a_plan_row())
    place(world, kind)
    world.take_payments(a_payment_row())
    await turn(world)
    assert len(world.channel.sent) == messages


async def test_an_opt_out_closes_the_address_for_everybody_who_has_it(world: World) -> None:
    world.take_plans(
        a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")
    )
    desk = Desk(world.store, world.creditors)
    assert desk.consent(None, "D-1", "sms", True, "ann", world.clock.now()) == 2
    assert desk.consent(None, "D-2", "email", True, "ann", world.clock.now()) == 1
    await turn(world)
    assert [(each.channel, each.to) for each in world.channel.sent] == [("email", "ada@example.com")]


async def test_an_import_never_undoes_an_opt_out(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    Desk(world.store, world.creditors).consent(None, "D-1", "sms", True, "ann", world.clock.now())
    world.take_plans(a_plan_row(email=None, phone="+442079460019"))
    world.take_plans(a_plan_row(email=None))
    await turn(world)
    assert world.channel.sent == []
    assert states(world) == {"upcoming": "refused"}


async def test_opting_in_again_lets_the_message_go(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    desk = Desk(world.store, world.creditors)
    desk.consent(None, "D-1", "sms", True, "ann", world.clock.now())
    await turn(world)
    desk.consent(None, "D-1", "sms", False, "ann", world.clock.now())
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_a_new_address_lets_a_refused_message_go(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    Desk(world.store, world.creditors).consent(None, "D-1", "sms", True, "ann", world.clock.now())
    await turn(world)
    world.take_plans(a_plan_row())
    await turn(world)
    assert [each.channel for each in world.channel.sent] == ["email"]


def test_who_or_what_is_not_known_is_said(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    desk = Desk(world.store, world.creditors)
    now = world.clock.now()
    with pytest.raises(UsageError, match="no debtor D-9"):
        desk.consent(None, "D-9", "sms", True, "ann", now)
    with pytest.raises(UsageError, match="no address for email"):
        desk.consent(None, "D-1", "email", True, "ann", now)
    with pytest.raises(UsageError, match="No hold 7"):
        desk.release(7, "ann", now)
    with pytest.raises(UsageError, match="no plan P-9"):
        place(world, plan="P-9")
    with pytest.raises(UsageError, match="northwind"):
        desk.consent("nobody", "D-1", "sms", True, "ann", now)


def test_a_hold_is_lifted_once(world: World) -> None:
    world.take_plans(a_plan_row())
    number, desk = place(world), Desk(world.store, world.creditors)
    desk.release(number, "ann", world.clock.now())
    with pytest.raises(UsageError, match=f"No hold {number}"):
        desk.release(number, "ann", world.clock.now())
