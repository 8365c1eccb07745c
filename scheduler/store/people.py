"""Debtors as intake sees them: read with their addresses, written, and looked at again when facts change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, text, update

from scheduler.domain.touchpoint import State
from scheduler.ports import Key, Person
from scheduler.store import rows
from scheduler.store.addresses import NO_ADDRESSES, Addresses, read_addresses
from scheduler.store.among import among
from scheduler.store.tables import WAITING, debtor, touchpoint

_OF: BindParameter[int] = bindparam("of")
_UPDATE_PERSON = (
    update(debtor)
    .where(debtor.c.id == _OF)
    .values(
        name=bindparam("new_name"),
        locale=bindparam("new_locale"),
        country=bindparam("new_country"),
        region=bindparam("new_region"),
        postal_code=bindparam("new_postal_code"),
        time_zone=bindparam("new_time_zone"),
        zones=bindparam("new_zones"),
    )
)
_BUMP = update(debtor).where(among(debtor.c.id)).values(facts_version=debtor.c.facts_version + 1)
_LOOK_AGAIN = (
    update(touchpoint)
    .where(
        among(touchpoint.c.debtor_id),
        text(WAITING),
    )
    .values(state=State.PLANNED.value, look_at=bindparam("now"))
)


def read_people(connection: Connection, ids: Iterable[int]) -> list[Person]:
    """Return debtors with the addresses that are in use."""
    wanted = sorted(set(ids))
    addresses = read_addresses(connection, wanted)
    found = connection.execute(select(debtor).where(debtor.c.id.in_(wanted)))
    return [_person(row, addresses.get(row.id, NO_ADDRESSES)) for row in found]


def moving(connection: Connection, people: Sequence[Person]) -> list[int]:
    """Return which of known debtors will have other addresses than they still have."""
    known = read_addresses(connection, [each.id for each in people]) if people else {}
    return [
        each.id for each in people if _values(each.addresses) != _values(known.get(each.id, NO_ADDRESSES).of)
    ]


def _values(addresses: Mapping[str, tuple[str, str | None]]) -> dict[str, str]:
    return {channel: value for channel, (value, _) in addresses.items()}


def insert_people(connection: Connection, people: Sequence[Person]) -> dict[Key, int]:
    """Write debtors who were not known before, without their addresses, and return their ids."""
    if not people:
        return {}
    returning = insert(debtor).returning(debtor.c.id, debtor.c.creditor, debtor.c.ref)
    written = connection.execute(returning, [_person_row(each) for each in people])
    return {(row.creditor, row.ref): row.id for row in written}


def update_people(connection: Connection, people: Sequence[Person]) -> None:
    """Write what has changed of known debtors, without their addresses."""
    if people:
        connection.execute(_UPDATE_PERSON, [{"of": each.id} | _renamed(_person_row(each)) for each in people])


def bump(connection: Connection, debtor_ids: Iterable[int]) -> None:
    """Say that the debtors' facts have changed, which stops what is armed but not yet handed over."""
    connection.execute(_BUMP, {"ids": sorted(set(debtor_ids))})


def look_again(connection: Connection, debtor_ids: Iterable[int], now: datetime) -> None:
    """Let changed facts be seen: what was refused or deferred is decided afresh at the next turn."""
    ids = sorted(set(debtor_ids))
    bump(connection, ids)
    connection.execute(_LOOK_AGAIN, {"ids": ids, "now": now})


def _person(row: rows.AnyRow, addresses: Addresses) -> Person:
    return Person(
        id=row.id,
        creditor=row.creditor,
        ref=row.ref,
        name=row.name,
        locale=row.locale,
        country=row.country,
        region=row.region,
        postal_code=row.postal_code,
        time_zone=row.time_zone,
        zones=row.zones,
        addresses=addresses.of,
        origins=addresses.origins,
    )


def _person_row(person: Person) -> dict[str, object]:
    names = ("creditor", "ref", "name", "locale", "country", "region", "postal_code", "time_zone", "zones")
    return {name: getattr(person, name) for name in names}


def _renamed(row: Mapping[str, object]) -> dict[str, object]:
    """Return the columns under the names that the update's parameters have."""
    return {f"new_{name}": value for name, value in row.items() if name not in ("creditor", "ref")}
