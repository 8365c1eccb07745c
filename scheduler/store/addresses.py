"""Addresses and contact points: an address is one row, whoever has it, and keeps its opt-out for good."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.store.tables import address, contact_point

Addresses = Mapping[str, tuple[str, str | None]]
"""An address and the basis of its consent, by channel."""

_READ = (
    select(contact_point.c.debtor_id, contact_point.c.channel, address.c.value, contact_point.c.consent_basis)
    .join(address)
    .where(contact_point.c.debtor_id.in_(bindparam("ids", expanding=True)), contact_point.c.active)
    .order_by(contact_point.c.id)
)
_RETIRE = (
    update(contact_point)
    .where(contact_point.c.debtor_id.in_(bindparam("ids", expanding=True)))
    .values(active=False)
)
_SHARERS = (
    select(contact_point.c.debtor_id)
    .join(address)
    .where(address.c.channel == bindparam("of_channel"), address.c.value == bindparam("of_value"))
    .order_by(contact_point.c.debtor_id)
)
_OPT_OUT = (
    update(address)
    .where(address.c.channel == bindparam("of_channel"), address.c.value == bindparam("of_value"))
    .values(opted_out_at=bindparam("at"))
)


def read_addresses(
    connection: Connection, debtor_ids: Iterable[int]
) -> dict[int, dict[str, tuple[str, str | None]]]:
    """Return the addresses in use by debtor."""
    found: dict[int, dict[str, tuple[str, str | None]]] = {}
    for row in connection.execute(_READ, {"ids": list(debtor_ids)}):
        found.setdefault(row.debtor_id, {})[row.channel] = (row.value, row.consent_basis)
    return found


def save_addresses(connection: Connection, of_debtor: Mapping[int, Addresses]) -> None:
    """Make these the addresses in use; earlier ones are kept out of use, with all that is known of them."""
    if not of_debtor:
        return
    pairs = {(channel, value) for each in of_debtor.values() for channel, (value, _) in each.items()}
    ids = _address_ids(connection, sorted(pairs))
    connection.execute(_RETIRE, {"ids": sorted(of_debtor)})
    values = [
        {
            "debtor_id": debtor_id,
            "address_id": ids[channel, value],
            "channel": channel,
            "consent_basis": basis,
            "active": True,
        }
        for debtor_id, each in of_debtor.items()
        for channel, (value, basis) in each.items()
    ]
    if not values:
        return
    statement = _insert(connection, contact_point)
    fresh = {"consent_basis": statement.excluded.consent_basis, "active": True}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["debtor_id", "address_id"], set_=fresh), values
    )


def sharers(connection: Connection, channel: str, value: str) -> list[int]:
    """Return the debtors who have this address, in use or not."""
    return list(connection.execute(_SHARERS, {"of_channel": channel, "of_value": value}).scalars())


def set_opt_out(connection: Connection, channel: str, value: str, at: datetime | None) -> None:
    """Close an address since an instant, or open it again."""
    connection.execute(_OPT_OUT, {"of_channel": channel, "of_value": value, "at": at})


def _address_ids(connection: Connection, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    if pairs:
        values = [{"channel": channel, "value": value} for channel, value in pairs]
        statement = _insert(connection, address).on_conflict_do_nothing(index_elements=["channel", "value"])
        connection.execute(statement, values)
    ids: dict[tuple[str, str], int] = {}
    for channel in sorted({channel for channel, _ in pairs}):
        wanted = [value for of, value in pairs if of == channel]
        found = select(address.c.id, address.c.value).where(
            address.c.channel == channel, address.c.value.in_(wanted)
        )
        ids |= {(channel, row.value): row.id for row in connection.execute(found)}
    return ids


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that can say what to do about a row that is there already; both dialects share the words."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
