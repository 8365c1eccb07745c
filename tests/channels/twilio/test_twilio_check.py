"""What Twilio's room complains of at the start, and that no complaint shows more than it should."""

from collections.abc import Callable

import pytest

from channels.registry import Channel, open_channel
from channels.tools import Timeouts
from channels.twilio import check
from tests.channels.messages import CANARIES, SERVICE, VARIABLES, some_tools
from tests.fakes.provider import LoopbackProvider
from tests.fakes.twists import HANG_AFTER, Twist, answer, html, says, twilio_refuses


def a_room(provider: LoopbackProvider, timeouts: Timeouts | None = None, **more: str) -> Channel:
    tools = some_tools(timeouts=timeouts) if timeouts else some_tools()
    return open_channel(
        "twilio", "sms", {**VARIABLES, "DULY_TWILIO_BASE_URL": provider.url, **more}.get, tools
    )


async def complaints(provider: LoopbackProvider, **more: str) -> tuple[str, ...]:
    room = a_room(provider, None, **more)
    found = await room.check()
    await room.close()
    assert [each for each in (*CANARIES, "5550100") if each in " ".join(found)] == []
    return found


async def test_a_good_account_and_number_give_no_cause_for_complaint(provider: LoopbackProvider) -> None:
    provider.office.numbers = {"+15550100": True}
    assert await complaints(provider) == ()


@pytest.mark.parametrize("status", ["suspended", "closed", "", "reopened"])
async def test_an_account_that_is_not_active_is_complained_of(
    provider: LoopbackProvider, status: str
) -> None:
    provider.office.status = status
    assert await complaints(provider) == ("The Twilio account is suspended or closed; see its console",)


@pytest.mark.parametrize(
    ("twist", "complaint"),
    [
        (
            twilio_refuses(401, 20003),
            "Twilio does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN (http_401); "
            "copy both from its console",
        ),
        (
            twilio_refuses(404, 20404),
            "Twilio does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN (http_404); "
            "copy both from its console",
        ),
        (html(503), "Twilio cannot be asked (http_503); check the network and DULY_TWILIO_BASE_URL"),
        (html(200), "Twilio cannot be asked (answer_unreadable); check the network and DULY_TWILIO_BASE_URL"),
    ],
)
async def test_where_the_account_cannot_be_asked_for_that_is_the_one_complaint(
    provider: LoopbackProvider, twist: Twist, complaint: str
) -> None:
    provider.questions.extend([twist, twist])
    assert await complaints(provider) == (complaint,)


SHOWN = "TWILIO_FROM (a number that ends in 00)"


@pytest.mark.parametrize(
    ("numbers", "complaint"),
    [
        ({}, f"{SHOWN} is no number of the Twilio account; choose one that is"),
        ({"+15550100": False}, f"{SHOWN} cannot send SMS; choose a number that can"),
    ],
)
async def test_a_number_that_cannot_be_sent_from_is_complained_of(
    provider: LoopbackProvider, numbers: dict[str, bool], complaint: str
) -> None:
    provider.office.numbers = numbers
    assert await complaints(provider) == (complaint,)


@pytest.mark.parametrize("body", [b"{}", b'{"incoming_phone_numbers": [7, {"phone_number": "+15550199"}]}'])
async def test_an_answer_that_does_not_name_the_number_is_no_consent(
    provider: LoopbackProvider, body: bytes
) -> None:
    provider.questions.extend([says(200, {"status": "active"}), Twist(answer=answer(200, body))])
    (complaint,) = await complaints(provider)
    assert complaint.startswith(SHOWN)


@pytest.mark.parametrize("sender", ["Northwind", "12345", "whatsapp:+15550100"])
async def test_a_sender_that_is_no_number_is_not_asked_for(provider: LoopbackProvider, sender: str) -> None:
    provider.office.numbers = {}
    assert await complaints(provider, TWILIO_FROM=sender) == ()
    assert len(provider.requests) == 1


async def test_a_number_that_cannot_be_asked_for_is_complained_of(provider: LoopbackProvider) -> None:
    provider.questions.extend([says(200, {"status": "active"}), html(503)])
    assert await complaints(provider) == (
        f"Twilio cannot be asked about {SHOWN} (http_503); try again later",
    )


async def test_a_silent_provider_does_not_hold_up_the_start(provider: LoopbackProvider) -> None:
    room = a_room(provider, Timeouts(connect_s=10.0, total_s=0.3))
    provider.questions.extend([HANG_AFTER] * 9)
    assert await room.check() == (
        "Twilio cannot be asked (no_answer); check the network and DULY_TWILIO_BASE_URL",
    )
    await room.close()


@pytest.mark.parametrize(
    ("services", "complaint"),
    [
        (frozenset({SERVICE}), ()),
        (
            frozenset(),
            (
                "TWILIO_MESSAGING_SERVICE_SID is no messaging service of the Twilio account; "
                "copy it from its console",
            ),
        ),
    ],
)
async def test_a_messaging_service_is_asked_for_at_its_own_host(
    provider: LoopbackProvider,
    monkeypatch: pytest.MonkeyPatch,
    services: frozenset[str],
    complaint: tuple[str, ...],
) -> None:
    monkeypatch.setattr(check, "_messaging_host", lambda base_url: provider.url)
    provider.office.services = services
    assert await complaints(provider, TWILIO_FROM="", TWILIO_MESSAGING_SERVICE_SID=SERVICE) == complaint
    assert provider.requests[-1].path == f"/v1/Services/{SERVICE}"


async def test_a_messaging_service_that_cannot_be_asked_for_is_complained_of(
    provider: LoopbackProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_messaging_host", lambda base_url: provider.url)
    provider.questions.extend([says(200, {"status": "active"}), html(503)])
    assert await complaints(provider, TWILIO_FROM="", TWILIO_MESSAGING_SERVICE_SID=SERVICE) == (
        "Twilio cannot be asked about TWILIO_MESSAGING_SERVICE_SID (http_503); try again later",
    )


async def test_behind_an_address_that_is_not_twilio_s_a_messaging_service_is_not_asked_for(
    provider: LoopbackProvider,
) -> None:
    provider.office.services = frozenset()
    assert await complaints(provider, TWILIO_FROM="", TWILIO_MESSAGING_SERVICE_SID=SERVICE) == ()
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        (None, "https://messaging.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://messaging.dublin.ie1.twilio.com"),
        ("https://api.twilio.com:8443", "https://messaging.twilio.com:8443"),
        ("https://api.twilio.com.example.com", None),
        ("https://twilio.example.com", None),
        ("http://127.0.0.1:8500", None),
    ],
)
def test_messaging_services_live_beside_the_region_that_is_configured(
    base_url: str | None, host: str | None
) -> None:
    find: Callable[[str | None], str | None] = check._messaging_host
    assert find(base_url) == host
