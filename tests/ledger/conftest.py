"""Lived-in logs on both databases."""

import pytest

from scheduler.store.engine import Database
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
