"""The web as a real server on loopback: it answers, leaves signals alone, and stops at once."""

import asyncio
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest

from scheduler.domain.errors import UsageError
from scheduler.web.app import WebParts, create_app, serve
from scheduler.web.health import Health
from scheduler.web.serving import listen
from tests.web.stage import Stage

_PROMPT_S = 1.0


class Served:
    """A server under way, and its address."""

    def __init__(self, parts: WebParts) -> None:
        loop = asyncio.get_running_loop()
        self.stopping = asyncio.Event()
        self._url: asyncio.Future[str] = loop.create_future()
        app = create_app(parts)
        self.task = asyncio.create_task(serve(app, "127.0.0.1", 0, self.stopping, self._url.set_result))

    async def url(self) -> str:
        """Return the address once the server listens."""
        return await self._url

    async def stop_s(self) -> float:
        """Stop the server and return how long it took."""
        begun = time.monotonic()
        self.stopping.set()
        await self.task
        return time.monotonic() - begun


async def test_it_answers_over_a_real_socket_without_saying_who_it_is(stage: Stage) -> None:
    served = Served(stage.parts())
    async with httpx.AsyncClient(base_url=await served.url()) as client:
        answer = await client.get("/outbox")
    assert answer.status_code == 200
    assert "server" not in answer.headers
    assert await served.stop_s() < _PROMPT_S


async def test_it_stops_within_a_second_while_connections_are_open(stage: Stage) -> None:
    served = Served(stage.parts())
    url = httpx.URL(await served.url())
    async with httpx.AsyncClient(base_url=url) as client:
        await client.get("/healthz")
        _, half_asked = await asyncio.open_connection("127.0.0.1", url.port)
        half_asked.write(b"GET /outbox HTTP/1.1\r\nHost: 127")
        await half_asked.drain()
        assert await served.stop_s() < _PROMPT_S
        half_asked.close()
        with suppress(ConnectionError):
            await half_asked.wait_closed()


async def test_a_page_that_takes_its_time_does_not_hold_up_the_stop(stage: Stage) -> None:
    asked, released = threading.Event(), threading.Event()

    def slow_health() -> Health:
        asked.set()
        released.wait(10)
        return Health(True, 0.0)

    served = Served(replace(stage.parts(), health=slow_health))
    async with httpx.AsyncClient(base_url=await served.url()) as client:
        waiting = asyncio.create_task(client.get("/readyz"))
        await asyncio.to_thread(asked.wait, 10)
        took_s = await served.stop_s()
        released.set()
        with suppress(httpx.TransportError):
            await waiting
    assert took_s < _PROMPT_S


async def test_its_port_is_free_again_afterwards(stage: Stage) -> None:
    served = Served(stage.parts())
    port = httpx.URL(await served.url()).port
    assert port is not None
    await served.stop_s()
    listen("127.0.0.1", port).close()


async def test_a_stop_that_was_asked_for_before_it_began_is_honoured(stage: Stage) -> None:
    served = Served(stage.parts())
    assert await served.stop_s() < _PROMPT_S


async def test_cancelling_it_lets_go_of_the_port(stage: Stage) -> None:
    served = Served(stage.parts())
    port = httpx.URL(await served.url()).port
    assert port is not None
    served.task.cancel()
    with suppress(asyncio.CancelledError):
        await served.task
    listen("127.0.0.1", port).close()


async def test_signals_stay_with_whoever_owns_the_loop(stage: Stage) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    served = Served(stage.parts())
    async with httpx.AsyncClient(base_url=await served.url()) as client:
        await client.get("/healthz")
        assert {each: signal.getsignal(each) for each in before} == before
    await served.stop_s()


async def test_a_taken_port_is_said_with_the_remedy(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"Port {port} of 127\.0\.0\.1 is taken; .*--port or DULY_PORT"):
            await serve(create_app(stage.parts()), "127.0.0.1", port, asyncio.Event())


def test_an_address_that_is_not_ours_is_said_with_the_remedy() -> None:
    with pytest.raises(UsageError, match="is not an address of this machine; set DULY_HOST"):
        listen("192.0.2.7", 0)
