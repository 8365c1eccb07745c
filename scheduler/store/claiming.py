"""Finds and locks debtors who have something due: confirmations first, then a fair share for every creditor.

Every query walks along `ix_touchpoint_due` and reads no more than it takes, whatever else is due or stored.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, any_, bindparam, func, select, text

from scheduler.domain.pacing import LATE
from scheduler.store.locks import CANDIDATES
from scheduler.store.tables import debtor, touchpoint
from scheduler.store.types import Instant

PLANNED = "state = 'planned'"
"""What waits to be looked at, in the very words of its index: SQLite uses an index for no others."""

# Hops from creditor to creditor: as many steps as creditors have something planned, however much that is.
WHO_HAS_DUE = text(
    f"""
    WITH RECURSIVE waiting (priority, creditor) AS (
        SELECT first.priority, (
            SELECT creditor FROM touchpoint
            WHERE {PLANNED} AND priority = first.priority ORDER BY creditor LIMIT 1
        ) FROM (SELECT 0 AS priority UNION ALL SELECT 1) AS first
        UNION ALL
        SELECT waiting.priority, (
            SELECT creditor FROM touchpoint
            WHERE {PLANNED} AND priority = waiting.priority AND creditor > waiting.creditor
            ORDER BY creditor LIMIT 1
        ) FROM waiting WHERE waiting.creditor IS NOT NULL
    )
    SELECT priority, creditor FROM waiting
    WHERE creditor IS NOT NULL AND (
        SELECT look_at FROM touchpoint
        WHERE {PLANNED} AND priority = waiting.priority AND creditor = waiting.creditor
        ORDER BY look_at LIMIT 1
    ) <= :now
    ORDER BY priority, creditor
    """  # noqa: S608  # a constant of ours
).bindparams(bindparam("now", type_=Instant()))

_DUE = (
    select(touchpoint.c.debtor_id)
    .where(
        text(f"touchpoint.{PLANNED}"),
        touchpoint.c.priority == bindparam("priority"),
        touchpoint.c.creditor == bindparam("creditor"),
        touchpoint.c.look_at > bindparam("since"),
        touchpoint.c.look_at <= bindparam("now"),
    )
    .order_by(touchpoint.c.look_at)
    .limit(bindparam("at_most"))
)


def _take(is_due: ColumnElement[bool]) -> Select[int]:
    return (
        select(debtor.c.id)
        .where(is_due)
        .order_by(debtor.c.id)
        .limit(bindparam("free"))
        .with_for_update(key_share=True, skip_locked=True)
    )


# In PostgreSQL an array, which is looked up: an IN is joined, by a walk through all debtors up to those that are due.
TAKE: Mapping[str, Select[int]] = {
    "sqlite": _take(debtor.c.id.in_(_DUE)),
    "postgresql": _take(debtor.c.id == any_(func.array(_DUE.scalar_subquery()))),
}
"""Lock debtors of the due touchpoints, leaving out those whom somebody else has locked."""

_EVER = datetime.min.replace(tzinfo=UTC)


def take_debtors(
    connection: Connection, now: datetime, creditors: Collection[str], limit: int, turn: int
) -> list[int]:
    """Lock at most `limit` debtors of these creditors who have something due, and return their ids.

    `turn` says which creditor begins, where there are more of them than debtors to take.
    """
    due = [row for row in connection.execute(WHO_HAS_DUE, {"now": now}) if row.creditor in creditors]
    taken: dict[int, None] = {}
    for priority in sorted({row.priority for row in due}):
        names = [row.creditor for row in due if row.priority == priority]
        first = turn % len(names)
        wanted = {"priority": priority, "now": now, "at_most": limit * CANDIDATES}
        ids = _share(connection, names[first:] + names[:first], limit - len(taken), wanted)
        taken |= dict.fromkeys(ids)
    return list(taken)


def _share(
    connection: Connection, creditors: Sequence[str], places: int, wanted: Mapping[str, Any]
) -> list[int]:
    """Give each creditor as many places as the others, then what is left over to those who could use more."""
    taken: dict[str, list[int]] = {}
    hungry = list(creditors)
    while hungry and places > 0:
        share, hungry_still = max(places // len(hungry), 1), list[str]()
        for creditor in hungry:
            if places <= 0:
                break
            had = len(taken.get(creditor, ()))
            taken[creditor] = _fresh_and_old(connection, {**wanted, "creditor": creditor}, had + share)
            got = len(taken[creditor]) - had
            places -= got
            if got == share:
                hungry_still.append(creditor)
        hungry = hungry_still
    return [each for ids in taken.values() for each in ids]


def _fresh_and_old(connection: Connection, wanted: Mapping[str, Any], places: int) -> list[int]:
    """Take as many as half from what has just come due, and the rest from what has waited longest.

    Whoever comes back at its slot is not kept from it by a long line of those who are looked at for the first time.
    """
    take, now = TAKE[connection.dialect.name], wanted["now"]
    fresh = {**wanted, "since": now - LATE, "free": places // 2}
    old = {**wanted, "since": _EVER, "free": places}
    ids = [*connection.execute(take, fresh).scalars(), *connection.execute(take, old).scalars()]
    return list(dict.fromkeys(ids))[:places]
