"""The table of rooms: what can be opened, and what is said when it cannot."""

from pathlib import Path

import pytest

from channels.registry import ROOMS, open_channel, open_reader
from channels.tools import is_web_address
from channels.webhook import Webhook
from scheduler.domain.errors import UsageError
from tests.channels.messages import VARIABLES, some_tools
from tests.fakes.signing import PUBLIC_KEY

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


HOOKS = [(provider, name) for provider, room in ROOMS.items() for name in room.webhooks]


def test_every_hook_goes_by_its_own_name_and_is_bounded() -> None:
    assert sorted(HOOKS) == [("sendgrid", "events"), ("twilio", "inbound"), ("twilio", "status")]
    for provider, name in HOOKS:
        hook = ROOMS[provider].webhooks[name]
        assert hook.name == name
        assert 0 < hook.largest_body <= 4 * 1024 * 1024
        assert hook.content_type in ("application/json", "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("provider", "variables"),
    [
        ("twilio", {"TWILIO_AUTH_TOKEN": "token"}),
        ("sendgrid", {"SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY}),
    ],
)
def test_a_receiver_needs_no_key_to_send(provider: str, variables: dict[str, str]) -> None:
    reader = open_reader(provider, variables.get, some_tools())
    assert reader.read(Webhook("https://duly.example.com/", {}, b"")) is None


@pytest.mark.parametrize(
    ("provider", "need"),
    [("twilio", "TWILIO_AUTH_TOKEN"), ("sendgrid", "SENDGRID_WEBHOOK_PUBLIC_KEY")],
)
def test_what_a_receiver_lacks_is_named(provider: str, need: str) -> None:
    with pytest.raises(UsageError, match=f"set {need} "):
        open_reader(provider, nothing, some_tools())


@pytest.mark.parametrize("provider", ["outbox", "smtp", "pigeon"])
def test_a_provider_that_reports_nothing_has_no_reader(provider: str) -> None:
    with pytest.raises(UsageError) as refusal:
        open_reader(provider, VARIABLES.get, some_tools())
    assert str(refusal.value) == (
        f"Provider '{provider}' reports nothing by itself; those that do: sendgrid, twilio"
    )


RSA = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRhGF7X4A0ZVlEg594WmODVVUIiiPQs04aLmvfg8SborHss5gQXu0aIdUT6nb5"
    "rTh5hD2yfpF2WIW6M8z0WxRhwicgXwi80H1aLPf6lEPPLvN29EhQNjBpkFkAJUbS8uuhJEeKw0cE49g80eBBF4BCqSL6PFQbP9/r"
    "ByxdxEoAIQIDAQAB"
)


@pytest.mark.parametrize("name", ["SENDGRID_WEBHOOK_PUBLIC_KEY", "SENDGRID_WEBHOOK_PUBLIC_KEY_PREVIOUS"])
@pytest.mark.parametrize("value", ["canary", "ü", RSA])
def test_a_key_of_another_kind_is_refused_by_its_variable(name: str, value: str) -> None:
    variables = {"SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY, name: value}
    with pytest.raises(UsageError, match=f"^{name} is not a public key; ") as refusal:
        open_reader("sendgrid", variables.get, some_tools())
    assert value not in str(refusal.value)


@pytest.mark.parametrize("provider", ["twilio", "sendgrid"])
def test_a_reader_shows_no_secret(provider: str) -> None:
    variables = {**VARIABLES, "TWILIO_AUTH_TOKEN_PREVIOUS": "twilio-token-canary"}
    variables["SENDGRID_WEBHOOK_PUBLIC_KEY"] = PUBLIC_KEY
    assert "canary" not in repr(open_reader(provider, variables.get, some_tools()))


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
