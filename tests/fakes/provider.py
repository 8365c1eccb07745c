"""A loopback provider: answers and calls back as Twilio and SendGrid do, notes every message, misbehaves on cue.

`python -m tests.fakes.provider --help` runs it as a process, which prints its address and serves until it is
terminated.
"""

import argparse
import asyncio
import re
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import cast

from tests.fakes.answers import Office, Request, reply
from tests.fakes.callbacks import Callbacks, Habits
from tests.fakes.notebook import Notebook, Noted
from tests.fakes.notebook import noted_in as noted_in
from tests.fakes.twists import BY_NAME, USUAL, Ending, Twist

if sys.platform == "win32":
    from asyncio import run
else:
    from uvloop import run

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_DRIP_S = 0.02


class LoopbackProvider:
    """The server. `accepted` is its notebook, `posts` counts every POST begun, answered or not.

    Twists are taken from `script`, one a POST, and then from `usually`, which never ends; those of other requests from
    `questions`. `office` is what it says of the account.
    """

    def __init__(
        self,
        *,
        latency_s: float = 0.0,
        usually: Iterator[Twist] | None = None,
        journal: Path | None = None,
        callbacks: Callbacks | None = None,
    ) -> None:
        self.latency_s = latency_s
        self.script: deque[Twist] = deque()
        self.questions: deque[Twist] = deque()
        self.notebook = Notebook(journal)
        self.office = Office(self.notebook)
        self.callbacks = callbacks
        if callbacks is not None:
            self.office.accepted = callbacks.accepted
        self.requests: deque[Request] = deque(maxlen=1000)
        self.posts = 0
        self.url = ""
        self._usually = usually or cycle([USUAL])
        self._server: asyncio.Server | None = None
        self.connections: set[_Connection] = set()

    @property
    def accepted(self) -> list[Noted]:
        """The messages accepted so far, oldest first."""
        return self.notebook.accepted

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 and return the address."""
        self.notebook.open()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", port, backlog=1024)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self.url

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close()
            for connection in list(self.connections):
                connection.transport.abort()
            await self._server.wait_closed()
        if self.callbacks is not None:
            await self.callbacks.close()
        self.notebook.close()

    async def __aenter__(self) -> "LoopbackProvider":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def next_twist(self, posting: bool) -> Twist:
        """Say how a request shall go, and count it if it is a POST."""
        if not posting:
            return self.questions.popleft() if self.questions else USUAL
        self.posts += 1
        return self.script.popleft() if self.script else next(self._usually)


class _Connection(asyncio.Protocol):
    """One HTTP/1.1 connection: requests of a known length, one after another."""

    transport: asyncio.Transport

    def __init__(self, provider: LoopbackProvider) -> None:
        self._provider = provider
        self._buffer = b""
        self._twist: Twist | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class is a stranger to asyncio's
        self._provider.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._provider.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer and not self.transport.is_closing():
            if self._twist is None:
                self._twist = self._provider.next_twist(self._buffer[:4] == b"POST")
            if self._twist.ending is Ending.RESET_UNREAD:
                return self._reset()
            request = self._take()
            if request is None:
                return None
            twist, self._twist = self._twist, None
            self._serve(request, twist)
        return None

    def _take(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        head = self._buffer[:end]
        length = _LENGTH.search(head)
        whole = end + (int(length[1]) if length else 0)
        if len(self._buffer) < whole:
            return None
        body, self._buffer = self._buffer[end:whole], self._buffer[whole:]
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        return Request(method, path, head, body)

    def _serve(self, request: Request, twist: Twist) -> None:
        self._provider.requests.append(request)
        answered = reply(self._provider.office, request, twist)
        if twist.ending is Ending.RESET:
            self._reset()
        elif twist.ending is not Ending.HUNG:
            self._later(self._provider.latency_s, twist.ending, answered)

    def _later(self, delay_s: float, ending: Ending, answered: bytes) -> None:
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, self._write, ending, answered)
        else:
            self._write(ending, answered)

    def _write(self, ending: Ending, answered: bytes) -> None:
        if self.transport.is_closing():
            return
        if ending is Ending.CUT:
            self.transport.write(answered[:-10])
            self.transport.close()
        elif ending is Ending.DRIPPED:
            self.transport.write(answered[:1])
            if len(answered) > 1:
                self._later(_DRIP_S, ending, answered[1:])
        else:
            self.transport.write(answered)

    def _reset(self) -> None:
        plug: socket.socket = self.transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


@contextmanager
def in_thread(provider: LoopbackProvider) -> Iterator[str]:
    """Serve from a thread of its own, for callers without a loop; yields the address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(provider.start(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(provider.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def in_process(*options: str) -> Iterator[str]:
    """Serve from a process of its own, given this module's options; yields the address."""
    command = [sys.executable, "-m", "tests.fakes.provider", *options]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def _serve_for_ever(options: argparse.Namespace) -> None:
    twists = [USUAL] * (options.every - 1) + [BY_NAME[options.twist]] if options.twist else [USUAL]
    provider = LoopbackProvider(
        latency_s=options.latency_ms / 1000,
        usually=cycle(twists),
        journal=options.journal,
        callbacks=_callbacks(options) if options.callbacks else None,
    )
    provider.office.index_lag_s = options.index_lag_ms / 1000
    print(await provider.start(options.port), flush=True)
    await asyncio.Event().wait()


def _callbacks(options: argparse.Namespace) -> Callbacks:
    habits = Habits(
        lost=options.lost,
        doubled=options.doubled,
        late=options.late,
        reordered=options.reordered,
        undelivered=options.undelivered,
        late_s=options.late_ms / 1000,
        seed=options.seed,
    )
    return Callbacks(token=options.auth_token, events_url=options.events_url, via=options.via, habits=habits)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--journal", type=Path, help="a file that gets one JSON line per accepted message")
    parser.add_argument("--twist", choices=sorted(BY_NAME), help="how to misbehave")
    parser.add_argument("--every", type=int, default=10, help="on every n-th POST")
    parser.add_argument(
        "--index-lag-ms", type=float, default=0.0, help="how long an accepted message is not yet listed"
    )
    back = parser.add_argument_group("callbacks", "signed; shares are from 0 to 1 and drawn by --seed")
    back.add_argument(
        "--callbacks", action="store_true", help="call each text message's StatusCallback, and --events-url"
    )
    back.add_argument("--auth-token", default="token", help="what Twilio's callbacks are signed with")
    back.add_argument(
        "--events-url", help="where SendGrid's events go, signed for tests.fakes.signing.PUBLIC_KEY"
    )
    back.add_argument("--via", help="an address that requests really go to, as to a proxy")
    for share in ("lost", "doubled", "late", "reordered", "undelivered"):
        back.add_argument(f"--{share}", type=float, default=0.0, metavar="SHARE")
    back.add_argument("--late-ms", type=float, default=1000.0, help="how late at most")
    back.add_argument("--seed", type=int, default=0)
    return parser


def main() -> None:
    """Serve as the command line says."""
    run(_serve_for_ever(_parser().parse_args()))


if __name__ == "__main__":
    main()
