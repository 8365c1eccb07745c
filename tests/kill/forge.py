"""Forks workers that are to be killed: everything is imported and assembled once, and a fork costs a millisecond.

`python -m tests.kill.forge FOLDER DATABASE_URL [MUTANT]` reads one JSON object a line: `{"fork": {…}}` with an `Order`,
or `{"reap": PID}`. It answers `forked PID` and `reaped PID STATUS`; a worker says `began PID` and `idle PID`.
"""

import asyncio
import json
import logging
import os
import secrets
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
import structlog
from sqlalchemy import Connection

from channels.registry import Timeouts
from scheduler import bootstrap
from scheduler.bootstrap import App, assemble
from scheduler.domain.delivery import Delivery
from scheduler.domain.message import Message
from scheduler.ports import Channel
from scheduler.settings import Environment, Settings
from scheduler.store.engine import Database
from scheduler.store.store import SqlStore
from tests.kill.shared_clock import SharedClock

Given = ParamSpec("Given")
Result = TypeVar("Result")

TIMEOUTS = Timeouts(connect_s=2.0, total_s=0.3)


@dataclass(frozen=True, slots=True)
class Order:
    """How one worker is to live.

    One that starts `cold` assembles itself as a new process does. At the `nth` time that it comes to its `failpoint` it
    kills itself.
    """

    cold: bool = False
    failpoint: str | None = None
    nth: int = 1
    batch_size: int = 4


def tell(word: str, *more: object) -> None:
    """Write one line, whole: several processes share the pipe."""
    os.write(1, " ".join([word, *map(str, more)]).encode() + b"\n")


class Failpoint:
    """Kills this very process at a boundary of the flow."""

    def __init__(self, order: Order) -> None:
        """Wait for one boundary."""
        self._order = order
        self._counts: Counter[str] = Counter()

    def come_to(self, name: str) -> None:
        """Note a boundary, and perhaps never return."""
        self._counts[name] += 1
        if name == self._order.failpoint and self._counts[name] == self._order.nth:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run(
        self, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Run a piece of blocking work in a thread, as the service does, between two boundaries."""
        inner: Any = given[0] if work.__name__ == "patiently" and given else work
        name = inner.__name__.lstrip("_")
        self.come_to(f"{name}.before")
        result = await asyncio.to_thread(work, *given, **named)
        self.come_to(f"{name}.after")
        return result


@dataclass(frozen=True, slots=True)
class Line:
    """A real channel with a boundary before and after each call."""

    channel: Channel
    failpoint: Failpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self.channel, name)

    async def send(self, message: Message) -> Delivery:
        """Make the call."""
        self.failpoint.come_to("call.before")
        said = await self.channel.send(message)
        self.failpoint.come_to("call.after")
        return said


class FailingDatabase(Database):
    """A database with a boundary when all of a transaction is written and nothing is committed."""

    failpoint: Failpoint

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction."""
        with super().write() as connection:
            yield connection
            self.failpoint.come_to("commit")


async def work(app: App, order: Order) -> None:
    """Do everything that is due, again and again while there is something."""
    failpoint = Failpoint(order)
    database = FailingDatabase(app.database.engine)
    database.failpoint = failpoint
    app = replace(app, database=database, store=SqlStore(database, secrets.token_bytes))
    lines = {key: Line(each, failpoint) for key, each in app.open_channels(TIMEOUTS).items()}
    worker = app.worker(lines)
    worker.pipeline = replace(worker.pipeline, batch_size=order.batch_size, run=failpoint.run)
    worker.reconciler = replace(worker.reconciler, run=failpoint.run)
    tell("began", os.getpid())
    await worker.run_until_idle()
    for each in lines.values():
        await each.channel.close()
    database.close()


def app_of(folder: Path, database_url: str) -> App:
    """Assemble the service on the shared clock."""
    settings = Settings.read(Environment.of_process())
    return assemble(settings, folder / "config", database_url, SharedClock(folder / "clock"))


def live(app: App, order: Order, folder: Path, database_url: str) -> None:
    """Be a worker, and end."""
    try:
        asyncio.run(work(app_of(folder, database_url) if order.cold else app, order))
        tell("idle", os.getpid())
    except BaseException as error:
        tell("failed", os.getpid(), type(error).__name__, str(error).replace("\n", " ")[:2000])
        os._exit(1)
    os._exit(0)


def main(folder: Path, database_url: str, mutant: str | None = None) -> None:
    """Work once, so that every statement is compiled, then fork whoever is ordered; a mutant is planted in all."""
    if mutant is not None:
        getattr(import_module("tests.crash.mutants"), mutant)(pytest.MonkeyPatch())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    app = app_of(folder, database_url)
    bootstrap._load = lambda config_dir: app.catalogue  # what is on disk does not change
    asyncio.run(work(app, Order()))
    tell("ready", os.getpid())
    for line in sys.stdin:
        asked = json.loads(line)
        if "reap" in asked:
            pid, status = os.waitpid(asked["reap"], 0)
            tell("reaped", pid, os.waitstatus_to_exitcode(status))
        elif pid := os.fork():
            tell("forked", pid)
        else:
            live(app, Order(**asked["fork"]), folder, database_url)


def line_of(order: Order) -> str:
    """Return the line that orders a worker."""
    return json.dumps({"fork": asdict(order)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
