"""Which configuration was in force since when, as the log tells it."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event, Json
from scheduler.domain.touchpoint import State
from scheduler.store.engine import Database
from scheduler.store.entries import Log
from scheduler.store.locks import lock_configuration
from scheduler.store.tables import entry, touchpoint

_LATEST = (
    select(entry.c.public)
    .where(entry.c.chain == SYSTEM_CHAIN, entry.c.event == Event.CONFIG_CHANGED.value)
    .order_by(entry.c.chain_seq.desc())
    .limit(1)
)
_IN_FORCE_AT = _LATEST.add_columns(entry.c.at).where(entry.c.at <= bindparam("at"))
_SINCE = _IN_FORCE_AT.with_only_columns(entry.c.at)
_LOOK_AGAIN = (
    update(touchpoint)
    .where(touchpoint.c.state == State.REFUSED.value)
    .values(state=State.PLANNED.value, look_at=bindparam("now"))
)


def note_configuration(
    connection: Connection, log: Log, version: str, now: datetime, rules: Json = None
) -> bool:
    """Log a version that differs from the latest one, and let what was refused be looked at again.

    `rules` are those in force, in words, so that a decision can be explained when they have long changed.
    """
    lock_configuration(connection)
    latest = connection.execute(_LATEST).scalar()
    if latest is not None and json.loads(latest)["version"] == version:
        return False
    connection.execute(_LOOK_AGAIN, {"now": now})
    public: dict[str, Json] = {"version": version, "rules": rules}
    log.append([Draft(SYSTEM_CHAIN, Event.CONFIG_CHANGED, now, public)])
    return True


def in_force_since(connection: Connection, at: datetime) -> datetime | None:
    """Return since when the configuration was in force that was at an instant; None before the first."""
    since: datetime | None = connection.execute(_SINCE, {"at": at}).scalar()
    return since


def configured_rules(database: Database, at: datetime) -> tuple[datetime | None, Mapping[str, Json]]:
    """Return since when a configuration was in force at an instant, and its rules by id, as the log tells it.

    None and no rules before the first.
    """
    with database.read() as connection:
        row = connection.execute(_IN_FORCE_AT, {"at": at}).one_or_none()
    rules = json.loads(row.public).get("rules") if row is not None else None
    return None if row is None else row.at, rules if isinstance(rules, dict) else {}
