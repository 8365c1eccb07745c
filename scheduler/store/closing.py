"""Closes an address for everybody who has it, by what came over a provider, and opens what words alone had closed."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from scheduler.domain.entry import Event, chain_of
from scheduler.domain.inbound import Keyword
from scheduler.ports import Haver
from scheduler.store.addresses import reached, set_opt_out
from scheduler.store.among import among
from scheduler.store.people import look_again
from scheduler.store.tables import address, contact_point, debtor, entry

_OF = address.c.id == bindparam("of")
_ID = select(address.c.id).where(
    address.c.channel == bindparam("of_channel"), address.c.value == bindparam("of_value")
)
_CLOSED_AT = select(address.c.opted_out_at).where(_OF)
_HAVERS = (
    select(debtor.c.creditor, debtor.c.ref, contact_point.c.channel, contact_point.c.active, address.c.value)
    .join(contact_point, contact_point.c.debtor_id == debtor.c.id)
    .join(address, address.c.id == contact_point.c.address_id)
    .where(_OF)
    .order_by(debtor.c.id)
)
_MARK_INVALID = (
    update(address)
    .where(among(address.c.id), address.c.invalid_at.is_(None))
    .values(invalid_at=bindparam("when"))
    .returning(address.c.id)
)
_SAID = select(entry.c.public).where(
    entry.c.chain.in_(bindparam("chains", expanding=True)),
    entry.c.event == Event.CONSENT_CHANGED.value,
    entry.c.at == bindparam("when"),
)


def address_id(connection: Connection, channel: str, value: str) -> int | None:
    """Return the id of an address, or None where nobody has ever had it."""
    return connection.execute(_ID, {"of_channel": channel, "of_value": value}).scalar()


def havers(connection: Connection, id_: int) -> list[Haver]:
    """Return the debtors who have an address, in use or not."""
    return [
        Haver(row.creditor, row.ref, row.channel, row.value, row.active)
        for row in connection.execute(_HAVERS, {"of": id_})
    ]


def close(connection: Connection, id_: int, now: datetime) -> list[Haver]:
    """Close an address and return who has it; nobody where it is closed already, which stays as it was."""
    if connection.execute(_CLOSED_AT, {"of": id_}).scalar() is not None:
        return []
    _set(connection, id_, now, now)
    return havers(connection, id_)


def open_again(connection: Connection, id_: int, provider: str, now: datetime) -> list[Haver]:
    """Open an address that words of whoever has it closed over this provider; return who has it.

    Whatever else closed it was not said to the provider and is not taken back to it: it closed at another instant.
    """
    closed_at = connection.execute(_CLOSED_AT, {"of": id_}).scalar()
    having = havers(connection, id_)
    if closed_at is None or not _closed_by_words(connection, having, provider, closed_at):
        return []
    _set(connection, id_, None, now)
    return having


def _set(connection: Connection, id_: int, closed_at: datetime | None, now: datetime) -> None:
    set_opt_out(connection, [id_], closed_at)
    look_again(connection, reached(connection, [id_]), now)


def _closed_by_words(
    connection: Connection, having: Sequence[Haver], provider: str, closed_at: datetime
) -> bool:
    """Whether all that was said of closing their addresses at that instant was a STOP over the provider."""
    chains = sorted({chain_of(each.creditor, each.debtor_ref) for each in having})
    told = map(json.loads, connection.execute(_SAID, {"chains": chains, "when": closed_at}).scalars())
    channels = {each.channel for each in having}
    closings = [each for each in told if each.get("opted_out") is True and each.get("channel") in channels]
    return bool(closings) and all(
        each.get("author") == provider and each.get("keyword") == Keyword.STOP.value for each in closings
    )


def mark_invalid(connection: Connection, ids: Iterable[int], now: datetime) -> None:
    """Note that addresses will never work, which whoever has one is looked at again for."""
    marked = connection.execute(_MARK_INVALID, {"ids": sorted(set(ids)), "when": now}).scalars().all()
    if marked:
        look_again(connection, reached(connection, marked), now)
