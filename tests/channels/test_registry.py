"""The table of rooms: what can be opened, and what is said when it cannot."""

from pathlib import Path

import pytest

from channels.registry import ROOMS, open_channel
from channels.tools import is_web_address
from scheduler.domain.errors import UsageError
from tests.channels.messages import VARIABLES, some_tools

SERVED = [(provider, channel) for provider, room in ROOMS.items() for channel in sorted(room.channels)]


def nothing(name: str) -> None:
    """An environment without a single variable."""


@pytest.mark.parametrize(("provider", "channel"), SERVED)
async def test_every_room_opens_for_every_channel_it_serves(
    provider: str, channel: str, tmp_path: Path
) -> None:
    room = open_channel(provider, channel, VARIABLES.get, some_tools(tmp_path))
    assert room.provider == provider
    await room.close()


def test_only_the_outbox_reaches_nobody() -> None:
    assert {name for name, room in ROOMS.items() if not room.delivers} == {"outbox"}


def test_what_a_room_does_not_carry_is_on_a_channel_that_it_serves_under_a_name_of_its_own() -> None:
    declared = [(room, each) for room in ROOMS.values() for each in room.restrictions]
    assert all(each.channels <= room.channels and each.countries and each.roles for room, each in declared)
    assert len({each.id for _, each in declared}) == len(declared) > 0


def test_both_channels_are_served_without_any_variable() -> None:
    for channel in ("sms", "email"):
        assert open_channel("outbox", channel, nothing, some_tools()).provider == "outbox"


def test_opening_connects_to_nothing_and_writes_nothing(tmp_path: Path) -> None:
    for provider, channel in SERVED:
        open_channel(provider, channel, VARIABLES.get, some_tools(tmp_path / "outbox"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("provider", "channel", "choice"),
    [
        ("pigeon", "sms", "choose one of outbox, twilio"),
        ("twilio", "email", "choose one of outbox, sendgrid, smtp"),
        ("sendgrid", "sms", "choose one of outbox, twilio"),
        ("twilio", "fax", "no provider serves that channel"),
    ],
)
def test_a_provider_that_cannot_serve_is_refused_with_those_that_can(
    provider: str, channel: str, choice: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        open_channel(provider, channel, VARIABLES.get, some_tools())
    assert str(refusal.value) == f"Provider '{provider}' cannot serve the channel '{channel}'; {choice}"


@pytest.mark.parametrize(
    ("provider", "given", "needs"),
    [
        (
            "twilio",
            (),
            "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN and TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID",
        ),
        ("twilio", ("TWILIO_ACCOUNT_SID", "TWILIO_FROM"), "TWILIO_AUTH_TOKEN"),
        (
            "twilio",
            ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
            "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID",
        ),
        ("sendgrid", (), "SENDGRID_API_KEY"),
        ("smtp", (), "SMTP_URL"),
    ],
)
def test_missing_variables_are_all_named_at_once(provider: str, given: tuple[str, ...], needs: str) -> None:
    (channel,) = ROOMS[provider].channels
    variables = {name: VARIABLES[name] for name in given}
    with pytest.raises(UsageError) as refusal:
        open_channel(provider, channel, variables.get, some_tools())
    assert str(refusal.value).startswith(f"Provider {provider} is not configured: set {needs} (")


@pytest.mark.parametrize(
    ("provider", "variable", "value"),
    [
        ("twilio", "TWILIO_ACCOUNT_SID", "SK-canary"),
        ("twilio", "TWILIO_MESSAGING_SERVICE_SID", "AC-canary"),
        ("twilio", "DULY_TWILIO_BASE_URL", "canary"),
        ("sendgrid", "DULY_SENDGRID_BASE_URL", "https://user:canary@example.com"),
        ("sendgrid", "SENDGRID_WEBHOOK_PUBLIC_KEY", "canary"),
        ("smtp", "SMTP_URL", "http://canary@example.com"),
        ("smtp", "SMTP_URL", "smtp://"),
        ("smtp", "SMTP_URL", "smtp://example.com:canary"),
        ("smtp", "SMTP_URL", "smtp://example.com/canary"),
        ("smtp", "SMTP_URL", "smtp://example.com?starttls=canary"),
        ("smtp", "SMTP_URL", "smtp://example.com?canary=1"),
        ("smtp", "SMTP_URL", "smtp://example.com?canary"),
        ("smtp", "SMTP_URL", "smtps://example.com?starttls=always"),
    ],
)
def test_an_unusable_variable_is_named_and_its_value_is_not_shown(
    provider: str, variable: str, value: str
) -> None:
    (channel,) = ROOMS[provider].channels
    with pytest.raises(UsageError, match=f"^{variable} ") as refusal:
        open_channel(provider, channel, {**VARIABLES, variable: value}.get, some_tools())
    assert "canary" not in str(refusal.value)


def test_an_unusable_public_address_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^DULY_PUBLIC_URL "):
        open_channel("twilio", "sms", VARIABLES.get, some_tools(public_url="duly.example.com"))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://duly.example.com", True),
        ("http://127.0.0.1:8400/duly/", True),
        ("https://[2001:db8::1]:8400", True),
        ("duly.example.com", False),
        ("ftp://duly.example.com", False),
        ("https://", False),
        ("https://duly.example.com:port", False),
        ("https://user@duly.example.com", False),
        ("https://duly.example.com?x=1", False),
        ("https://duly.example.com#x", False),
        ("https://[duly", False),
    ],
)
def test_an_address_of_the_web_is_recognised(text: str, is_one: bool) -> None:
    assert is_web_address(text) is is_one
