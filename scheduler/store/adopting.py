"""Reports that came while their message was lost: they have their effect as soon as it is known again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.outcome import Seen
from scheduler.domain.receipt import ReceiptKind, risen
from scheduler.ports import Settlement
from scheduler.store.addresses import reached
from scheduler.store.closing import close
from scheduler.store.entries import Log
from scheduler.store.locks import lock_addresses, lock_debtors
from scheduler.store.rows import AnyRow
from scheduler.store.settling import settle
from scheduler.store.tables import message, touchpoint
from scheduler.store.tables_delivery import callback

_CLOSING = (ReceiptKind.OPTED_OUT, ReceiptKind.COMPLAINED)

_WAITING = (
    select(
        callback.c.id,
        callback.c.provider,
        callback.c.kind,
        callback.c.provider_id,
        callback.c.received_at,
        message.c.id.label("message_id"),
        message.c.debtor_id,
        message.c.address_id,
        message.c.reported,
    )
    .join(touchpoint, touchpoint.c.key == callback.c.touchpoint)
    .join(
        message,
        (message.c.touchpoint_id == touchpoint.c.id)
        & (message.c.attempt == callback.c.attempt)
        & (message.c.provider == callback.c.provider),
    )
    .where(callback.c.message_id.is_(None))
    .order_by(callback.c.id)
)
_ADOPT = update(callback).where(callback.c.id == bindparam("of")).values(message_id=bindparam("by"))
_RISE = (
    update(message)
    .where(message.c.id == bindparam("of"))
    .values(reported=bindparam("to"), reported_at=bindparam("when"))
)


def adopt(connection: Connection, log: Log, now: datetime) -> None:
    """Give waiting reports to their messages: whatever a provider reports of, it has had."""
    rows = connection.execute(_WAITING).all()
    if not rows:
        return
    closing = sorted({row.address_id for row in rows if row.kind in _CLOSING})
    lock_debtors(connection, {row.debtor_id for row in rows}.union(reached(connection, closing)))
    lock_addresses(connection, closing)
    connection.execute(_ADOPT, [{"of": row.id, "by": row.message_id} for row in rows])
    seen = {row.message_id: Seen(row.provider_id or "", "callback") for row in rows}
    settle(connection, log, [Settlement(id_, each, now) for id_, each in seen.items()])
    _rise(connection, rows)
    providers = {row.address_id: row.provider for row in rows if row.kind in _CLOSING}
    log.append([each for id_ in closing for each in _close(connection, id_, providers[id_], now)])


def _rise(connection: Connection, rows: Sequence[AnyRow]) -> None:
    known: dict[int, ReceiptKind | None] = {
        row.message_id: None if row.reported is None else ReceiptKind(row.reported) for row in rows
    }
    for row in rows:
        higher = risen(known[row.message_id], ReceiptKind(row.kind))
        if higher is not None:
            known[row.message_id] = higher
            connection.execute(_RISE, {"of": row.message_id, "to": higher.value, "when": row.received_at})


def _close(connection: Connection, address_id: int, provider: str, now: datetime) -> list[Draft]:
    fields: dict[str, Json] = {"plan_refs": [], "opted_out": True, "author": provider}
    return [
        Draft(
            chain_of(each.creditor, each.debtor_ref),
            Event.CONSENT_CHANGED,
            now,
            {**fields, "debtor_ref": each.debtor_ref, "channel": each.channel},
            {"address": each.address},
        )
        for each in close(connection, address_id, now)
    ]
