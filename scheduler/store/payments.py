"""Writes payments, what they paid, and the confirmations that they are owed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from scheduler.domain.entry import Draft, Event, chain_of, reasons_json, touchpoint_fields
from scheduler.domain.touchpoint import State
from scheduler.ports import Key, PaymentChange
from scheduler.store.rows import touchpoint_row
from scheduler.store.tables import allocation, payment, touchpoint


def save_payments(connection: Connection, changes: Sequence[PaymentChange], now: datetime) -> list[Draft]:
    """Write payments and return the entries that tell of their confirmations."""
    if not changes:
        return []
    returning = insert(payment).returning(payment.c.id, payment.c.creditor, payment.c.ref)
    written = connection.execute(returning, [_payment_row(each) for each in changes])
    ids = {(row.creditor, row.ref): row.id for row in written}
    parts = [
        {"payment_id": ids[each.creditor, each.payment.ref]}
        | {"instalment_id": part.instalment_id, "amount_minor": part.amount_minor}
        for each in changes
        for part in each.allocations
    ]
    if parts:
        connection.execute(insert(allocation), parts)
    connection.execute(insert(touchpoint), [_confirmation_row(each, ids, now) for each in changes])
    return [_confirmation_draft(each, now) for each in changes]


def _confirmation_row(change: PaymentChange, ids: Mapping[Key, int], now: datetime) -> dict[str, object]:
    state = State.SKIPPED if change.objection else State.PLANNED
    own = {"payment_id": ids[change.creditor, change.payment.ref], "state": state.value, "look_at": now}
    return touchpoint_row(change.confirmation) | own


def _confirmation_draft(change: PaymentChange, now: datetime) -> Draft:
    fields = touchpoint_fields(change.confirmation, change.debtor_ref, [change.plan_ref])
    event = Event.PLANNED
    if change.objection:
        event, fields["reasons"] = Event.SKIPPED, reasons_json([change.objection])
    return Draft(chain_of(change.creditor, change.debtor_ref), event, now, fields)


def _payment_row(change: PaymentChange) -> dict[str, object]:
    facts = change.payment
    return {
        "creditor": change.creditor,
        "ref": facts.ref,
        "plan_id": facts.plan_id,
        "amount_minor": facts.amount_minor,
        "currency": facts.currency,
        "received_at": facts.received_at,
        "method": facts.method,
        "left_over_minor": change.left_over_minor,
        "medium": facts.medium,
        "receipt_by": facts.receipt_by,
    }
