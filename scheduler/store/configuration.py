"""Which configuration was in force since when, as the log tells it."""

import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event
from scheduler.domain.touchpoint import State
from scheduler.store.entries import Log
from scheduler.store.locks import lock_configuration
from scheduler.store.tables import entry, touchpoint

_LATEST = (
    select(entry.c.public)
    .where(entry.c.chain == SYSTEM_CHAIN, entry.c.event == Event.CONFIG_CHANGED.value)
    .order_by(entry.c.chain_seq.desc())
    .limit(1)
)
_LOOK_AGAIN = (
    update(touchpoint)
    .where(touchpoint.c.state == State.REFUSED.value)
    .values(state=State.PLANNED.value, look_at=bindparam("now"))
)


def note_configuration(connection: Connection, log: Log, version: str, now: datetime) -> bool:
    """Log a version that differs from the latest one, and let what was refused be looked at again."""
    lock_configuration(connection)
    latest = connection.execute(_LATEST).scalar()
    if latest is not None and json.loads(latest)["version"] == version:
        return False
    connection.execute(_LOOK_AGAIN, {"now": now})
    log.append([Draft(SYSTEM_CHAIN, Event.CONFIG_CHANGED, now, {"version": version})])
    return True
