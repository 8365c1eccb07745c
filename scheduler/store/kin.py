"""Who is one person: debtor records that share an address in use, and what one of them has said for all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, select

from scheduler.domain.facts import Hold
from scheduler.store import rows
from scheduler.store.among import among
from scheduler.store.holds import is_of_the_person
from scheduler.store.tables import address, contact_point

Kin = Mapping[int, frozenset[int]]
"""The debtors who are one person with each debtor, itself among them."""

_AS_OF: BindParameter[datetime] = bindparam("as_of", type_=address.c.opted_out_at.type)
_SHARERS = select(contact_point.c.debtor_id, contact_point.c.address_id).where(
    among(contact_point.c.address_id), contact_point.c.active
)
_CLOSED = (
    select(contact_point.c.debtor_id, contact_point.c.channel)
    .join(address)
    .where(among(contact_point.c.debtor_id), address.c.opted_out_at <= _AS_OF)
    .distinct()
)
"""Addresses that are out of use are among them: an opt-out outlives the number that it was said from."""
_OWN = contact_point.alias("own")
_SHARING = (
    select(_OWN.c.debtor_id.label("own_id"), contact_point.c.debtor_id)
    .join(contact_point, contact_point.c.address_id == _OWN.c.address_id)
    .where(among(_OWN.c.debtor_id), _OWN.c.active, contact_point.c.active)
)


def kin_of(connection: Connection, address_ids: Mapping[int, Sequence[int]]) -> Kin:
    """Return who is one person with each of the debtors, whose addresses in use are given."""
    wanted = sorted({each for own in address_ids.values() for each in own})
    sharers = rows.by(connection.execute(_SHARERS, {"ids": wanted}), "address_id")
    return {
        id_: frozenset({id_, *(row.debtor_id for each in own for row in sharers.get(each, ()))})
        for id_, own in address_ids.items()
    }


def kin_by_debtor(connection: Connection, debtor_ids: Collection[int]) -> Kin:
    """Return who is one person with each of the debtors, whose addresses are not at hand."""
    if not debtor_ids:
        return {}
    found = rows.by(connection.execute(_SHARING, {"ids": sorted(set(debtor_ids))}), "own_id")
    return {id_: frozenset({id_, *(row.debtor_id for row in found.get(id_, ()))}) for id_ in debtor_ids}


def everybody(kin: Kin) -> list[int]:
    """Return all debtors who are one person with any."""
    return sorted(frozenset[int]().union(*kin.values()))


def closed_channels(connection: Connection, kin: Kin, as_of: datetime) -> dict[int, frozenset[str]]:
    """Return for each debtor the channels on which an address of the person, in use or not, is opted out."""
    closed = rows.by(connection.execute(_CLOSED, {"ids": everybody(kin), "as_of": as_of}), "debtor_id")
    return {
        id_: frozenset(row.channel for each in own for row in closed.get(each, ()))
        for id_, own in kin.items()
    }


def holds_of(debtor_id: int, kin: Kin, placed: Mapping[int, Sequence[rows.AnyRow]]) -> tuple[Hold, ...]:
    """Return the holds of a debtor, and those of its kin that are of the whole person, by their numbers."""
    found = [
        hold
        for each in kin[debtor_id]
        for hold in map(rows.hold_of, placed.get(each, ()))
        if each == debtor_id or is_of_the_person(hold.kind, hold.plan_id)
    ]
    return tuple(sorted(found, key=lambda each: each.id))
