"""Gathers everything that decisions about a batch of touchpoints may look at: one query a kind of fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import BindParameter, Connection, and_, bindparam, or_, select

from scheduler.domain.facts import CLOCKS_DIFFER, Claim, Facts
from scheduler.domain.plan import Creditor, Debtor, Payment
from scheduler.domain.receipt import ReceiptKind
from scheduler.domain.touchpoint import Touchpoint
from scheduler.store import rows
from scheduler.store.among import among
from scheduler.store.configuration import in_force_since
from scheduler.store.counting import Window, contacts, histories
from scheduler.store.kin import Kin, closed_channels, everybody, holds_of, kin_of
from scheduler.store.locks import lock_addresses, the_writer_is_the_lock
from scheduler.store.plans import read_plans
from scheduler.store.tables import (
    address,
    consent_grant,
    contact_point,
    debtor,
    hold,
    message,
    payment,
    stated_hours,
)

_EVER = datetime.max.replace(tzinfo=UTC)
"""Leaves nothing out: a decision goes by what its transaction reads, however late its own clock is."""

_AS_OF: BindParameter[datetime] = bindparam("as_of", type_=hold.c.since.type)
_DEBTORS = select(debtor).where(among(debtor.c.id))
_ADDRESS_IDS = select(contact_point.c.address_id).where(
    among(contact_point.c.debtor_id), contact_point.c.active
)
_POINTS = (
    select(contact_point, address.c.value, address.c.opted_out_at, address.c.invalid_at)
    .join(address)
    .where(among(contact_point.c.debtor_id), contact_point.c.active)
    .order_by(contact_point.c.id)
)
_GRANTS = (
    select(consent_grant)
    .join(contact_point)
    .where(
        among(contact_point.c.debtor_id),
        contact_point.c.active,
        consent_grant.c.noted_at <= _AS_OF,
        or_(consent_grant.c.revoked_at.is_(None), consent_grant.c.revoked_at > _AS_OF),
    )
)
_HOLDS = select(hold).where(
    among(hold.c.debtor_id),
    hold.c.since <= _AS_OF,
    or_(hold.c.released_at.is_(None), hold.c.released_at > _AS_OF),
)
_STATED = (
    select(stated_hours)
    .where(
        among(stated_hours.c.debtor_id),
        stated_hours.c.noted_at <= _AS_OF,
        or_(stated_hours.c.withdrawn_at.is_(None), stated_hours.c.withdrawn_at > _AS_OF),
    )
    .order_by(stated_hours.c.id)
)
_PAYMENTS = select(payment).where(among(payment.c.id))
_TRIED = select(message.c.touchpoint_id, message.c.contact_point_id).where(
    among(message.c.touchpoint_id),
    or_(
        and_(
            message.c.state == "rejected",
            message.c.settled_at <= _AS_OF,
            message.c.settled_at >= bindparam("configured_at", type_=message.c.settled_at.type),
        ),
        and_(message.c.reported == ReceiptKind.UNDELIVERED.value, message.c.reported_at <= _AS_OF),
    ),
)
"""Contact points that a touchpoint has used up. What was rejected under a former configuration may be tried once more:
its words may have been mended, and an address that was to blame is closed by itself."""


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
    ids = sorted({each.debtor_id for each in touchpoints})
    if not the_writer_is_the_lock(connection):
        lock_addresses(connection, connection.execute(_ADDRESS_IDS, {"ids": ids}).scalars())
    found = read_facts(connection, touchpoints, creditors, now - lookback)
    return Gathered({id_: _heeded(each, now) for id_, each in found.facts.items()}, found.versions)


def _heeded(facts: Facts, now: datetime) -> Facts:
    """Let begin by now what somebody has noted already whose clock is a little ahead of ours."""
    begin = [each.since for each in facts.holds] + [each.since for each in facts.stated]
    if not any(now < each <= now + CLOCKS_DIFFER for each in begin):
        return facts
    holds = tuple(replace(each, since=_begun(each.since, now)) for each in facts.holds)
    stated = tuple(replace(each, since=_begun(each.since, now)) for each in facts.stated)
    return replace(facts, holds=holds, stated=stated)


def _begun(since: datetime, now: datetime) -> datetime:
    return min(since, now) if since <= now + CLOCKS_DIFFER else since


def read_facts(
    connection: Connection,
    touchpoints: Sequence[Touchpoint],
    creditors: Mapping[str, Creditor],
    since: datetime,
    as_of: datetime = _EVER,
) -> Gathered:
    """Read the facts, with the contacts since an instant; what is known to have come after `as_of` is left out."""
    ids = sorted({each.debtor_id for each in touchpoints})
    own = [each.id for each in touchpoints]
    of_debtors: dict[str, object] = {"ids": ids, "as_of": as_of}
    window = Window(since, as_of, () if as_of == _EVER else tuple(own))
    versions, people, kin = _people(connection, of_debtors, as_of)
    plans = read_plans(connection, (each.plan_id for each in touchpoints))
    of_kin = {"ids": everybody(kin), "as_of": as_of}
    holds = rows.by(connection.execute(_HOLDS, of_kin), "debtor_id")
    stated = rows.by(connection.execute(_STATED, of_kin), "debtor_id")
    counted = contacts(connection, people, kin, creditors, window)
    history = histories(connection, ids, creditors, window)
    payments = _payments(connection, touchpoints)
    tried = _tried(connection, touchpoints, as_of)
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
            holds=holds_of(each.debtor_id, kin, holds),
            contacts=counted[each.debtor_id],
            tried=tried.get(each.id, frozenset()),
            history=history[each.debtor_id],
            stated=tuple(
                rows.stated_of(row) for of in sorted(kin[each.debtor_id]) for row in stated.get(of, ())
            ),
        )
    return Gathered(facts, versions)


def _people(
    connection: Connection, of_debtors: Mapping[str, object], as_of: datetime
) -> tuple[dict[int, int], dict[int, Debtor], Kin]:
    grants = rows.by(connection.execute(_GRANTS, of_debtors), "contact_point_id")
    points = rows.by(connection.execute(_POINTS, of_debtors), "debtor_id")
    debtors = connection.execute(_DEBTORS, of_debtors).all()
    kin = kin_of(
        connection, {row.id: [point.address_id for point in points.get(row.id, ())] for row in debtors}
    )
    closed = closed_channels(connection, kin, as_of)
    versions: dict[int, int] = {}
    people: dict[int, Debtor] = {}
    for row in debtors:
        own = (
            rows.contact_point_of(point, map(rows.grant_of, grants.get(point.id, ())), as_of)
            for point in points.get(row.id, ())
        )
        versions[row.id] = row.facts_version
        people[row.id] = rows.debtor_of(row, own, closed[row.id])
    return versions, people, kin


def _tried(
    connection: Connection, touchpoints: Sequence[Touchpoint], as_of: datetime
) -> dict[int, frozenset[int]]:
    """Return the contact points that touchpoints have used up, of those that were attempted at all."""
    wanted = {"ids": [each.id for each in touchpoints if each.attempts], "as_of": as_of}
    if not wanted["ids"]:
        return {}
    since = in_force_since(connection, as_of) or datetime.min.replace(tzinfo=UTC)
    found = rows.by(connection.execute(_TRIED, wanted | {"configured_at": since}), "touchpoint_id")
    return {id_: frozenset(row.contact_point_id for row in own) for id_, own in found.items()}


def _payments(connection: Connection, touchpoints: Sequence[Touchpoint]) -> dict[int, Payment]:
    wanted = [each.payment_id for each in touchpoints if each.payment_id is not None]
    found = connection.execute(_PAYMENTS, {"ids": wanted}) if wanted else ()
    return {row.id: rows.payment_of(row) for row in found}
