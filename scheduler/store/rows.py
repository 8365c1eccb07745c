"""Rows to domain values, and nothing else."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from scheduler.domain.facts import Contact, Hold, HoldKind, Stated, Unit
from scheduler.domain.plan import (
    ContactPoint,
    Creditor,
    Debtor,
    Grant,
    Instalment,
    Origin,
    Payment,
    Plan,
    PlanStatus,
    Purpose,
    Source,
)
from scheduler.domain.touchpoint import Kind, Touchpoint

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns are known by the query above its use."""


def touchpoint_of(row: AnyRow) -> Touchpoint:
    """Return the touchpoint of a row of its table."""
    return Touchpoint(
        id=row.id,
        key=row.key,
        creditor=row.creditor,
        debtor_id=row.debtor_id,
        plan_id=row.plan_id,
        instalment_id=row.instalment_id,
        payment_id=row.payment_id,
        step=row.step,
        kind=Kind(row.kind),
        template=row.template,
        channels=row.channels,
        cadence=row.cadence,
        cadence_version=row.cadence_version,
        due_at=row.due_at,
        ends_at=row.ends_at,
        attempts=row.attempts,
    )


def touchpoint_row(touchpoint: Touchpoint) -> dict[str, object]:
    """Return the columns of a new touchpoint, without its state."""
    return {
        "key": touchpoint.key,
        "creditor": touchpoint.creditor,
        "debtor_id": touchpoint.debtor_id,
        "plan_id": touchpoint.plan_id,
        "instalment_id": touchpoint.instalment_id,
        "payment_id": touchpoint.payment_id,
        "step": touchpoint.step,
        "kind": touchpoint.kind.value,
        "template": touchpoint.template,
        "channels": touchpoint.channels,
        "cadence": touchpoint.cadence,
        "cadence_version": touchpoint.cadence_version,
        "priority": 0 if touchpoint.kind.confirms_payment else 1,
        "due_at": touchpoint.due_at,
        "ends_at": touchpoint.ends_at,
        "attempts": touchpoint.attempts,
    }


def debtor_of(row: AnyRow, points: Iterable[ContactPoint], opted_out_channels: frozenset[str]) -> Debtor:
    """Return the debtor of a row of its table, with its contact points and the channels it opted out of."""
    return Debtor(
        id=row.id,
        creditor=row.creditor,
        ref=row.ref,
        name=row.name,
        locale=row.locale,
        country=row.country,
        region=row.region,
        zones=row.zones,
        contact_points=tuple(points),
        postal_code=row.postal_code,
        opted_out_channels=opted_out_channels,
    )


def contact_point_of(row: AnyRow, grants: Iterable[Grant], as_of: datetime) -> ContactPoint:
    """Return the contact point of a row that joins it to its address, as that was at an instant."""
    return ContactPoint(
        id=row.id,
        channel=row.channel,
        address=row.value,
        address_id=row.address_id,
        consent_basis=row.consent_basis,
        opted_out=row.opted_out_at is not None and row.opted_out_at <= as_of,
        invalid=row.invalid_at is not None and row.invalid_at <= as_of,
        origin=origin_of(row),
        grants=tuple(grants),
    )


def origin_of(row: AnyRow) -> Origin:
    """Return where the address of a contact point's row comes from."""
    return Origin(
        source=None if row.source is None else Source(row.source),
        used_at=row.used_at,
        checked_at=row.checked_at,
        work=row.work,
        shared=row.shared,
    )


def origin_row(origin: Origin) -> dict[str, object]:
    """Return the columns of a contact point that say where its address comes from."""
    return {
        "source": None if origin.source is None else origin.source.value,
        "used_at": origin.used_at,
        "checked_at": origin.checked_at,
        "work": origin.work,
        "shared": origin.shared,
    }


def grant_of(row: AnyRow) -> Grant:
    """Return the explicit consent of a row of its table."""
    return Grant(purpose=Purpose(row.purpose), since=row.since, until=row.until)


def instalment_of(row: AnyRow) -> Instalment:
    """Return the instalment of a row of its table."""
    return Instalment(
        id=row.id,
        identity=row.identity,
        number=row.number,
        due_date=row.due_date,
        amount_minor=row.amount_minor,
        principal_minor=row.principal_minor,
        interest_minor=row.interest_minor,
        fees_minor=row.fees_minor,
        paid_minor=row.paid_minor,
    )


def plan_of(row: AnyRow, instalments: Iterable[Instalment]) -> Plan:
    """Return the plan of a row of its table, with its instalments."""
    return Plan(
        id=row.id,
        creditor=row.creditor,
        ref=row.ref,
        debtor_id=row.debtor_id,
        currency=row.currency,
        zone=row.zone,
        cadence=row.cadence,
        status=PlanStatus(row.status),
        instalments=tuple(instalments),
        product=row.product,
        debt_status=row.debt_status,
    )


def payment_of(row: AnyRow) -> Payment:
    """Return the payment of a row of its table."""
    return Payment(
        id=row.id,
        ref=row.ref,
        plan_id=row.plan_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        received_at=row.received_at,
        method=row.method,
        medium=row.medium,
        receipt_by=row.receipt_by,
    )


def hold_of(row: AnyRow) -> Hold:
    """Return the hold of a row of its table."""
    return Hold(id=row.id, kind=HoldKind(row.kind), plan_id=row.plan_id, since=row.since, until=row.until)


def stated_of(row: AnyRow) -> Stated:
    """Return the hours that a debtor asked for, of a row of their table."""
    return Stated(
        id=row.id, week=row.week, channels=frozenset(row.channels), since=row.since, until=row.until
    )


def contact_of(row: AnyRow, creditors: Mapping[str, Creditor]) -> Contact:
    """Return the contact of a row that speaks of one, by message or by hand.

    A creditor that is no longer configured counts under its own name.
    """
    sender = creditors.get(row.creditor)
    return Contact(
        at=row.at,
        kind=Kind(row.kind),
        channel=row.channel,
        address_id=row.address_id,
        debtor_id=row.debtor_id,
        creditor=row.creditor,
        sender_group=row.creditor if sender is None else sender.sender_group,
        plan_ids=frozenset(map(int, row.plans)),
        reached=Unit(row.reached),
        requested=row.requested,
    )


def by(rows: Iterable[Any], column: str) -> Mapping[int, list[AnyRow]]:
    """Return rows in their order, grouped by the value of one column."""
    grouped: dict[int, list[AnyRow]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, column), []).append(row)
    return grouped
