"""What a lost message spoke for beside its own touchpoint: several instalments that came due share one message.

The journal names the lead alone. What was due by then to the same debtor, of the same kind and for the same channels,
would have been merged into it, so it is taken to have been.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, select, text, update

from scheduler.domain.decision import Reason, Verdict
from scheduler.domain.entry import Draft, Event, chain_of, reasons_json, touchpoint_fields
from scheduler.domain.touchpoint import State
from scheduler.store.among import among
from scheduler.store.locks import lock_debtors
from scheduler.store.rows import AnyRow, touchpoint_of
from scheduler.store.tables import WAITING, debtor, message, plan, touchpoint

_LEAD = touchpoint.alias("lead_touchpoint")
_LATER = message.alias("later_message")
_SPOKEN_FOR = (
    select(
        touchpoint,
        debtor.c.ref.label("debtor_ref"),
        plan.c.ref.label("plan_ref"),
        _LEAD.c.key.label("lead_key"),
    )
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .join(message, message.c.debtor_id == touchpoint.c.debtor_id)
    .join(_LEAD, _LEAD.c.id == message.c.touchpoint_id)
    .where(
        among(touchpoint.c.debtor_id),
        text(f"touchpoint.{WAITING}"),
        touchpoint.c.state == State.PLANNED.value,
        touchpoint.c.payment_id.is_(None),
        touchpoint.c.due_at <= message.c.armed_at,
        message.c.body_sha256 == "",  # nobody knows its words any more, so it was lost
        message.c.touchpoint_id != touchpoint.c.id,
        _LEAD.c.payment_id.is_(None),
        _LEAD.c.kind == touchpoint.c.kind,
        _LEAD.c.channels == touchpoint.c.channels,
        ~exists().where(_LATER.c.touchpoint_id == touchpoint.c.id, _LATER.c.armed_at > message.c.armed_at),
    )
    .order_by(touchpoint.c.id, message.c.id)
)
_MERGE = (
    update(touchpoint)
    .where(touchpoint.c.id == bindparam("of"))
    .values(state=State.SKIPPED.value, merged_into=bindparam("into"), told="")
)
_MERGED = Reason("merged", Verdict.SKIP, "one message speaks for several instalments")


def merge_spoken_for(connection: Connection, debtor_ids: Collection[int], now: datetime) -> list[Draft]:
    """Let what these debtors' lost messages spoke for rest, and return its entries."""
    wanted = {"ids": sorted(debtor_ids)}
    if not (debtor_ids and connection.execute(_SPOKEN_FOR, wanted).first()):
        return []
    lock_debtors(connection, debtor_ids)
    return merge(connection, connection.execute(_SPOKEN_FOR, wanted).all(), now)


def merge(connection: Connection, rows: Sequence[AnyRow], now: datetime) -> list[Draft]:
    """Merge waiting touchpoints, each into the `lead_key` of its row, and return their entries."""
    each_once = {row.id: row for row in rows}
    if each_once:
        connection.execute(_MERGE, [{"of": id_, "into": row.lead_key} for id_, row in each_once.items()])
    reasons = {"reasons": reasons_json([_MERGED])}
    return [
        Draft(
            chain_of(row.creditor, row.debtor_ref),
            Event.SKIPPED,
            now,
            touchpoint_fields(touchpoint_of(row), row.debtor_ref, [row.plan_ref]) | reasons,
        )
        for row in each_once.values()
    ]
