"""What tests of the memory note at the desk, and the facts that a decision would then see."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from scheduler.domain.facts import Facts, Unit
from scheduler.domain.hours import Week
from scheduler.domain.plan import Purpose
from scheduler.domain.touchpoint import Kind
from scheduler.planner import plan_due
from scheduler.ports import IntakeTransaction, NewContact, NewGrant, NewStated, Person
from scheduler.store.store import SqlStore
from tests.builders import NOW
from tests.fakes.world import World

LOOKBACK = timedelta(days=32)
MORNINGS = Week({day: ((time(9), time(12)),) for day in range(7)}, None)


def person_of(transaction: IntakeTransaction, debtor_ref: str, creditor: str = "northwind") -> Person:
    """Return a debtor, locked with whoever shares an address."""
    key = (creditor, debtor_ref)
    return transaction.people([key], and_sharers=True)[key]


def a_contact(**changes: object) -> NewContact:
    """Return a call that was answered, varied; at `NOW` unless said otherwise."""
    usual = NewContact(
        kind=Kind.OVERDUE_NOTICE,
        channel="call",
        reached=Unit.CONVERSATION,
        requested=False,
        at=NOW,
        plan_ids=(1,),
        author="ann",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # a test names real fields


def stated(since: datetime, **changes: object) -> NewStated:
    """Return a wish to hear by SMS in the mornings only, varied."""
    usual = NewStated(MORNINGS, ("sms",), since, None, "oral", "ann")
    return replace(usual, **changes)  # type: ignore[arg-type]  # a test names real fields


def a_grant(since: datetime, **changes: object) -> NewGrant:
    """Return a written consent without an end, varied."""
    usual = NewGrant(Purpose.WRITTEN, "form 12", "ann", since, None)
    return replace(usual, **changes)  # type: ignore[arg-type]  # a test names real fields


def log_contact(world: World, debtor_ref: str = "D-1", creditor: str = "northwind", **changes: object) -> int:
    """Note a call that was just made, varied."""
    now = world.clock.now()
    with world.store.intake(now) as transaction:
        person = person_of(transaction, debtor_ref, creditor)
        return transaction.log_contact(person, a_contact(**{"at": now} | changes))


def plan_all(world: World) -> None:
    """Plan until nothing more is due."""
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass


def facts_due(world: World) -> dict[str, Facts]:
    """Return the facts of everything that is due now, by its plan's reference; nothing is decided."""
    plan_all(world)
    store: SqlStore = world.store
    with store.arming(world.clock.now(), world.creditors, LOOKBACK, 100) as batch:
        return {facts.plan.ref: facts for group in batch.groups for facts in group}
