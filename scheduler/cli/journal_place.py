"""Whether what takes the database takes the dispatch journal, too: a second memory belongs on another file system."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from scheduler.bootstrap import journal_path
from scheduler.cli.parts import Globals
from scheduler.domain.errors import UsageError
from scheduler.store.engine import open_database

_HERE = (None, "", "localhost", "127.0.0.1", "::1")


def shared_place(given: Globals) -> str | None:
    """Return a sentence where both lie on one file system; None where they do not, or where nobody can know."""
    try:
        url = make_url(given.database_url)
    except ArgumentError:
        return None  # whoever opens the database says what is wrong with its URL
    journal, data = journal_path(given.settings, url), _data_of(url)
    if data is None or _device(journal) != _device(data):
        return None
    return (
        f"The dispatch journal {journal} lies on the database's file system: what takes the one takes the other. "
        f"Name a place on another one with DULY_JOURNAL."
    )


def _data_of(url: URL) -> Path | None:
    """Return where a database keeps its data, if that is on this machine and can be known."""
    if url.get_backend_name() == "sqlite":
        return Path(url.database) if url.database and url.database != ":memory:" else None
    if url.host in _HERE or str(url.host).startswith("/"):
        return _data_directory(url)
    return None


def _data_directory(url: URL) -> Path | None:
    """Ask a PostgreSQL server of this machine, which tells it to few roles."""
    try:
        database = open_database(url.render_as_string(hide_password=False))
        try:
            with database.read() as connection:
                return Path(str(connection.exec_driver_sql("SHOW data_directory").scalar_one()))
        finally:
            database.close()
    except (UsageError, DBAPIError):
        return None


def _device(path: Path) -> int | None:
    """Return the file system on which a path lies, or would lie once it is made."""
    for each in (path.absolute(), *path.absolute().parents):
        try:
            return each.stat().st_dev
        except OSError:
            continue
    return None
