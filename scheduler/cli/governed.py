"""Which debts a command is about when it names none, and which rules are in force for their debtor."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from scheduler.domain.facts import Claim
from scheduler.domain.plan import Plan, PlanStatus
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import Kind
from scheduler.store.inspecting import facts_of_debtor
from scheduler.store.plans import read_plans
from scheduler.store.tables import debtor, plan

if TYPE_CHECKING:
    from scheduler.bootstrap import App

_CHANNELS = ("sms", "email")


def active_plans(app: "App", creditor: str | None, debtor_ref: str) -> Sequence[Plan]:
    """Return the debtor's active plans, the oldest first. Raises UsageError when no creditor is clear."""
    of = app.desk.creditor_named(creditor)
    wanted = (debtor.c.creditor == of, debtor.c.ref == debtor_ref, plan.c.status == PlanStatus.ACTIVE.value)
    statement = select(plan.c.id).join(debtor, debtor.c.id == plan.c.debtor_id).where(*wanted)
    with app.database.read() as connection:
        found = read_plans(connection, connection.execute(statement).scalars())
    return [found[each] for each in sorted(found)]


def rules_for(app: "App", creditor: str | None, debtor_ref: str) -> Sequence[Rule]:
    """Return the rules of the creditor's policies that hold for any of the debtor's debts, none without a debt."""
    of, now = app.desk.creditor_named(creditor), app.clock.now()
    policy, creditors = app.catalogue.policy_for(of), app.catalogue.creditors
    facts = facts_of_debtor(
        app.database, of, debtor_ref, creditors, now, policy.lookback, Kind.OVERDUE_NOTICE, _CHANNELS
    )
    if facts is None:
        return ()
    debts = active_plans(app, of, debtor_ref)
    claims = (Claim(each, part) for each in debts for part in each.instalments)
    return policy.governing(replace(facts, claims=tuple(claims))).rules
