"""What counts: what went out or may have gone out, and what was done by hand, for everybody who is one person."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.counters import Cap, Counted, Scope
from scheduler.domain.delivery import Accepted
from scheduler.domain.facts import Contact, Unit
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import ASKING, Kind
from scheduler.ports import Settlement
from scheduler.store.inspecting import facts_of_touchpoint
from scheduler.store.tables import address, contact, message
from tests.builders import NOW, a_creditor
from tests.fakes.world import BOTH, World, a_plan_row, turn
from tests.store.noting import LOOKBACK, facts_due, log_contact


async def test_a_message_counts_with_everything_that_a_counter_may_ask(world: World) -> None:
    world.creditors = {"northwind": a_creditor(group="the-group")}
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    await turn(world)
    world.clock.move(days=3)
    facts = facts_due(world)["P-1"]
    (email,) = [each for each in facts.debtor.contact_points if each.channel == "email"]
    assert facts.contacts == (
        Contact(
            at=NOW,
            kind=Kind.REMINDER_PRE_DUE,
            channel="email",
            address_id=email.address_id,
            debtor_id=facts.debtor.id,
            creditor="northwind",
            sender_group="the-group",
            plan_ids=frozenset({1, 2}),
            reached=Unit.DELIVERED,
            requested=False,
        ),
    )


async def test_a_message_of_an_older_duly_is_about_its_touchpoints_plan(world: World) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(update(message).values(plans=()))
    world.clock.move(days=3)
    facts = facts_due(world)["P-1"]
    assert [each.plan_ids for each in facts.contacts] == [frozenset({facts.plan.id})]
    assert facts.history.first_contact_at == {facts.plan.id: NOW}


async def test_a_creditor_that_is_no_longer_configured_counts_under_its_own_name(world: World) -> None:
    northwind, gone = a_creditor(group="the-group"), a_creditor(id="gone", group="the-group")
    world.creditors = {"northwind": northwind, "gone": gone}
    world.take_plans(
        a_plan_row(creditor="gone", plan_ref="P-2", debtor_ref="D-2"), a_plan_row(creditor="northwind")
    )
    log_contact(world, "D-2", "gone")
    world.creditors = {"northwind": northwind}
    (contact,) = facts_due(world)["P-1"].contacts
    assert (contact.creditor, contact.sender_group) == ("gone", "gone")


def test_when_a_debt_was_first_spoken_of_is_remembered_for_ever(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    long_ago, later = NOW - timedelta(days=800), NOW - timedelta(days=700)
    log_contact(world, at=later, plan_ids=(1, 2))
    log_contact(world, at=long_ago, plan_ids=(1,), reached=Unit.ATTEMPT)
    facts = facts_due(world)["P-1"]
    assert facts.history.first_contact_at == {1: long_ago, 2: later}
    assert facts.contacts == ()


async def test_a_message_is_a_first_contact_and_what_is_only_planned_is_none(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", due_date=date(2027, 3, 15)))
    assert facts_due(world)["P-1"].history.first_contact_at == {}
    await turn(world)
    world.clock.move(days=3)
    (facts,) = facts_due(world).values()
    assert facts.history.first_contact_at == {1: NOW}


def test_a_formal_notice_by_hand_is_remembered_for_ever_and_for_its_own_debtor(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2"))
    long_ago = NOW - timedelta(days=800)
    log_contact(
        world, at=long_ago, kind=Kind.FIRST_CONTACT_NOTICE, channel="letter", reached=Unit.SENT, plan_ids=(1,)
    )
    log_contact(world, at=long_ago)
    facts = facts_due(world)
    (notice,) = facts["P-1"].history.notices
    assert (notice.at, notice.kind, notice.channel) == (long_ago, Kind.FIRST_CONTACT_NOTICE, "letter")
    assert notice.plan_ids == {1}
    assert facts["P-2"].history.notices == ()


async def test_a_formal_notice_by_message_is_remembered(world: World) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(update(message).values(kind=Kind.LEGAL_NOTICE.value))
    world.clock.move(days=3)
    (notice,) = facts_due(world)["P-1"].history.notices
    assert (notice.at, notice.kind, notice.channel) == (NOW, Kind.LEGAL_NOTICE, "email")


SURE = ("accepted", "presumed")


@pytest.mark.parametrize("state", ["armed", "unknown", *SURE, "not_sent", "rejected"])
async def test_only_what_surely_went_out_has_spoken_of_a_debt_and_is_a_notice(
    world: World, state: str
) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(update(message).values(state=state, kind=Kind.LEGAL_NOTICE.value))
    world.clock.move(days=3)
    history = facts_due(world)["P-1"].history
    assert history.spoken_at == ({1: NOW} if state in SURE else {})
    assert [each.at for each in history.notices] == ([NOW] if state in SURE else [])


@pytest.mark.parametrize("seconds", [0, 1])
async def test_an_outcome_that_came_later_had_not_spoken_of_the_debt_before(
    world: World, seconds: int
) -> None:
    world.take_plans(a_plan_row())
    (facts,) = facts_due(world).values()
    (armed,) = world.pipeline.arm(NOW)[1]
    later = NOW + timedelta(seconds=2)
    world.store.settle([Settlement(armed.message_id, Accepted("one"), later, retry_at=None)])
    as_of = later - timedelta(seconds=seconds)
    seen = facts_of_touchpoint(world.store.database, facts.touchpoint.key, world.creditors, as_of, LOOKBACK)
    assert seen is not None
    assert seen.history.first_contact_at == {1: NOW}
    assert seen.history.spoken_at == ({} if seconds else {1: NOW})


def test_a_debt_is_spoken_of_by_hand_once_somebody_was_reached(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    for days, reached in ((4, Unit.ATTEMPT), (3, Unit.SENT), (2, Unit.DELIVERED), (1, Unit.CONVERSATION)):
        log_contact(world, at=NOW - timedelta(days=days), reached=reached, plan_ids=(1,))
    log_contact(world, at=NOW - timedelta(days=3), reached=Unit.ATTEMPT, plan_ids=(2,))
    history = facts_due(world)["P-1"].history
    assert history.first_contact_at == {1: NOW - timedelta(days=4), 2: NOW - timedelta(days=3)}
    assert history.spoken_at == {1: NOW - timedelta(days=2)}


@pytest.mark.parametrize(
    ("channel", "reached"),
    [
        ("letter", Unit.SENT),
        ("email", Unit.SENT),
        ("message", Unit.SENT),
        ("call", Unit.DELIVERED),
        ("visit", Unit.DELIVERED),
        ("workplace", Unit.DELIVERED),
    ],
)
def test_a_notice_by_hand_is_one_from_when_it_went_out_and_not_before(
    world: World, channel: str, reached: Unit
) -> None:
    world.take_plans(a_plan_row())
    log_contact(world, kind=Kind.LEGAL_NOTICE, channel=channel, reached=Unit(reached - 1))
    assert facts_due(world)["P-1"].history.notices == ()
    log_contact(world, kind=Kind.LEGAL_NOTICE, channel=channel, reached=reached)
    assert [each.reached for each in facts_due(world)["P-1"].history.notices] == [reached]


@pytest.mark.parametrize("state", ["armed", "unknown", "accepted", "presumed", "not_sent", "rejected"])
async def test_a_message_counts_unless_it_certainly_did_not_go_out(world: World, state: str) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(update(message).values(state=state))
    world.clock.move(days=3)
    facts = facts_due(world)["P-1"]
    counted = state not in ("not_sent", "rejected")
    assert (len(facts.contacts), len(facts.history.first_contact_at)) == (counted, counted)


def two_of_one_phone(world: World) -> None:
    """Import two debtors who share a phone, and a third who shares nothing."""
    world.take_plans(
        a_plan_row(),
        a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com"),
        a_plan_row(line=4, plan_ref="P-3", debtor_ref="D-3", email="c@example.com", phone="+442079460019"),
    )


def test_a_contact_by_hand_counts_as_it_was_noted(world: World) -> None:
    world.take_plans(a_plan_row())
    at = NOW - timedelta(hours=1)
    log_contact(world, at=at, kind=Kind.REPLY, reached=Unit.ATTEMPT, requested=True, plan_ids=(1, 7))
    facts = facts_due(world)["P-1"]
    (sms,) = [each for each in facts.debtor.contact_points if each.channel == "sms"]
    assert facts.contacts == (
        Contact(
            at=at,
            kind=Kind.REPLY,
            channel="call",
            address_id=sms.address_id,
            debtor_id=facts.debtor.id,
            creditor="northwind",
            sender_group="northwind",
            plan_ids=frozenset({1, 7}),
            reached=Unit.ATTEMPT,
            requested=True,
        ),
    )


@pytest.mark.parametrize(
    ("channel", "value"),
    [("call", "+442079460018"), ("sms", "+442079460018"), ("email", "ada@example.com"), ("visit", None)],
)
def test_a_contact_by_hand_is_to_the_debtors_own_address(
    world: World, channel: str, value: str | None
) -> None:
    world.take_plans(a_plan_row())
    log_contact(world, channel=channel)
    with world.store.database.read() as connection:
        to = select(contact.c.channel, address.c.value).outerjoin(address)
        assert tuple(connection.execute(to).one()) == (channel, value)


def test_a_contact_by_hand_counts_for_whoever_shares_an_address_and_for_nobody_else(world: World) -> None:
    two_of_one_phone(world)
    log_contact(world, "D-2", channel="visit", plan_ids=(2,))
    counted = {ref: len(each.contacts) for ref, each in facts_due(world).items()}
    assert counted == {"P-1": 1, "P-2": 1, "P-3": 0}


@pytest.mark.parametrize(("minutes", "counted"), [(1, 1), (0, 0)])
def test_a_contact_by_hand_counts_as_long_as_the_longest_counter_looks_back(
    world: World, minutes: int, counted: int
) -> None:
    world.take_plans(a_plan_row())
    log_contact(world, at=NOW - LOOKBACK + timedelta(minutes=minutes))
    assert len(facts_due(world)["P-1"].contacts) == counted


async def test_a_contact_by_hand_lets_what_waits_be_decided_again_for_everybody_it_counts_for(
    world: World,
) -> None:
    world.creditors = {"northwind": a_creditor(default_consent_basis=None)}
    two_of_one_phone(world)
    await turn(world)
    assert facts_due(world) == {}
    log_contact(world, "D-2")
    assert sorted(facts_due(world)) == ["P-1", "P-2"]


async def test_calls_and_messages_fill_one_counter(world: World) -> None:
    once_a_day = Cap(Scope.PLAN, Counted(ASKING, frozenset({"call", "email"})), 1, timedelta(days=1))
    rules = [each for each in world.policy.rules if "hours" in each.id]
    limit = Rule("test/once-a-day", "house rule", ASKING, BOTH, once_a_day)
    world.policy = Policy("test", "v1", (*rules, limit))
    world.take_plans(a_plan_row())
    log_contact(world, at=NOW - timedelta(hours=23))
    await turn(world)
    assert world.channel.sent == []
    world.clock.move(hours=1)
    await turn(world)
    assert len(world.channel.sent) == 1
