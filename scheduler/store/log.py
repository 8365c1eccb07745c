"""Reads the log: page by page in short transactions, because in SQLite a reader holds up the writer."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    LargeBinary,
    TypeDecorator,
    bindparam,
    cast,
    func,
    select,
    text,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from scheduler.domain.entry import Entry, Json, instant_text
from scheduler.store.engine import Database
from scheduler.store.entries import entry_body, unseal
from scheduler.store.rows import AnyRow
from scheduler.store.tables import chain, entry, payload

_HEADS_AT_ONCE = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Unread(TypeDecorator[object]):
    """An instant as the driver hands it over: in SQLite a hand can write anything into any column.

    That is also why payloads and keys are cast to what they should be.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type for the database at hand."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))


ENTRIES = (
    select(
        entry.c.seq,
        entry.c.chain,
        entry.c.chain_seq,
        type_coerce(entry.c.at, _Unread).label("at"),
        entry.c.event,
        entry.c.public,
        entry.c.commitment,
        entry.c.prev_hash,
        entry.c.hash,
        cast(payload.c.salt, LargeBinary).label("salt"),
        cast(payload.c.sealed, LargeBinary).label("sealed"),
        cast(chain.c.key, LargeBinary).label("key"),
    )
    .select_from(entry)
    .outerjoin(payload, (payload.c.chain == entry.c.chain) & (payload.c.chain_seq == entry.c.chain_seq))
    .outerjoin(chain, chain.c.name == entry.c.chain)
)
"""Entries with what is left of their payloads; rows for `entry_of`."""

_PAGE = ENTRIES.where(entry.c.seq > bindparam("after")).order_by(entry.c.seq).limit(bindparam("at_most"))
_HEADS = (
    select(chain.c.name, chain.c.seq, chain.c.head)
    .where(chain.c.name > bindparam("after"))
    .order_by(chain.c.name)
    .limit(_HEADS_AT_ONCE)
)
_NEWEST = select(func.coalesce(func.max(entry.c.seq), 0))
_WAIT_FOR_WRITERS = text("LOCK TABLE entry IN SHARE MODE")


class SqlLog:
    """The log as the ledger reads it."""

    def __init__(self, database: Database) -> None:
        """Read an open, migrated database."""
        self._database = database
        self._settled = 0

    def entries(self, after_seq: int, limit: int) -> Sequence[Entry]:
        """Return the entries after one, oldest first; never one that an earlier one may still be written before."""
        rows = self._page(after_seq, limit)
        if not self._database.is_sqlite and _has_gap(after_seq, rows) and rows[-1].seq > self._settled:
            self._settled = self._wait_for_writers()
            rows = [row for row in self._page(after_seq, limit) if row.seq <= self._settled]
        return [entry_of(row) for row in rows]

    def _page(self, after_seq: int, limit: int) -> Sequence[AnyRow]:
        with self._database.read() as connection:
            return connection.execute(_PAGE, {"after": after_seq, "at_most": limit}).all()

    def _wait_for_writers(self) -> int:
        """Return the newest seq, once whoever may have taken an earlier one has committed or given up.

        PostgreSQL gives out numbers before the commit. SHARE waits for the writers at work, and holds up new
        ones only for as long as that takes.
        """
        with self._database.read() as connection:
            connection.execute(_WAIT_FOR_WRITERS)
            newest: int = connection.execute(_NEWEST).scalar_one()
        return newest

    def heads(self) -> Mapping[str, tuple[int, str]]:
        """Return the number and the hash of each chain's last entry, each as it was at some instant of the call."""
        heads: dict[str, tuple[int, str]] = {}
        after, full = "", True
        while full:
            with self._database.read() as connection:
                rows = connection.execute(_HEADS, {"after": after}).all()
            heads |= {row.name: (row.seq, row.head) for row in rows}
            full = len(rows) == _HEADS_AT_ONCE
            after = rows[-1].name if rows else after
        return heads


def _has_gap(after_seq: int, rows: Sequence[AnyRow]) -> bool:
    return any(later - earlier > 1 for earlier, later in pairwise([after_seq, *(row.seq for row in rows)]))


def entry_of(row: AnyRow) -> Entry:
    """Return the entry of a row of `ENTRIES`, as it stands: what was damaged does not verify.

    A payload that its chain's key cannot open leaves its salt; one that was erased leaves nothing.
    """
    body = entry_body(
        chain_name=row.chain,
        sequence=row.chain_seq,
        at=_instant_text(row.at),
        event=row.event,
        public=_object(row.public) or {},
        digest=row.commitment,
        prev_hash=row.prev_hash,
    )
    if row.sealed is None or row.key is None:
        return Entry(row.seq, body, row.hash, salt=None, personal=None)
    opened = unseal(row.key, row.chain, row.chain_seq, row.sealed)
    return Entry(row.seq, body, row.hash, row.salt, None if opened is None else _object(opened))


def _instant_text(value: object) -> str:
    if isinstance(value, int):
        try:
            value = _EPOCH + timedelta(microseconds=value)
        except OverflowError:
            return str(value)
    return instant_text(value) if isinstance(value, datetime) else str(value)


def _object(source: str | bytes) -> Mapping[str, Json] | None:
    """Return the JSON object of a text, or None where it is none."""
    try:
        found: object = json.loads(source)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
