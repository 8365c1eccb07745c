"""Notes what became of armed messages: by compare-and-set, a batch in one transaction, idempotently."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from scheduler.domain.decision import Reason, Verdict
from scheduler.domain.delivery import Accepted, Delivery, NotSent, Rejected
from scheduler.domain.entry import Draft, Event, Json, chain_of, instant_text, reasons_json, touchpoint_fields
from scheduler.domain.touchpoint import FORMAL, Kind, State
from scheduler.ports import Doubt, Settlement
from scheduler.store.addresses import reached
from scheduler.store.among import among
from scheduler.store.entries import Log
from scheduler.store.locks import lock_addresses, lock_debtors
from scheduler.store.people import bump
from scheduler.store.rows import AnyRow, touchpoint_of
from scheduler.store.tables import address, debtor, message, plan, touchpoint

_OPEN = ("armed", "unknown")

_OF_MESSAGES = among(message.c.id)
_DEBTORS = select(message.c.debtor_id).where(_OF_MESSAGES)
_ADDRESSES = select(message.c.address_id).where(_OF_MESSAGES)
_MESSAGES = (
    select(
        touchpoint,
        debtor.c.ref.label("debtor_ref"),
        plan.c.ref.label("plan_ref"),
        message.c.id.label("message_id"),
        message.c.address_id,
        message.c.channel,
        message.c.provider,
        message.c.attempt,
        message.c.state.label("message_state"),
    )
    .select_from(message)
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(_OF_MESSAGES)
    .order_by(message.c.id)
)
_MERGED = (
    select(touchpoint.c.merged_into, plan.c.ref)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(touchpoint.c.merged_into.in_(bindparam("keys", expanding=True)))
    .order_by(touchpoint.c.id)
)
_SETTLE = (
    update(message)
    .where(message.c.id == bindparam("of"))
    .values(
        state=bindparam("to"),
        settled_at=bindparam("when"),
        provider_id=bindparam("named"),
        code=bindparam("why"),
    )
)
_MOVE = (
    update(touchpoint)
    .where(touchpoint.c.id == bindparam("of"))
    .values(state=bindparam("to"), look_at=bindparam("look"))
)
_UNMERGE = (
    update(touchpoint)
    .where(touchpoint.c.merged_into == bindparam("lead"), touchpoint.c.state == State.SKIPPED.value)
    .values(state=State.PLANNED.value, merged_into=None, told="", look_at=bindparam("look"))
)
_LOOK_AGAIN = (
    update(touchpoint)
    .where(touchpoint.c.debtor_id == bindparam("of"), touchpoint.c.state == State.REFUSED.value)
    .values(state=State.PLANNED.value, look_at=bindparam("look"))
)
_MARK_INVALID = (
    update(address)
    .where(address.c.id == bindparam("of"), address.c.invalid_at.is_(None))
    .values(invalid_at=bindparam("when"))
)
_MARK_OPTED_OUT = (
    update(address)
    .where(address.c.id == bindparam("of"), address.c.opted_out_at.is_(None))
    .values(opted_out_at=bindparam("when"))
)
_IN_DOUBT = (
    select(
        message.c.id,
        touchpoint.c.key,
        message.c.channel,
        message.c.provider,
        message.c.attempt,
        message.c.armed_at,
    )
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .where(message.c.state == "armed", message.c.armed_at < bindparam("before"))
    .order_by(message.c.armed_at)
    .limit(bindparam("at_most"))
)


def settle(connection: Connection, log: Log, settlements: Sequence[Settlement]) -> None:
    """Note outcomes of messages that are still armed or unknown; anything else was settled before."""
    ids = {"ids": [each.message_id for each in settlements]}
    _lock(connection, settlements)
    rows = {row.message_id: row for row in connection.execute(_MESSAGES, ids)}
    plans = _plan_refs(connection, rows.values())
    writes: dict[object, list[Mapping[str, object]]] = {}
    drafts: list[Draft] = []
    closed: list[int] = []
    for each in settlements:
        row = rows.get(each.message_id)
        if row is None or row.message_state not in _OPEN or _tells_nothing_new(row, each.delivery):
            continue
        _queue_writes(writes, row, each)
        drafts.append(_draft(row, each, plans[row.key]))
        if isinstance(each.delivery, Rejected) and each.delivery.opted_out:
            drafts.append(_opt_out_draft(row, each))
            closed.append(row.address_id)
    for statement, values in writes.items():
        connection.execute(statement, values)  # type: ignore[call-overload]  # keyed by statement
    if closed:
        bump(connection, reached(connection, closed))
    log.append(drafts)


def _lock(connection: Connection, settlements: Sequence[Settlement]) -> None:
    """Lock the messages' debtors and, of addresses that are closed now, whomever that touches and the addresses."""
    debtors = set(connection.execute(_DEBTORS, {"ids": [each.message_id for each in settlements]}).scalars())
    closing = {"ids": [each.message_id for each in settlements if _closes_address(each.delivery)]}
    if not closing["ids"]:
        lock_debtors(connection, debtors)
        return
    addresses = connection.execute(_ADDRESSES, closing).scalars().all()
    lock_debtors(connection, debtors.union(reached(connection, addresses)))
    lock_addresses(connection, addresses)


def _closes_address(delivery: Delivery) -> bool:
    return isinstance(delivery, Rejected) and (delivery.opted_out or delivery.blames_address)


def in_doubt(connection: Connection, armed_before: datetime, limit: int) -> list[Doubt]:
    """Return messages that were armed before an instant and never settled, oldest first."""
    rows = connection.execute(_IN_DOUBT, {"before": armed_before, "at_most": limit})
    return [
        Doubt(row.id, f"{row.key}-{row.channel}-{row.attempt}", row.channel, row.provider, row.armed_at)
        for row in rows
    ]


def _tells_nothing_new(row: AnyRow, delivery: Delivery) -> bool:
    return row.message_state == "unknown" and _word(delivery) == "unknown"


def _word(delivery: Delivery) -> str:
    """Return the message state that a delivery leads to."""
    if isinstance(delivery, Accepted):
        return "accepted"
    if isinstance(delivery, Rejected):
        return "rejected"
    return "not_sent" if isinstance(delivery, NotSent) else "unknown"


def _queue_writes(
    writes: dict[object, list[Mapping[str, object]]], row: AnyRow, settlement: Settlement
) -> None:
    delivery, at = settlement.delivery, settlement.at
    named = delivery.provider_id if isinstance(delivery, Accepted) else None
    code = None if isinstance(delivery, Accepted) else delivery.code
    settled = {"of": row.message_id, "to": _word(delivery), "when": at, "named": named, "why": code}
    writes.setdefault(_SETTLE, []).append(settled)
    state, look = _next(row, settlement)
    writes.setdefault(_MOVE, []).append({"of": row.id, "to": state.value, "look": look})
    if state is State.PLANNED:  # it did not go out, so it spoke for nobody: all are decided afresh together
        writes.setdefault(_UNMERGE, []).append({"lead": row.key, "look": look})
    if (
        state is State.ACCEPTED and Kind(row.kind) in FORMAL
    ):  # what was refused may have waited for this notice
        writes.setdefault(_LOOK_AGAIN, []).append({"of": row.debtor_id, "look": at})
    if isinstance(delivery, Rejected) and delivery.opted_out:
        writes.setdefault(_MARK_OPTED_OUT, []).append({"of": row.address_id, "when": at})
    elif isinstance(delivery, Rejected) and delivery.blames_address:
        writes.setdefault(_MARK_INVALID, []).append({"of": row.address_id, "when": at})


def _next(row: AnyRow, settlement: Settlement) -> tuple[State, datetime]:
    """Return the touchpoint's next state: refused for good, another channel may follow; not sent, it waits."""
    delivery = settlement.delivery
    if isinstance(delivery, Accepted):
        return State.ACCEPTED, row.look_at
    if isinstance(delivery, Rejected):
        return State.PLANNED, settlement.at
    if isinstance(delivery, NotSent):
        return State.PLANNED, settlement.retry_at or settlement.at + timedelta(minutes=1)
    return State.UNKNOWN, row.look_at


def _opt_out_draft(row: AnyRow, settlement: Settlement) -> Draft:
    """Tell that the provider knows of an opt-out that we did not."""
    fields: dict[str, Json] = {
        "debtor_ref": row.debtor_ref,
        "plan_refs": [],
        "channel": row.channel,
        "opted_out": True,
        "author": row.provider,
    }
    return Draft(chain_of(row.creditor, row.debtor_ref), Event.CONSENT_CHANGED, settlement.at, fields)


def _plan_refs(connection: Connection, rows: Iterable[AnyRow]) -> dict[str, list[str]]:
    """Return the plans that each message speaks of: its own, and those that were merged into it."""
    refs = {row.key: [row.plan_ref] for row in rows}
    for row in connection.execute(_MERGED, {"keys": list(refs)}):
        if row.ref not in refs[row.merged_into]:
            refs[row.merged_into].append(row.ref)
    return refs


def _draft(row: AnyRow, settlement: Settlement, plan_refs: Sequence[str]) -> Draft:
    delivery = settlement.delivery
    fields: dict[str, Json] = touchpoint_fields(touchpoint_of(row), row.debtor_ref, plan_refs)
    fields |= {
        "channel": row.channel,
        "provider": row.provider,
        "attempt": row.attempt,
        "outcome": _word(delivery),
    }
    event = {
        "accepted": Event.ACCEPTED,
        "rejected": Event.REJECTED,
        "not_sent": Event.DEFERRED,
        "unknown": Event.UNKNOWN,
    }[_word(delivery)]
    if isinstance(delivery, Accepted):
        fields["provider_id"] = delivery.provider_id
    else:
        verdict = Verdict.REFUSE if isinstance(delivery, Rejected) else Verdict.DEFER
        until = _next(row, settlement)[1] if isinstance(delivery, NotSent) else None
        fields["reasons"] = reasons_json([Reason("provider", verdict, delivery.code, until)])
        fields["until"] = instant_text(until) if until else None
    return Draft(chain_of(row.creditor, row.debtor_ref), event, settlement.at, fields)
