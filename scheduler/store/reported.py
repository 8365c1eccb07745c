"""Which message a provider's report is about: by our own key where it was brought back, else by the provider's name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, select

from scheduler.domain.outcome import MessageState
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.ports import Reported
from scheduler.store.among import among
from scheduler.store.rows import AnyRow, touchpoint_of
from scheduler.store.tables import debtor, message, plan, touchpoint
from scheduler.store.tables_delivery import lost_intent

_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_BY_KEY = (
    select(touchpoint.c.key, message.c.attempt, message.c.id, message.c.provider)
    .join(message, message.c.touchpoint_id == touchpoint.c.id)
    .where(touchpoint.c.key.in_(_KEYS))
)
_BY_NAME = (
    select(message.c.provider_id, message.c.id)
    .where(
        message.c.provider == bindparam("of_provider"),
        message.c.provider_id.in_(bindparam("names", expanding=True)),
    )
    .order_by(message.c.id.desc())
)
_KNOWN_TO_BE_LOST = select(lost_intent.c.touchpoint, lost_intent.c.attempt).where(
    lost_intent.c.touchpoint.in_(_KEYS)
)
_PLACES = select(message.c.id, message.c.debtor_id, message.c.address_id).where(among(message.c.id))
_MESSAGES = (
    select(
        touchpoint,
        debtor.c.ref.label("debtor_ref"),
        message.c.id.label("message_id"),
        message.c.channel,
        message.c.attempt,
        message.c.state.label("message_state"),
        message.c.reported,
        message.c.provider_id,
        message.c.address_id,
        message.c.armed_at,
        message.c.plans,
    )
    .select_from(message)
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .where(among(message.c.id))
)
_PLANS = select(plan.c.id, plan.c.ref).where(among(plan.c.id))

Attempt = tuple[str, int]
"""A touchpoint's key and an attempt at it, which together name a message."""


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of messages by event. `lost` are events that name an attempt of ours which was never heard of."""

    ids: Mapping[str, int]
    lost: frozenset[str]


def attempt_of(receipt: DeliveryReceipt) -> Attempt | None:
    """Return which attempt of ours a report names, where it names one."""
    if receipt.touchpoint is None or receipt.attempt is None:
        return None
    return receipt.touchpoint, receipt.attempt


def find(connection: Connection, provider: str, receipts: Sequence[DeliveryReceipt]) -> Found:
    """Find each report's message. One that brought our key is about that attempt or about none."""
    named = {each.event_id: attempt for each in receipts if (attempt := attempt_of(each)) is not None}
    by_key, forgotten = _by_key(connection, {key for key, _ in named.values()})
    others = {each.event_id: each.provider_id for each in receipts if each.event_id not in named}
    by_name = _by_name(connection, provider, {each for each in others.values() if each})
    ids = {event: by_name[name] for event, name in others.items() if name in by_name}
    for event, attempt in named.items():
        id_, of_provider = by_key.get(attempt, (0, ""))
        if of_provider == provider:
            ids[event] = id_
    lost = frozenset(
        event for event, attempt in named.items() if attempt not in by_key and attempt not in forgotten
    )
    return Found(ids, lost)


def _by_key(
    connection: Connection, keys: Iterable[str]
) -> tuple[dict[Attempt, tuple[int, str]], set[Attempt]]:
    wanted = {"keys": sorted(keys)}
    if not wanted["keys"]:
        return {}, set()
    known = {(row.key, row.attempt): (row.id, row.provider) for row in connection.execute(_BY_KEY, wanted)}
    forgotten = connection.execute(_KNOWN_TO_BE_LOST, wanted)
    return known, {(row.touchpoint, row.attempt) for row in forgotten}


def _by_name(connection: Connection, provider: str, names: Iterable[str]) -> dict[str, int]:
    wanted = {"of_provider": provider, "names": sorted(names)}
    if not wanted["names"]:
        return {}
    return {row.provider_id: row.id for row in connection.execute(_BY_NAME, wanted)}


def places(connection: Connection, message_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return the debtor and the address of messages, by their ids."""
    found = connection.execute(_PLACES, {"ids": sorted(set(message_ids))})
    return {row.id: (row.debtor_id, row.address_id) for row in found}


def read_reported(connection: Connection, message_ids: Iterable[int]) -> dict[int, Reported]:
    """Return messages as they stand, by their ids."""
    rows = connection.execute(_MESSAGES, {"ids": sorted(set(message_ids))}).all()
    spoken_of = {row.message_id: _plan_ids(row) for row in rows}
    wanted = {"ids": sorted({id_ for ids in spoken_of.values() for id_ in ids})}
    refs = {row.id: row.ref for row in connection.execute(_PLANS, wanted)} if rows else {}
    return {
        row.message_id: _reported(row, tuple(refs[each] for each in spoken_of[row.message_id]))
        for row in rows
    }


def _plan_ids(row: AnyRow) -> list[int]:
    """Return the plans that a message speaks of; one of an older Duly speaks of its touchpoint's."""
    return [int(each) for each in row.plans] or [row.plan_id]


def _reported(row: AnyRow, plan_refs: tuple[str, ...]) -> Reported:
    return Reported(
        message_id=row.message_id,
        channel=row.channel,
        attempt=row.attempt,
        state=MessageState(row.message_state),
        reported=None if row.reported is None else ReceiptKind(row.reported),
        provider_id=row.provider_id,
        address_id=row.address_id,
        armed_at=row.armed_at,
        plan_refs=plan_refs,
        debtor_ref=row.debtor_ref,
        touchpoint=touchpoint_of(row),
    )
