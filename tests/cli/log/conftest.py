"""The usual database, lived in, in an empty folder."""

from pathlib import Path

import pytest

from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from tests.ledger.lived_in import live


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder and with none of Duly's variables."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_PORT", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _lived_in(_elsewhere: None) -> None:
    """The usual database, lived in."""
    database = open_database("sqlite:///var/duly.db")
    upgrade(database)
    live(database)
    database.close()
