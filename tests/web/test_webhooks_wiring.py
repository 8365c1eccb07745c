"""What the assembled application opens to providers, and that what it takes is in its database."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from channels.webhook import Webhook
from scheduler.bootstrap import App, assemble
from scheduler.settings import Environment, Settings
from tests.fakes.world import HandClock
from tests.store.reporting import words
from tests.web.house import VARIABLES

CONFIG = Path(__file__).parents[2] / "config"
PUBLIC = {"DULY_PUBLIC_URL": "https://duly.example.com"}
TWILIO = {"TWILIO_AUTH_TOKEN": "newest"}
SENDGRID = {"SENDGRID_WEBHOOK_PUBLIC_KEY": VARIABLES["SENDGRID_WEBHOOK_PUBLIC_KEY"]}
_TWILIO_HOOKS = {("twilio", "status"), ("twilio", "inbound")}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The application with the shipped configuration, for all tests."""
    url = f"sqlite:///{tmp_path_factory.mktemp('wired') / 'duly.db'}"
    assembled = assemble(Settings.read(Environment({})), CONFIG, url, HandClock())
    yield assembled
    assembled.database.close()


def given(app: App, variables: Mapping[str, str]) -> App:
    """Return the application as it would be with these variables."""
    return replace(app, settings=Settings.read(Environment(variables)))


@pytest.mark.parametrize(
    ("variables", "hooks"),
    [
        (PUBLIC | TWILIO | SENDGRID, _TWILIO_HOOKS | {("sendgrid", "events")}),
        (PUBLIC | TWILIO, _TWILIO_HOOKS),
        (PUBLIC | SENDGRID, {("sendgrid", "events")}),
        (PUBLIC, set()),
        (TWILIO | SENDGRID, set()),
        (PUBLIC | {"SENDGRID_WEBHOOK_PUBLIC_KEY": "no key"}, set()),
    ],
    ids=["both", "twilio", "sendgrid", "nobody's key", "no public address", "a key that is none"],
)
def test_what_can_be_believed_is_open_whoever_sends_today(
    app: App, variables: dict[str, str], hooks: set[tuple[str, str]]
) -> None:
    assert set(given(app, variables).open_hooks()) == hooks


def test_readers_believe_nobody_without_a_signature(app: App) -> None:
    hooks = given(app, PUBLIC | TWILIO | SENDGRID).open_hooks()
    for hook, reader in hooks.values():
        assert reader.read(Webhook("https://duly.example.com/", {}, b"")) is None, hook


def test_a_provider_in_use_that_cannot_be_heard_is_told_of(app: App) -> None:
    catalogue = replace(app.catalogue, channels={"email": ("sendgrid",)})
    with structlog.testing.capture_logs() as lines:
        assert given(replace(app, catalogue=catalogue), PUBLIC).open_hooks() == {}
    (line,) = lines
    assert (line["event"], line["provider"]) == ("provider_is_not_heard", "sendgrid")
    assert "SENDGRID_WEBHOOK_PUBLIC_KEY" in line["why"]


def test_what_is_taken_is_in_the_database(app: App) -> None:
    app.take_reports("twilio", [words("hello")])
    with app.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT provider, event_id, kind FROM callback").all()
    assert [tuple(each) for each in kept] == [("twilio", "w-1", "stray")]
