"""Where workers are forked and killed: a forge, a database, providers with a journal, and a clock that all share."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from sqlalchemy import text

from scheduler.bootstrap import App, assemble
from scheduler.settings import Environment, Settings
from tests.fakes.provider import LoopbackProvider, in_thread
from tests.fakes.twists import CUT, RESET_AFTER, RESET_BEFORE, RESET_UNREAD, USUAL, Twist, html, says
from tests.fakes.world import a_plan_row
from tests.kill.forge import Order
from tests.kill.shared_clock import SharedClock
from tests.kill.smith import ROOT, Smith

START = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
"""A Tuesday morning in London."""

CLOSES = 16
"""The hour of the day in which no cycle is begun any more: the next one is on the next working day."""

SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.060, 0.300
"""For how long a worker lives at most, from when it is at work: on a busy machine it needs longer to do anything."""

_DULY = """\
channels:
  sms: twilio
  email: sendgrid
drafts: sent
templates: ../templates
"""

_PHONES = 1000
"""How many British numbers are kept for stories: +44 7700 900000 to 900999."""


_WAITING = (
    "SELECT COUNT(*) FROM touchpoint WHERE state = 'planned'",
    "SELECT COUNT(*) FROM plan WHERE NOT EXISTS (SELECT 1 FROM touchpoint WHERE plan_id = plan.id)",
)


def twists(seed: int) -> list[Twist]:
    """Return how a provider goes on: mostly well."""
    odd = [
        RESET_AFTER,
        RESET_BEFORE,
        RESET_UNREAD,
        CUT,
        html(),
        says(503),
        says(503, accepts=True),
        says(500),
    ]
    return [each for n in range(len(odd)) for each in (*[USUAL] * 5, odd[(n + seed) % len(odd)])]


@dataclass(slots=True)
class Yard:
    """All of it; `app` is the test's own way to the database."""

    folder: Path
    app: App
    clock: SharedClock
    provider: LoopbackProvider
    smith: Smith
    life_s: float = SHORTEST_LIFE_S
    rows: int = 0
    children: set[int] = field(default_factory=set)

    def take_plans(self, number: int) -> None:
        """Import plans of people who were not there before: some have a phone, some a mailbox."""
        due = (self.clock.now() + timedelta(days=3)).date()
        rows = []
        for n in range(self.rows, self.rows + number):
            by_phone = n % 2 == 0 and n < 2 * (_PHONES - 1)
            phone, email = (f"+447700900{n // 2:03d}", None) if by_phone else (None, f"d{n}@example.com")
            theirs = {"plan_ref": f"P-{n}", "debtor_ref": f"D-{n}", "phone": phone, "email": email}
            rows.append(a_plan_row(line=n + 2, due_date=due, **theirs))
        self.rows += number
        self.app.plan_intake.take_plans(rows, self.clock.now())

    def waiting(self) -> int:
        """Return how many messages are still to be made."""
        with self.app.database.read() as connection:
            return sum(connection.execute(text(each)).scalar_one() for each in _WAITING)

    def start(self, order: Order) -> int:
        """Fork a worker."""
        pid = self.smith.fork(order)
        self.children.add(pid)
        return pid

    def measure(self) -> None:
        """Let a worker send a few messages in peace, and see how long it takes."""
        self.take_plans(8)
        pid = self.start(Order())
        self.smith.began(pid)
        began = time.monotonic()
        assert self.reap(pid) == 0, self.smith.complaints()
        self.life_s = min(max(SHORTEST_LIFE_S, time.monotonic() - began), LONGEST_LIFE_S)

    def kill(self, pid: int) -> None:
        """Kill a worker without mercy and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        self.reap(pid)

    def reap(self, pid: int) -> int:
        """Wait for a worker's end."""
        code = self.smith.reap(pid)
        self.children.discard(pid)
        return code

    def let_pass(self, time: timedelta) -> None:
        """Let time pass, over the night if the day is over."""
        self.clock.move(time)
        now = self.clock.now()
        if now.hour >= CLOSES:
            now = now.replace(hour=10, minute=0) + timedelta(days=1)
            while now.weekday() > 4:
                now += timedelta(days=1)
            self.clock.set(now)

    def close(self) -> None:
        """End whoever is left."""
        for pid in list(self.children):
            os.kill(pid, signal.SIGCONT)
            self.kill(pid)
        self.smith.close()


@contextmanager
def yard(folder: Path, database_url: str, seed: int, mutant: str | None = None) -> Iterator[Yard]:
    """Set up a folder, a provider and a forge; the database is empty. A mutant is planted in the workers."""
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "config" / "duly.yaml").write_text(_DULY, "utf-8")
    clock = SharedClock(folder / "clock")
    clock.set(START)
    provider = LoopbackProvider(
        latency_s=0.002,
        usually=cycle(twists(seed)),
        journal=folder / "accepted.jsonl",
    )
    provider.notebook.now = clock.time
    app = assemble(Settings.read(Environment({})), folder / "config", database_url, clock)
    with in_thread(provider) as url:
        place = Yard(folder, app, clock, provider, smith=None)  # type: ignore[arg-type]  # once there are plans
        place.take_plans(8)
        place.smith = Smith(folder, database_url, url, mutant)
        try:
            place.measure()
            yield place
        finally:
            place.close()
            app.database.close()
            clock.close()
