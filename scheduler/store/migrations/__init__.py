"""Brings a database to this version's schema, step by step, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from scheduler.domain.errors import UsageError
from scheduler.store.engine import Database

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(1685416057)")


def upgrade(database: Database) -> None:
    """Apply every step that the database lacks, in one transaction; where it lacks none, nobody is kept waiting.

    Raises UsageError when the database is newer than this Duly.
    """
    if _is_current(database):
        return
    with database.write() as connection:
        if not database.is_sqlite:  # whoever comes second waits here and then finds nothing to do
            connection.execute(_ONE_AT_A_TIME)
        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise UsageError(
                "The database was made by a newer Duly; install that version or name another database"
            ) from error


def _is_current(database: Database) -> bool:
    with database.read() as connection:
        steps = ScriptDirectory.from_config(_config(connection)).get_heads()
        return MigrationContext.configure(connection).get_current_heads() == tuple(steps)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
