"""Locks, always in this order: debtors, addresses, chains. In SQLite the one writer is the lock.

They are FOR NO KEY UPDATE: rows that merely refer to a debtor or an address may be added meanwhile.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, text

from scheduler.store.among import among
from scheduler.store.tables import address, debtor

_DEBTORS = select(debtor.c.id).where(among(debtor.c.id)).order_by(debtor.c.id)
_ADDRESSES = select(address.c.id).where(among(address.c.id)).order_by(address.c.id)


_CONFIGURATION = text("SELECT pg_advisory_xact_lock(1685416058)")

CANDIDATES = 8
"""How many times as many debtors as are wanted are looked at, so that workers side by side find free ones."""


def the_writer_is_the_lock(connection: Connection) -> bool:
    """Whether nobody else can be writing, as in SQLite: there is nothing to wait for and nothing to leave out."""
    return connection.dialect.name == "sqlite"


def lock_free_debtors(connection: Connection, ids: Iterable[int], limit: int) -> list[int]:
    """Lock at most `limit` of the debtors, leaving out those whom somebody else has locked, and return them."""
    if the_writer_is_the_lock(connection):
        return sorted(set(ids))[:limit]
    statement = _DEBTORS.limit(bindparam("at_most")).with_for_update(key_share=True, skip_locked=True)
    return list(connection.execute(statement, {"ids": sorted(set(ids)), "at_most": limit}).scalars())


def lock_debtors(connection: Connection, ids: Iterable[int]) -> None:
    """Lock all of the debtors, waiting for whoever has one."""
    connection.execute(_DEBTORS.with_for_update(key_share=True), {"ids": sorted(set(ids))}).all()


def lock_configuration(connection: Connection) -> None:
    """Let one worker at a time say which configuration is in force; there may be no row yet to lock."""
    if connection.dialect.name != "sqlite":
        connection.execute(_CONFIGURATION)


def lock_addresses(connection: Connection, ids: Iterable[int]) -> None:
    """Lock all of the addresses, so that caps over a shared one are counted by one worker at a time."""
    connection.execute(_ADDRESSES.with_for_update(key_share=True), {"ids": sorted(set(ids))}).all()
