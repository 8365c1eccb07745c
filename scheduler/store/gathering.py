"""Gathers everything that decisions about a batch of touchpoints may look at: one query a kind of fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from scheduler.domain.facts import Claim, Contact, Facts
from scheduler.domain.plan import Creditor, Debtor, Payment
from scheduler.domain.touchpoint import Touchpoint
from scheduler.store import rows
from scheduler.store.locks import lock_addresses
from scheduler.store.plans import read_plans
from scheduler.store.tables import address, contact_point, debtor, hold, message, payment

COUNTED = ("armed", "accepted", "unknown", "presumed")
"""Message states that count toward caps; what is in doubt counts as sent."""

_MANY: BindParameter[int] = bindparam("ids", expanding=True)
_DEBTORS = select(debtor).where(debtor.c.id.in_(_MANY))
_ADDRESS_IDS = select(contact_point.c.address_id).where(
    contact_point.c.debtor_id.in_(_MANY), contact_point.c.active
)
_POINTS = (
    select(contact_point, address.c.value, address.c.opted_out_at, address.c.invalid_at)
    .join(address)
    .where(contact_point.c.debtor_id.in_(_MANY), contact_point.c.active)
    .order_by(contact_point.c.id)
)
_HOLDS = select(hold).where(hold.c.debtor_id.in_(_MANY), hold.c.released_at.is_(None))
_PAYMENTS = select(payment).where(payment.c.id.in_(_MANY))
_TRIED = select(message.c.touchpoint_id, message.c.contact_point_id).where(
    message.c.touchpoint_id.in_(_MANY), message.c.state == "rejected"
)
_SHARERS = select(contact_point.c.debtor_id, contact_point.c.address_id).where(
    contact_point.c.address_id.in_(bindparam("addresses", expanding=True)), contact_point.c.active
)
_CONTACTS = select(
    message.c.id,
    message.c.debtor_id,
    message.c.address_id,
    message.c.armed_at,
    message.c.kind,
    message.c.channel,
).where(
    or_(message.c.debtor_id.in_(_MANY), message.c.address_id.in_(bindparam("addresses", expanding=True))),
    message.c.armed_at > bindparam("since"),
    message.c.state.in_(COUNTED),
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts of a batch by touchpoint id, and each debtor's facts version."""

    facts: Mapping[int, Facts]
    versions: Mapping[int, int]


def gather(
    connection: Connection,
    touchpoints: Sequence[Touchpoint],
    creditors: Mapping[str, Creditor],
    now: datetime,
    lookback: timedelta,
) -> Gathered:
    """Lock the addresses that the batch may use, then read its facts. The caller holds the debtors' locks."""
    ids = {"ids": sorted({each.debtor_id for each in touchpoints})}
    lock_addresses(connection, connection.execute(_ADDRESS_IDS, ids).scalars())
    versions, people = _people(connection, ids)
    plans = read_plans(connection, (each.plan_id for each in touchpoints))
    holds = rows.by(connection.execute(_HOLDS, ids), "debtor_id")
    contacts = _contacts(connection, people, now - lookback)
    payments = _payments(connection, touchpoints)
    tried = rows.by(connection.execute(_TRIED, {"ids": [each.id for each in touchpoints]}), "touchpoint_id")
    facts: dict[int, Facts] = {}
    for each in touchpoints:
        plan = plans[each.plan_id]
        facts[each.id] = Facts(
            touchpoint=each,
            creditor=creditors[each.creditor],
            debtor=people[each.debtor_id],
            plan=plan,
            claims=tuple(Claim(plan, part) for part in plan.instalments if part.id == each.instalment_id),
            payment=payments[each.payment_id] if each.payment_id is not None else None,
            holds=tuple(map(rows.hold_of, holds.get(each.debtor_id, ()))),
            contacts=contacts[each.debtor_id],
            tried=frozenset(row.contact_point_id for row in tried.get(each.id, ())),
        )
    return Gathered(facts, versions)


def _people(connection: Connection, ids: Mapping[str, list[int]]) -> tuple[dict[int, int], dict[int, Debtor]]:
    points = rows.by(connection.execute(_POINTS, ids), "debtor_id")
    versions: dict[int, int] = {}
    people: dict[int, Debtor] = {}
    for row in connection.execute(_DEBTORS, ids):
        versions[row.id] = row.facts_version
        people[row.id] = rows.debtor_of(row, map(rows.contact_point_of, points.get(row.id, ())))
    return versions, people


def _contacts(
    connection: Connection, people: Mapping[int, Debtor], since: datetime
) -> dict[int, tuple[Contact, ...]]:
    """Return what counts for each person: what went to any debtor who shares an address, wherever it went."""
    addresses = sorted({point.address_id for each in people.values() for point in each.contact_points})
    sharers = rows.by(connection.execute(_SHARERS, {"addresses": addresses}), "address_id")
    ids = {*people, *(row.debtor_id for group in sharers.values() for row in group)}
    wanted = {"ids": sorted(ids), "addresses": addresses, "since": since}
    found = connection.execute(_CONTACTS, wanted).all()
    of_debtor, of_address = rows.by(found, "debtor_id"), rows.by(found, "address_id")
    contacts: dict[int, tuple[Contact, ...]] = {}
    for id_, person in people.items():
        own = [point.address_id for point in person.contact_points]
        kin = {id_, *(row.debtor_id for each in own for row in sharers.get(each, ()))}
        theirs = [of_debtor.get(each, ()) for each in kin] + [of_address.get(each, ()) for each in own]
        mine = {row.id: row for group in theirs for row in group}
        contacts[id_] = tuple(map(rows.contact_of, mine.values()))
    return contacts


def _payments(connection: Connection, touchpoints: Sequence[Touchpoint]) -> dict[int, Payment]:
    wanted = [each.payment_id for each in touchpoints if each.payment_id is not None]
    found = connection.execute(_PAYMENTS, {"ids": wanted}) if wanted else ()
    return {row.id: rows.payment_of(row) for row in found}
