"""Addresses and contact points: an address is one row, whoever has it, and keeps its opt-out for good."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.domain.plan import UNKNOWN_ORIGIN, Origin
from scheduler.store.among import among
from scheduler.store.rows import origin_of, origin_row
from scheduler.store.tables import address, contact_point


@dataclass(slots=True)
class Addresses:
    """A debtor's addresses in use: each with the basis of its consent, and where it comes from, by channel."""

    of: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)


NO_ADDRESSES = Addresses()

_READ = (
    select(contact_point, address.c.value)
    .join(address)
    .where(among(contact_point.c.debtor_id), contact_point.c.active)
    .order_by(contact_point.c.id)
)
_RETIRE = update(contact_point).where(among(contact_point.c.debtor_id)).values(active=False)
_EVER_OF_DEBTOR = (
    contact_point.c.debtor_id == bindparam("of"),
    contact_point.c.channel == bindparam("of_channel"),
)
_OF_DEBTOR = (*_EVER_OF_DEBTOR, contact_point.c.active)
_IN_USE = select(contact_point.c.id, contact_point.c.address_id).where(*_OF_DEBTOR)
_ORIGIN = ("source", "used_at", "checked_at", "work", "shared")
_SET_ORIGIN = (
    update(contact_point).where(*_OF_DEBTOR).values({name: bindparam(f"new_{name}") for name in _ORIGIN})
)
_SHARERS = (
    select(contact_point.c.debtor_id, address.c.value)
    .join(address)
    .where(among(contact_point.c.address_id))
    .order_by(contact_point.c.debtor_id, address.c.id)
)
_EVER_HAD = select(contact_point.c.address_id).where(among(contact_point.c.debtor_id))
_CLOSED = (
    select(address.c.id)
    .join(contact_point)
    .where(*_EVER_OF_DEBTOR, or_(contact_point.c.active, address.c.opted_out_at.is_not(None)))
)
_OWN = contact_point.alias("own")
_FAMILY = (
    select(contact_point.c.debtor_id)
    .join(_OWN, _OWN.c.address_id == contact_point.c.address_id)
    .where(among(_OWN.c.debtor_id), _OWN.c.active)
    .distinct()
)
_OPT_OUT = update(address).where(among(address.c.id)).values(opted_out_at=bindparam("at"))


def read_addresses(connection: Connection, debtor_ids: Iterable[int]) -> dict[int, Addresses]:
    """Return the addresses in use by debtor; an origin of which nothing is known is left out."""
    of: dict[int, dict[str, tuple[str, str | None]]] = {}
    origins: dict[int, dict[str, Origin]] = {}
    for row in connection.execute(_READ, {"ids": list(debtor_ids)}):
        of.setdefault(row.debtor_id, {})[row.channel] = (row.value, row.consent_basis)
        if (origin := origin_of(row)) != UNKNOWN_ORIGIN:
            origins.setdefault(row.debtor_id, {})[row.channel] = origin
    return {id_: Addresses(each, origins.get(id_, {})) for id_, each in of.items()}


def save_addresses(connection: Connection, of_debtor: Mapping[int, Addresses]) -> None:
    """Make these the addresses in use; earlier ones are kept out of use, with all that is known of them."""
    if not of_debtor:
        return
    pairs = {(channel, value) for each in of_debtor.values() for channel, (value, _) in each.of.items()}
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
        for channel, (value, basis) in each.of.items()
    ]
    if not values:
        return
    statement = _insert(connection, contact_point)
    fresh = {"consent_basis": statement.excluded.consent_basis, "active": True}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["debtor_id", "address_id"], set_=fresh), values
    )
    set_origins(connection, {id_: each.origins for id_, each in of_debtor.items()})


def set_origins(connection: Connection, of_debtor: Mapping[int, Mapping[str, Origin]]) -> None:
    """Write where addresses in use come from, by debtor and channel; what is not named stays as it is."""
    values = [
        {"of": debtor_id, "of_channel": channel}
        | {f"new_{name}": value for name, value in origin_row(origin).items()}
        for debtor_id, origins in of_debtor.items()
        for channel, origin in origins.items()
    ]
    if values:
        connection.execute(_SET_ORIGIN, values)


def in_use(connection: Connection, debtor_id: int, channel: str) -> tuple[int, int] | None:
    """Return the ids of a debtor's contact point in use on a channel and of its address, or None."""
    row = connection.execute(_IN_USE, {"of": debtor_id, "of_channel": channel}).one_or_none()
    return None if row is None else (row.id, row.address_id)


def family(connection: Connection, debtor_ids: Iterable[int]) -> list[int]:
    """Return these debtors and whoever has, in use or not, an address that one of them uses."""
    if not (ids := set(debtor_ids)):
        return []
    return sorted(ids.union(connection.execute(_FAMILY, {"ids": sorted(ids)}).scalars()))


def reached(connection: Connection, address_ids: Iterable[int]) -> list[int]:
    """Return whom an opt-out of these addresses touches: who has one, in use or not, and who shares with them."""
    return family(connection, (id_ for id_, _ in sharers(connection, address_ids)))


def relatives(connection: Connection, debtor_ids: Iterable[int]) -> list[int]:
    """Return these debtors and everybody whom something that one of them says may touch."""
    ids = sorted(set(debtor_ids))
    ever_had = connection.execute(_EVER_HAD, {"ids": ids}).scalars().all()
    return sorted({*ids, *reached(connection, ever_had)})


def sharers(connection: Connection, address_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Return the debtors who have one of these addresses, in use or not, each with the address."""
    found = connection.execute(_SHARERS, {"ids": sorted(set(address_ids))})
    return [(row.debtor_id, row.value) for row in found]


def closable(connection: Connection, debtor_id: int, channel: str) -> list[int]:
    """Return the address in use that an opt-out would close."""
    point = in_use(connection, debtor_id, channel)
    return [] if point is None else [point[1]]


def closed(connection: Connection, debtor_id: int, channel: str) -> list[int]:
    """Return what an opt-in opens: the address in use, and every earlier one that is opted out."""
    return list(connection.execute(_CLOSED, {"of": debtor_id, "of_channel": channel}).scalars())


def set_opt_out(connection: Connection, address_ids: Iterable[int], at: datetime | None) -> None:
    """Close addresses since an instant, or open them again."""
    connection.execute(_OPT_OUT, {"ids": sorted(set(address_ids)), "at": at})


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
