"""What stops messages at large: read in every transaction that arms and before every call."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event, Json
from scheduler.domain.gate import Gate, Pause
from scheduler.store.entries import Log
from scheduler.store.kin import kin_by_debtor
from scheduler.store.locks import lock_configuration
from scheduler.store.signs import shows_its_signs
from scheduler.store.tables_delivery import pause, quarantine

# Every id is above 0: said so, because SQLite searches a partial index only by a condition on its column.
_STANDING = select(quarantine).where(quarantine.c.id > 0, quarantine.c.released_at.is_(None)).limit(1)
_RELEASE = (
    update(quarantine)
    .where(quarantine.c.id > 0, quarantine.c.released_at.is_(None))
    .values(released_at=bindparam("at"), released_by=bindparam("by"), note=bindparam("why"))
)
_PAUSES = (
    select(pause)
    .where(
        pause.c.id > 0,
        pause.c.resumed_at.is_(None),
        or_(pause.c.until.is_(None), pause.c.until > bindparam("now")),
    )
    .order_by(pause.c.id)
)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A quarantine that stands: its cause in one word, and what is known of it in more."""

    cause: str
    detail: str
    since: datetime


def read_gate(connection: Connection, now: datetime, *, held: bool = False) -> Gate:
    """Return the stop switches and the quarantine that stand at an instant.

    A server that does not show the signs that are kept of it is in quarantine although nobody has noted that yet.
    With `held` no switch that stands is resumed before this transaction ends: resuming looks for what waits because of
    it, and would not see what is put off meanwhile.
    """
    rows = connection.execute(_PAUSES.with_for_update(read=True) if held else _PAUSES, {"now": now}).all()
    kin = kin_by_debtor(connection, {row.debtor_id for row in rows if row.debtor_id is not None})
    pauses = tuple(
        Pause(
            id=row.id,
            creditor=row.creditor,
            channel=row.channel,
            debtor_id=row.debtor_id,
            author=row.author,
            reason=row.reason,
            since=row.since,
            until=row.until,
            kin=kin.get(row.debtor_id, frozenset()),
        )
        for row in rows
    )
    quarantined = standing_quarantine(connection) is not None or not shows_its_signs(connection)
    return Gate(quarantined=quarantined, pauses=pauses)


def standing_quarantine(connection: Connection) -> Quarantine | None:
    """Return the quarantine that is noted and stands, if there is one."""
    row = connection.execute(_STANDING).one_or_none()
    return None if row is None else Quarantine(row.cause, row.detail, row.since)


def enter_quarantine(
    connection: Connection, log: Log, cause: str, detail: str, now: datetime, author: str | None = None
) -> bool:
    """Start a quarantine, and say whether there was none; one that stands stays as it is.

    The detail must name nobody, unless an author wrote it: a person's words are kept where they can be erased.
    """
    lock_configuration(connection)
    if standing_quarantine(connection) is not None:
        return False
    connection.execute(insert(quarantine), {"cause": cause, "detail": detail, "since": now})
    public: dict[str, Json] = {"cause": cause, "author": author}
    personal: dict[str, Json] = {}
    (public if author is None else personal)["detail"] = detail
    log.append([Draft(SYSTEM_CHAIN, Event.QUARANTINED, now, public, personal)])
    return True


def end_quarantine(connection: Connection, log: Log, author: str, note: str, now: datetime) -> None:
    """End the quarantine that stands. The caller holds the lock of the configuration."""
    connection.execute(_RELEASE, {"at": now, "by": author, "why": note})
    public: dict[str, Json] = {"author": author}
    log.append([Draft(SYSTEM_CHAIN, Event.QUARANTINE_RELEASED, now, public, {"note": note})])
