"""Reads plans with their instalments, many at once."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from scheduler.domain.plan import Plan
from scheduler.store.among import among
from scheduler.store.rows import by, instalment_of, plan_of
from scheduler.store.tables import instalment, plan

_PLANS = select(plan).where(among(plan.c.id))
_INSTALMENTS = (
    select(instalment).where(among(instalment.c.plan_id)).order_by(instalment.c.due_date, instalment.c.id)
)


def read_plans(connection: Connection, ids: Iterable[int]) -> dict[int, Plan]:
    """Return plans by their id, instalments in the order of their due dates."""
    wanted = {"ids": sorted(set(ids))}
    parts = by(connection.execute(_INSTALMENTS, wanted), "plan_id")
    rows = connection.execute(_PLANS, wanted).all()
    return {row.id: plan_of(row, map(instalment_of, parts.get(row.id, ()))) for row in rows}
