"""Facts for whoever explains a decision: the same that the decision saw, and nothing that came later."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.decision import Defer, Send
from scheduler.domain.facts import Facts, HoldKind
from scheduler.domain.plan import Purpose
from scheduler.domain.policy import decide
from scheduler.domain.touchpoint import Kind, State
from scheduler.intake.desk import Desk
from scheduler.ports import NewHold
from scheduler.store.inspecting import facts_of_debtor, facts_of_touchpoint, state_of, waiting_of
from scheduler.store.tables import touchpoint
from tests.builders import NOW, a_creditor
from tests.fakes.world import World, a_payment_row, a_plan_row, hand_over, turn
from tests.store.noting import LOOKBACK, a_contact, a_grant, facts_due, log_contact, person_of, stated

HOUR = timedelta(hours=1)


def keys(world: World, step: str = "upcoming") -> list[str]:
    """Return the keys of a step's touchpoints, the oldest first."""
    named = select(touchpoint.c.key).where(touchpoint.c.step == step).order_by(touchpoint.c.id)
    with world.store.database.read() as connection:
        return list(connection.execute(named).scalars())


def seen(world: World, key: str, as_of: datetime) -> Facts:
    """Return the facts about a touchpoint as of an instant."""
    found = facts_of_touchpoint(world.store.database, key, world.creditors, as_of, LOOKBACK)
    assert found is not None
    return found


def made_up(world: World, creditor: str = "northwind", debtor_ref: str = "D-1") -> Facts | None:
    """Return the facts about a legal notice that nobody planned."""
    database, channels = world.store.database, ("sms", "email")
    now, kind = world.clock.now(), Kind.LEGAL_NOTICE
    return facts_of_debtor(database, creditor, debtor_ref, world.creditors, now, LOOKBACK, kind, channels)


def test_what_is_seen_now_is_what_a_decision_would_see(world: World) -> None:
    world.take_plans(a_plan_row())
    log_contact(world, at=NOW - HOUR)
    with world.store.intake(NOW) as transaction:
        person = person_of(transaction, "D-1")
        transaction.grant(person, "sms", a_grant(NOW))
        transaction.state_hours(person, stated(NOW + timedelta(days=5)))
    due = facts_due(world)["P-1"]
    assert due.contacts
    assert due.stated
    assert seen(world, due.touchpoint.key, NOW) == due


async def test_a_decision_can_be_made_again_as_it_was(world: World) -> None:
    other = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email=None)
    world.take_plans(a_plan_row(), other)
    await turn(world)
    world.clock.move(days=1)
    log_contact(world, at=NOW - timedelta(hours=1))
    calendar = world.pipeline.rules.calendar
    again = [decide(seen(world, each, NOW), world.policy, calendar, NOW) for each in keys(world)]
    assert [type(each) for each in again] == [Send, Defer]


async def test_what_a_message_spoke_of_is_seen_with_its_lead(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    await turn(world)
    lead, merged = keys(world)
    assert [each.plan.ref for each in seen(world, lead, NOW).claims] == ["P-1", "P-2"]
    assert [each.plan.ref for each in seen(world, merged, NOW).claims] == ["P-2"]


def test_what_was_noted_later_is_left_out(world: World) -> None:
    world.take_plans(a_plan_row())
    key = facts_due(world)["P-1"].touchpoint.key
    before = seen(world, key, NOW)
    world.clock.move(hours=1)
    now = world.clock.now()
    desk = Desk(world.store, world.creditors)
    desk.hold(None, "D-1", None, NewHold(HoldKind.DISPUTE, "ann", "not hers", now, None))
    desk.consent(None, "D-1", "sms", True, "ann", now)
    with world.store.intake(now) as transaction:
        person = person_of(transaction, "D-1")
        transaction.log_contact(person, a_contact(at=NOW - HOUR))
        transaction.grant(person, "email", a_grant(NOW - HOUR))
        transaction.state_hours(person, stated(NOW - HOUR))
    assert seen(world, key, NOW) == before
    after = seen(world, key, now)
    points = {each.channel: (each.opted_out, len(each.grants)) for each in after.debtor.contact_points}
    assert points == {"sms": (True, 0), "email": (False, 1)}
    assert (len(after.holds), len(after.contacts), len(after.stated)) == (1, 1, 1)
    assert after.history.first_contact_at == {after.plan.id: NOW - HOUR}


def test_what_ended_later_is_still_there(world: World) -> None:
    world.take_plans(a_plan_row())
    key = facts_due(world)["P-1"].touchpoint.key
    desk = Desk(world.store, world.creditors)
    hold = desk.hold(None, "D-1", None, NewHold(HoldKind.DISPUTE, "ann", "not hers", NOW, None))
    with world.store.intake(NOW) as transaction:
        person = person_of(transaction, "D-1")
        transaction.grant(person, "sms", a_grant(NOW))
        hours = transaction.state_hours(person, stated(NOW))
    before = seen(world, key, NOW)
    world.clock.move(hours=1)
    desk.release(hold, "bob", world.clock.now())
    with world.store.intake(world.clock.now()) as transaction:
        transaction.revoke(person_of(transaction, "D-1"), "sms", Purpose.WRITTEN, "bob")
        transaction.withdraw_hours(hours, "bob")
    assert seen(world, key, NOW) == before
    after = seen(world, key, world.clock.now())
    assert (after.holds, after.stated) == ((), ())
    assert all(not each.grants for each in after.debtor.contact_points)


async def test_a_message_that_was_refused_later_counted_until_then(world: World) -> None:
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2"))
    facts_due(world)
    pipeline = replace(world.pipeline, batch_size=1)
    (armed,) = pipeline.arm(NOW)[1]
    world.clock.move(seconds=20)
    world.store.settle(await hand_over(world, [armed]))
    other = next(each for each in keys(world) if each != armed.message.touchpoint)
    assert len(seen(world, other, NOW + timedelta(seconds=19)).contacts) == 1
    assert seen(world, other, NOW + timedelta(seconds=20)).contacts == ()


@pytest.mark.parametrize("key", ["", "0" * 32])
def test_there_are_no_facts_and_no_state_of_an_unknown_touchpoint(world: World, key: str) -> None:
    world.take_plans(a_plan_row())
    facts_due(world)
    assert facts_of_touchpoint(world.store.database, key, world.creditors, NOW, LOOKBACK) is None
    assert state_of(world.store.database, key) is None


def test_there_are_no_facts_for_a_creditor_that_is_no_longer_configured(world: World) -> None:
    world.take_plans(a_plan_row())
    key = facts_due(world)["P-1"].touchpoint.key
    world.creditors = {"harbour": a_creditor(id="harbour")}
    assert facts_of_touchpoint(world.store.database, key, world.creditors, NOW, LOOKBACK) is None
    assert made_up(world) is None


def test_a_message_that_nobody_planned_speaks_of_what_is_open_of_the_first_active_plan(world: World) -> None:
    world.take_plans(
        a_plan_row(),
        a_plan_row(line=3, plan_ref="P-2"),
        a_plan_row(line=4, plan_ref="P-2", instalment_no="2", due_date=date(2027, 4, 12)),
        a_plan_row(line=5, plan_ref="P-2", instalment_no="3", due_date=date(2027, 5, 12)),
    )
    world.take_payments(a_payment_row())
    world.take_payments(a_payment_row(payment_ref="PAY-2", plan_ref="P-2"))
    log_contact(world)
    facts = made_up(world)
    assert facts is not None
    assert [(each.plan.ref, each.instalment.number) for each in facts.claims] == [("P-2", "2"), ("P-2", "3")]
    assert (facts.touchpoint.id, facts.touchpoint.kind) == (0, Kind.LEGAL_NOTICE)
    assert (facts.touchpoint.channels, facts.touchpoint.due_at) == (("sms", "email"), NOW)
    assert len(facts.contacts) == 1


def test_without_an_active_plan_the_first_one_stands_in(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row())
    facts = made_up(world)
    assert facts is not None
    assert (facts.plan.ref, facts.claims) == ("P-1", ())


@pytest.mark.parametrize(("creditor", "debtor_ref"), [("northwind", "D-9"), ("harbour", "D-1")])
def test_a_message_to_nobody_has_no_facts(world: World, creditor: str, debtor_ref: str) -> None:
    world.take_plans(a_plan_row())
    assert made_up(world, creditor, debtor_ref) is None


async def test_the_state_of_a_touchpoint_tells_when_it_is_looked_at_and_into_what_it_was_merged(
    world: World,
) -> None:
    world.clock.instant = NOW - timedelta(hours=5)
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))
    await turn(world)
    lead, merged = keys(world)
    waits = state_of(world.store.database, lead)
    assert waits is not None
    assert (waits.creditor, waits.debtor_ref, waits.state) == ("northwind", "D-1", State.PLANNED)
    assert (waits.look_at, waits.repeats, waits.merged_into) == (NOW - HOUR, 0, None)
    assert waits.due_at == NOW.replace(hour=0)
    assert waits.ends_at == NOW.replace(day=12, hour=0)
    assert waiting_of(world.store.database, "northwind", "D-1") == [lead, merged]
    assert waiting_of(world.store.database, "northwind", "D-2") == []
    world.clock.instant = NOW
    await turn(world)
    gone = state_of(world.store.database, merged)
    assert gone is not None
    assert (gone.state, gone.merged_into) == (State.SKIPPED, lead)
    assert waiting_of(world.store.database, "northwind", "D-1") == []
