"""Migrations lead to the tables that the code knows, leave a current database alone, and refuse a newer one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from scheduler.domain.errors import UsageError
from scheduler.store.engine import Database
from scheduler.store.migrations import upgrade
from scheduler.store.tables import metadata


def test_the_steps_lead_to_the_tables_that_the_code_knows(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_index_is_as_partial_as_the_code_says(database: Database) -> None:
    with database.read() as connection:
        inspector = inspect(connection)
        dialect = connection.dialect.name
        for table in metadata.sorted_tables:
            found = {
                each["name"]: each.get("dialect_options", {}).get(f"{dialect}_where") is not None
                for each in inspector.get_indexes(table.name)
            }
            for index in table.indexes:
                wanted = index.dialect_options[dialect]["where"] is not None
                assert found[index.name] is wanted, index.name


def test_several_processes_may_come_to_an_empty_database_at_once(database: Database) -> None:
    with database.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        if not database.is_sqlite:
            connection.execute(text("DROP FUNCTION entry_refuses_change"))
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(upgrade, database) for _ in range(4)]:
            each.result(30)
    upgrade(database)


def test_a_current_database_is_left_alone(database: Database) -> None:
    upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0001"


def test_a_database_of_a_newer_duly_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="newer Duly"):
        upgrade(database)
