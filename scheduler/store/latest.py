"""The newest entries of the log: all, or those about a debtor, about a plan, or of one event."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from scheduler.domain.entry import Entry, chain_of
from scheduler.domain.errors import UsageError
from scheduler.store.engine import Database
from scheduler.store.log import ENTRIES, entry_of
from scheduler.store.tables import chain, debtor, entry, plan

_STRETCH = 50_000
"""How many entries one short transaction looks through for those of an event."""

_NEWEST = select(func.coalesce(func.max(entry.c.seq), 0))
_DOWNWARDS = (
    ENTRIES.where(entry.c.seq < bindparam("before"), entry.c.seq >= bindparam("floor"))
    .order_by(entry.c.seq.desc())
    .limit(bindparam("at_most"))
)
_OF_PLAN = (
    select(debtor.c.creditor, debtor.c.ref)
    .select_from(plan)
    .join(debtor, debtor.c.id == plan.c.debtor_id)
    .where(plan.c.ref == bindparam("ref"))
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for, and how many at most; None is any."""

    limit: int
    debtor_ref: str | None = None
    plan_ref: str | None = None
    event: str | None = None


def latest(database: Database, wanted: Wanted) -> list[Entry]:
    """Return the newest entries that are asked for, the newest last.

    Raises UsageError for a debtor or a plan that nobody knows.
    """
    with database.read() as connection:
        chains = _chains(connection, wanted)
        before = connection.execute(_NEWEST).scalar_one() + 1
    found: list[Entry] = []
    while before > 1 and len(found) < wanted.limit:
        floor = max(before - _STRETCH, 1) if chains is None else 1
        entries = _stretch(database, wanted, chains, before, floor)
        found += [each for each in entries if _is_about(each, wanted.plan_ref)]
        before = entries[-1].seq if len(entries) == wanted.limit else floor
    return found[: wanted.limit][::-1]


def _stretch(
    database: Database, wanted: Wanted, chains: Sequence[str] | None, before: int, floor: int
) -> list[Entry]:
    query = _DOWNWARDS
    if chains is not None:
        query = query.where(entry.c.chain.in_(chains))
    if wanted.event is not None:
        query = query.where(entry.c.event == wanted.event)
    with database.read() as connection:
        rows = connection.execute(query, {"before": before, "floor": floor, "at_most": wanted.limit}).all()
    return [entry_of(row) for row in rows]


def _is_about(found: Entry, plan_ref: str | None) -> bool:
    refs = found.body.get("plan_refs")
    return plan_ref is None or (isinstance(refs, list) and plan_ref in refs)


def _chains(connection: Connection, wanted: Wanted) -> list[str] | None:
    """Return the chains on which the entries must lie; None is any."""
    if wanted.debtor_ref is None and wanted.plan_ref is None:
        return None
    of_debtor = _chains_of_debtor(connection, wanted.debtor_ref) if wanted.debtor_ref is not None else None
    of_plan = _chains_of_plan(connection, wanted.plan_ref) if wanted.plan_ref is not None else None
    both = [each for each in (of_debtor, of_plan) if each is not None]
    return sorted(set.intersection(*both))


def _chains_of_debtor(connection: Connection, ref: str) -> set[str]:
    ends_so = select(chain.c.name).where(chain.c.name.endswith(f"/{ref}", autoescape=True))
    names = connection.execute(ends_so).scalars()
    if found := {name for name in names if name.partition("/")[2] == ref}:
        return found
    raise UsageError(f"The log knows no debtor {ref!r}; check the reference")


def _chains_of_plan(connection: Connection, ref: str) -> set[str]:
    if found := {chain_of(row.creditor, row.ref) for row in connection.execute(_OF_PLAN, {"ref": ref})}:
        return found
    raise UsageError(f"There is no plan {ref!r}; check the reference")
