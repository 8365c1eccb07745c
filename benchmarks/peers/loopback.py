"""The loopback provider at the hour of the run: what it lists has the instants that a look-up goes by."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from benchmarks.parts import RunningClock
from benchmarks.report import ROOT
from benchmarks.sending import NOW
from tests.fakes.provider import LoopbackProvider


@contextmanager
def listing_provider(journal: Path) -> Iterator[str]:
    """Serve from a process of its own, which writes a line for every message; yields the address."""
    command = [sys.executable, "-m", "benchmarks.peers.loopback", str(journal)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def _serve_for_ever(journal: Path) -> None:
    provider, clock = LoopbackProvider(journal=journal), RunningClock(NOW)
    provider.notebook.now = lambda: clock.now().timestamp()
    print(await provider.start(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve_for_ever(Path(sys.argv[1])))
