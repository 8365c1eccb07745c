"""A real mail server at the other end: connections, log-ins and what the debtor gets."""

import asyncio

import pytest

from channels.registry import Channel, open_channel
from channels.tools import Timeouts
from scheduler.domain.delivery import Accepted, NotSent, Rejected, Unknown
from tests.channels.messages import a_message, some_tools
from tests.channels.post_office import PASSWORD, USER, PostOffice, Scene
from tests.channels.rigs import BRIEF_SMTP


def a_line_to(post_office: PostOffice, *, login: str = "", options: str = "", in_flight: int = 4) -> Channel:
    url = f"smtp://{login}{post_office.url}{options}"
    return open_channel("smtp", "email", {"SMTP_URL": url}.get, some_tools(in_flight=in_flight))


async def test_the_server_gets_the_envelope_and_the_words(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    assert await room.send(a_message("email", reply_to="help@example.org")) == Accepted("4F2C1")
    (mail,) = post_office.taken
    assert mail["X-Envelope"] == "plans@example.org -> maria.santos@example.com"
    assert mail["Reply-To"] == "help@example.org"
    assert mail.get_content_type() == "multipart/alternative"
    await room.close()


async def test_a_line_that_begins_with_a_dot_arrives_whole(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    await room.send(a_message("email", text=".\n..\n.end", html=None))
    assert post_office.taken[0].get_content() == ".\r\n..\r\n.end\r\n"
    await room.close()


async def test_a_server_that_gives_no_name_leaves_the_message_its_own(post_office: PostOffice) -> None:
    room, message = a_line_to(post_office), a_message("email")
    post_office.script.append(Scene(data="250 OK"))
    assert await room.send(message) == Accepted(f"<{message.key}@example.org>")
    await room.close()


async def test_one_connection_serves_one_message_after_another(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    for attempt in range(1, 6):
        assert isinstance(await room.send(a_message("email", attempt=attempt)), Accepted)
    assert (post_office.connections, len(post_office.taken)) == (1, 5)
    await room.close()


async def test_a_refusal_does_not_cost_the_connection(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    post_office.script.append(Scene(rcpt="550 5.1.1 unknown"))
    assert isinstance(await room.send(a_message("email")), Rejected)
    assert isinstance(await room.send(a_message("email", attempt=2)), Accepted)
    assert post_office.connections == 1
    await room.close()


async def test_a_connection_that_the_server_closed_is_replaced(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    await room.send(a_message("email"))
    post_office.hang_up()
    await asyncio.sleep(0.01)
    assert isinstance(await room.send(a_message("email", attempt=2)), Accepted)
    assert post_office.connections == 2
    await room.close()


async def test_a_connection_that_was_idle_for_long_is_replaced(
    post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = a_line_to(post_office)
    await room.send(a_message("email"))
    monkeypatch.setattr("channels.smtp.send._LONGEST_IDLE_S", 0.0)
    assert isinstance(await room.send(a_message("email", attempt=2)), Accepted)
    assert post_office.connections == 2
    await room.close()


async def test_a_cancelled_call_leaves_no_connection_open(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    post_office.script.append(Scene(hangs_at="data"))
    call = asyncio.create_task(room.send(a_message("email")))
    while not post_office.taken:  # noqa: ASYNC110  # the server is a real one and has no event to set
        await asyncio.sleep(0.001)
    call.cancel()
    await asyncio.wait([call])
    await asyncio.sleep(0.01)
    assert post_office.open == []
    await room.close()


@pytest.mark.parametrize(("in_flight", "lines"), [(3, 3), (32, 8)])
async def test_no_more_connections_than_a_server_bears(
    post_office: PostOffice, in_flight: int, lines: int
) -> None:
    room = a_line_to(post_office, in_flight=in_flight)
    await asyncio.gather(*(room.send(a_message("email", attempt=attempt)) for attempt in range(1, 21)))
    assert (post_office.connections, len(post_office.taken)) == (lines, 20)
    await room.close()


async def test_a_message_that_finds_no_free_connection_in_time_is_not_sent(post_office: PostOffice) -> None:
    tools = some_tools(in_flight=1, timeouts=Timeouts(connect_s=0.4, total_s=0.9))
    room = open_channel("smtp", "email", {"SMTP_URL": f"smtp://{post_office.url}"}.get, tools)
    post_office.script.append(Scene(hangs_at="data"))
    first, second = (a_message("email", attempt=attempt) for attempt in (1, 2))
    deliveries = await asyncio.gather(room.send(first), room.send(second))
    assert list(deliveries) == [Unknown("data_timeout"), NotSent("no_free_connection")]
    assert isinstance(await room.send(second), Accepted)
    await room.close()


async def test_a_server_that_is_slow_at_every_step_is_given_up_in_time(post_office: PostOffice) -> None:
    tools = some_tools(timeouts=BRIEF_SMTP)
    room = open_channel("smtp", "email", {"SMTP_URL": f"smtp://{post_office.url}"}.get, tools)
    post_office.script.append(Scene(delay_s=0.6))  # shorter than the time-out, which two of them exceed
    delivery = await room.send(a_message("email"))
    assert isinstance(delivery, NotSent)
    assert delivery.code in ("mail_timeout", "rcpt_timeout")
    assert post_office.taken == []
    await room.close()


async def test_a_log_in_is_made_once_for_a_connection() -> None:
    async with PostOffice(wants_login=True) as post_office:
        room = a_line_to(post_office, login=f"{USER}:{PASSWORD}@", options="?starttls=never")
        for attempt in (1, 2):
            assert isinstance(await room.send(a_message("email", attempt=attempt)), Accepted)
        await room.close()


async def test_a_wrong_password_takes_the_channel_down() -> None:
    async with PostOffice(wants_login=True) as post_office:
        room = a_line_to(post_office, login=f"{USER}:wrong@", options="?starttls=never")
        assert await room.send(a_message("email")) == NotSent("smtp_535", channel_down=True)
        assert post_office.transactions == 0
        await room.close()


async def test_a_password_is_not_sent_over_a_line_in_the_clear() -> None:
    async with PostOffice(wants_login=True) as post_office:
        room = a_line_to(post_office, login=f"{USER}:{PASSWORD}@")
        delivery = await room.send(a_message("email"))
        assert delivery == NotSent("connect_not_supported", channel_down=True)
        await room.close()


async def test_a_server_that_speaks_plainly_cannot_be_spoken_to_in_tls(post_office: PostOffice) -> None:
    room = open_channel("smtp", "email", {"SMTP_URL": f"smtps://{post_office.url}"}.get, some_tools())
    delivery = await room.send(a_message("email"))
    assert isinstance(delivery, NotSent)
    assert delivery.channel_down
    assert post_office.transactions == 0


async def test_an_unusable_address_never_reaches_the_server(post_office: PostOffice) -> None:
    room = a_line_to(post_office)
    delivery = await room.send(a_message("email", to="maria@example.com> SIZE=1\r\nRCPT TO:<x@example.com"))
    assert delivery == Rejected("unusable_address", blames_address=True)
    assert post_office.connections == 0


async def test_a_server_that_answers_gives_no_cause_for_complaint_and_no_message_begins(
    post_office: PostOffice,
) -> None:
    room = a_line_to(post_office)
    assert await room.check() == ()
    assert (post_office.connections, post_office.noops, post_office.transactions) == (1, 1, 0)
    assert isinstance(await room.send(a_message("email")), Accepted)
    assert (post_office.connections, post_office.transactions) == (1, 1)
    await room.close()


@pytest.mark.parametrize(
    ("login", "options", "complaint"),
    [
        (
            f"{USER}:wrong@",
            "?starttls=never",
            "The mail server does not accept user and password (smtp_535); correct SMTP_URL",
        ),
        (
            f"{USER}:{PASSWORD}@",
            "",
            "The mail server cannot be spoken to (not_supported); SMTP_URL asks for STARTTLS or a log-in, "
            "which it does not offer",
        ),
    ],
)
async def test_what_a_server_does_not_accept_is_complained_of(
    login: str, options: str, complaint: str
) -> None:
    async with PostOffice(wants_login=True) as post_office:
        room = a_line_to(post_office, login=login, options=options)
        assert await room.check() == (complaint,)
        await asyncio.sleep(0.01)
        assert post_office.open == []


async def test_a_server_that_speaks_plainly_where_tls_was_asked_for_is_complained_of(
    post_office: PostOffice,
) -> None:
    room = open_channel("smtp", "email", {"SMTP_URL": f"smtps://{post_office.url}"}.get, some_tools())
    (complaint,) = await room.check()
    assert complaint == (
        "The mail server cannot be spoken to (tls_failure); "
        "check its certificate, and SMTP_URL for smtp:// or smtps://"
    )


async def test_a_server_that_never_greets_is_complained_of_in_time() -> None:
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server, asyncio.timeout(10):
        url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        tools = some_tools(timeouts=Timeouts(connect_s=0.2, total_s=0.4))
        (complaint,) = await open_channel("smtp", "email", {"SMTP_URL": url}.get, tools).check()
        await gone.wait()
    assert complaint.startswith("The mail server cannot be spoken to (timeout); check host and port")
