"""The application on a clock that stands still, for figures that do not depend on the hour."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from benchmarks.report import ROOT
from scheduler.bootstrap import App, assemble
from scheduler.settings import Environment, Settings
from tests.fakes.world import HandClock

DEFAULTS: Mapping[str, str] = {}
"""An empty environment: every message goes to the outbox."""


def app_on(
    database_url: str,
    folder: Path,
    variables: Mapping[str, str],
    now: datetime,
    config: Path = ROOT / "config",
) -> App:
    """Assemble the application with its outbox in a folder and its clock at one instant."""
    environment = Environment(dict(variables) | {"DULY_OUTBOX": str(folder / "outbox")})
    return assemble(Settings.read(environment), config, database_url, clock=HandClock(now))
