"""Counts of what happened: rows that are only ever added, one for a batch and subject, so that nobody waits."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select

from scheduler.store.tables_delivery import pulse

SENT = "sent"
"""Intents to send, by channel."""

TWICE = "twice"
"""Touchpoints that were accepted more than once, by their keys."""

RAMP = "ramp"
"""Messages of a version of a cadence that has a ramp."""

RAMP_BEGAN = "ramp_began"
"""The first of them: kept for good, so that a ramp never begins anew."""

KEPT = timedelta(days=2)
"""How long counts are kept."""

_AT_ONCE = 5_000
_OLDEST = (
    select(pulse.c.id, pulse.c.at).where(pulse.c.what != RAMP_BEGAN).order_by(pulse.c.id).limit(_AT_ONCE)
).subquery()
_DROP = delete(pulse).where(pulse.c.id.in_(select(_OLDEST.c.id).where(_OLDEST.c.at < bindparam("before"))))


def beat(connection: Connection, at: datetime, what: str, numbers: Mapping[str, int]) -> None:
    """Count what happened, by subject."""
    rows = [
        {"at": at, "what": what, "subject": subject, "number": number} for subject, number in numbers.items()
    ]
    if rows:
        connection.execute(insert(pulse), rows)


def drop_old(connection: Connection, now: datetime) -> int:
    """Drop counts that nobody asks for any more, the oldest first and so many at once; return how many."""
    return connection.execute(_DROP, {"before": now - KEPT}).rowcount
