"""Twilio's list as evidence: what is found in it, and when it proves nothing."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from channels.registry import Channel, open_channel
from channels.tools import Timeouts
from scheduler.domain.delivery import Accepted, Finding, Listed, Unknown
from scheduler.domain.doubt import LEASE
from tests.channels.messages import ACCOUNT, NOW, SERVICE, VARIABLES, a_message, an_inquiry, some_tools
from tests.fakes.notebook import Noted
from tests.fakes.provider import LoopbackProvider
from tests.fakes.twists import (
    CUT,
    DRIP,
    HANG_AFTER,
    RESET_AFTER,
    Twist,
    answer,
    html,
    says,
    twilio_refuses,
)

MESSAGE = a_message()
OUR_NUMBER = VARIABLES["TWILIO_FROM"]
SECOND = timedelta(seconds=1)


@pytest.fixture
async def room(provider: LoopbackProvider) -> AsyncIterator[Channel]:
    """A room beside a provider whose clock stands where ours does."""
    provider.notebook.now = NOW.timestamp
    room = a_room(provider)
    yield room
    await room.close()


def a_room(provider: LoopbackProvider, timeouts: Timeouts | None = None, **more: str) -> Channel:
    tools = some_tools(timeouts=timeouts) if timeouts else some_tools()
    return open_channel(
        "twilio", "sms", {**VARIABLES, "DULY_TWILIO_BASE_URL": provider.url, **more}.get, tools
    )


def noted(provider: LoopbackProvider, number: int, at: datetime = NOW, **more: str) -> str:
    """Have the provider remember a message of ours; return its name."""
    usual = Noted(
        "twilio", f"SM{number:032x}", None, None, MESSAGE.to, OUR_NUMBER, MESSAGE.words.text, at.timestamp()
    )
    kept = replace(usual, **more)  # type: ignore[arg-type]  # a test names only what varies
    provider.notebook.note(kept)
    return kept.provider_id


def asked(provider: LoopbackProvider) -> list[dict[str, list[str]]]:
    """The queries of every question so far."""
    return [parse_qs(urlsplit(each.path).query) for each in provider.requests if each.method == "GET"]


async def test_a_message_whose_answer_was_lost_is_found(room: Channel, provider: LoopbackProvider) -> None:
    provider.script.append(RESET_AFTER)
    assert isinstance(await room.send(MESSAGE), Unknown)
    (accepted,) = provider.accepted
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((accepted.provider_id,))


async def test_a_message_that_never_arrived_is_not(room: Channel, provider: LoopbackProvider) -> None:
    noted(provider, 1, to="+447700900124")
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed(())


async def test_it_is_asked_for_by_number_and_never_by_the_day_it_was_sent_on(
    room: Channel, provider: LoopbackProvider
) -> None:
    await room.look_up(an_inquiry(MESSAGE))
    (query,) = asked(provider)
    assert query == {"To": [MESSAGE.to], "PageSize": ["50"]}


@pytest.mark.parametrize(
    ("offset", "is_found"),
    [
        (timedelta(seconds=-61), False),
        (timedelta(seconds=-60), True),
        (LEASE + timedelta(seconds=60), True),
        (LEASE + timedelta(seconds=61), False),
    ],
)
async def test_only_what_was_made_while_the_call_may_have_lasted_is_it(
    room: Channel, provider: LoopbackProvider, offset: timedelta, is_found: bool
) -> None:
    name = noted(provider, 1, NOW + offset)
    provider.notebook.now = (NOW + timedelta(hours=2)).timestamp
    later = (name,) if offset > LEASE and not is_found else ()
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((name,) if is_found else (), later)


async def test_all_that_may_be_it_are_named_oldest_first(room: Channel, provider: LoopbackProvider) -> None:
    names = [noted(provider, number, NOW + number * SECOND) for number in (3, 1, 2)]
    names.append(noted(provider, 4, NOW + 3 * SECOND))  # of one second, the list itself says which came first
    provider.notebook.now = (NOW + timedelta(minutes=1)).timestamp
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((names[1], names[2], names[0], names[3]))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"text": ""}, id="words withheld"),
        pytest.param({"text": MESSAGE.words.text.replace("-", "\u2013")}, id="a character replaced"),
        pytest.param({"sender": "+15550199"}, id="another sender with our words"),
    ],
)
async def test_what_may_be_it_in_other_words_is_neither_found_nor_absent(
    room: Channel, provider: LoopbackProvider, more: Mapping[str, str]
) -> None:
    noted(provider, 1, NOW, **more)
    assert await room.look_up(an_inquiry(MESSAGE)) == Unknown("other_words")
    name = noted(provider, 2)
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((name,))


@pytest.mark.parametrize(
    ("offset", "finding"),
    [(LEASE + timedelta(seconds=60), Unknown("other_words")), (LEASE + timedelta(seconds=61), Listed(()))],
)
async def test_other_words_may_be_it_only_while_the_call_may_have_lasted(
    room: Channel, provider: LoopbackProvider, offset: timedelta, finding: Finding
) -> None:
    noted(provider, 1, NOW + offset, text="Thank you for your payment.")
    provider.notebook.now = (NOW + timedelta(hours=2)).timestamp
    assert await room.look_up(an_inquiry(MESSAGE)) == finding


async def test_what_somebody_else_sent_in_other_words_is_nothing_to_us(
    room: Channel, provider: LoopbackProvider
) -> None:
    noted(provider, 1, sender="+15550199", text="Your parcel has arrived.")
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed(())


async def test_what_a_trial_account_puts_before_the_words_is_not_of_them(
    room: Channel, provider: LoopbackProvider
) -> None:
    name = noted(provider, 1, text="Sent from your Twilio trial account - " + MESSAGE.words.text)
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((name,))


@pytest.mark.parametrize(
    ("asked_of", "listed_under", "service"),
    [
        pytest.param("", SERVICE, SERVICE, id="a messaging service"),
        pytest.param("+15550101", "+15550101", "", id="the creditor's own number"),
        pytest.param("+15550101", OUR_NUMBER, "", id="the number configured"),
    ],
)
async def test_whichever_sender_of_ours_it_went_out_by_it_is_found(
    provider: LoopbackProvider, asked_of: str, listed_under: str, service: str
) -> None:
    provider.notebook.now = NOW.timestamp
    name = noted(provider, 1, sender=listed_under)
    room = a_room(provider, TWILIO_MESSAGING_SERVICE_SID=service)
    assert await room.look_up(replace(an_inquiry(MESSAGE), sender=asked_of)) == Listed((name,))
    await room.close()


async def test_what_is_not_listed_yet_is_found_later(room: Channel, provider: LoopbackProvider) -> None:
    provider.office.index_lag_s = 5.0
    accepted = await room.send(MESSAGE)
    assert isinstance(accepted, Accepted)
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed(())
    provider.notebook.now = (NOW + timedelta(seconds=5)).timestamp
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((accepted.provider_id,))


# ------------------------------------------------------------------------------------------------ page by page


async def test_a_message_is_found_behind_later_ones(room: Channel, provider: LoopbackProvider) -> None:
    name = noted(provider, 1)
    for number in range(2, 132):
        noted(provider, number, NOW + timedelta(hours=number), text=f"another, the {number}th")
    provider.notebook.now = (NOW + timedelta(days=9)).timestamp
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((name,))
    assert [each.get("Page") for each in asked(provider)] == [None, ["1"], ["2"]]


async def test_what_is_older_than_the_call_is_not_read_to_its_end(
    room: Channel, provider: LoopbackProvider
) -> None:
    for number in range(1, 200):
        noted(provider, number, NOW - timedelta(days=200 - number))
    name = noted(provider, 200)
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((name,))
    assert len(asked(provider)) == 2


@pytest.mark.parametrize(("later", "proves"), [(999, True), (1000, False)])
async def test_a_list_that_is_longer_than_is_read_proves_nothing(
    room: Channel, provider: LoopbackProvider, later: int, proves: bool
) -> None:
    name = noted(provider, 1)
    for number in range(2, later + 2):
        noted(provider, number, NOW + timedelta(hours=1), text="another")
    provider.notebook.now = (NOW + timedelta(days=9)).timestamp
    found = await room.look_up(an_inquiry(MESSAGE))
    assert found == (Listed((name,)) if proves else Unknown("list_too_long"))


def a_page(*messages: object, following: object = None) -> Twist:
    return says(200, {"messages": list(messages), "next_page_uri": following})


def an_entry(**more: object) -> dict[str, object]:
    """A message as Twilio lists it."""
    return {
        "sid": f"SM{1:032x}",
        "direction": "outbound-api",
        "to": MESSAGE.to,
        "from": OUR_NUMBER,
        "messaging_service_sid": None,
        "body": MESSAGE.words.text,
        "date_created": format_datetime(NOW),
        "date_sent": None,
        **more,
    }


MORE = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1"
EARLIER = format_datetime(NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("first", "pages"),
    [
        pytest.param(an_entry(date_created=EARLIER, date_sent=EARLIER), 1, id="made and sent before"),
        pytest.param(an_entry(date_created=EARLIER, date_sent=format_datetime(NOW)), 2, id="sent since"),
        pytest.param(an_entry(direction="inbound", to="+15550100"), 2, id="theirs"),
    ],
)
async def test_reading_goes_on_while_the_order_of_sending_may_still_hold_it(
    room: Channel, provider: LoopbackProvider, first: Mapping[str, object], pages: int
) -> None:
    provider.questions.extend([a_page(first, following=MORE), a_page()])
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed(())
    assert len(asked(provider)) == pages


async def test_an_empty_page_is_not_the_end(room: Channel, provider: LoopbackProvider) -> None:
    provider.questions.extend([a_page(following=MORE), a_page(an_entry())])
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((f"SM{1:032x}",))


@pytest.mark.parametrize(
    "following",
    [
        "https://elsewhere.example.com/2010-04-01/",
        "//elsewhere.example.com/",
        "@elsewhere.example.com/",
        "/2010-04-01/Accounts/ACother/Messages.json?Page=1",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json.evil?x=1",
        7,
    ],
)
async def test_our_login_follows_no_page_that_is_not_of_the_same_list(
    room: Channel, provider: LoopbackProvider, following: object
) -> None:
    provider.questions.append(a_page(an_entry(), following=following))
    assert await room.look_up(an_inquiry(MESSAGE)) == Unknown("answer_unreadable")
    assert len(asked(provider)) == 1


# ------------------------------------------------------------------------------------------------ no evidence


@pytest.mark.parametrize(
    ("twist", "code"),
    [
        pytest.param(twilio_refuses(429, 20429), "http_429", id="too many"),
        pytest.param(twilio_refuses(401, 20003), "http_401", id="credentials"),
        pytest.param(twilio_refuses(403, 20003), "http_403", id="forbidden"),
        pytest.param(twilio_refuses(500, 20500), "http_500", id="server error"),
        pytest.param(html(502), "http_502", id="gateway"),
        pytest.param(says(302, headers={"Location": "/elsewhere"}), "http_302", id="redirect"),
        pytest.param(html(200), "answer_unreadable", id="web page"),
        pytest.param(Twist(answer=answer(200, b"[]")), "answer_unreadable", id="a list"),
        pytest.param(Twist(answer=answer(200, b"[" * 100_000)), "answer_unreadable", id="a well"),
        pytest.param(says(200, {"messages": None}), "answer_unreadable", id="no messages"),
        pytest.param(a_page(None), "answer_unreadable", id="a hole"),
        pytest.param(a_page(an_entry(sid="SM1")), "answer_unreadable", id="a strange name"),
        pytest.param(a_page(an_entry(date_created=None)), "answer_unreadable", id="no date"),
        pytest.param(a_page(an_entry(date_created="yesterday")), "answer_unreadable", id="no instant"),
        pytest.param(a_page(an_entry(body="\ud800")), "other_words", id="half a character"),
        pytest.param(a_page(an_entry(body=None)), "other_words", id="words withheld"),
        pytest.param(a_page(an_entry(to="+44770090XXXX")), "other_words", id="a number withheld"),
        pytest.param(CUT, "answer_cut", id="cut"),
        pytest.param(RESET_AFTER, "connection_lost", id="reset"),
        pytest.param(HANG_AFTER, "no_answer", id="silence"),
        pytest.param(DRIP, "no_answer", id="an answer that never ends"),
    ],
)
async def test_an_answer_that_is_no_list_proves_nothing(
    provider: LoopbackProvider, twist: Twist, code: str
) -> None:
    timeouts = Timeouts(connect_s=10.0, total_s=0.3 if code == "no_answer" else 10.0)
    room = a_room(provider, timeouts)
    provider.questions.extend([twist, twist])
    assert await room.look_up(an_inquiry(MESSAGE)) == Unknown(code)
    assert provider.posts == 0
    await room.close()


async def test_a_later_page_that_fails_spoils_the_earlier_ones(
    room: Channel, provider: LoopbackProvider
) -> None:
    provider.questions.extend([a_page(an_entry(), following=MORE), html(503)])
    assert await room.look_up(an_inquiry(MESSAGE)) == Unknown("http_503")


async def test_many_slow_pages_are_given_up_after_twice_the_time_of_a_call(
    provider: LoopbackProvider,
) -> None:
    provider.latency_s = 0.15
    provider.questions.extend(a_page(following=MORE) for _ in range(20))
    room = a_room(provider, Timeouts(connect_s=10.0, total_s=0.3))
    assert await room.look_up(an_inquiry(MESSAGE)) == Unknown("no_answer")
    assert len(asked(provider)) < 20
    await room.close()


@pytest.mark.parametrize("written", ["Tue, 09 Mar 2027 10:00:00 +0000", "Tue, 09 Mar 2027 10:00:00 GMT"])
@pytest.mark.parametrize("zone", ["", " -0000"])
async def test_an_instant_is_read_however_its_zone_is_written(
    room: Channel, provider: LoopbackProvider, written: str, zone: str
) -> None:
    text = written.rpartition(" ")[0] + zone if zone else written
    provider.questions.append(a_page(an_entry(date_created=text)))
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed((f"SM{1:032x}",))


@pytest.mark.parametrize("direction", ["inbound", "outbound-call", "outbound-reply", None])
async def test_what_was_not_sent_through_the_api_is_not_it(
    room: Channel, provider: LoopbackProvider, direction: str | None
) -> None:
    provider.questions.append(a_page(an_entry(direction=direction)))
    assert await room.look_up(an_inquiry(MESSAGE)) == Listed(())
