"""Counts what an operator wants to know in the morning. The database counts, in stretches short enough for SQLite."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Executable, Table, bindparam, func, select, text

from scheduler.store.engine import Database
from scheduler.store.tables import chain, entry, message, plan, touchpoint

_STRETCH = 100_000
"""How many rows are counted in one short transaction."""

_OBJECTIONS_SQLITE = text(
    "SELECT json_extract(reason.value, '$.rule'), json_extract(reason.value, '$.verdict'), count(*) "
    "FROM entry, json_each(entry.public, '$.reasons') AS reason "
    "WHERE entry.seq > :above AND entry.seq <= :upto AND entry.event IN ('deferred', 'skipped', 'refused') "
    "AND json_extract(reason.value, '$.verdict') <> 'allow' GROUP BY 1, 2"
)
_OBJECTIONS_POSTGRESQL = text(
    "SELECT reason ->> 'rule', reason ->> 'verdict', count(*) "
    "FROM entry, json_array_elements(entry.public::json -> 'reasons') AS reason "
    "WHERE entry.seq > :above AND entry.seq <= :upto AND entry.event IN ('deferred', 'skipped', 'refused') "
    "AND reason ->> 'verdict' <> 'allow' GROUP BY 1, 2"
)
_OLDEST_DUE = select(func.min(touchpoint.c.look_at)).where(
    touchpoint.c.state == "planned", touchpoint.c.look_at <= bindparam("now")
)
_ENTRIES = select(func.coalesce(func.sum(chain.c.seq), 0))


@dataclass(frozen=True, slots=True)
class Objection:
    """How many decisions not to send one rule had a part in."""

    rule: str
    verdict: str
    count: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The state of everything, counted. `messages` is by channel and outcome.

    `oldest_due_at` is since when the longest waiting touchpoint could have been looked at; None when none waits.
    """

    plans: Mapping[str, int]
    touchpoints: Mapping[str, int]
    messages: Mapping[tuple[str, str], int]
    objections: tuple[Objection, ...]
    oldest_due_at: datetime | None
    entries: int

    @property
    def unknown(self) -> int:
        """How many messages nobody can tell about."""
        return sum(count for (_, outcome), count in self.messages.items() if outcome == "unknown")


def numbers(database: Database, now: datetime, most_objections: int = 10) -> Numbers:
    """Return the state of everything; of the rules' objections only the most frequent."""
    objections = _OBJECTIONS_SQLITE if database.is_sqlite else _OBJECTIONS_POSTGRESQL
    frequent = sorted(_counted(database, objections, entry).items(), key=lambda item: (-item[1], item[0]))
    with database.read() as connection:
        oldest_due_at = connection.execute(_OLDEST_DUE, {"now": now}).scalar_one()
        entries = connection.execute(_ENTRIES).scalar_one()
    return Numbers(
        plans=_by_name(_counted(database, _tally(plan, plan.c.status), plan)),
        touchpoints=_by_name(_counted(database, _tally(touchpoint, touchpoint.c.state), touchpoint)),
        messages=_by_pair(_counted(database, _tally(message, message.c.channel, message.c.state), message)),
        objections=tuple(
            Objection(rule, verdict, count) for (rule, verdict), count in frequent[:most_objections]
        ),
        oldest_due_at=oldest_due_at,
        entries=int(entries),
    )


def _counted(database: Database, query: Executable, table: Table) -> Counter[tuple[str, ...]]:
    """Add up a query's counts over a table, stretch by stretch of its primary key."""
    (key,) = table.primary_key.columns
    with database.read() as connection:
        newest = connection.execute(select(func.coalesce(func.max(key), 0))).scalar_one()
    counts: Counter[tuple[str, ...]] = Counter()
    for above in range(0, newest, _STRETCH):
        with database.read() as connection:
            for *names, count in connection.execute(query, {"above": above, "upto": above + _STRETCH}):
                counts[tuple(names)] += count
    return counts


def _tally(table: Table, *columns: Column[str]) -> Executable:
    """Return the query that counts a stretch of a table by some of its columns."""
    (key,) = table.primary_key.columns
    stretch = (key > bindparam("above"), key <= bindparam("upto"))
    return select(*columns, func.count()).where(*stretch).group_by(*columns)


def _by_name(counts: Counter[tuple[str, ...]]) -> dict[str, int]:
    return {name: count for (name,), count in sorted(counts.items())}


def _by_pair(counts: Counter[tuple[str, ...]]) -> dict[tuple[str, str], int]:
    return {(channel, outcome): count for (channel, outcome), count in sorted(counts.items())}
