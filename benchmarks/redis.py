"""Celery, installed for one run and then forgotten, and a Redis of its own on a port that nobody else uses."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.report import ROOT

_INSTALLING_S = 90
_POOL = ("--pool", "prefork", "--concurrency", "2")


@dataclass(frozen=True, slots=True)
class Broker:
    """A Redis on a port, with Celery on the path of whoever is given the variables."""

    port: int
    variables: Mapping[str, str]

    @property
    def worker(self) -> Sequence[str]:
        """The command that starts a worker."""
        quietly = ("--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat")
        return [sys.executable, "-m", "celery", "-A", "benchmarks.peers.celery", "worker", *_POOL, *quietly]

    def run(self, code: str, *arguments: object) -> None:
        """Run a piece of Python beside it."""
        command = [sys.executable, "-c", code, *map(str, arguments)]
        subprocess.run(command, cwd=ROOT, env=os.environ | dict(self.variables), check=True)

    def empty(self) -> None:
        """Forget every task."""
        self._ask(b"FLUSHALL\r\n")

    def is_empty(self) -> bool:
        """Whether no task is left to take."""
        return self._ask(b"LLEN celery\r\n") == b":0\r\n"

    def _ask(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(command)
            return connection.recv(64)


@contextmanager
def celery_and_redis(install: bool) -> Iterator[Broker | str]:
    """Yield a broker, or the reason why there is none."""
    server = shutil.which("redis-server")
    if server is None:
        yield "there is no redis-server here"
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = _celery(folder / "celery", install)
        if path is None:
            yield "Celery is not installed, and cannot be for this run"
            return
        with _redis(server, folder) as port:
            yield Broker(port, {"PYTHONPATH": path, "BENCH_BROKER": f"redis://127.0.0.1:{port}/0"})


def _celery(folder: Path, install: bool) -> str | None:
    """Return what must be on the path, installing Celery into a folder that is thrown away; None where that fails."""
    if find_spec("celery") and find_spec("redis"):
        return ""
    if not install:
        return None
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, "--target", str(folder), "celery>=5,<6", "redis"],
            check=False,
            timeout=_INSTALLING_S,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return None
    return str(folder) if done.returncode == 0 else None


@contextmanager
def _redis(server: str, folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    options = (
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--save",
        "",
        "--appendonly",
        "no",
    )
    with subprocess.Popen([server, *options], stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("void: Redis does not answer")
