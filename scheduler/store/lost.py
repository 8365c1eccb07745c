"""Intents that the journal or a provider knows and the database has forgotten: kept, and unknown once they can be."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.domain.delivery import Unknown
from scheduler.domain.outcome import TimeUp
from scheduler.domain.touchpoint import State
from scheduler.ports import Intent, Settlement
from scheduler.store.among import among
from scheduler.store.entries import Log
from scheduler.store.locks import lock_debtors
from scheduler.store.rows import AnyRow, by
from scheduler.store.settling import settle
from scheduler.store.spoken import merge_spoken_for
from scheduler.store.tables import OPEN, contact_point, message, touchpoint
from scheduler.store.tables_delivery import lost_intent

LOST_TAIL = "lost_tail"
"""What a message is noted as unknown for when only a second memory knows that it was armed."""

_AT_ONCE = 500

_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_HELD = (
    select(touchpoint.c.key, message.c.attempt, message.c.armed_at)
    .join(message, message.c.touchpoint_id == touchpoint.c.id)
    .where(touchpoint.c.key.in_(_KEYS))
)
_NOTED = select(lost_intent.c.touchpoint, lost_intent.c.attempt).where(
    lost_intent.c.touchpoint.in_(_KEYS), lost_intent.c.message_id.is_not(None)
)
_ANY = select(lost_intent.c.touchpoint).limit(1)
_HAS_MESSAGE = exists().where(
    message.c.touchpoint_id == touchpoint.c.id, message.c.attempt == lost_intent.c.attempt
)
_IS_MARKED = and_(touchpoint.c.state == State.PRESUMED.value, touchpoint.c.attempts >= lost_intent.c.attempt)
_KNOWN_AGAIN = (
    select(
        lost_intent,
        touchpoint.c.id.label("touchpoint_id"),
        touchpoint.c.debtor_id,
        touchpoint.c.plan_id,
        touchpoint.c.kind,
    )
    .join(touchpoint, touchpoint.c.key == lost_intent.c.touchpoint)
    .where(~_HAS_MESSAGE, ~_IS_MARKED)
    .order_by(lost_intent.c.touchpoint, lost_intent.c.attempt)
)
_OF_KEYS = _KNOWN_AGAIN.where(lost_intent.c.touchpoint.in_(_KEYS))
_POINTS = (
    select(contact_point)
    .where(among(contact_point.c.debtor_id))
    .order_by(contact_point.c.active, contact_point.c.id)
)
_TAKEN = select(message.c.id).where(among(message.c.id))
_ARMED = (
    update(touchpoint)
    .where(touchpoint.c.id == bindparam("of"), touchpoint.c.attempts <= bindparam("attempt"))
    .values(
        state=case((text("state = 'accepted'"), State.ACCEPTED.value), else_=bindparam("to")),
        attempts=bindparam("attempt"),
        merged_into=None,
        told="",
    )
)
"""An earlier attempt that was accepted stays what counts: a later one came of a report that is forgotten as well."""

_DEBTORS = select(message.c.debtor_id).where(
    text(f"message.{OPEN}"), message.c.code == LOST_TAIL, message.c.look_at.is_not(None)
)
_LOOK_NOW = update(message).where(among(message.c.id)).values(look_at=bindparam("now"))
_DONE = delete(lost_intent).where(
    lost_intent.c.touchpoint == bindparam("of"), lost_intent.c.attempt == bindparam("of_attempt")
)
# A number that was given by hand is one that the sequence does not know of.
_NEXT_ID = text("SELECT nextval(pg_get_serial_sequence('message', 'id'))")
_SKIP_IDS = text(
    "SELECT max(nextval(pg_get_serial_sequence('message', 'id'))) FROM generate_series(1, :how_many)"
)


def missing(connection: Connection, intents: Sequence[Intent]) -> list[Intent]:
    """Return the intents of which the database knows nothing, neither as messages nor as lost, in their order."""
    lost: list[Intent] = []
    for start in range(0, len(intents), _AT_ONCE):
        some = intents[start : start + _AT_ONCE]
        wanted = {"keys": sorted({each.touchpoint for each in some})}
        held = {(row.key, row.attempt, row.armed_at) for row in connection.execute(_HELD, wanted)}
        noted = {(row.touchpoint, row.attempt) for row in connection.execute(_NOTED, wanted)}
        lost += [
            each
            for each in some
            if (each.touchpoint, each.attempt, each.armed_at) not in held
            and (each.touchpoint, each.attempt) not in noted
        ]
    return lost


def note_lost(connection: Connection, intents: Sequence[Intent], now: datetime) -> None:
    """Keep intents that were lost; what a provider's report made known of one before is made exact."""
    rows = {
        (each.touchpoint, each.attempt): {
            "touchpoint": each.touchpoint,
            "attempt": each.attempt,
            "channel": each.channel,
            "provider": each.provider,
            "message_id": each.message_id,
            "armed_at": each.armed_at,
            "noted_at": now,
        }
        for each in intents
    }
    if not rows:
        return
    kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = kind(lost_intent)
    exact = {name: adding.excluded[name] for name in ("channel", "provider", "message_id", "armed_at")}
    statement = adding.on_conflict_do_update(index_elements=["touchpoint", "attempt"], set_=exact)
    connection.execute(statement, [rows[each] for each in sorted(rows)])


def recall(connection: Connection, log: Log, now: datetime, keys: Sequence[str] | None = None) -> None:
    """Make lost intents of touchpoints that are known by now unknown messages, which count and are looked for.

    `keys` are touchpoints that have just been planned; without them all are looked through.
    """
    if connection.execute(_ANY).scalar() is None:
        return
    found = _known_again(connection, keys)
    lock_debtors(connection, (row.debtor_id for row in found))
    rows = _known_again(connection, keys) if found else []
    if not rows:
        return
    points = by(connection.execute(_POINTS, {"ids": sorted({row.debtor_id for row in rows})}), "debtor_id")
    chosen = [(row, _point(row, points.get(row.debtor_id, []))) for row in rows]
    reached = [(row, point) for row, point in chosen if point is not None]
    connection.execute(_ARMED, [_mark(row, point) for row, point in chosen])
    ids = _insert_messages(connection, reached)
    settlements = [
        Settlement(ids[row.touchpoint_id, row.attempt], evidence, now)
        for row, point in reached
        for evidence in _evidence(row, point)
    ]
    settle(connection, log, settlements)
    connection.execute(_LOOK_NOW, {"ids": sorted(ids.values()), "now": now})
    if reached:
        connection.execute(_DONE, [{"of": row.touchpoint, "of_attempt": row.attempt} for row, _ in reached])
    log.append(merge_spoken_for(connection, {row.debtor_id for row in rows}, now))


def merge_late(connection: Connection, log: Log, now: datetime) -> None:
    """Let rest what was planned only after the lost message that spoke for it was recalled."""
    debtors = set(connection.execute(_DEBTORS).scalars())
    log.append(merge_spoken_for(connection, debtors, now))


def _known_again(connection: Connection, keys: Sequence[str] | None) -> list[AnyRow]:
    if keys is None:
        return list(connection.execute(_KNOWN_AGAIN))
    return list(connection.execute(_OF_KEYS, {"keys": sorted(keys)})) if keys else []


def _point(row: AnyRow, points: Sequence[AnyRow]) -> AnyRow | None:
    """Return where it probably went: the debtor's address in use on its channel, else the latest there, else any."""
    there = [each for each in points if each.channel == row.channel]
    return (there or points)[-1] if points else None


def _mark(row: AnyRow, point: AnyRow | None) -> dict[str, object]:
    """Return what its touchpoint becomes; a debtor of whom no address is known was written to all the same."""
    state = State.PRESUMED if point is None else State.ARMED
    return {"of": row.touchpoint_id, "attempt": row.attempt, "to": state.value}


def _evidence(row: AnyRow, point: AnyRow) -> Iterable[Unknown | TimeUp]:
    """Return what is known of its outcome; where its address is gone nobody can be asked, so it is held to be sent."""
    return [Unknown(LOST_TAIL)] if point.channel == row.channel else [Unknown(LOST_TAIL), TimeUp(LOST_TAIL)]


def _insert_messages(
    connection: Connection, chosen: Sequence[tuple[AnyRow, AnyRow]]
) -> Mapping[tuple[int, int], int]:
    """Write them as armed, under their own numbers where those are free: an answer to a call may still be coming."""
    wanted = {row.message_id for row, _ in chosen if row.message_id is not None}
    free = wanted.difference(connection.execute(_TAKEN, {"ids": sorted(wanted)}).scalars())
    numbered, others = [], []
    for row, point in chosen:
        values = _message_row(row, point)
        if row.message_id in free:
            free.remove(row.message_id)
            numbered.append(values | {"id": row.message_id})
        else:
            others.append(values)
    ids = _insert(connection, numbered)
    if ids and connection.dialect.name != "sqlite":
        _skip_ids(connection, max(ids.values()))
    return ids | _insert(connection, others)


def _insert(connection: Connection, values: Sequence[Mapping[str, object]]) -> dict[tuple[int, int], int]:
    if not values:
        return {}
    returning = insert(message).returning(message.c.id, message.c.touchpoint_id, message.c.attempt)
    written = connection.execute(returning, values)
    return {(row.touchpoint_id, row.attempt): row.id for row in written}


def _message_row(row: AnyRow, point: AnyRow) -> dict[str, object]:
    return {
        "touchpoint_id": row.touchpoint_id,
        "debtor_id": row.debtor_id,
        "contact_point_id": point.id,
        "address_id": point.address_id,
        "kind": row.kind,
        "channel": row.channel,
        "provider": row.provider,
        "attempt": row.attempt,
        "state": State.ARMED.value,
        "armed_at": row.armed_at,
        "plans": [str(row.plan_id)],
    }


def _skip_ids(connection: Connection, last: int) -> None:
    """Let the numbers that the database gives by itself begin after one that was given by hand."""
    ahead = last - connection.execute(_NEXT_ID).scalar_one()
    if ahead > 0:
        connection.execute(_SKIP_IDS, {"how_many": ahead})
