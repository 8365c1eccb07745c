"""Records that share an address in use are one person: what one of them says holds for all, and for as long as said."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.delivery import Rejected
from scheduler.domain.facts import OF_THE_PERSON, HoldKind
from scheduler.domain.points import OptOutReach, OptOutScope
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import ASKING
from scheduler.intake.desk import Desk
from scheduler.ports import Armed, NewHold, Settlement
from scheduler.store.inspecting import facts_of_touchpoint
from scheduler.store.tables import debtor, entry, plan
from tests.builders import NOW
from tests.fakes.world import BOTH, World, a_plan_row, states, turn
from tests.store.noting import LOOKBACK, facts_due, person_of, plan_all, stated
from tests.store.side_by_side import another_process, at_once

ANOTHER_PHONE = "+442079460019"
SHARES_A_PHONE = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com")
SHARES_NOTHING = a_plan_row(
    line=4, plan_ref="P-3", debtor_ref="D-3", email="c@example.com", phone="+442079460020"
)


@pytest.fixture
def world(world: World) -> World:
    """Two records of one phone, and somebody else."""
    world.take_plans(a_plan_row(), SHARES_A_PHONE, SHARES_NOTHING)
    return world


def hold(world: World, kind: HoldKind = HoldKind.CEASE, ref: str = "D-1", plan: str | None = None) -> int:
    """Place a hold without an end."""
    new = NewHold(kind, "ann", "a letter", world.clock.now(), None)
    return Desk(world.store, world.creditors).hold(None, ref, plan, new)


def opt(world: World, out: bool, ref: str = "D-1", channel: str = "sms") -> int:
    """Close or reopen an address."""
    return Desk(world.store, world.creditors).consent(None, ref, channel, out, "ann", world.clock.now())


def ask_only_hours(world: World, ref: str = "D-1") -> int:
    """State hours without an end."""
    with world.store.intake(world.clock.now()) as transaction:
        return transaction.state_hours(person_of(transaction, ref), stated(world.clock.now()))


def armed(world: World) -> Sequence[Armed]:
    """Arm what is due of everybody."""
    plan_all(world)
    return world.pipeline.arm(world.clock.now())[1]


def still_fresh(world: World, intents: Sequence[Armed]) -> set[str]:
    """Return to whom what is armed would still go."""
    stopped = world.store.last_look(intents, world.clock.now())
    return {each.message.to for each in intents if each.message_id not in stopped}


def closed(world: World) -> dict[str, set[str]]:
    """Return the channels that each plan's debtor opted out of."""
    return {ref: set(each.debtor.opted_out_channels) for ref, each in facts_due(world).items()}


def test_every_hold_of_the_person_is_seen_by_who_shares_an_address_and_no_other_hold(world: World) -> None:
    for kind in HoldKind:
        hold(world, kind)
    seen = {ref: {each.kind for each in facts.holds} for ref, facts in facts_due(world).items()}
    assert seen == {"P-1": set(HoldKind), "P-2": OF_THE_PERSON, "P-3": set()}


def test_what_is_of_a_debt_is_of_that_debt() -> None:
    of_a_debt = "dispute validation hardship deferral promise complaint litigation time_barred"
    assert set(HoldKind) - OF_THE_PERSON == {HoldKind(each) for each in of_a_debt.split()}


def test_a_hold_of_one_plan_stays_with_its_record(world: World) -> None:
    hold(world, plan="P-1")
    assert {ref: len(facts.holds) for ref, facts in facts_due(world).items()} == {
        "P-1": 1,
        "P-2": 0,
        "P-3": 0,
    }


async def test_lifting_a_hold_lets_everybody_who_shares_be_decided_again(world: World) -> None:
    number = hold(world)
    await turn(world)
    assert [each.to for each in world.channel.sent] == ["c@example.com"]
    Desk(world.store, world.creditors).release(number, "bob", world.clock.now())
    assert sorted(facts_due(world)) == ["P-1", "P-2"]


@pytest.mark.parametrize(("kind", "left"), [(HoldKind.CEASE, 1), (HoldKind.DISPUTE, 2)])
def test_a_hold_of_the_person_stops_what_is_armed_for_all_who_share(
    world: World, kind: HoldKind, left: int
) -> None:
    intents = armed(world)
    assert len(still_fresh(world, intents)) == 2  # the two of one phone are one person to the counters
    hold(world, kind, "D-2")
    assert len(still_fresh(world, intents)) == left


def test_lifting_and_stating_and_withdrawing_stop_what_is_armed_for_all_who_share(world: World) -> None:
    desk, number = Desk(world.store, world.creditors), hold(world, HoldKind.CEASE, "D-2")
    late = world.clock.now() + timedelta(days=1)
    before = versions(world)
    desk.release(number, "bob", late)
    assert grown(before, world) == {"P-1", "P-2"}
    before = versions(world)
    hours = ask_only_hours(world, "D-2")
    assert grown(before, world) == {"P-1", "P-2"}
    before = versions(world)
    desk.wishes.withdraw(None, "D-2", hours, "bob", late)
    assert grown(before, world) == {"P-1", "P-2"}


def versions(world: World) -> dict[str, int]:
    """Return each debtor's facts version, by its plan."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(plan.c.ref, debtor.c.facts_version).join(debtor))
        return {row.ref: row.facts_version for row in rows}


def grown(before: dict[str, int], world: World) -> set[str]:
    """Return whose facts have changed since."""
    return {ref for ref, version in versions(world).items() if version > before[ref]}


def test_stated_hours_are_of_everybody_who_shares_an_address(world: World) -> None:
    number = ask_only_hours(world)
    seen = {ref: [each.id for each in facts.stated] for ref, facts in facts_due(world).items()}
    assert seen == {"P-1": [number], "P-2": [number], "P-3": []}


async def test_whoever_moves_away_takes_a_hold_along(world: World) -> None:
    hold(world, ref="D-2")
    await turn(world)
    world.take_plans(a_plan_row(**{**changes_of(SHARES_A_PHONE), "phone": ANOTHER_PHONE}))
    await turn(world)
    assert "ada@example.com" in {each.to for each in world.channel.sent}
    assert "b@example.com" not in {each.to for each in world.channel.sent}


def changes_of(row: object) -> dict[str, object]:
    """Return what names the second record."""
    return {name: getattr(row, name) for name in ("line", "plan_ref", "debtor_ref", "email")}


def test_whoever_moves_in_brings_a_hold_which_stops_what_is_armed(world: World) -> None:
    hold(world, ref="D-3")
    before = versions(world)
    world.take_plans(a_plan_row(line=4, plan_ref="P-3", debtor_ref="D-3", email="c@example.com"))
    assert grown(before, world) == {"P-1", "P-2", "P-3"}
    assert {ref: len(each.holds) for ref, each in facts_due(world).items()} == {"P-1": 1, "P-2": 1, "P-3": 1}


def test_a_name_that_changes_is_news_to_nobody_else(world: World) -> None:
    before = versions(world)
    world.take_plans(a_plan_row(debtor_name="Ada B. Example"))
    assert grown(before, world) == {"P-1"}


def test_an_opt_out_outlives_the_number_that_it_was_said_from(world: World) -> None:
    opt(world, True)
    world.take_plans(a_plan_row(phone=ANOTHER_PHONE))
    facts = facts_due(world)["P-1"]
    assert not any(each.opted_out for each in facts.debtor.contact_points)
    assert facts.debtor.opted_out_channels == {"sms"}


def test_an_opt_out_of_one_record_is_seen_by_who_shares_another_address_with_it(world: World) -> None:
    opt(world, True, channel="email")
    assert closed(world) == {"P-1": {"email"}, "P-2": {"email"}, "P-3": set()}


def test_an_address_that_is_shared_no_more_closes_nothing_for_the_other(world: World) -> None:
    world.take_plans(a_plan_row(**{**changes_of(SHARES_A_PHONE), "phone": ANOTHER_PHONE}))
    opt(world, True, channel="email")
    assert closed(world) == {"P-1": {"email"}, "P-2": set(), "P-3": set()}


async def test_an_opt_out_reaches_a_number_that_comes_later(world: World) -> None:
    everywhere = OptOutScope(OptOutReach.CHANNEL, BOTH)
    rule = Rule("test/opt-out", "house rule", ASKING, BOTH, everywhere)
    world.policy = type(world.policy)("test", "v1", (*world.policy.rules, rule))
    world.take_plans(a_plan_row(email=None))
    opt(world, True)
    world.take_plans(a_plan_row(email=None, phone=ANOTHER_PHONE))
    await turn(world)
    assert ANOTHER_PHONE not in {each.to for each in world.channel.sent}
    assert opt(world, False) == 1
    assert closed(world)["P-1"] == set()
    await turn(world)
    assert ANOTHER_PHONE in {each.to for each in world.channel.sent}


def test_an_opt_in_opens_every_number_that_the_debtor_had_and_says_so_to_whoever_has_it(world: World) -> None:
    opt(world, True)
    world.take_plans(a_plan_row(phone=ANOTHER_PHONE))
    assert closed(world)["P-2"] == {"sms"}
    before = versions(world)
    assert opt(world, False) == 1
    assert closed(world) == {"P-1": set(), "P-2": set(), "P-3": set()}
    assert grown(before, world) == {"P-1", "P-2"}
    with world.store.database.read() as connection:
        told = [json.loads(each) for each in connection.execute(select(entry.c.public)).scalars()]
    opened = [each["debtor_ref"] for each in told if each.get("opted_out") is False]
    assert opened == ["D-1", "D-1", "D-2"]  # of both numbers, and of the one that the other record has


def test_an_opt_in_opens_no_other_channel_and_nobody_elses_number(world: World) -> None:
    opt(world, True, channel="email")
    opt(world, True)
    opt(world, True, "D-3")
    opt(world, False)
    assert closed(world) == {"P-1": {"email"}, "P-2": {"email"}, "P-3": {"sms"}}


def test_an_opt_out_stops_what_is_armed_for_who_shares_another_address(world: World) -> None:
    before = versions(world)
    opt(world, True, channel="email")
    assert grown(before, world) == {"P-1", "P-2"}


def test_an_opt_out_that_the_provider_knew_first_does_so_too(world: World) -> None:
    (intent,) = [each for each in armed(world) if each.message.to == "ada@example.com"]
    before = versions(world)
    rejected = Rejected("21610", opted_out=True)
    world.store.settle([Settlement(intent.message_id, rejected, world.clock.now(), retry_at=None)])
    assert grown(before, world) == {"P-1", "P-2"}
    assert closed(world)["P-1"] == {"email"}


def test_an_opt_out_that_came_later_is_left_out_of_an_explanation(world: World) -> None:
    key = facts_due(world)["P-2"].touchpoint.key
    world.clock.move(hours=1)
    opt(world, True, channel="email")

    def seen(hours: int) -> list[str]:
        as_of = NOW + timedelta(hours=hours)
        facts = facts_of_touchpoint(world.store.database, key, world.creditors, as_of, LOOKBACK)
        assert facts is not None
        return sorted(facts.debtor.opted_out_channels)

    assert (seen(0), seen(1)) == ([], ["email"])


def test_two_who_note_something_of_one_family_never_wait_for_each_other(world: World) -> None:
    with another_process(world) as other:

        def note(of: World, ref: str) -> None:
            for _ in range(8):
                number = hold(of, HoldKind.CEASE, ref)
                ask_only_hours(of, ref)
                opt(of, True, ref)
                opt(of, False, ref)
                Desk(of.store, of.creditors).release(number, "bob", of.clock.now())

        at_once([lambda: note(world, "D-1"), lambda: note(other, "D-2")])
    facts = facts_due(world)
    assert {ref: (len(each.holds), len(each.stated)) for ref, each in facts.items()} == {
        "P-1": (0, 16),
        "P-2": (0, 16),
        "P-3": (0, 0),
    }


async def test_a_number_that_is_closed_for_one_stays_open_for_who_never_had_it(world: World) -> None:
    opt(world, True)
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}
    assert "c@example.com" in {each.to for each in world.channel.sent}
