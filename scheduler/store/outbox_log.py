"""What the outbox pages read: messages with whom they were for, newest first, their log, and a few counts.

Every read is a short transaction whose cost follows what it returns, not what is stored.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, bindparam, func, literal_column, select

from scheduler.domain.entry import Json, chain_of
from scheduler.store.debtors import creditors_here
from scheduler.store.engine import Database
from scheduler.store.tables import debtor, entry, message, touchpoint

RECENT = 10_000
"""How many contacts a count looks at."""

_LINES = 200
_CHAIN_REACH = 5_000
_PRIORITIES = (0, 1)

_MESSAGES = (
    select(
        message.c.id,
        message.c.channel,
        message.c.provider,
        message.c.attempt,
        message.c.state,
        message.c.armed_at,
        touchpoint.c.key.label("touchpoint"),
        touchpoint.c.kind,
        touchpoint.c.step,
        touchpoint.c.template,
        debtor.c.creditor,
        debtor.c.ref.label("debtor_ref"),
        debtor.c.name.label("debtor_name"),
        debtor.c.zones,
    )
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .join(debtor, debtor.c.id == message.c.debtor_id)
)
_NEWEST = _MESSAGES.order_by(message.c.id.desc()).limit(bindparam("at_most"))
_BEFORE = _NEWEST.where(message.c.id < bindparam("edge"))
_AFTER = _MESSAGES.where(message.c.id > bindparam("edge")).order_by(message.c.id).limit(bindparam("at_most"))
_ONE = _MESSAGES.where(
    touchpoint.c.key == bindparam("key"),
    message.c.attempt == bindparam("number"),
    message.c.channel == bindparam("by"),
)

_END_OF_CHAIN = (
    select(entry.c.at, entry.c.event, entry.c.public, entry.c.chain_seq)
    .where(entry.c.chain == bindparam("of"))
    .order_by(entry.c.chain_seq.desc())
    .limit(_CHAIN_REACH)
    .subquery()
)
_HISTORY = (
    select(_END_OF_CHAIN)
    .where(_END_OF_CHAIN.c.public.like(bindparam("about")))
    .order_by(_END_OF_CHAIN.c.chain_seq.desc())
    .limit(_LINES)
)

_RECENT = select(touchpoint.c.state).order_by(touchpoint.c.id.desc()).limit(RECENT).subquery()
_STATES = select(_RECENT.c.state, func.count().label("number")).group_by(_RECENT.c.state)
# Written out, so that SQLite sees that the partial index covers it.
_IS_DEFERRED = and_(
    touchpoint.c.state == literal_column("'planned'"),
    touchpoint.c.priority == bindparam("priority"),
    touchpoint.c.creditor == bindparam("of_creditor"),
    touchpoint.c.look_at > bindparam("now"),
)
_COUNT_DEFERRED = select(func.count()).select_from(
    select(touchpoint.c.look_at).where(_IS_DEFERRED).order_by(touchpoint.c.look_at).limit(RECENT).subquery()
)
_NEXT_DEFERRED = (
    select(
        touchpoint.c.key.label("touchpoint"),
        touchpoint.c.kind,
        touchpoint.c.look_at.label("until"),
        debtor.c.creditor,
        debtor.c.ref.label("debtor_ref"),
        debtor.c.name.label("debtor_name"),
        debtor.c.zones,
    )
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .where(_IS_DEFERRED)
    .order_by(touchpoint.c.look_at)
    .limit(bindparam("at_most"))
)


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """One message as the database knows it: whom and what it was for, and what became of it; not its words."""

    id: int
    touchpoint: str
    attempt: int
    channel: str
    provider: str
    state: str
    armed_at: datetime
    kind: str
    step: str
    template: str
    creditor: str
    debtor_ref: str
    debtor_name: str
    zones: tuple[str, ...]

    @property
    def key(self) -> str:
        """The message's own key, which is also the name of its file."""
        return f"{self.touchpoint}-{self.channel}-{self.attempt}"

    @property
    def chain(self) -> str:
        """The debtor's chain in the log."""
        return chain_of(self.creditor, self.debtor_ref)


@dataclass(frozen=True, slots=True)
class Deferred:
    """A contact that waits, and until when."""

    touchpoint: str
    kind: str
    until: datetime
    creditor: str
    debtor_ref: str
    debtor_name: str
    zones: tuple[str, ...]

    @property
    def chain(self) -> str:
        """The debtor's chain in the log."""
        return chain_of(self.creditor, self.debtor_ref)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of the log, without its personal part."""

    at: datetime
    event: str
    public: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Tally:
    """How things stand. Sent, refused and unknown count within the newest `RECENT` contacts.

    `is_partial` when there are more contacts, or more deferred ones, than were counted.
    """

    sent: int
    deferred: int
    refused: int
    unknown: int
    is_partial: bool


class OutboxLog:
    """Reads one database; changes nothing."""

    def __init__(self, database: Database) -> None:
        """Use an open, migrated database."""
        self._database = database

    def newest(self, at_most: int, before: int | None = None) -> Sequence[KeptMessage]:
        """Return messages, newest first, where asked only those with ids before one."""
        wanted = {"at_most": at_most} if before is None else {"at_most": at_most, "edge": before}
        return self._messages(_NEWEST if before is None else _BEFORE, wanted)

    def next_after(self, at_most: int, after: int) -> Sequence[KeptMessage]:
        """Return the messages whose ids follow one most closely, newest first."""
        return self._messages(_AFTER, {"at_most": at_most, "edge": after})[::-1]

    def find(self, touchpoint_key: str, channel: str, attempt: int) -> KeptMessage | None:
        """Return one message by the parts of its key."""
        wanted = {"key": touchpoint_key, "number": attempt, "by": channel}
        return next(iter(self._messages(_ONE, wanted)), None)

    def _messages(
        self, query: Select[*tuple[object, ...]], wanted: Mapping[str, object]
    ) -> list[KeptMessage]:
        with self._database.read() as connection:
            return [KeptMessage(**row._mapping) for row in connection.execute(query, wanted)]

    def history(self, chain: str, touchpoint_key: str) -> Sequence[LogLine]:
        """Return what a debtor's chain tells of one touchpoint, oldest first.

        It looks at the chain's newest 5,000 entries and returns at most 200.
        """
        wanted = {"of": chain, "about": f'%"touchpoint":"{touchpoint_key}"%'}
        with self._database.read() as connection:
            rows = connection.execute(_HISTORY, wanted).all()
        return [LogLine(row.at, row.event, json.loads(row.public)) for row in reversed(rows)]

    def next_deferred(self, now: datetime, at_most: int) -> Sequence[Deferred]:
        """Return the contacts that wait, the one that comes next first."""
        with self._database.read() as connection:
            found = [
                Deferred(**row._mapping)
                for queue in _queues(connection)
                for row in connection.execute(_NEXT_DEFERRED, {**queue, "now": now, "at_most": at_most})
            ]
        return sorted(found, key=lambda each: each.until)[:at_most]

    def tally(self, now: datetime) -> Tally:
        """Count how things stand."""
        with self._database.read() as connection:
            states: dict[str, int] = {row.state: row.number for row in connection.execute(_STATES)}
            deferred = _count_deferred(connection, now)
        return Tally(
            sent=states.get("accepted", 0),
            deferred=min(deferred, RECENT),
            refused=states.get("refused", 0),
            unknown=states.get("unknown", 0) + states.get("presumed", 0),
            is_partial=sum(states.values()) >= RECENT or deferred >= RECENT,
        )


def _count_deferred(connection: Connection, now: datetime) -> int:
    counts = (
        connection.execute(_COUNT_DEFERRED, {**queue, "now": now}).scalar_one()
        for queue in _queues(connection)
    )
    return sum(counts)


def _queues(connection: Connection) -> list[dict[str, object]]:
    """Return what the index of waiting touchpoints begins with: in each such queue they lie by their instants."""
    creditors = creditors_here(connection)
    return [{"priority": priority, "of_creditor": each} for priority in _PRIORITIES for each in creditors]
