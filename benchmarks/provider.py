"""A loopback provider that is quick enough to be out of the way: it reads as little as it can, and always says yes.

`python -m benchmarks.provider --help` runs it as a process, which prints its port and serves until it is terminated.
It answers as Twilio and SendGrid do; with `--journal` it writes down whom it was asked to write to, one line a message.
"""

import argparse
import asyncio
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO, cast
from urllib.parse import unquote_to_bytes

import uvloop

from benchmarks.report import ROOT

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TO = re.compile(rb"(?:^|&)To=([^&]*)|\"to\": ?\[\{\"email\": ?\"([^\"]*)\"")
_MAIL = b"POST /v3/mail/send"
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: M%022x\r\nContent-Length: 0\r\n\r\n"
_FIELDS = (
    b'"account_sid": "AC%s", "api_version": "2010-04-01", "body": "%s", "date_created": "Tue, 09 Mar 2027 '
    b'10:00:00 +0000", "date_sent": null, "date_updated": "Tue, 09 Mar 2027 10:00:00 +0000", "direction": '
    b'"outbound-api", "error_code": null, "error_message": null, "from": "+15005550006", '
    b'"messaging_service_sid": null, "num_media": "0", "num_segments": "2", "price": null, "price_unit": "USD", '
    b'"status": "queued", "subresource_uris": {}, "to": "+447900000001", "uri": "/2010-04-01/Messages.json"'
) % (b"a" * 32, b"x" * 260)
_CREATED = (
    (
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (len(_FIELDS) + 47)
    )
    + b'{"sid": "SM%032x", '
    + _FIELDS
    + b"}"
)

HOW_MANY_AT_ONCE = 100


class _Connection(asyncio.Protocol):
    """One connection: requests of a known length, one after another."""

    def __init__(self, latency_s: float, journal: IO[bytes] | None, serial: Iterator[int]) -> None:
        self._latency_s, self._journal, self._serial = latency_s, journal, serial
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is a stranger to asyncio's

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._buffer, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            is_mail = self._buffer.startswith(_MAIL)
            if self._journal is not None:
                self._note(self._buffer[end:whole])
            self._buffer = self._buffer[whole:]
            answer = (_ACCEPTED if is_mail else _CREATED) % next(self._serial)
            if self._latency_s:
                asyncio.get_running_loop().call_later(self._latency_s, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _note(self, body: bytes) -> None:
        """Write down whom a message is for, before it is answered."""
        found = _TO.search(body)
        to = unquote_to_bytes(found[1] or found[2]) if found else b"?"
        cast(IO[bytes], self._journal).write(to + b"\n")


async def _serve_for_ever(options: argparse.Namespace) -> None:
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    journal = options.journal.open("ab", buffering=0) if options.journal else None
    serial = count(time.time_ns())  # another run must not give the same names again
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(options.latency_ms / 1000, journal, serial),
        "127.0.0.1",
        0,
        ssl=context,
        backlog=1024,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


@contextmanager
def provider(
    latency_ms: int = 0, certificate: Path | None = None, journal: Path | None = None
) -> Iterator[str]:
    """Serve from a process of its own; yields the address."""
    command = [sys.executable, "-m", "benchmarks.provider", "--latency-ms", str(latency_ms)]
    command += ["--certificate", str(certificate)] if certificate else []
    command += ["--journal", str(journal)] if journal else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            scheme = "https" if certificate else "http"
            yield f"{scheme}://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


class _Asking(asyncio.Protocol):
    """A client that does nothing but ask again as soon as it is answered, to see what the provider can do."""

    def __init__(self, left: Iterator[int], request: bytes, done: asyncio.Future[None]) -> None:
        self._left, self._request, self._done = left, request, done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._ask()

    def _ask(self) -> None:
        if next(self._left, None) is not None:
            self._transport.write(self._request)
        else:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)


def ceiling(url: str, request: bytes, messages: int) -> float:
    """Return how many answers a second the provider gives to a client that does hardly anything."""

    async def ask_all() -> None:
        loop, left = asyncio.get_running_loop(), iter(range(messages))
        dones = [loop.create_future() for _ in range(HOW_MANY_AT_ONCE)]
        port = int(url.rpartition(":")[2])
        for done in dones:
            await loop.create_connection(lambda done=done: _Asking(left, request, done), "127.0.0.1", port)  # type: ignore[misc]
        await asyncio.gather(*dones)

    start = time.perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask_all())
    return messages / (time.perf_counter() - start)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--certificate", type=Path, help="a file with certificate and key: serve over TLS")
    parser.add_argument("--journal", type=Path, help="a file that gets a line for each accepted message")
    uvloop.run(_serve_for_ever(parser.parse_args()))


if __name__ == "__main__":
    main()
