"""The ways that a user would pick instead, on the same job: how fast each is, and what it loses when it is killed.

Each sends what is due to the loopback provider, once to its end, and once until it is killed with SIGKILL at 30 %; then
it is started again, as after a power cut. What the provider took is the truth that its own log is held against.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.parts import app_on
from benchmarks.peers import apscheduler, job
from benchmarks.peers.duly import BEGUN
from benchmarks.peers.loopback import listing_provider
from benchmarks.portfolio import fill
from benchmarks.provider import provider
from benchmarks.redis import Broker, celery_and_redis
from benchmarks.report import ROOT, row
from benchmarks.sending import DUE, NOW, sending_config, variables
from tests.fakes.notebook import noted_in

KILLED_AT = 0.3
QUIET_S = 2.0
"""When nothing has gone out for so long, and nothing is left to take, a way that goes on waiting is done."""

LONGEST_S = 120.0
LATER_HOURS = (0.1, 3.0, 6.0, 30.0)
"""When Duly is started again after it was killed: at once, and when it is time to look for what was in doubt."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a way is prepared and started, and whom it says it has written to.

    `start` is given the folder, the provider's address and which start it is, from 0. `is_idle` is of one that does
    not end by itself. Its time runs from when `begins_with` has its first byte: from the first message, unless it does
    some of the job before.
    """

    name: str
    prepare: Callable[[Path, str, int], None]
    start: Callable[[Path, str, int], Sequence[str]]
    logged: Callable[[Path], Sequence[str]]
    is_idle: Callable[[], bool] | None = None
    begins_with: str = "provider.journal"
    starts: int = 2
    variables: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Harm:
    """What became of the job of a way that was killed."""

    lost: int
    doubled: int
    forgotten: int


def run(quick: bool) -> None:
    """Time each way, then kill it."""
    reminders = 200 if quick else 1_200
    own = _rate(DULY, reminders)
    _tell(DULY, own, own, _harm(DULY, reminders))
    with celery_and_redis(install=not quick) as broker:
        others = [CRON, APSCHEDULER] + ([_celery(broker)] if isinstance(broker, Broker) else [])
        for way in others:
            _tell(way, _rate(way, reminders), own, _harm(way, reminders))
    if isinstance(broker, str):
        row("Celery on Redis", f"left out: {broker}")


def _tell(way: Way, rate: float, own: float, harm: Harm) -> None:
    beside = "" if rate == own else f", Duly is {own / rate:.1f} times as fast"
    row(way.name, f"{rate:,.0f}/s{beside}")
    row(
        f"  killed at {KILLED_AT:.0%} and started again",
        f"{harm.lost} lost, {harm.doubled} sent twice, {harm.forgotten} sent and never logged",
    )


def _rate(way: Way, reminders: int) -> float:
    """Return messages a second, from when its process has started and begins to its last message."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = folder / "provider.journal"
        with provider(journal=journal) as url:
            way.prepare(folder, url, reminders)
            with _running(way, folder, url, 0):
                _wait(lambda: _size(folder / way.begins_with) > 0, f"{way.name} to begin")
                start = time.perf_counter()
                _wait(lambda: _lines(journal) >= reminders, f"{way.name} to send everything")
                wall_s = time.perf_counter() - start
                _wait(lambda: len(way.logged(folder)) >= reminders, f"{way.name} to log everything")
    return reminders / wall_s


def _harm(way: Way, reminders: int) -> Harm:
    """Kill it, start it again until it is done, and hold what it knows against what the provider took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = folder / "provider.journal"
        with listing_provider(journal) as url:
            way.prepare(folder, url, reminders)
            with _running(way, folder, url, 0) as process:
                _wait(lambda: _lines(journal) >= KILLED_AT * reminders, f"{way.name} to send some")
                os.killpg(process.pid, signal.SIGKILL)
            for number in range(1, way.starts):
                with _running(way, folder, url, number) as process:
                    if way.is_idle is None:
                        process.wait(LONGEST_S)
                    else:
                        _wait(way.is_idle, f"{way.name} to take what is left")
                        _wait_until_quiet(journal)
            taken = Counter(each.to for each in noted_in(journal))
            known = set(way.logged(folder))
    return Harm(
        lost=reminders - len(taken),
        doubled=sum(times > 1 for times in taken.values()),
        forgotten=len(taken.keys() - known),
    )


@contextmanager
def _running(way: Way, folder: Path, url: str, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a way in a group of processes of its own, which is gone at the end."""
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            way.start(folder, url, number),
            cwd=ROOT,
            env=os.environ | (way.variables or {}),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.perf_counter() + LONGEST_S
    while not done():
        if time.perf_counter() > deadline:
            raise SystemExit(f"void: waited {LONGEST_S:.0f} s for {what}")
        time.sleep(0.01)


def _wait_until_quiet(journal: Path) -> None:
    seen, since = -1, time.perf_counter()
    while time.perf_counter() - since < QUIET_S:
        if (lines := _lines(journal)) != seen:
            seen, since = lines, time.perf_counter()
        time.sleep(0.05)


def _lines(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


# ---------------------------------------------------------------------------------------------------- ways


def _python(module: str, *arguments: object) -> Sequence[str]:
    return [sys.executable, "-m", f"benchmarks.peers.{module}", *map(str, arguments)]


def _phones(folder: Path) -> Sequence[str]:
    return [f"+4479{number:09d}" for number in job.logged(folder)]


def _prepare_duly(folder: Path, url: str, reminders: int) -> None:
    config = sending_config(folder)
    creditor = config / "creditors" / "harbour.yaml"
    creditor.write_text(creditor.read_text("utf-8") + "\nresend: when proved lost\n", "utf-8")
    app = app_on(f"sqlite:///{folder / 'duly.db'}", folder, variables(url), NOW, config)
    fill(app.database, reminders, DUE, NOW, channels=("sms",))
    app.database.close()


def _known_to_duly(folder: Path) -> Sequence[str]:
    app = app_on(
        f"sqlite:///{folder / 'duly.db'}", folder, variables("http://127.0.0.1:9"), NOW, folder / "config"
    )
    with app.database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT address.value FROM message JOIN address ON address.id = message.address_id "
            "WHERE message.state = 'accepted'"
        )
        known = list(found.scalars())
    app.database.close()
    return known


def _prepare_jobs(folder: Path, url: str, reminders: int) -> None:
    job.prepare(folder, reminders)
    subprocess.run(_python("apscheduler", folder, url, reminders), cwd=ROOT, check=True)


DULY = Way(
    name="Duly: decided, logged, looked up after a crash",
    prepare=_prepare_duly,
    start=lambda folder, url, number: _python("duly", folder, url, (0.0, *LATER_HOURS)[number]),
    logged=_known_to_duly,
    begins_with=BEGUN,
    starts=1 + len(LATER_HOURS),
)
CRON = Way(
    name="a loop that cron starts, a commit for each",
    prepare=lambda folder, _url, reminders: job.prepare(folder, reminders),
    start=lambda folder, url, _number: _python("cron", folder, url),
    logged=_phones,
)
APSCHEDULER = Way(
    name=f"APScheduler, a date job for each, {apscheduler.THREADS} threads",
    prepare=_prepare_jobs,
    start=lambda folder, url, _number: _python("apscheduler", folder, url),
    logged=_phones,
)


def _celery(broker: Broker) -> Way:
    def prepare(folder: Path, url: str, reminders: int) -> None:
        job.prepare(folder, reminders)
        broker.empty()
        broker.run("from benchmarks.peers.celery import main; main()", folder, url, reminders)

    return Way(
        name="Celery on Redis, a task for each, two processes",
        prepare=prepare,
        start=lambda _folder, _url, _number: broker.worker,
        logged=_phones,
        is_idle=broker.is_empty,
        variables=dict(broker.variables),
    )
