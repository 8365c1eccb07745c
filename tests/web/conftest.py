"""A stage for the web: an empty database and an outbox of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from tests.web.house import House
from tests.web.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A world with nothing in it yet."""
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    yield Stage(database, tmp_path / "outbox")
    database.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A web that providers may call, over a world with nothing in it yet."""
    database = open_database(f"sqlite:///{tmp_path / 'house.db'}")
    upgrade(database)
    yield House(database)
    database.close()
