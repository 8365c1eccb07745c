"""Lived-in logs on both databases, and a law to audit logs by."""

from pathlib import Path

import pytest

from scheduler.store.engine import Database
from tests.ledger.audited import Ink, write_law
from tests.ledger.lived_in import live, unlock
from tests.store.conftest import database as database


@pytest.fixture
def lived_in(database: Database) -> Database:
    """A database whose log has seen something."""
    live(database)
    return database


@pytest.fixture
def unlocked(lived_in: Database) -> Database:
    """The same, after somebody has dropped the triggers that keep the log append-only."""
    unlock(lived_in)
    return lived_in


@pytest.fixture(scope="session")
def law(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration with the law of the north."""
    return write_law(tmp_path_factory.mktemp("law"))


@pytest.fixture
def ink() -> Ink:
    """An empty log."""
    return Ink()
