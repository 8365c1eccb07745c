"""What `duly run` says before anything is sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.bootstrap import App, assemble
from scheduler.cli.introduction import introduction, set_up_log
from scheduler.cli.parts import Globals
from scheduler.domain.errors import UsageError
from scheduler.settings import Environment, Settings
from tests.fakes.world import HandClock, a_plan_row

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def options(tmp_path: Path) -> Globals:
    """The default configuration on a database of its own."""
    return Globals(Settings.read(Environment({})), CONFIG, f"sqlite:///{tmp_path / 'duly.db'}")


@pytest.fixture
def app(options: Globals) -> App:
    """The assembled application."""
    return assemble(options.settings, options.config_dir, options.database_url, HandClock())


def test_it_names_configuration_database_carriers_and_drafts(app: App, options: Globals) -> None:
    first, second, third = introduction(app, options)
    assert first.startswith(f"Configuration {CONFIG} (")
    assert first.endswith(f"database {options.database_url}")
    assert second == "Messages: email by outbox, sms by outbox"
    assert third == "Policies that nobody has approved yet: strict-fallback"


def test_plans_that_the_configuration_no_longer_covers_are_counted(app: App, options: Globals) -> None:
    rows = [a_plan_row(line=n, plan_ref=f"P-{n}", creditor="harbour") for n in range(3)]
    app.plan_intake.take_plans(rows, app.clock.now())
    catalogue = replace(app.catalogue, creditors={}, cadences={})
    told = list(introduction(replace(app, catalogue=catalogue), options))
    assert told[-2:] == [
        "3 active plans wait: the configuration has no creditor 'harbour'",
        "3 active plans wait: the configuration has no cadence 'standard'",
    ]


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="DULY_LOG_LEVEL is 'loud'"):
        set_up_log("loud")
