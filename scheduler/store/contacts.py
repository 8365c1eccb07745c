"""Contacts made by hand: written once, counted like messages. The caller has the locks of all whom it counts for."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from scheduler.ports import NewContact
from scheduler.store.addresses import in_use
from scheduler.store.locks import lock_addresses
from scheduler.store.tables import contact, contact_point

_REACHED_BY = {"call": "sms"}
"""Channels on which a contact reaches an address that is kept under another channel."""

_ADDRESS_IDS = select(contact_point.c.address_id).where(
    contact_point.c.debtor_id == bindparam("of"), contact_point.c.active
)


def save_contact(connection: Connection, debtor_id: int, new: NewContact, now: datetime) -> int:
    """Write a contact and return its id; the address is the debtor's own on that channel, if there is one."""
    lock_addresses(connection, connection.execute(_ADDRESS_IDS, {"of": debtor_id}).scalars())
    point = in_use(connection, debtor_id, _REACHED_BY.get(new.channel, new.channel))
    values = {
        "debtor_id": debtor_id,
        "address_id": None if point is None else point[1],
        "kind": new.kind.value,
        "channel": new.channel,
        "reached": new.reached.value,
        "requested": new.requested,
        "plans": [str(each) for each in new.plan_ids],
        "author": new.author,
        "noted_at": now,
        "at": new.at,
    }
    number: int = connection.execute(insert(contact).returning(contact.c.id), values).scalar_one()
    return number
