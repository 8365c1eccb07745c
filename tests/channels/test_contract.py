"""What every room promises, whoever its provider is."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.tools import Timeouts
from scheduler.domain.delivery import Accepted, Delivery, Listed, NotSent, Rejected, Unknown
from tests.channels.messages import CANARIES, PATIENT, a_message, an_inquiry, some_tools
from tests.channels.post_office import Scene
from tests.channels.rigs import BRIEF, BRIEF_SMTP, RIGS, Rig, closed_room
from tests.fakes.twists import (
    CUT,
    DRIP,
    HANG_AFTER,
    HANG_BEFORE,
    RESET_AFTER,
    RESET_BEFORE,
    RESET_UNREAD,
    Twist,
    answer,
    html,
    says,
    sendgrid_refuses,
    twilio_refuses,
)

NAMED = Accepted("")
"""Stands for accepted under whatever name."""

TWILIO: dict[str, tuple[Twist, Delivery]] = {
    "accepted": (Twist(), NAMED),
    "invalid number": (twilio_refuses(400, 21211), Rejected("21211", blames_address=True)),
    "landline": (twilio_refuses(400, 21614), Rejected("21614", blames_address=True)),
    "opted out": (twilio_refuses(400, 21610), Rejected("21610", opted_out=True)),
    "body too long": (twilio_refuses(400, 21617), Rejected("21617")),
    "bad request without a code of Twilio's": (says(400, {"code": 400}), Rejected("http_400")),
    "credentials": (twilio_refuses(401, 20003), NotSent("20003", channel_down=True)),
    "forbidden": (html(403, accepts=False), NotSent("http_403", channel_down=True)),
    "no such account": (twilio_refuses(404, 20404), NotSent("20404", channel_down=True)),
    "sender not ours": (twilio_refuses(400, 21606), NotSent("21606", channel_down=True)),
    "callback address not public": (twilio_refuses(400, 21609), NotSent("21609", channel_down=True)),
    "country not enabled": (twilio_refuses(403, 21408), NotSent("21408")),
    "sender's queue full": (twilio_refuses(400, 21611), NotSent("21611", retry_after_s=3600.0)),
    "too many": (twilio_refuses(429, 20429), NotSent("http_429")),
    "too many, wait": (twilio_refuses(429, 20429, {"Retry-After": "7"}), NotSent("http_429", 7.0)),
    "request time-out": (html(408), Unknown("http_408")),
    "server error": (twilio_refuses(500, 20500), Unknown("http_500")),
    "server error that accepts": (says(503, accepts=True), Unknown("http_503")),
    "server error with a code": (twilio_refuses(500, 21610), Unknown("http_500")),
    "gateway": (html(502), Unknown("http_502")),
    "gateway that waited in vain": (html(504, accepts=True), Unknown("http_504")),
    "redirect": (
        says(307, headers={"Location": "/2010-04-01/Accounts/AC1/Messages.json"}),
        Unknown("http_307"),
    ),
    "web page": (html(200), Unknown("answer_unreadable")),
    "half an answer, whole to HTTP": (
        Twist(answer=answer(201, b'{"sid": "SM0123456789abcdef')),
        Unknown("answer_unreadable"),
    ),
    "a list": (
        Twist(answer=b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n[]"),
        Unknown("answer_unreadable"),
    ),
    "empty yes": (
        Twist(answer=b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
        Unknown("no_message_sid"),
    ),
    "yes without a name": (says(201, {"sid": None}, accepts=True), Unknown("no_message_sid")),
    "yes with a strange name": (says(201, {"sid": "SM12"}, accepts=True), Unknown("no_message_sid")),
    "problem details": (
        says(400, {"type": "x", "title": "Invalid", "status": 400, "code": 21211}),
        Rejected("21211", blames_address=True),
    ),
}
SENDGRID: dict[str, tuple[Twist, Delivery]] = {
    "accepted": (Twist(), NAMED),
    "bad address": (
        sendgrid_refuses(400, "personalizations.0.to.0.email"),
        Rejected("http_400", blames_address=True),
    ),
    "bad request": (sendgrid_refuses(400, "content.0.value"), Rejected("http_400")),
    "bad request in HTML": (html(400), Rejected("http_400")),
    "bad request, strangely put": (says(400, {"errors": [7]}), Rejected("http_400")),
    "not found": (sendgrid_refuses(404), Rejected("http_404")),
    "too large": (html(413), Rejected("http_413")),
    "unsupported": (sendgrid_refuses(415), Rejected("http_415")),
    "credentials": (sendgrid_refuses(401), NotSent("http_401", channel_down=True)),
    "sender not verified": (sendgrid_refuses(403, "from"), NotSent("http_403", channel_down=True)),
    "too many": (sendgrid_refuses(429), NotSent("http_429")),
    "too many, until": (
        sendgrid_refuses(429, headers={"X-RateLimit-Reset": "1804586460"}),
        NotSent("http_429", 60.0),
    ),
    "request time-out": (html(408), Unknown("http_408")),
    "server error": (sendgrid_refuses(500), Unknown("http_500")),
    "server error that accepts": (says(503, accepts=True), Unknown("http_503")),
    "gateway": (html(502), Unknown("http_502")),
    "gateway that waited in vain": (html(504, accepts=True), Unknown("http_504")),
    "redirect": (says(302, headers={"Location": "/v3/mail/send"}), Unknown("http_302")),
    "web page": (html(200), Unknown("no_message_id")),
    "yes without a name": (says(202, accepts=True), Unknown("no_message_id")),
}
HTTP: dict[str, tuple[Twist, Delivery]] = {
    "time-out before acceptance": (HANG_BEFORE, Unknown("no_answer")),
    "time-out after acceptance": (HANG_AFTER, Unknown("no_answer")),
    "an answer that never ends": (DRIP, Unknown("no_answer")),
    "reset while reading": (RESET_UNREAD, Unknown("connection_lost")),
    "reset before acceptance": (RESET_BEFORE, Unknown("connection_lost")),
    "reset after acceptance": (RESET_AFTER, Unknown("connection_lost")),
    "garbled": (Twist(answer=b"\x16\x03\x01 nonsense\r\n\r\n"), Unknown("answer_unreadable")),
}
SMTP: dict[str, tuple[Scene, Delivery]] = {
    "accepted": (Scene(), Accepted("4F2C1")),
    "sender refused": (Scene(mail="550 5.7.1 not yours"), NotSent("smtp_550", channel_down=True)),
    "sender refused for now": (Scene(mail="451 4.3.0 busy"), NotSent("smtp_451")),
    "too large": (Scene(mail="552 5.3.4 too big"), Rejected("smtp_552")),
    "log-in wanted": (Scene(mail="530 5.7.0 who are you"), NotSent("smtp_530", channel_down=True)),
    "closing down": (Scene(rcpt="421 4.3.2 shutting down"), NotSent("smtp_421", channel_down=True)),
    "no such mailbox": (Scene(rcpt="550 5.1.1 unknown"), Rejected("smtp_550", blames_address=True)),
    "no such mailbox, plainly": (Scene(rcpt="550 No such user"), Rejected("smtp_550", blames_address=True)),
    "not local": (Scene(rcpt="551 elsewhere"), Rejected("smtp_551", blames_address=True)),
    "bad mailbox name": (Scene(rcpt="553 bad name"), Rejected("smtp_553", blames_address=True)),
    "no relaying": (Scene(rcpt="550 5.7.1 relaying denied"), Rejected("smtp_550")),
    "mailbox full": (Scene(rcpt="552 5.2.2 full"), Rejected("smtp_552")),
    "transaction failed": (Scene(rcpt="554 no"), Rejected("smtp_554")),
    "greylisted": (Scene(rcpt="451 4.7.1 later"), NotSent("smtp_451")),
    "content refused": (Scene(data="554 5.6.0 spam", takes=False), Rejected("smtp_554")),
    "content refused as if the address": (Scene(data="550 5.7.1 spam", takes=False), Rejected("smtp_550")),
    "content refused for now": (Scene(data="452 4.3.1 full", takes=False), NotSent("smtp_452")),
    "cut before the content": (Scene(cuts_at="rcpt"), NotSent("rcpt_no_connection", channel_down=True)),
    "silent before the content": (Scene(hangs_at="mail"), NotSent("mail_timeout", channel_down=True)),
    "cut after the content": (Scene(cuts_at="data"), Unknown("data_no_connection")),
    "silent after the content": (Scene(hangs_at="data"), Unknown("data_timeout")),
    "a strange yes": (Scene(data="298 perhaps"), Unknown("smtp_298")),
}
CASES: list[tuple[str, str, Twist | Scene, Delivery]] = [
    *(("twilio", name, twist, outcome) for name, (twist, outcome) in TWILIO.items()),
    *(("sendgrid", name, twist, outcome) for name, (twist, outcome) in SENDGRID.items()),
    *((room, name, *case) for room in ("twilio", "sendgrid") for name, case in HTTP.items()),
    ("twilio", "cut", CUT, Unknown("answer_cut")),
    ("sendgrid", "cut", CUT, Unknown("connection_lost")),
    *(("smtp", name, scene, outcome) for name, (scene, outcome) in SMTP.items()),
]


def time_for(room: str, outcome: Delivery) -> Timeouts:
    """Little time where silence is what we wait for, and plenty elsewhere."""
    if isinstance(outcome, NotSent | Unknown) and outcome.code.endswith(("no_answer", "timeout")):
        return BRIEF_SMTP if room == "smtp" else BRIEF
    return PATIENT


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each room in turn."""
    async with RIGS[request.param](tmp_path, PATIENT) as rig:
        yield rig


@pytest.fixture(params=["sendgrid", "smtp", "twilio"])
async def far_rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Each room with a network between it and its provider."""
    async with RIGS[request.param](tmp_path, PATIENT) as rig:
        yield rig


@pytest.mark.parametrize(
    ("room", "twist", "outcome"),
    [pytest.param(room, twist, outcome, id=f"{room}: {name}") for room, name, twist, outcome in CASES],
)
async def test_every_answer_has_its_meaning_and_there_is_exactly_one_call(
    room: str, twist: Twist | Scene, outcome: Delivery, tmp_path: Path
) -> None:
    async with RIGS[room](tmp_path, time_for(room, outcome)) as rig:
        rig.next(twist)
        delivery = await rig.channel.send(rig.message)
        assert rig.calls() == 1
        if outcome is NAMED:
            assert isinstance(delivery, Accepted)
            assert delivery.provider_id
        else:
            assert delivery == outcome
        if isinstance(delivery, NotSent):
            assert rig.taken() == []
        assert [canary for canary in CANARIES if canary in repr(delivery)] == []


NO_SIDS: list[object] = [None, 7, [], {}, "", "SM", f"sm{'0' * 32}", f"AC{'0' * 32}"]
NO_SIDS += [f"SM{'0' * 32}{more}" for more in ("0", " ", "\n", "\0")]
NO_ANSWERS = [
    *(
        b"",
        b"null",
        b"true",
        b"7",
        b'"SM"',
        b"[[]]",
        b"{",
        b"}",
        b"\xff\xfe",
        b"\0",
        b'{"sid":',
        b"[" * 90_000,
    ),
    *(json.dumps({"sid": sid}).encode() for sid in NO_SIDS),
    *(json.dumps({name: f"SM{'0' * 32}"}).encode() for name in ("SID", "id", "uri", "sids")),
]
"""Bodies that name no message."""


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_a_yes_that_names_no_message_is_never_more_than_unknown(status: int) -> None:
    async with RIGS["twilio"](Path("nowhere"), PATIENT) as rig:
        for attempt, body in enumerate(NO_ANSWERS, start=1):
            rig.next(Twist(answer=answer(status, b"" if status == 204 else body)))
            delivery = await rig.channel.send(replace(rig.message, attempt=attempt))
            assert isinstance(delivery, Unknown), body
        assert rig.calls() == len(NO_ANSWERS)


async def test_the_provider_is_told_our_key(rig: Rig) -> None:
    await rig.channel.send(replace(rig.message, attempt=3))
    assert rig.taken() == [replace(rig.message, attempt=3).key]


@pytest.mark.parametrize("room", ["sendgrid", "smtp", "twilio"])
async def test_a_silent_provider_is_given_up_in_time_and_the_next_message_passes(
    room: str, tmp_path: Path
) -> None:
    async with RIGS[room](tmp_path, time_for(room, Unknown("no_answer"))) as rig:
        rig.stall()
        async with asyncio.timeout(5):
            assert isinstance(await rig.channel.send(rig.message), Unknown)
        assert isinstance(await rig.channel.send(replace(rig.message, attempt=2)), Accepted)
        assert rig.calls() == 2


@pytest.mark.parametrize("room", ["sendgrid", "smtp", "twilio"])
async def test_an_absent_provider_leaves_the_message_unsent_and_the_channel_down(room: str) -> None:
    channel = closed_room(room, some_tools())
    delivery = await channel.send(a_message("sms" if room == "twilio" else "email"))
    assert isinstance(delivery, NotSent)
    assert delivery.channel_down
    await channel.close()


async def test_a_cancelled_call_is_cancelled_and_the_room_stays_usable(far_rig: Rig) -> None:
    far_rig.stall()
    call = asyncio.create_task(far_rig.channel.send(far_rig.message))
    while not far_rig.taken():  # noqa: ASYNC110  # the provider is a real one and has no event to set
        await asyncio.sleep(0.001)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert isinstance(await far_rig.channel.send(replace(far_rig.message, attempt=2)), Accepted)


async def test_many_messages_at_once_are_each_taken_once(rig: Rig) -> None:
    messages = [replace(rig.message, touchpoint=f"{number:032x}") for number in range(30)]
    deliveries = await asyncio.gather(*(rig.channel.send(message) for message in messages))
    assert {type(delivery) for delivery in deliveries} == {Accepted}
    assert sorted(rig.taken()) == sorted(message.key for message in messages)


async def test_a_message_unheard_of_is_never_called_accepted(rig: Rig) -> None:
    found = await rig.channel.look_up(an_inquiry(rig.message))
    assert isinstance(found, NotSent | Unknown) or found == Listed(())
    assert rig.calls() == 0


async def test_a_look_up_calls_nothing_absent_of_which_the_provider_cannot_know(rig: Rig) -> None:
    """Absence is proved by a list only where it is said how soon the list is complete."""
    found = await rig.channel.look_up(an_inquiry(rig.message))
    assert isinstance(found, Listed) is (rig.channel.absence_proves_after is not None)


@pytest.mark.parametrize("room", ["sendgrid", "smtp", "twilio"])
async def test_an_absent_provider_cannot_tell_what_became_of_a_message(room: str) -> None:
    channel = closed_room(room, some_tools())
    found = await channel.look_up(an_inquiry(a_message("sms" if room == "twilio" else "email")))
    assert isinstance(found, Unknown)
    await channel.close()


async def test_what_is_configured_well_gives_no_cause_for_complaint(rig: Rig) -> None:
    assert await rig.channel.check() == ()
    assert rig.calls() == 0


@pytest.mark.parametrize("room", ["sendgrid", "smtp", "twilio"])
async def test_an_absent_provider_is_one_complaint_that_shows_nothing(room: str) -> None:
    channel = closed_room(room, some_tools())
    (complaint,) = await channel.check()
    assert "no_connection" in complaint
    assert [canary for canary in CANARIES if canary in complaint] == []
    await channel.close()


async def test_closing_twice_is_closing(rig: Rig) -> None:
    await rig.channel.send(rig.message)
    await rig.channel.close()
    await rig.channel.close()


async def test_a_room_shows_no_secret(rig: Rig) -> None:
    shown = repr(rig.channel) + repr(vars(rig.channel))
    assert [canary for canary in CANARIES if canary in shown] == []
