"""Records a morning's work on a SQLite file: every act upon the file, every commit, every message that was taken.

`python -m tests.kill.recorder FOLDER MODE` leaves `base/`, the files as they were at first, and `story`. MODE is
`rollback`, `wal`, or `careless`, which syncs nothing.
"""

import asyncio
import logging
import pickle
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import structlog
from sqlalchemy import Connection, text

from scheduler.domain.delivery import Delivery, NotSent, Rejected, Unknown
from scheduler.domain.message import Message
from scheduler.store import engine
from scheduler.store.engine import Database, open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.fakes.world import FakeChannel, World, a_payment_row, a_plan_row, turn
from tests.kill.story import Committed, Event, Taken
from tests.kill.tracing import Tracer, library

MODES = {
    "rollback": ("journal_mode=TRUNCATE", "synchronous=EXTRA"),
    "wal": ("journal_mode=WAL", "synchronous=FULL"),
    "careless": ("journal_mode=TRUNCATE", "synchronous=OFF"),
}
"""How the database is kept; the first two are what Duly chooses, by the version of SQLite."""

NO_TRACING = 3
"""The exit code where SQLite cannot be reached."""


class WatchedDatabase(Database):
    """A database that tells of every commit once it has returned."""

    def __init__(self, opened: Database, story: list[Event]) -> None:
        super().__init__(opened.engine)
        self._story = story

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction."""
        with super().write() as connection:
            yield connection
            seq = connection.execute(text("SELECT COALESCE(MAX(seq), 0) FROM entry")).scalar_one()
        self._story.append(Committed(seq))


class WatchedChannel(FakeChannel):
    """A provider that writes down what it takes before it answers."""

    story: list[Event]

    async def send(self, message: Message) -> Delivery:
        """Take the message, unless it is one that is refused."""
        said = await FakeChannel.send(self, message)
        if not isinstance(said, Rejected | NotSent):
            self.story.append(Taken(message.touchpoint, message.attempt))
        return said


def pragmas(mode: str) -> tuple[str, ...]:
    """Return the product's own settings with those of a mode."""
    others = [each for each in engine._pragmas() if not each.startswith(("journal_mode", "synchronous"))]
    return (*MODES[mode], *others)


async def work(world: World) -> None:
    """Send, with every kind of answer, settle late, take payments, and do it again the next day."""
    world.channel.answers = [Unknown("timeout"), Rejected("550"), NotSent("429"), Unknown("http_503")]
    for day in range(2):
        for n in range(6):
            number = day * 6 + n
            theirs = {"debtor_ref": f"D-{number}", "phone": None, "email": f"d{number}@example.com"}
            due = date(2027, 3, 12 + day)
            world.take_plans(a_plan_row(line=n, plan_ref=f"P-{number}", due_date=due, **theirs))
        await turn(world)
        paid = world.clock.now()
        world.take_payments(
            a_payment_row(payment_ref=f"PAY-{day}", plan_ref=f"P-{day * 6}", received_at=paid)
        )
        await turn(world)
        for _ in range(4):
            world.clock.move(minutes=20)
            while await world.reconciler.run_once():
                pass
            await turn(world)
        world.clock.move(hours=23)


def main(folder: Path, mode: str) -> int:
    """Record, and say with the exit code whether that was possible."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sqlite = library()
    if sqlite is None:
        return NO_TRACING
    chosen = pragmas(mode)
    engine._pragmas = lambda: chosen
    url = f"sqlite:///{folder / 'duly.db'}"
    opened = open_database(url)
    upgrade(opened)
    opened.close()
    shutil.copytree(folder, folder / "base", ignore=lambda _, names: [n for n in names if "duly.db" not in n])
    story: list[Event] = []
    tracer = Tracer(sqlite, story.append)
    database = WatchedDatabase(open_database(url), story)
    channel = WatchedChannel()
    channel.story = story
    asyncio.run(work(World(SqlStore(database, secrets.token_bytes), channel=channel)))
    database.close()
    del tracer
    (folder / "story").write_bytes(pickle.dumps(story))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
