"""Runs the web beside the worker, in the loop that is already there, and leaves signals to whoever owns the loop."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from scheduler.domain.errors import UsageError

_PATIENCE_S = 0.5
_BACKLOG = 128


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def say_nothing(_url: str) -> None:
    """Announce to nobody."""


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    stopping: asyncio.Event,
    announce: Callable[[str], None] = say_nothing,
) -> None:
    """Serve until `stopping` is set, then stop within a second; `announce` is told the address once it listens.

    The address is taken before the first await. Raises UsageError when it cannot be.
    """
    listener = listen(host, port)
    announce(_url(listener))
    server = _Server(_config(app))
    watch = asyncio.create_task(_stop(server, stopping))
    try:
        await server.serve(sockets=[listener])
    finally:
        watch.cancel()
        for each in getattr(server, "servers", ()):
            each.close()
        listener.close()


async def _stop(server: uvicorn.Server, stopping: asyncio.Event) -> None:
    await stopping.wait()
    server.should_exit = True


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE_S,  # type: ignore[arg-type]  # asyncio's wait_for takes fractions
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises UsageError, with the remedy, when the address cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(_remedy(error, host, port)) from error


def _remedy(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken; stop what uses it, or choose another with --port or DULY_PORT"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened; choose one above 1023 with --port or DULY_PORT"
    return f"{host!r} is not an address of this machine; set DULY_HOST to 127.0.0.1, or to one that it has"


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
