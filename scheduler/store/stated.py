"""Hours that debtors asked for: written, found and withdrawn. The caller has the debtor's lock."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from scheduler.ports import NewStated
from scheduler.store.tables import stated_hours

_STANDS = (stated_hours.c.id == bindparam("of"), stated_hours.c.withdrawn_at.is_(None))
_DEBTOR = select(stated_hours.c.debtor_id).where(*_STANDS)
_WITHDRAW = (
    update(stated_hours)
    .where(*_STANDS)
    .values(withdrawn_at=bindparam("at"), withdrawn_by=bindparam("by"))
    .returning(stated_hours.c.id)
)


def save_stated(connection: Connection, debtor_id: int, new: NewStated, now: datetime) -> int:
    """Write hours and return their id."""
    values = {
        "debtor_id": debtor_id,
        "week": new.week,
        "channels": new.channels,
        "source": new.source,
        "author": new.author,
        "noted_at": now,
        "since": new.since,
        "until": new.until,
    }
    number: int = connection.execute(insert(stated_hours).returning(stated_hours.c.id), values).scalar_one()
    return number


def stated_by(connection: Connection, number: int) -> int | None:
    """Return the debtor of hours that stand, or None."""
    return connection.execute(_DEBTOR, {"of": number}).scalar_one_or_none()


def withdraw_stated(connection: Connection, number: int, author: str, at: datetime) -> bool:
    """End hours that stand, and say whether they did: somebody may have been first."""
    return connection.execute(_WITHDRAW, {"of": number, "at": at, "by": author}).one_or_none() is not None
