"""The databases that every store test runs on, and a small world to put into them."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler.store.engine import Database, open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.fakes.postgres import postgres_url
from tests.fakes.world import World, a_plan_row, turn


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database of either kind."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    else:
        opened = open_database(postgres_url())
        with opened.write() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database) -> World:
    """The flow on an empty store of either kind."""
    return World(SqlStore(database, secrets.token_bytes))


@pytest.fixture
async def sent(world: World) -> World:
    """A world whose one message the provider has accepted, by email, five minutes ago."""
    world.take_plans(a_plan_row())
    await turn(world)
    world.clock.move(minutes=5)
    return world
