"""Rows to domain values, and nothing else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import CursorResult, Row, Table

from scheduler.domain.facts import Contact, Hold, HoldKind, Stated, Unit
from scheduler.domain.plan import (
    UNKNOWN_ORIGIN,
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
from scheduler.store import tables

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns are known by the query above its use."""


def _reader(table: Table, names: str) -> Callable[[AnyRow], tuple[Any, ...]]:
    """Return what takes these columns out of a row that begins with all columns of the table.

    It takes them by their places, which costs a twentieth of taking each by its name.
    """
    columns = list(table.c.keys())
    return itemgetter(*(columns.index(name) for name in names.split()))


_TOUCHPOINT = _reader(
    tables.touchpoint,
    "kind id key creditor debtor_id plan_id instalment_id payment_id step template channels cadence "
    "cadence_version due_at ends_at attempts",
)
_DEBTOR = _reader(tables.debtor, "id creditor ref name locale country region zones postal_code")
_CONTACT_POINT = _reader(tables.contact_point, "id channel address_id consent_basis")
_ORIGIN = _reader(tables.contact_point, "source used_at checked_at work shared")
_INSTALMENT = _reader(
    tables.instalment,
    "id identity number due_date amount_minor principal_minor interest_minor fees_minor paid_minor",
)
_PLAN = _reader(tables.plan, "status id creditor ref debtor_id currency zone cadence product debt_status")

_KINDS = {each.value: each for each in Kind}
_STATUSES = {each.value: each for each in PlanStatus}
_NOWHERE = (None, None, None, False, False)


def touchpoint_of(row: AnyRow) -> Touchpoint:
    """Return the touchpoint of a row that begins with its table's columns."""
    (
        kind,
        id_,
        key,
        creditor,
        debtor_id,
        plan_id,
        instalment_id,
        payment_id,
        step,
        template,
        channels,
        cadence,
        cadence_version,
        due_at,
        ends_at,
        attempts,
    ) = _TOUCHPOINT(row)
    return Touchpoint(
        id=id_,
        key=key,
        creditor=creditor,
        debtor_id=debtor_id,
        plan_id=plan_id,
        instalment_id=instalment_id,
        payment_id=payment_id,
        step=step,
        kind=_KINDS[kind],
        template=template,
        channels=channels,
        cadence=cadence,
        cadence_version=cadence_version,
        due_at=due_at,
        ends_at=ends_at,
        attempts=attempts,
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
    id_, creditor, ref, name, locale, country, region, zones, postal_code = _DEBTOR(row)
    return Debtor(
        id=id_,
        creditor=creditor,
        ref=ref,
        name=name,
        locale=locale,
        country=country,
        region=region,
        zones=zones,
        contact_points=tuple(points),
        postal_code=postal_code,
        opted_out_channels=opted_out_channels,
    )


def contact_point_of(row: AnyRow, grants: Iterable[Grant], as_of: datetime) -> ContactPoint:
    """Return the contact point of a row that joins it to its address, as that was at an instant."""
    id_, channel, address_id, consent_basis = _CONTACT_POINT(row)
    opted_out_at, invalid_at = row.opted_out_at, row.invalid_at
    return ContactPoint(
        id=id_,
        channel=channel,
        address=row.value,
        address_id=address_id,
        consent_basis=consent_basis,
        opted_out=opted_out_at is not None and opted_out_at <= as_of,
        invalid=invalid_at is not None and invalid_at <= as_of,
        origin=origin_of(row),
        grants=tuple(grants),
    )


def origin_of(row: AnyRow) -> Origin:
    """Return where the address of a row comes from that begins with a contact point's columns."""
    known = _ORIGIN(row)
    if known == _NOWHERE:
        return UNKNOWN_ORIGIN
    source, used_at, checked_at, work, shared = known
    return Origin(None if source is None else Source(source), used_at, checked_at, work, shared)


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
    id_, identity, number, due_date, amount, principal, interest, fees, paid = _INSTALMENT(row)
    return Instalment(
        id=id_,
        identity=identity,
        number=number,
        due_date=due_date,
        amount_minor=amount,
        principal_minor=principal,
        interest_minor=interest,
        fees_minor=fees,
        paid_minor=paid,
    )


def plan_of(row: AnyRow, instalments: Iterable[Instalment]) -> Plan:
    """Return the plan of a row of its table, with its instalments."""
    status, id_, creditor, ref, debtor_id, currency, zone, cadence, product, debt_status = _PLAN(row)
    return Plan(
        id=id_,
        creditor=creditor,
        ref=ref,
        debtor_id=debtor_id,
        currency=currency,
        zone=zone,
        cadence=cadence,
        status=_STATUSES[status],
        instalments=tuple(instalments),
        product=product,
        debt_status=debt_status,
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
        kind=_KINDS[row.kind],
        channel=row.channel,
        address_id=row.address_id,
        debtor_id=row.debtor_id,
        creditor=row.creditor,
        sender_group=row.creditor if sender is None else sender.sender_group,
        plan_ids=frozenset(map(int, row.plans)),
        reached=Unit(row.reached),
        requested=row.requested,
    )


def by(found: CursorResult[*tuple[Any, ...]] | Sequence[AnyRow], column: str) -> Mapping[int, list[AnyRow]]:
    """Return rows in their order, grouped by the value of one column."""
    grouped: dict[int, list[AnyRow]] = {}
    # All at once: a result that is iterated over asks the driver for each row.
    for row in found.all() if isinstance(found, CursorResult) else found:
        grouped.setdefault(getattr(row, column), []).append(row)
    return grouped
