"""The worker on a made-up portfolio, killed and started again in the middle: nothing twice, nothing lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler.bootstrap import assemble
from scheduler.cli.taking import take_in_sample
from scheduler.settings import Environment, Settings
from scheduler.store.engine import open_database
from scheduler.store.tables import debtor, message, payment, touchpoint
from tests.end_to_end import oracle
from tests.fakes.notebook import noted_in
from tests.fakes.provider import in_process
from tests.fakes.world import HandClock

ROOT = Path(__file__).parents[2]
START = datetime(2027, 3, 10, 14, 0, tzinfo=UTC)
"""A Wednesday on which it is day in Europe, Africa and the eastern Americas."""


@dataclass(frozen=True, slots=True)
class House:
    """A folder with a portfolio, and the environment of its workers."""

    folder: Path
    variables: Mapping[str, str]

    def duly(self, *arguments: str, code: int = 0) -> str:
        """Run a command of the product's and return what it printed."""
        database = f"sqlite:///{self.folder / 'duly.db'}"
        options = ("--config", str(self.folder / "config"), "--database", database)
        command = [sys.executable, "-m", "scheduler", *options, *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    @contextmanager
    def worker(self, instant: datetime, hours: int = 0) -> Iterator[subprocess.Popen[bytes]]:
        """Start a worker process; it is reaped at the end."""
        command = [
            sys.executable,
            "-m",
            "tests.end_to_end.turning",
            str(self.folder),
            instant.isoformat(),
            str(hours),
        ]
        with subprocess.Popen(command, cwd=ROOT, env=self._environment()) as process:
            yield process

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables, "DULY_OUTBOX": str(self.folder / "outbox")}

    def run_and_kill(self, instant: datetime, when: Callable[[], bool]) -> None:
        """Run a worker and kill it, without mercy, as soon as a condition holds."""
        deadline = time.monotonic() + 60
        with self.worker(instant) as process:
            while not when() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.002)
            assert process.poll() is None, "the worker ended before it could be killed"
            process.send_signal(signal.SIGKILL)

    def run_to_end(self, instant: datetime, hours: int = 0) -> None:
        """Run a worker until it has nothing more to do."""
        with self.worker(instant, hours) as process:
            assert process.wait(240) == 0

    def log(self) -> list[oracle.Line]:
        """Return the exported log."""
        self.duly("log", "export", "--format", "jsonl", "--out", str(self.folder / "log.jsonl"))
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text("utf-8").splitlines()]

    def people(self) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
        """Return country, region and zones by debtor."""
        database = open_database(f"sqlite:///{self.folder / 'duly.db'}")
        with database.read() as connection:
            found = {
                row.ref: (row.country, row.region, row.zones) for row in connection.execute(select(debtor))
            }
        database.close()
        return found

    def confirmations(self) -> dict[str, int]:
        """Return how often each recent payment's confirmation was handed over, as far as it may be sent at all."""
        database = open_database(f"sqlite:///{self.folder / 'duly.db'}")
        statement = (
            select(payment.c.ref, touchpoint.c.state, message.c.state.label("sent"))
            .join(touchpoint, touchpoint.c.payment_id == payment.c.id)
            .join(message, message.c.touchpoint_id == touchpoint.c.id, isouter=True)
            .where(payment.c.received_at >= START - timedelta(days=3))
        )
        with database.read() as connection:
            rows = connection.execute(statement).all()
        database.close()
        owed = Counter({row.ref: 0 for row in rows if row.state != "refused"})
        owed.update(row.ref for row in rows if row.sent in ("accepted", "unknown"))
        return dict(owed)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A folder with the default configuration and no portfolio yet."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return House(tmp_path, {})


def fill(house: House) -> None:
    """Make up a portfolio around the start and take it in, as `duly run --sample-if-empty` does."""
    settings = Settings.read(Environment({}))
    database = f"sqlite:///{house.folder / 'duly.db'}"
    app = assemble(settings, house.folder / "config", database, HandClock(START))
    take_in_sample(app)
    app.database.close()


def after(count: int, files: Callable[[], int]) -> Callable[[], bool]:
    """Return the condition that so many more are there than now."""
    before = files()
    return lambda: files() >= before + count


def assert_sound(house: House) -> None:
    """Assert what must hold of any run: hours, caps, and a log that verifies."""
    log = house.log()
    handed_over = oracle.handed_over(log)
    assert handed_over
    assert oracle.outside_hours(handed_over, house.people()) == []
    assert oracle.over_cap(handed_over) == []
    assert oracle.twice(each["touchpoint"] for each in handed_over) == []
    house.duly("log", "verify")


def test_killed_twice_the_outbox_has_each_touchpoint_once_and_each_receipt_exactly_once(house: House) -> None:
    fill(house)

    def messages() -> list[str]:
        return [each.name for each in (house.folder / "outbox").glob("*-*-*.*")]

    house.run_and_kill(START, after(7, lambda: len(messages())))
    house.run_and_kill(START + timedelta(minutes=3), after(9, lambda: len(messages())))
    house.run_to_end(START + timedelta(minutes=6))
    assert oracle.twice(name.split("-")[0] for name in messages()) == []
    assert max(house.confirmations().values()) <= 1
    house.run_to_end(START + timedelta(minutes=9), hours=25)
    assert oracle.twice(name.split("-")[0] for name in messages()) == []
    assert set(house.confirmations().values()) == {1}
    assert_sound(house)


@pytest.mark.parametrize("twist", ["hang-after", "hang-before"])
def test_killed_twice_no_provider_gets_a_touchpoint_twice_though_some_answers_never_come(
    house: House, twist: str
) -> None:
    journal = house.folder / "accepted.jsonl"

    def accepted() -> list[str]:
        return [str(each.touchpoint) for each in noted_in(journal)]

    with in_process("--journal", str(journal), "--twist", twist, "--every", "7") as url:
        house = through_providers(house, url)
        fill(house)
        house.run_and_kill(START, after(7, lambda: len(accepted())))
        house.run_and_kill(START + timedelta(minutes=3), after(9, lambda: len(accepted())))
        house.run_to_end(START + timedelta(minutes=6), hours=25)
    assert accepted()
    assert oracle.twice(accepted()) == []
    assert max(house.confirmations().values()) <= 1
    assert {"unknown", "accepted"} <= {each["event"] for each in house.log()}
    assert_sound(house)


def through_providers(house: House, url: str) -> House:
    """Return the house with Twilio and SendGrid as its providers, both at one address."""
    duly = house.folder / "config" / "duly.yaml"
    text = (
        duly.read_text("utf-8")
        .replace("sms: outbox", "sms: twilio")
        .replace("email: outbox", "email: sendgrid")
        .replace("drafts: outbox only", "drafts: sent")
    )
    duly.write_text(text, "utf-8")
    variables = {
        "TWILIO_ACCOUNT_SID": f"AC{'a' * 32}",
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_FROM": "+15005550006",
        "SENDGRID_API_KEY": "SG.key",
        "DULY_TWILIO_BASE_URL": url,
        "DULY_SENDGRID_BASE_URL": url,
        "DULY_PUBLIC_URL": "https://duly.example.com",
    }
    return House(house.folder, variables)
