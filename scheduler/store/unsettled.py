"""Messages in doubt as a person sees them: open ones, and what of late was settled without an answer.

Every read follows an index that holds nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, bindparam, func, or_, select, text

from scheduler.domain.outcome import MessageState
from scheduler.domain.touchpoint import State
from scheduler.ports import Doubted
from scheduler.store.engine import Database
from scheduler.store.rows import AnyRow
from scheduler.store.tables import CLOSED, OPEN, debtor, message, touchpoint

RECENT = timedelta(days=7)
"""For how long what was presumed or released is shown."""

_LENGTHS = (8, 12, 16)
"""How many digits of a touchpoint's key are shown, if so many name one only."""

_ATTEMPTS = (
    select(
        message.c.id,
        message.c.attempt,
        message.c.channel,
        message.c.provider,
        message.c.state,
        message.c.code,
        message.c.armed_at,
        message.c.settled_at,
        message.c.look_at,
        touchpoint.c.key,
        touchpoint.c.state.label("touchpoint_state"),
        debtor.c.creditor,
        debtor.c.ref,
        debtor.c.zones,
    )
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .join(debtor, debtor.c.id == message.c.debtor_id)
)
# Armed is in doubt only once its lease is over; then `look_at` has come.
_IS_OPEN = (
    text(f"message.{OPEN}"),
    or_(message.c.state == MessageState.UNKNOWN.value, message.c.look_at <= bindparam("now")),
)
_IS_CLOSED = (text(f"message.{CLOSED}"), message.c.settled_at >= bindparam("since"))
_STILL_OPEN = _ATTEMPTS.where(*_IS_OPEN).order_by(message.c.armed_at, message.c.id)
_PRESUMED = _ATTEMPTS.where(*_IS_CLOSED, message.c.state == MessageState.PRESUMED.value).order_by(
    message.c.settled_at.desc(), message.c.id.desc()
)
_RELEASED = _ATTEMPTS.where(*_IS_CLOSED, message.c.state == MessageState.RELEASED.value).order_by(
    message.c.settled_at.desc(), message.c.id.desc()
)
_OF_TOUCHPOINT = _ATTEMPTS.where(touchpoint.c.key == bindparam("key")).order_by(message.c.attempt)
_NUMBERS = tuple(
    select(message.c.state, func.count().label("number")).where(*condition).group_by(message.c.state)
    for condition in (_IS_OPEN, _IS_CLOSED)
)
_KEYS = (
    select(touchpoint.c.key)
    .where(touchpoint.c.key >= bindparam("start"), touchpoint.c.key < bindparam("end"))
    .limit(2)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose messages are asked for, and how many at most; None is anybody's."""

    limit: int
    creditor: str | None = None
    debtor_ref: str | None = None


def in_doubt_now(database: Database, asked: Asked, now: datetime) -> list[Doubted]:
    """Return messages in doubt: first what awaits a person, then what is looked up, then what was released.

    What was presumed or released is shown for a week.
    """
    found: list[Doubted] = []
    values = {"now": now, "since": now - RECENT}
    for query in (_PRESUMED, _STILL_OPEN, _RELEASED):
        room = asked.limit - len(found)
        with database.read() as connection:
            rows = connection.execute(_asked_of(query, asked).limit(room), values)
            found += [_doubted(row) for row in rows]
    return found


def _asked_of(query: Select[*tuple[object, ...]], asked: Asked) -> Select[*tuple[object, ...]]:
    if asked.creditor is not None:
        query = query.where(debtor.c.creditor == asked.creditor)
    return query if asked.debtor_ref is None else query.where(debtor.c.ref == asked.debtor_ref)


def numbers_in_doubt(connection: Connection, now: datetime) -> Mapping[MessageState, int]:
    """Count messages in doubt by their states: open ones, and what was presumed or released within a week."""
    values = {"now": now, "since": now - RECENT}
    return {
        MessageState(row.state): row.number for query in _NUMBERS for row in connection.execute(query, values)
    }


def attempts_at(database: Database, touchpoint_key: str) -> list[Doubted]:
    """Return every attempt at a touchpoint, the first one first, in doubt or not."""
    with database.read() as connection:
        return [_doubted(row) for row in connection.execute(_OF_TOUCHPOINT, {"key": touchpoint_key})]


def short_keys(database: Database, doubted: Sequence[Doubted]) -> dict[int, str]:
    """Return by message id a short key that names this message only, as `duly explain` takes it."""
    keys = [each.touchpoint for each in doubted]
    with database.read() as connection:
        short = {key: _shortest(connection, key) for key in set(keys)}
    return {
        each.message_id: short[each.touchpoint]
        if keys.count(each.touchpoint) == 1
        else f"{short[each.touchpoint]}-{each.channel}-{each.attempt}"
        for each in doubted
    }


def _shortest(connection: Connection, key: str) -> str:
    return next((start for start in _starts(key) if _is_alone(connection, start)), key)


def _starts(key: str) -> Iterator[str]:
    return (key[:length] for length in _LENGTHS)


def _is_alone(connection: Connection, start: str) -> bool:
    return len(connection.execute(_KEYS, {"start": start, "end": f"{start}g"}).all()) == 1


def _doubted(row: AnyRow) -> Doubted:
    return Doubted(
        message_id=row.id,
        touchpoint=row.key,
        touchpoint_state=State(row.touchpoint_state),
        attempt=row.attempt,
        channel=row.channel,
        provider=row.provider,
        state=MessageState(row.state),
        creditor=row.creditor,
        debtor_ref=row.ref,
        zones=row.zones,
        code=row.code,
        armed_at=row.armed_at,
        settled_at=row.settled_at,
        look_at=row.look_at,
    )
