"""Custody of one database: what shows that it is not the one that was written to last, and who releases it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, exists, func, select, text

from scheduler.domain.doubt import DEADLINE
from scheduler.domain.entry import instant_text
from scheduler.ports import Break, Intent, Mark
from scheduler.store import lost
from scheduler.store.adopting import adopt
from scheduler.store.gate import Quarantine, end_quarantine, enter_quarantine, standing_quarantine
from scheduler.store.locks import lock_configuration
from scheduler.store.patience import insistently, patiently
from scheduler.store.signs import (
    TIMELINE,
    keep,
    keep_signs,
    kept_signs,
    newest_entry,
    shown_signs,
)
from scheduler.store.store import SqlStore
from scheduler.store.tables import OPEN, entry, message, touchpoint
from scheduler.store.tables_delivery import custody, lost_intent

_KNOWN_AHEAD = "known_ahead"
"""Under this name is kept how far ahead of the clock something was noted when a person last released a quarantine."""

_NEWEST = 100
"""How many of the newest entries and messages are asked when they were noted."""

_HASH = select(entry.c.hash)
_ENTRIES_AT = select(entry.c.at).order_by(entry.c.seq.desc()).limit(_NEWEST).subquery()
_ARMED_AT = select(message.c.armed_at).order_by(message.c.id.desc()).limit(_NEWEST).subquery()
_LATEST = (select(func.max(_ENTRIES_AT.c.at)), select(func.max(_ARMED_AT.c.armed_at)))
_KNOWN = select(custody.c.value).where(custody.c.name == _KNOWN_AHEAD)
_UNKNOWN = (text(f"message.{OPEN}"), message.c.state == "unknown")
_COUNT_UNKNOWN = select(func.count()).select_from(message).where(*_UNKNOWN)
_LOST = select(func.count(), func.max(message.c.armed_at)).where(*_UNKNOWN, message.c.code == lost.LOST_TAIL)
_FORGOTTEN = (
    select(func.count())
    .select_from(lost_intent)
    .where(~exists().where(touchpoint.c.key == lost_intent.c.touchpoint))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand in a quarantine.

    `unknown` messages have no certain outcome; `lost` are those of them that the database had forgotten, and they are
    looked for until `looked_for_until` at the latest. `forgotten` were sent for plans or payments that it does not
    know yet.
    """

    quarantine: Quarantine
    unknown: int
    lost: int
    looked_for_until: datetime | None
    forgotten: int


class SqlCustody:
    """Keeps custody of one database; every method is one transaction."""

    def __init__(self, store: SqlStore) -> None:
        """Use a store, whose own watch over the log goes on beside."""
        self._store, self._database = store, store.database

    def missing(self, intents: Sequence[Intent]) -> Sequence[Intent]:
        """Return the intents of which the database knows nothing, in their order."""
        with self._database.read() as connection:
            return lost.missing(connection, intents)

    def note_lost(self, intents: Sequence[Intent], now: datetime) -> None:
        """Keep intents that were lost, so that none of them is made again; repeating it changes nothing."""
        insistently(self._note_lost, intents, now)

    def _note_lost(self, intents: Sequence[Intent], now: datetime) -> None:
        with self._store.transaction() as (connection, _):
            lost.note_lost(connection, intents, now)

    def recall(self, now: datetime) -> None:
        """Make a lost intent's message unknown as soon as its touchpoint is known, and give it what was reported."""
        patiently(self._recall, now)

    def _recall(self, now: datetime) -> None:
        with self._store.transaction() as (connection, log):
            lost.recall(connection, log, now)
            lost.merge_late(connection, log, now)
            adopt(connection, log, now)

    def has(self, mark: Mark) -> bool:
        """Whether the log still has an entry."""
        with self._database.read() as connection:
            found = connection.execute(_HASH.where(entry.c.seq == mark.seq)).scalar()
        return found == mark.hash

    def newest(self) -> Mark | None:
        """Return the newest entry of the log; None while it is empty."""
        with self._database.read() as connection:
            return newest_entry(connection)

    def breaks(self) -> Sequence[Break]:
        """Return by what the database shows that it is another one; what it shows at first is kept."""
        with self._database.read() as connection:
            is_the_same, kept = self._store.watch.recognises(connection), kept_signs(connection)
        shown = shown_signs(self._database)
        if shown and not kept:
            self._keep_signs(shown)
        found = (
            [] if is_the_same else [Break("lost_tail", "an entry that was in the log is gone or another one")]
        )
        strange = [name for name in kept if name in shown and shown[name] != kept[name]]
        if strange == [TIMELINE]:
            detail = f"the server's timeline was {kept[TIMELINE]} and is {shown[TIMELINE]}"
            found.append(Break("failed_over", detail))
        elif strange:
            found.append(
                Break("another_database", f"it differs from the former by its {' and '.join(strange)}")
            )
        return found

    def _keep_signs(self, shown: dict[str, str]) -> None:
        with self._store.transaction() as (connection, _):
            lock_configuration(connection)
            if not kept_signs(connection):
                keep_signs(connection, shown)

    def latest_instant(self) -> datetime | None:
        """Return the latest instant of which the database knows, but for what a person has taken note of."""
        with self._database.read() as connection:
            latest, known = _latest(connection), connection.execute(_KNOWN).scalar()
        if latest is None or (known is not None and latest <= datetime.fromisoformat(known)):
            return None
        return latest

    def stands(self) -> bool:
        """Whether a quarantine stands."""
        with self._database.read() as connection:
            return standing_quarantine(connection) is not None

    def quarantine(self, cause: str, detail: str, now: datetime) -> None:
        """Stop all sending until a person releases it; what is in the log now is trusted, and watched, from here on."""
        self._store.quarantine(cause, detail, now)
        self._store.watch.begin()

    def start(self, author: str, reason: str, now: datetime) -> bool:
        """Start a quarantine by hand, and say whether there was none; one that stands stays as it is."""
        return patiently(self._start, author, reason, now)

    def _start(self, author: str, reason: str, now: datetime) -> bool:
        with self._store.transaction() as (connection, log):
            return enter_quarantine(connection, log, "by_hand", reason, now, author)

    def standing(self) -> Standing | None:
        """Return how things stand; None while there is no quarantine."""
        with self._database.read() as connection:
            return _standing(connection)

    def release(self, author: str, note: str, now: datetime, *, although_unknown: bool) -> Standing | None:
        """End the quarantine and return how things stood; None when there was none.

        Nothing is changed while lost messages are looked for, unless `although_unknown`. The database is taken for
        the right one from here on, as it shows itself now.
        """
        return patiently(self._release, author, note, now, although_unknown)

    def _release(self, author: str, note: str, now: datetime, although_unknown: bool) -> Standing | None:
        signs = shown_signs(self._database)
        with self._store.transaction() as (connection, log):
            lost.recall(connection, log, now)
            lost.merge_late(connection, log, now)
            lock_configuration(connection)
            standing = _standing(connection)
            if standing is None or (standing.lost and not although_unknown):
                return standing
            if (latest := _latest(connection)) is not None and latest > now:
                keep(connection, {_KNOWN_AHEAD: instant_text(latest)}, [_KNOWN_AHEAD])
            if signs:
                keep_signs(connection, signs)
            end_quarantine(connection, log, author, note, now)
            return standing


def _standing(connection: Connection) -> Standing | None:
    quarantine = standing_quarantine(connection)
    if quarantine is None:
        return None
    number, last = connection.execute(_LOST).one()
    return Standing(
        quarantine=quarantine,
        unknown=connection.execute(_COUNT_UNKNOWN).scalar_one(),
        lost=number,
        looked_for_until=None if last is None else last + DEADLINE,
        forgotten=connection.execute(_FORGOTTEN).scalar_one(),
    )


def _latest(connection: Connection) -> datetime | None:
    found = [connection.execute(each).scalar() for each in _LATEST]
    instants = [each.astimezone(UTC) for each in found if each is not None]
    return max(instants, default=None)
