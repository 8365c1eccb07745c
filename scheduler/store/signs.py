"""Signs by which a database is recognised as the one that was written to last.

A server's own signs are kept in the database, so that a copy of it on another server, or after another server has
taken over, does not match them. The log's newest entry is kept by each process: a database that was put in the place
of the former does not have it, even if nobody restarts anything.
"""

from collections.abc import Collection, Mapping
from threading import Lock

import structlog
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text
from sqlalchemy.exc import DBAPIError

from scheduler.ports import Mark
from scheduler.store.engine import Database
from scheduler.store.tables import entry
from scheduler.store.tables_delivery import custody

TIMELINE, PLACE, SYSTEM = "timeline", "place", "system"

ALWAYS_ASKED = (TIMELINE, PLACE)
"""Signs that every transaction looks at before it arms anything: a server may be replaced between two looks."""

# https://www.postgresql.org/docs/current/functions-admin.html (a WAL file's name begins with the timeline)
# https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA
_SHOWN: Mapping[str, str] = {
    TIMELINE: "CASE WHEN pg_is_in_recovery() THEN 'standby'"
    " ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END",
    PLACE: "(SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database())"
    " || '/' || to_regclass('custody')::oid::text",
    SYSTEM: "(SELECT c.system_identifier::text FROM pg_control_system() c)",
}
_CASES = " ".join(f"WHEN '{name}' THEN {_SHOWN[name]}" for name in ALWAYS_ASKED)
# In one statement, and only for signs that are kept: a server that does not tell one is not asked for it.
_STRANGE = text(
    f"SELECT count(*) FROM (SELECT value, CASE name {_CASES} END AS shown FROM custody"  # noqa: S608  # our own words
    f" WHERE name IN ('{TIMELINE}', '{PLACE}')) AS sign WHERE shown IS DISTINCT FROM value"
)
_KEPT = select(custody.c.name, custody.c.value).where(custody.c.name.in_(bindparam("names", expanding=True)))
_FORGET = delete(custody).where(custody.c.name.in_(bindparam("names", expanding=True)))
_NEWEST = select(entry.c.seq, entry.c.hash).order_by(entry.c.seq.desc()).limit(1)
_SEEN = select(entry.c.seq, entry.c.hash).where(
    or_(entry.c.seq == bindparam("seen"), entry.c.seq == select(func.max(entry.c.seq)).scalar_subquery())
)

_log = structlog.get_logger("duly.store")


def shows_its_signs(connection: Connection) -> bool:
    """Whether the server shows every sign that is kept of it, as far as may be asked in every transaction."""
    return connection.dialect.name == "sqlite" or connection.execute(_STRANGE).scalar_one() == 0


def shown_signs(database: Database) -> dict[str, str]:
    """Return the signs that the server shows; what it does not tell this role is left out. SQLite has no server."""
    if database.is_sqlite:
        return {}
    shown: dict[str, str] = {}
    for name, question in _SHOWN.items():
        try:
            with database.read() as connection:
                shown[name] = str(connection.execute(text(f"SELECT {question}")).scalar_one())
        except DBAPIError as error:
            _log.warning("sign_not_shown", sign=name, error=type(error.orig).__name__)
    return shown


def kept_signs(connection: Connection) -> dict[str, str]:
    """Return the signs that are kept."""
    return {row.name: row.value for row in connection.execute(_KEPT, {"names": list(_SHOWN)})}


def keep_signs(connection: Connection, signs: Mapping[str, str]) -> None:
    """Keep these in place of all that were kept."""
    keep(connection, signs, list(_SHOWN))


def keep(connection: Connection, values: Mapping[str, str], instead_of: Collection[str]) -> None:
    """Keep named values in place of others."""
    connection.execute(_FORGET, {"names": list(instead_of)})
    if values:
        connection.execute(
            insert(custody), [{"name": name, "value": value} for name, value in values.items()]
        )


def newest_entry(connection: Connection) -> Mark | None:
    """Return the newest entry of the log; None while it is empty."""
    row = connection.execute(_NEWEST).one_or_none()
    return None if row is None else Mark(row.seq, row.hash)


class Watch:
    """What one process has seen of the log: entries are only ever added, so the newest that it saw is still there."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self._seen: Mark | None = None
        self._lock = Lock()
        self.has_lost_it = False

    def recognises(self, connection: Connection) -> bool:
        """Whether the newest entry that was seen is still there; once it was not, the answer is no until `begin`."""
        seen = self._seen
        rows = connection.execute(_SEEN, {"seen": seen.seq if seen else 0}).all()
        marks = [Mark(row.seq, row.hash) for row in rows]
        with self._lock:
            if seen is not None and seen not in marks:
                self.has_lost_it = True
            elif marks:
                self._seen = max(marks, key=lambda each: each.seq)
            return not self.has_lost_it

    def begin(self) -> None:
        """Trust what is there from now on."""
        with self._lock:
            self._seen, self.has_lost_it = None, False
