"""Facts as a decision would see them, now or at an earlier instant, for whoever explains one. Nothing is locked.

What is known to have come after that instant is left out: contacts, holds, consents, stated hours, opt-outs, and
outcomes of messages. Amounts, addresses and what was imported stand as they are today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, or_, select, text

from scheduler.domain.facts import Claim, Facts
from scheduler.domain.plan import Creditor, Plan, PlanStatus
from scheduler.domain.touchpoint import Kind, State, Touchpoint
from scheduler.store.engine import Database
from scheduler.store.gathering import read_facts
from scheduler.store.plans import read_plans
from scheduler.store.rows import touchpoint_of
from scheduler.store.tables import WAITING, debtor, plan, touchpoint

_NAMED = touchpoint.c.key == bindparam("key")
_SPOKEN_OF = (
    select(touchpoint)
    .where(or_(_NAMED, touchpoint.c.merged_into == bindparam("key")))
    .order_by(touchpoint.c.priority, touchpoint.c.due_at, touchpoint.c.id)
)
_STATE = (
    select(touchpoint, debtor.c.ref.label("debtor_ref"))
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .where(_NAMED)
)
_OF_DEBTOR = (debtor.c.creditor == bindparam("of_creditor"), debtor.c.ref == bindparam("of_ref"))
_PLANS = select(plan.c.id).join(debtor, debtor.c.id == plan.c.debtor_id).where(*_OF_DEBTOR)
_WAITING = (
    select(touchpoint.c.key)
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .where(*_OF_DEBTOR, text(f"touchpoint.{WAITING}"))
    .order_by(touchpoint.c.priority, touchpoint.c.due_at, touchpoint.c.id)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a touchpoint stands: `look_at` is when it is decided next, `repeats` how often the last answer came again.

    `merged_into` is the key of the touchpoint whose message speaks for it.
    """

    creditor: str
    debtor_ref: str
    state: State
    look_at: datetime
    due_at: datetime
    ends_at: datetime | None
    repeats: int
    merged_into: str | None


def facts_of_touchpoint(
    database: Database, key: str, creditors: Mapping[str, Creditor], as_of: datetime, lookback: timedelta
) -> Facts | None:
    """Return the facts about a touchpoint and what was merged into it, without what it sent itself at `as_of`.

    None when there is no such touchpoint or its creditor is no longer configured.
    """
    with database.read() as connection:
        group = [touchpoint_of(row) for row in connection.execute(_SPOKEN_OF, {"key": key})]
        lead = next((each for each in group if each.key == key), None)
        if lead is None or lead.creditor not in creditors:
            return None
        found = read_facts(connection, group, creditors, as_of - lookback, as_of).facts
    members = [found[lead.id], *(found[each.id] for each in group if each is not lead)]
    return replace(members[0], claims=tuple(claim for each in members for claim in each.claims))


def facts_of_debtor(
    database: Database,
    creditor_id: str,
    debtor_ref: str,
    creditors: Mapping[str, Creditor],
    as_of: datetime,
    lookback: timedelta,
    kind: Kind,
    channels: Sequence[str],
) -> Facts | None:
    """Return the facts about a message that nobody has planned: of this kind, over all that is open of one plan.

    The plan is the debtor's first active one, else the first. None without a plan, a debtor, or a configured creditor.
    """
    with database.read() as connection:
        chosen = _plan(connection, creditor_id, debtor_ref)
        if chosen is None or creditor_id not in creditors:
            return None
        made_up = _made_up(chosen, kind, tuple(channels), as_of)
        facts = read_facts(connection, [made_up], creditors, as_of - lookback, as_of).facts[made_up.id]
    return replace(facts, claims=tuple(Claim(chosen, each) for each in chosen.instalments if each.open_minor))


def _plan(connection: Connection, creditor: str, debtor_ref: str) -> Plan | None:
    ids = connection.execute(_PLANS, {"of_creditor": creditor, "of_ref": debtor_ref}).scalars().all()
    plans = sorted(read_plans(connection, ids).values(), key=lambda each: each.id)
    active = (each for each in plans if each.status is PlanStatus.ACTIVE)
    return next(active, plans[0] if plans else None)


def _made_up(plan: Plan, kind: Kind, channels: tuple[str, ...], as_of: datetime) -> Touchpoint:
    return Touchpoint(
        id=0,
        key="",
        creditor=plan.creditor,
        debtor_id=plan.debtor_id,
        plan_id=plan.id,
        instalment_id=None,
        payment_id=None,
        step="",
        kind=kind,
        template="",
        channels=channels,
        cadence=plan.cadence,
        cadence_version="",
        due_at=as_of,
        ends_at=None,
        attempts=0,
    )


def state_of(database: Database, key: str) -> Standing | None:
    """Return how a touchpoint stands, or None when there is none of that key."""
    with database.read() as connection:
        row = connection.execute(_STATE, {"key": key}).one_or_none()
    if row is None:
        return None
    return Standing(
        creditor=row.creditor,
        debtor_ref=row.debtor_ref,
        state=State(row.state),
        look_at=row.look_at,
        due_at=row.due_at,
        ends_at=row.ends_at,
        repeats=row.repeats,
        merged_into=row.merged_into,
    )


def waiting_of(database: Database, creditor: str, debtor_ref: str) -> Sequence[str]:
    """Return the keys of a debtor's touchpoints that may still be sent, planned or refused, the most urgent first."""
    with database.read() as connection:
        keys = connection.execute(_WAITING, {"of_creditor": creditor, "of_ref": debtor_ref})
        return list(keys.scalars())
