"""The command on a database of its own."""

from pathlib import Path

import pytest

from scheduler import bootstrap
from scheduler.catalogue import Catalogue, load
from scheduler.cli import run
from scheduler.cli.defaults import defaults_dir
from tests.cli.commands import Duly


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The default configuration, loaded once: compiling its templates takes a second."""
    return load(defaults_dir() / "config")


@pytest.fixture
def duly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue) -> Duly:
    """The command on a database of its own and the default configuration."""
    monkeypatch.delenv("DULY_USER", raising=False)
    monkeypatch.setattr(bootstrap, "load", lambda *_, **__: catalogue)
    database = f"sqlite:///{tmp_path / 'duly.db'}"

    def call(*arguments: str | Path) -> int:
        return run(["--database", database, *map(str, arguments)])

    return call
