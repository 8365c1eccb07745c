"""Where workers are forked and killed: a forge, a database, providers with a journal, and a clock that all share."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
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
from tests.fakes.twists import CUT, RESET_AFTER, RESET_BEFORE, RESET_UNREAD, USUAL, html, says
from tests.fakes.world import a_plan_row
from tests.kill.forge import Order, line_of
from tests.kill.shared_clock import SharedClock

ROOT = Path(__file__).parents[2]
START = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
"""A Tuesday morning in London."""

CLOSES = 16
"""The hour of the day in which no cycle is begun any more: the next one is on the next working day."""

SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.060, 0.300
"""For how long a worker lives at most, from when it is at work: on a busy machine it needs longer to do anything."""

PATIENCE_S = 30.0
"""How long anything may take before it is held to hang."""

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


def twists(seed: int) -> list[object]:
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


class Forge:
    """The process that forks workers. Everything that is waited for has an end."""

    def __init__(self, folder: Path, database_url: str, provider_url: str, mutant: str | None) -> None:
        variables = {
            "TWILIO_ACCOUNT_SID": f"AC{'a' * 32}",
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_FROM": "+447700900999",
            "SENDGRID_API_KEY": "SG.key",
            "DULY_TWILIO_BASE_URL": provider_url,
            "DULY_SENDGRID_BASE_URL": provider_url,
            "DULY_PUBLIC_URL": "https://duly.example.com",
            "DULY_JOURNAL": str(folder / "dispatch.journal"),
        }
        command = [sys.executable, "-m", "tests.kill.forge", str(folder), database_url]
        command += [] if mutant is None else [mutant]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DULY_")}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=clean | variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._heard: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        self._wait("ready")

    def fork(self, order: Order) -> int:
        """Start a worker and return its process id."""
        self._say(line_of(order))
        return int(self._wait("forked").split()[1])

    def began(self, pid: int) -> bool:
        """Wait until a worker is at work, and say whether it is; it may have ended before."""
        return self._wait(f"began {pid}", f"failed {pid}").startswith("began")

    def reap(self, pid: int) -> int:
        """Wait for a worker's end and return its exit code, which is negative for a signal."""
        self._say(json.dumps({"reap": pid}))
        return int(self._wait(f"reaped {pid}").split()[2])

    def has_ended(self, pid: int) -> bool:
        """Whether a worker is gone, or has nothing more to do."""
        with self._more:
            if f"idle {pid}" in self._heard:
                return True
        stat = Path(f"/proc/{pid}/stat")  # other systems have none; there its time is waited out
        return stat.exists() and stat.read_text("ascii").rpartition(")")[2].split()[0] == "Z"

    def complaints(self) -> list[str]:
        """Return what workers said who failed."""
        with self._more:
            return [each for each in self._heard if each.startswith("failed")]

    def close(self) -> None:
        """Let it end."""
        with self._process:
            try:
                assert self._process.stdin is not None
                self._process.stdin.close()
                self._process.wait(PATIENCE_S)
            finally:
                self._process.kill()
                self._reader.join(PATIENCE_S)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self._heard.append(line.strip())
                self._more.notify_all()
        with self._more:
            self._heard.append("closed")
            self._more.notify_all()

    def _wait(self, *words: str) -> str:
        """Wait for a line that begins with one of the words, and take it out. Raises AssertionError if none comes."""
        deadline = time.monotonic() + PATIENCE_S
        with self._more:
            while True:
                for line in self._heard:
                    if line.startswith(words):
                        self._heard.remove(line)
                        return line
                left = deadline - time.monotonic()
                assert left > 0, f"the forge never said {words}, but {self._heard[-5:]}"
                assert "closed" not in self._heard, f"the forge ended: {self._heard[-5:]}"
                self._more.wait(left)


@dataclass(slots=True)
class Yard:
    """All of it; `app` is the test's own way to the database."""

    folder: Path
    app: App
    clock: SharedClock
    provider: LoopbackProvider
    forge: Forge
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
        pid = self.forge.fork(order)
        self.children.add(pid)
        return pid

    def measure(self) -> None:
        """Let a worker send a few messages in peace, and see how long it takes."""
        self.take_plans(8)
        pid = self.start(Order())
        self.forge.began(pid)
        began = time.monotonic()
        assert self.reap(pid) == 0, self.forge.complaints()
        self.life_s = min(max(SHORTEST_LIFE_S, time.monotonic() - began), LONGEST_LIFE_S)

    def kill(self, pid: int) -> None:
        """Kill a worker without mercy and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        self.reap(pid)

    def reap(self, pid: int) -> int:
        """Wait for a worker's end."""
        code = self.forge.reap(pid)
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
        self.forge.close()


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
        usually=cycle(twists(seed)),  # type: ignore[arg-type]  # every one is a twist
        journal=folder / "accepted.jsonl",
    )
    provider.notebook.now = clock.time
    app = assemble(Settings.read(Environment({})), folder / "config", database_url, clock)
    with in_thread(provider) as url:
        place = Yard(folder, app, clock, provider, forge=None)  # type: ignore[arg-type]  # once there are plans
        place.take_plans(8)
        place.forge = Forge(folder, database_url, url, mutant)
        try:
            place.measure()
            yield place
        finally:
            place.close()
            app.database.close()
            clock.close()
