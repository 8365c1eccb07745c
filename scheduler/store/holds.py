"""Holds: written, found and lifted. The caller has the debtor's lock."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from scheduler.domain.facts import OF_THE_PERSON, HoldKind
from scheduler.ports import NewHold
from scheduler.store.tables import hold

_STANDING = select(hold.c.debtor_id, hold.c.plan_id, hold.c.kind).where(
    hold.c.id == bindparam("of"), hold.c.released_at.is_(None)
)
_RELEASE = (
    update(hold)
    .where(hold.c.id == bindparam("of"))
    .values(released_at=bindparam("at"), released_by=bindparam("by"))
)


def place_hold(connection: Connection, debtor_id: int, plan_id: int | None, new: NewHold) -> int:
    """Write a hold of a debtor, or of one plan, and return its id."""
    values = {
        "debtor_id": debtor_id,
        "plan_id": plan_id,
        "kind": new.kind.value,
        "author": new.author,
        "reason": new.reason,
        "since": new.since,
        "until": new.until,
    }
    number: int = connection.execute(insert(hold).returning(hold.c.id), values).scalar_one()
    return number


def is_of_the_person(kind: HoldKind, plan_id: int | None) -> bool:
    """Whether a hold stops every record of the person, not only the one that it was placed on."""
    return plan_id is None and kind in OF_THE_PERSON


def holder(connection: Connection, hold_id: int) -> tuple[int, bool] | None:
    """Return the debtor of a hold that stands and whether it is of the person, or None."""
    row = connection.execute(_STANDING, {"of": hold_id}).one_or_none()
    return None if row is None else (row.debtor_id, is_of_the_person(HoldKind(row.kind), row.plan_id))


def release_hold(connection: Connection, hold_id: int, author: str, at: datetime) -> HoldKind | None:
    """Lift a hold that stands and return its kind; None when somebody lifted it before."""
    row = connection.execute(_STANDING, {"of": hold_id}).one_or_none()
    if row is None:
        return None
    connection.execute(_RELEASE, {"of": hold_id, "at": at, "by": author})
    return HoldKind(row.kind)
