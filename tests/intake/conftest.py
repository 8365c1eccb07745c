"""A small world on SQLite for what intake does to the messages; the store's own tests cover the other database."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.fakes.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The flow on an empty store."""
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    yield World(SqlStore(database, secrets.token_bytes))
    database.close()
