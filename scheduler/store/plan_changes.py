"""Writes plans, new or changed, and retires what is queued for what is moot."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, insert, or_, select, text, update

from scheduler.domain.decision import Reason
from scheduler.domain.entry import Draft, Event, chain_of, reasons_json, touchpoint_fields
from scheduler.domain.plan import Instalment, PlanStatus
from scheduler.domain.touchpoint import Kind, State
from scheduler.ports import Key, PlanChange
from scheduler.store.among import among
from scheduler.store.rows import touchpoint_of
from scheduler.store.tables import WAITING, debtor, instalment, plan, touchpoint

_OF: BindParameter[int] = bindparam("of")
_UPDATE_PLAN = (
    update(plan)
    .where(plan.c.id == _OF)
    .values(
        cadence=bindparam("new_cadence"),
        zone=bindparam("new_zone"),
        product=bindparam("new_product"),
        debt_status=bindparam("new_debt_status"),
        status=bindparam("new_status"),
        next_action_at=bindparam("next"),
    )
)
_COMPLETE = (
    update(plan).where(plan.c.id == _OF).values(status=PlanStatus.COMPLETED.value, next_action_at=None)
)
_UPDATE_INSTALMENT = (
    update(instalment)
    .where(instalment.c.id == _OF)
    .values(
        due_date=bindparam("new_due_date"),
        amount_minor=bindparam("new_amount"),
        principal_minor=bindparam("new_principal"),
        interest_minor=bindparam("new_interest"),
        fees_minor=bindparam("new_fees"),
        paid_minor=bindparam("new_paid"),
    )
)
_REOPEN = (
    update(touchpoint)
    .where(
        touchpoint.c.plan_id == _OF,
        touchpoint.c.kind == Kind.PLAN_COMPLETED.value,
        or_(*(touchpoint.c.state == each.value for each in (State.PLANNED, State.REFUSED, State.ARMED))),
    )
    .values(
        kind=Kind.RECEIPT.value,
        template=bindparam("new_template"),
        channels=bindparam("new_channels", type_=touchpoint.c.channels.type),
    )
)
_QUEUED = (
    select(touchpoint, debtor.c.ref.label("debtor_ref"), plan.c.ref.label("plan_ref"))
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(among(touchpoint.c.instalment_id), text(f"touchpoint.{WAITING}"))
)
_RETIRE = update(touchpoint).where(among(touchpoint.c.id)).values(state=State.RETIRED.value, told="")


def save_plans(connection: Connection, changes: Sequence[PlanChange], debtor_ids: Mapping[Key, int]) -> None:
    """Write plans with their changed instalments; new ones belong to the debtors of `debtor_ids`."""
    ids = _insert_plans(connection, [each for each in changes if not each.facts.id], debtor_ids)
    added = [
        _instalment_row(part) | {"plan_id": each.facts.id or ids[each.facts.creditor, each.facts.ref]}
        for each in changes
        for part in each.changed
        if not part.id
    ]
    if added:
        connection.execute(insert(instalment), added)
    amended = [_renamed_instalment(part) for each in changes for part in each.changed if part.id]
    if amended:
        connection.execute(_UPDATE_INSTALMENT, amended)
    _update_plans(connection, [each for each in changes if each.facts.id])
    reopened = [
        {"of": each.facts.id, "new_template": each.reopened.template, "new_channels": each.reopened.channels}
        for each in changes
        if each.reopened is not None
    ]
    if reopened:
        connection.execute(_REOPEN, reopened)


def _insert_plans(
    connection: Connection, fresh: Sequence[PlanChange], debtor_ids: Mapping[Key, int]
) -> dict[Key, int]:
    if not fresh:
        return {}
    values = [
        _plan_row(each) | {"debtor_id": debtor_ids[each.facts.creditor, each.debtor_ref]} for each in fresh
    ]
    returning = insert(plan).returning(plan.c.id, plan.c.creditor, plan.c.ref)
    return {(row.creditor, row.ref): row.id for row in connection.execute(returning, values)}


def _update_plans(connection: Connection, known: Sequence[PlanChange]) -> None:
    done = {each.facts.id for each in known if each.facts.status is PlanStatus.COMPLETED}
    amended = [
        {
            "of": each.facts.id,
            "new_cadence": each.facts.cadence,
            "new_zone": each.facts.zone,
            "new_product": each.facts.product,
            "new_debt_status": each.facts.debt_status,
            "new_status": each.facts.status.value,
            "next": None if each.facts.id in done else each.next_action_at,
        }
        for each in known
        if each.is_changed
    ]
    if amended:
        connection.execute(_UPDATE_PLAN, amended)
    if paid := sorted(done.difference(each.facts.id for each in known if each.is_changed)):
        connection.execute(_COMPLETE, [{"of": each} for each in paid])


def retire(connection: Connection, reasons: Mapping[int, Reason], now: datetime) -> list[Draft]:
    """Close what is queued for these instalments, and return the entries that tell so."""
    queued = connection.execute(_QUEUED, {"ids": list(reasons)}).all() if reasons else []
    if not queued:
        return []
    connection.execute(_RETIRE, {"ids": [row.id for row in queued]})
    drafts = []
    for row in queued:
        fields = touchpoint_fields(touchpoint_of(row), row.debtor_ref, [row.plan_ref])
        fields["reasons"] = reasons_json([reasons[row.instalment_id]])
        drafts.append(Draft(chain_of(row.creditor, row.debtor_ref), Event.SKIPPED, now, fields))
    return drafts


def _plan_row(change: PlanChange) -> dict[str, object]:
    facts = change.facts
    return {
        "creditor": facts.creditor,
        "ref": facts.ref,
        "currency": facts.currency,
        "zone": facts.zone,
        "cadence": facts.cadence,
        "status": facts.status.value,
        "next_action_at": change.next_action_at,
        "product": facts.product,
        "debt_status": facts.debt_status,
    }


def _instalment_row(part: Instalment) -> dict[str, object]:
    return {
        "identity": part.identity,
        "number": part.number,
        "due_date": part.due_date,
        "amount_minor": part.amount_minor,
        "principal_minor": part.principal_minor,
        "interest_minor": part.interest_minor,
        "fees_minor": part.fees_minor,
        "paid_minor": part.paid_minor,
    }


def _renamed_instalment(part: Instalment) -> dict[str, object]:
    return {
        "of": part.id,
        "new_due_date": part.due_date,
        "new_amount": part.amount_minor,
        "new_principal": part.principal_minor,
        "new_interest": part.interest_minor,
        "new_fees": part.fees_minor,
        "new_paid": part.paid_minor,
    }
