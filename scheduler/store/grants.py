"""Explicit consents: written and revoked. The caller has the debtor's lock."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from scheduler.domain.plan import Purpose
from scheduler.ports import NewGrant
from scheduler.store.addresses import in_use
from scheduler.store.tables import consent_grant, contact_point

_POINTS = select(contact_point.c.id).where(
    contact_point.c.debtor_id == bindparam("of"), contact_point.c.channel == bindparam("of_channel")
)
_REVOKE = (
    update(consent_grant)
    .where(
        consent_grant.c.contact_point_id.in_(_POINTS),
        consent_grant.c.purpose == bindparam("of_purpose"),
        consent_grant.c.revoked_at.is_(None),
        or_(consent_grant.c.until.is_(None), consent_grant.c.until > bindparam("at")),
    )
    .values(revoked_at=bindparam("at"), revoked_by=bindparam("by"))
    .returning(consent_grant.c.id)
)


def save_grant(connection: Connection, debtor_id: int, channel: str, new: NewGrant, now: datetime) -> int:
    """Write a consent to use the debtor's address in use on a channel and return its id.

    Raises LookupError when there is none.
    """
    if (point := in_use(connection, debtor_id, channel)) is None:
        raise LookupError(f"no address in use for {channel}")
    values = {
        "contact_point_id": point[0],
        "purpose": new.purpose.value,
        "evidence": new.evidence,
        "author": new.author,
        "noted_at": now,
        "since": new.since,
        "until": new.until,
    }
    number: int = connection.execute(insert(consent_grant).returning(consent_grant.c.id), values).scalar_one()
    return number


def revoke_grants(
    connection: Connection, debtor_id: int, channel: str, purpose: Purpose, author: str, at: datetime
) -> int:
    """Revoke what has not ended, for every address the debtor ever had on the channel; return how many."""
    wanted = {"of": debtor_id, "of_channel": channel, "of_purpose": purpose.value, "at": at, "by": author}
    return len(connection.execute(_REVOKE, wanted).all())
