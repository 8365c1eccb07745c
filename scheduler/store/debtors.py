"""Who is meant by a reference, as the database knows it: found without a configuration, along an index."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from scheduler.ports import Key
from scheduler.store.tables import debtor

_NEXT_CREDITOR = (
    select(debtor.c.creditor)
    .where(debtor.c.creditor > bindparam("after"))
    .order_by(debtor.c.creditor)
    .limit(1)
)
_NAMED = (
    select(debtor.c.id, debtor.c.creditor, debtor.c.ref)
    .where(
        debtor.c.creditor.in_(bindparam("creditors", expanding=True)),
        debtor.c.ref == bindparam("of_ref"),
    )
    .order_by(debtor.c.creditor)
)


def creditors_here(connection: Connection) -> list[str]:
    """Return the creditors who have a debtor here; it costs in proportion to their number, not the debtors'."""
    found: list[str] = []
    after = ""
    while (name := connection.execute(_NEXT_CREDITOR, {"after": after}).scalar()) is not None:
        found.append(name)
        after = name
    return found


def debtors_named(connection: Connection, ref: str, creditor: str | None) -> dict[Key, int]:
    """Return the debtors who go by a reference, of one creditor or of any, with their ids."""
    creditors: Sequence[str] = creditors_here(connection) if creditor is None else [creditor]
    rows = connection.execute(_NAMED, {"creditors": creditors, "of_ref": ref})
    return {(row.creditor, row.ref): row.id for row in rows}
