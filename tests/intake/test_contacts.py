"""Contacts made by hand: logged, and counted like any other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.errors import UsageError
from scheduler.domain.facts import Unit
from scheduler.domain.touchpoint import Kind
from scheduler.intake.contacts import OUTCOMES, Made
from tests.fakes.world import World, a_plan_row, states, turn
from tests.intake.notes import desk, noted

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
YEAR = timedelta(days=366)


def made(at: datetime = NOW, outcome: str = "conversation", channel: str = "sms") -> Made:
    """An overdue notice, as somebody tells it."""
    return Made(Kind.OVERDUE_NOTICE, channel, outcome, at, False, "ann", "asked to be written to on Friday")


def log(world: World, contact: Made, *, plans: tuple[str, ...] = ("P-1",), debtor: str = "D-1") -> int:
    """Note a contact with the usual debtor."""
    return desk(world).contacts.log(None, debtor, plans, contact, world.clock.now())


async def test_a_contact_made_by_hand_counts_like_a_message(world: World) -> None:
    world.take_plans(a_plan_row())
    log(world, made())
    await turn(world)
    assert states(world) == {"upcoming": "planned"}
    world.clock.move(hours=48)
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}


async def test_it_counts_for_whoever_shares_an_address(world: World) -> None:
    world.take_plans(
        a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")
    )
    log(world, made(), plans=("P-2",), debtor="D-2")
    await turn(world)
    assert world.channel.sent == []


def test_it_is_logged_with_the_note_apart(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    number = log(world, made(NOW - timedelta(hours=1)), plans=("P-2", "P-1", "P-2"))
    ((public, personal),) = noted(world, "contact_logged")
    assert (public["contact"], public["debtor_ref"], public["plan_refs"]) == (number, "D-1", ["P-2", "P-1"])
    assert (public["kind"], public["channel"], public["outcome"]) == ("overdue_notice", "sms", "conversation")
    assert (public["made_at"], public["author"]) == ("2027-03-09T09:00:00.000000Z", "ann")
    assert public["requested"] is False
    assert personal == {"to": "+442079460018", "note": "asked to be written to on Friday"}


@pytest.mark.parametrize(
    ("channel", "to"), [("call", "+442079460018"), ("email", "ada@example.com"), ("letter", None)]
)
def test_the_address_that_it_went_to_is_logged_as_far_as_it_is_known(
    world: World, channel: str, to: str | None
) -> None:
    world.take_plans(a_plan_row())
    log(world, made(channel=channel))
    ((_, personal),) = noted(world, "contact_logged")
    assert personal is not None
    assert personal["to"] == to


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW + timedelta(seconds=1), "lies in the future"),
        (NOW - YEAR - timedelta(seconds=1), "more than a year back"),
    ],
)
def test_an_unlikely_instant_is_refused(world: World, at: datetime, said: str) -> None:
    world.take_plans(a_plan_row())
    with pytest.raises(UsageError, match=said):
        log(world, made(at))
    assert noted(world, "contact_logged") == []


@pytest.mark.parametrize("at", [NOW, NOW - YEAR])
def test_an_instant_at_the_edge_is_taken(world: World, at: datetime) -> None:
    world.take_plans(a_plan_row())
    assert log(world, made(at)) > 0


def test_a_formal_notice_is_taken_however_old_it_is(world: World) -> None:
    world.take_plans(a_plan_row())
    notice = replace(made(NOW - 3 * YEAR, "sent", "letter"), kind=Kind.FIRST_CONTACT_NOTICE)
    assert log(world, notice) > 0


def test_who_or_what_is_not_known_is_said_and_nothing_is_noted(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2"))
    with pytest.raises(UsageError, match="no debtor D-9"):
        log(world, made(), debtor="D-9")
    with pytest.raises(UsageError, match="Debtor D-1 has no plan P-2"):
        log(world, made(), plans=("P-1", "P-2"))
    with pytest.raises(UsageError, match="no active plan; name the one"):
        log(world, made(), plans=())
    assert noted(world, "contact_logged") == []


def test_every_outcome_says_how_far_it_got() -> None:
    assert OUTCOMES["no-answer"] is Unit.ATTEMPT
    assert OUTCOMES["sent"] is Unit.SENT
    assert OUTCOMES["voicemail"] is OUTCOMES["delivered"] is Unit.DELIVERED
    assert OUTCOMES["conversation"] is Unit.CONVERSATION
