"""Twilio's room: what its SDK is asked to post, and when it is not asked at all."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from channels.registry import Channel, Tools, open_channel
from scheduler.domain.delivery import Accepted, NotSent
from tests.channels.messages import ACCOUNT, SERVICE, TOUCHPOINT, VARIABLES, a_message, some_tools
from tests.fakes.provider import LoopbackProvider


def a_room(provider: LoopbackProvider, tools: Tools | None = None, **more: str) -> Channel:
    get = {**VARIABLES, "DULY_TWILIO_BASE_URL": provider.url, **more}.get
    return open_channel("twilio", "sms", get, tools or some_tools())


def posted(provider: LoopbackProvider) -> dict[str, str]:
    """The form of the last request."""
    form = parse_qs(provider.requests[-1].body.decode(), keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in form.values())
    return {name: values[0] for name, values in form.items()}


async def test_the_whole_form_is_what_twilio_documents(provider: LoopbackProvider) -> None:
    room = a_room(provider)
    await room.send(a_message(text="您好 & hello = 12.50 €"))
    assert provider.requests[-1].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert posted(provider) == {
        "To": "+447700900123",
        "From": "+15550100",
        "Body": "您好 & hello = 12.50 €",
        "ValidityPeriod": "10740",
        "StatusCallback": f"https://duly.example.com/webhooks/twilio/status?t={TOUCHPOINT}&a=1",
    }
    await room.close()


async def test_the_answer_names_the_message(provider: LoopbackProvider) -> None:
    room = a_room(provider)
    assert await room.send(a_message()) == Accepted(provider.accepted[0].provider_id)
    await room.close()


@pytest.mark.parametrize("public_url", ["https://duly.example.com/", "https://duly.example.com"])
async def test_a_slash_more_or_less_makes_no_other_callback(
    provider: LoopbackProvider, public_url: str
) -> None:
    room = a_room(provider, some_tools(public_url=public_url))
    await room.send(a_message())
    assert posted(provider)["StatusCallback"].startswith("https://duly.example.com/webhooks/")
    await room.close()


async def test_without_a_public_address_there_is_no_callback(provider: LoopbackProvider) -> None:
    room = a_room(provider, some_tools(public_url=None))
    await room.send(a_message())
    assert "StatusCallback" not in posted(provider)
    await room.close()


@pytest.mark.parametrize(
    ("service", "sender", "form"),
    [
        pytest.param("", "", {"From": "+15550100"}, id="the number configured"),
        pytest.param("", "Northwind", {"From": "Northwind"}, id="the creditor's own"),
        pytest.param(SERVICE, "", {"MessagingServiceSid": SERVICE}, id="a messaging service chooses"),
        pytest.param(
            SERVICE,
            "+15550101",
            {"MessagingServiceSid": SERVICE, "From": "+15550101"},
            id="the creditor's own within the service",
        ),
    ],
)
async def test_the_sender_is_the_creditor_s_own_where_it_has_one(
    provider: LoopbackProvider, service: str, sender: str, form: dict[str, str]
) -> None:
    room = a_room(provider, TWILIO_MESSAGING_SERVICE_SID=service)
    assert isinstance(await room.send(a_message(sender=sender)), Accepted)
    senders = {"From", "MessagingServiceSid"}
    assert {name: value for name, value in posted(provider).items() if name in senders} == form
    await room.close()


@pytest.mark.parametrize(
    ("left", "validity"),
    [
        (timedelta(seconds=300), "240"),
        (timedelta(seconds=300.9), "240"),
        (timedelta(hours=10), "35940"),
        (timedelta(hours=10, seconds=60), "36000"),
        (timedelta(hours=10, seconds=61), "36000"),
        (timedelta(days=2), "36000"),
    ],
)
async def test_a_queued_message_expires_a_minute_before_its_window(
    provider: LoopbackProvider, left: timedelta, validity: str
) -> None:
    room = a_room(provider)
    await room.send(a_message(left=left))
    assert posted(provider)["ValidityPeriod"] == validity
    await room.close()


@pytest.mark.parametrize("left", [timedelta(seconds=299.9), timedelta(0), timedelta(days=-1)])
async def test_no_call_is_made_within_five_minutes_of_the_window_s_end(
    provider: LoopbackProvider, left: timedelta
) -> None:
    room = a_room(provider)
    assert await room.send(a_message(left=left)) == NotSent("window_closing")
    assert provider.posts == 0
    await room.close()


async def test_the_sdk_s_own_variables_do_not_change_the_host(
    provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION"):
        monkeypatch.setenv(name, "sydney")
    room = a_room(provider)
    assert isinstance(await room.send(a_message()), Accepted)
    await room.close()


async def test_a_text_that_is_not_unicode_is_sent_with_a_question_mark(provider: LoopbackProvider) -> None:
    room = a_room(provider)
    await room.send(a_message(text="Hello \ud800 Maria"))
    assert posted(provider)["Body"] == "Hello ? Maria"
    await room.close()


async def test_the_token_is_sent_as_a_header_and_nowhere_else(provider: LoopbackProvider) -> None:
    room = a_room(provider)
    await room.send(a_message())
    request = provider.requests[-1]
    lines: Callable[[bytes], bool] = lambda line: line.lower().startswith(b"authorization: basic ")  # noqa: E731
    assert len(list(filter(lines, request.head.split(b"\r\n")))) == 1
    assert b"token" not in request.body
    assert "token" not in request.path
    await room.close()
