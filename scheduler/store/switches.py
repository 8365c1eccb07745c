"""Stop switches: set, found and resumed. Resuming lets what waits of what they stopped be looked at at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    bindparam,
    insert,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from scheduler.domain.entry import Draft
from scheduler.ports import Key, KnownPause, NewPause, Stopped
from scheduler.store.among import among
from scheduler.store.debtors import creditors_here, debtors_named
from scheduler.store.entries import Log
from scheduler.store.kin import kin_by_debtor
from scheduler.store.locks import lock_configuration, lock_debtors
from scheduler.store.rows import AnyRow
from scheduler.store.tables import WAITING, debtor, touchpoint
from scheduler.store.tables_delivery import pause

_PRIORITIES = (0, 1)

_KNOWN = (
    select(pause, debtor.c.creditor.label("debtor_creditor"), debtor.c.ref.label("debtor_ref"))
    .join(debtor, debtor.c.id == pause.c.debtor_id, isouter=True)
    .order_by(pause.c.id)
)
# Every id is above 0: said so, because SQLite searches a partial index only by a condition on its column.
_STANDING = _KNOWN.where(
    pause.c.id > 0,
    pause.c.resumed_at.is_(None),
    or_(pause.c.until.is_(None), pause.c.until > bindparam("now")),
)
_NUMBERED = _KNOWN.where(pause.c.id == bindparam("number"))
_RESUME = (
    update(pause)
    .where(pause.c.id == bindparam("of"), pause.c.resumed_at.is_(None))
    .values(resumed_at=bindparam("at"), resumed_by=bindparam("by"))
)
# Written out, so that SQLite sees that the partial index covers it.
_WAITS = (text("state = 'planned'"), touchpoint.c.look_at > bindparam("now"))
_WAKE = (
    update(touchpoint)
    .where(
        *_WAITS,
        touchpoint.c.priority == bindparam("of_priority"),
        touchpoint.c.creditor == bindparam("of_creditor"),
    )
    .values(look_at=bindparam("now"))
)
_WAKE_DEBTORS = (
    update(touchpoint)
    .where(among(touchpoint.c.debtor_id), text(WAITING), *_WAITS)
    .values(look_at=bindparam("now"))
)


def standing_pauses(connection: Connection, now: datetime) -> list[KnownPause]:
    """Return the switches that stand at an instant, the oldest first."""
    return [_known(row) for row in connection.execute(_STANDING, {"now": now})]


class Switches:
    """Carries out one transaction over the stop switches, one process at a time."""

    def __init__(self, connection: Connection, log: Log, now: datetime) -> None:
        """Work on an open transaction."""
        self._connection, self._log, self._now = connection, log, now
        lock_configuration(connection)

    def named(self, debtor_ref: str, creditor: str | None) -> Sequence[Key]:
        """Return the debtors who go by a reference, of one creditor or of any."""
        return list(debtors_named(self._connection, debtor_ref, creditor))

    def standing(self) -> Sequence[KnownPause]:
        """Return the switches that stand, the oldest first."""
        return standing_pauses(self._connection, self._now)

    def numbered(self, number: int) -> KnownPause | None:
        """Return a switch, whether it stands or not; None when there is none of that number."""
        row = self._connection.execute(_NUMBERED, {"number": number}).one_or_none()
        return None if row is None else _known(row)

    def pause(self, new: NewPause) -> int:
        """Set a switch and return its number."""
        values = {
            "creditor": new.stopped.creditor,
            "channel": new.stopped.channel,
            "debtor_id": self._debtor_id(new.stopped),
            "author": new.author,
            "reason": new.reason,
            "since": new.since,
            "until": new.until,
        }
        number: int = self._connection.execute(insert(pause).returning(pause.c.id), values).scalar_one()
        return number

    def resume(self, pause: KnownPause, author: str) -> int:
        """Resume a switch and let what waits of what it stopped be looked at now; return how many touchpoints are.

        It waits first for every batch that was decided while the switch stood, then takes debtors' locks.
        """
        self._connection.execute(_RESUME, {"of": pause.number, "at": self._now, "by": author})
        debtor_id = self._debtor_id(pause.stopped)
        if debtor_id is None:
            return self._wake(pause.stopped)
        person = kin_by_debtor(self._connection, [debtor_id])[debtor_id]
        lock_debtors(self._connection, person)
        return self._wake_person(sorted(person), pause.stopped.channel)

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        self._log.append(drafts)

    def _debtor_id(self, stopped: Stopped) -> int | None:
        if stopped.debtor is None:
            return None
        creditor, ref = stopped.debtor
        return debtors_named(self._connection, ref, creditor)[stopped.debtor]

    def _wake(self, stopped: Stopped) -> int:
        """Look at what waits, queue by queue of its index, so that nothing else is read."""
        connection, statement = self._connection, _WAKE
        if stopped.channel is not None:
            statement = statement.where(_uses(stopped.channel))
        creditors = creditors_here(connection) if stopped.creditor is None else [stopped.creditor]
        queues = [
            {"of_priority": priority, "of_creditor": each} for priority in _PRIORITIES for each in creditors
        ]
        return sum(connection.execute(statement, {"now": self._now, **each}).rowcount for each in queues)

    def _wake_person(self, debtor_ids: Sequence[int], channel: str | None) -> int:
        statement = _WAKE_DEBTORS if channel is None else _WAKE_DEBTORS.where(_uses(channel))
        return self._connection.execute(statement, {"ids": debtor_ids, "now": self._now}).rowcount


def _uses(channel: str) -> ColumnElement[bool]:
    return type_coerce(touchpoint.c.channels, Text).contains(channel)


def _known(row: AnyRow) -> KnownPause:
    named = None if row.debtor_id is None else (row.debtor_creditor, row.debtor_ref)
    return KnownPause(
        number=row.id,
        stopped=Stopped(row.creditor, row.channel, named),
        author=row.author,
        reason=row.reason,
        since=row.since,
        until=row.until,
        resumed_by=row.resumed_by,
        resumed_at=row.resumed_at,
    )
