"""The pooled client: what may have been sent and what certainly was not, and how it keeps its connections."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from channels.http import Answer, HttpPool, retry_after_s
from channels.tools import Timeouts
from scheduler.domain.delivery import NotSent, Unknown
from tests.channels.messages import NOW, PATIENT
from tests.fakes.provider import LoopbackProvider
from tests.fakes.twists import CUT, DRIP, HANG_AFTER, RESET_AFTER, RESET_BEFORE, USUAL, Twist, answer, says

HEADERS = {"Authorization": "Bearer x"}


@pytest.fixture
async def pool() -> AsyncIterator[HttpPool]:
    pool = HttpPool(4, PATIENT)
    yield pool
    await pool.close()


@contextmanager
def a_full_doorway() -> Iterator[str]:
    """A port whose queue is full, so that nobody is let in and nobody is turned away."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        waiting = [socket.socket() for _ in range(2)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(door.getsockname())
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        for each in waiting:
            each.close()


async def test_a_refused_connection_has_sent_no_byte(pool: HttpPool) -> None:
    assert await pool.post("http://127.0.0.1:9/", {}, b"x") == NotSent("no_connection", channel_down=True)


async def test_a_name_that_nobody_has_has_sent_no_byte(pool: HttpPool) -> None:
    url = "http://nowhere.invalid/"  # RFC 6761: it never resolves
    assert await pool.post(url, {}, b"x") == NotSent("dns_failure", channel_down=True)


async def test_a_connection_that_is_never_made_has_sent_no_byte() -> None:
    pool = HttpPool(4, Timeouts(connect_s=0.1, total_s=5.0))
    with a_full_doorway() as url:
        assert await pool.post(url, {}, b"x") == NotSent("connect_timeout", channel_down=True)
    await pool.close()


async def test_a_failed_handshake_has_sent_no_byte(pool: HttpPool) -> None:
    async def plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Speak plainly\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plainly, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await pool.post(url, HEADERS, b"x") == NotSent("tls_failure", channel_down=True)


async def test_waiting_for_a_free_connection_has_sent_no_byte(provider: LoopbackProvider) -> None:
    pool = HttpPool(1, Timeouts(connect_s=0.3, total_s=0.6))
    url = f"{provider.url}/v3/mail/send"
    assert isinstance(await pool.post(url, HEADERS, a_mail()), Answer)
    provider.script.append(HANG_AFTER)
    calls = (pool.post(url, HEADERS, a_mail()) for _ in range(2))
    assert await asyncio.gather(*calls) == [
        Unknown("no_answer"),
        NotSent("connect_timeout", channel_down=True),
    ]
    assert provider.posts == 2
    await pool.close()


async def test_a_connection_that_is_reset_after_any_number_of_bytes_leaves_doubt(pool: HttpPool) -> None:
    counts = iter(range(0, 320, 16))

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(next(counts))
        plug = writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v3/mail/send"
        for _ in range(20):
            assert isinstance(await pool.post(url, HEADERS, a_mail()), Unknown)
    assert next(counts, None) is None


async def test_a_kept_connection_that_is_reset_leaves_doubt_and_nothing_is_posted_again(
    pool: HttpPool, provider: LoopbackProvider
) -> None:
    provider.script.extend([USUAL, RESET_BEFORE])
    url = f"{provider.url}/v3/mail/send"
    assert isinstance(await pool.post(url, HEADERS, a_mail()), Answer)
    assert await pool.post(url, HEADERS, a_mail()) == Unknown("connection_lost")
    assert provider.posts == 2


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "ftp://127.0.0.1/"])
async def test_a_failure_that_nobody_foresaw_is_unknown(pool: HttpPool, url: str) -> None:
    assert isinstance(await pool.post(url, {}, b"x"), Unknown)


async def test_a_redirect_is_not_followed(pool: HttpPool, provider: LoopbackProvider) -> None:
    provider.script.append(says(307, headers={"Location": f"{provider.url}/elsewhere"}))
    answered = await pool.post(f"{provider.url}/v3/mail/send", HEADERS, a_mail())
    assert isinstance(answered, Answer)
    assert (answered.status, provider.posts, len(provider.requests)) == (307, 1, 1)


async def test_a_cookie_is_not_kept(pool: HttpPool, provider: LoopbackProvider) -> None:
    provider.script.append(says(202, headers={"Set-Cookie": "session=1"}))
    url = provider.url.replace("127.0.0.1", "localhost")  # no jar takes a number's cookies
    for _ in range(2):
        await pool.post(f"{url}/v3/mail/send", HEADERS, a_mail())
    assert b"cookie" not in provider.requests[-1].head.lower()


async def test_one_connection_serves_one_message_after_another(
    pool: HttpPool, provider: LoopbackProvider
) -> None:
    for _ in range(5):
        await pool.post(f"{provider.url}/v3/mail/send", HEADERS, a_mail())
    assert (provider.posts, len(provider.connections)) == (5, 1)


async def test_no_more_connections_than_allowed(provider: LoopbackProvider) -> None:
    pool = HttpPool(3, PATIENT)
    provider.latency_s = 0.01
    url = f"{provider.url}/v3/mail/send"
    await asyncio.gather(*(pool.post(url, HEADERS, a_mail()) for _ in range(12)))
    assert (provider.posts, len(provider.connections)) == (12, 3)
    await pool.close()


@pytest.mark.parametrize(("size", "fits"), [(1 << 20, True), ((1 << 20) + 1, False)])
async def test_an_answer_is_read_to_a_megabyte(
    pool: HttpPool, provider: LoopbackProvider, size: int, fits: bool
) -> None:
    provider.script.append(Twist(answer=answer(200, b"x" * size)))
    answered = await pool.post(f"{provider.url}/v3/mail/send", HEADERS, a_mail())
    assert isinstance(answered, Answer) if fits else answered == Unknown("answer_cut")


async def test_a_closed_pool_opens_again(pool: HttpPool, provider: LoopbackProvider) -> None:
    await pool.close()
    await pool.close()
    assert isinstance(await pool.post(f"{provider.url}/v3/mail/send", HEADERS, a_mail()), Answer)


async def test_a_question_that_does_not_arrive_says_nothing(pool: HttpPool) -> None:
    assert await pool.get("http://127.0.0.1:9/", {}) == Unknown("no_connection")


async def test_a_question_is_answered_whole(pool: HttpPool, provider: LoopbackProvider) -> None:
    provider.questions.append(says(418, {"short": "and stout"}))
    answered = await pool.get(f"{provider.url}/v3/scopes", HEADERS)
    assert isinstance(answered, Answer)
    assert (answered.status, answered.body) == (418, b'{"short": "and stout"}')
    assert provider.posts == 0


@pytest.mark.parametrize(
    ("twist", "word"),
    [(HANG_AFTER, "no_answer"), (DRIP, "no_answer"), (RESET_AFTER, "connection_lost"), (CUT, "answer_cut")],
)
async def test_a_question_that_is_not_answered_is_given_up(
    provider: LoopbackProvider, twist: Twist, word: str
) -> None:
    pool = HttpPool(4, Timeouts(connect_s=10.0, total_s=0.3 if word == "no_answer" else 10.0))
    # One more time, because a question may be put again over a fresh connection, as a message may not.
    provider.questions.extend([twist, twist])
    assert await pool.get(f"{provider.url}/v3/scopes", HEADERS) == Unknown(word)
    await pool.close()


async def test_an_answer_to_a_question_is_not_followed_elsewhere(
    pool: HttpPool, provider: LoopbackProvider
) -> None:
    provider.questions.append(says(302, headers={"Location": f"{provider.url}/elsewhere"}))
    answered = await pool.get(f"{provider.url}/v3/scopes", HEADERS)
    assert isinstance(answered, Answer)
    assert (answered.status, len(provider.requests)) == (302, 1)


@pytest.mark.parametrize("query", ["To=%2B447700900123&PageToken=PA%2F1", "q=a+b%20c", "q=%7E~"])
async def test_an_address_goes_out_as_it_was_written(
    pool: HttpPool, provider: LoopbackProvider, query: str
) -> None:
    await pool.get(f"{provider.url}/v3/scopes?{query}", HEADERS)
    assert provider.requests[-1].path == f"/v3/scopes?{query}"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        pytest.param({}, None, id="silent"),
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": "0"}, 1.0, id="at once"),
        pytest.param({"Retry-After": "-5"}, 1.0, id="negative"),
        pytest.param({"Retry-After": "3600"}, 3600.0, id="an hour"),
        pytest.param({"Retry-After": "3601"}, 3600.0, id="more than an hour"),
        pytest.param({"Retry-After": "9" * 400}, 3600.0, id="past all bounds"),
        pytest.param({"Retry-After": "Tue, 09 Mar 2027 10:02:00 GMT"}, 120.0, id="a date"),
        pytest.param({"Retry-After": "Tue, 09 Mar 2027 09:00:00 GMT"}, 1.0, id="a date that has passed"),
        pytest.param({"Retry-After": "Tue, 09 Mar 2037 10:00:00 GMT"}, 3600.0, id="in ten years"),
        pytest.param({"Retry-After": "Tue, 09 Mar 2027 10:02:00 -0000"}, None, id="a date of no zone"),
        pytest.param({"Retry-After": "soon"}, None, id="a word"),
        pytest.param({"Retry-After": "--5"}, None, id="a riddle"),
        pytest.param({"X-RateLimit-Reset": "1804586430"}, 30.0, id="reset instant"),
        pytest.param({"X-RateLimit-Reset": "soon"}, None, id="reset word"),
        pytest.param({"Retry-After": "7", "X-RateLimit-Reset": "1804586430"}, 7.0, id="both"),
    ],
)
def test_a_wish_to_be_left_alone_is_read_and_bounded(headers: dict[str, str], wait_s: float | None) -> None:
    assert retry_after_s(headers, NOW) == wait_s


def a_mail() -> bytes:
    return (
        b'{"personalizations": [{"to": [{"email": "a@example.com"}]}], "from": {"email": "b@example.com"},'
        b' "content": [{"type": "text/plain", "value": "x"}]}'
    )
