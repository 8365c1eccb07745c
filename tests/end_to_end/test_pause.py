"""`duly pause` beside a real `duly run`: within a second no call begins, and resuming sends the rest, nobody twice."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.portfolio import fill
from scheduler.bootstrap import ready_database
from tests.builders import write_files
from tests.end_to_end.test_killed_and_restarted import ROOT, House, through_providers
from tests.fakes.provider import LoopbackProvider, in_thread

PEOPLE = 2_500
EFFECTIVE_WITHIN_S = 1.0
LONG_ENOUGH_S = 3.0
"""How long nobody calls afterwards: longer than the worker's tick."""

LONGEST_WAIT_S = 60.0

AT_ANY_HOUR = """\
id: any-hour
title: For a test that must not wait for the morning
status: approved
approved: {by: tests, on: 2027-01-31}
applies: {residence: [GB]}
rules:
  - rule: hours
    kinds: all
    hours: {mon-sun: ["00:00-24:00"], holidays: like any day}
    citation: of the test's own making
    confidence: V1
"""
"""Hours known to be law take the place of strict-fallback, so that the test can run at night and on Sundays."""


@pytest.fixture
def provider() -> LoopbackProvider:
    """A provider that takes at most 500 messages a second, so that not all are gone before anybody can stop them."""
    return LoopbackProvider(latency_s=0.2)


@pytest.fixture
def house(tmp_path: Path, provider: LoopbackProvider) -> Iterator[House]:
    """People who may be written to at once and at any hour, by way of the provider."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    write_files(tmp_path, {"config/policies/any-hour.yaml": AT_ANY_HOUR})
    with (tmp_path / "config" / "creditors" / "harbour.yaml").open("a", encoding="utf-8") as creditor:
        creditor.write("\npolicies: [any-hour]\n")
    database, now = ready_database(f"sqlite:///{tmp_path / 'duly.db'}"), datetime.now(UTC)
    fill(database, PEOPLE, (now + timedelta(days=2)).date(), now, ["email"])
    database.close()
    with in_thread(provider) as url:
        yield through_providers(House(tmp_path, {}), url)


@contextmanager
def working(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """Let `duly run` work until the block ends, and see that it stops when it is told to."""
    database = f"sqlite:///{house.folder / 'duly.db'}"
    options = ("--config", str(house.folder / "config"), "--database", database)
    command = [sys.executable, "-m", "scheduler", *options, "run", "--no-web", "--quiet"]
    environment = {**os.environ, **house.variables, "DULY_OUTBOX": str(house.folder / "outbox")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until a condition holds; fail when it never does, or the process ends before."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while not holds():
        assert process.poll() is None, "duly run ended by itself"
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


def test_a_pause_stops_every_call_within_a_second_and_resuming_sends_the_rest_once(
    house: House, provider: LoopbackProvider
) -> None:
    with working(house) as process:
        wait_until(lambda: provider.posts >= PEOPLE // 20, process)
        house.duly("pause", "--everybody", "--reason", "wrong words", "--as", "ann")
        time.sleep(EFFECTIVE_WITHIN_S)
        begun = provider.posts
        assert begun < PEOPLE, "everything had gone out before the pause"
        time.sleep(LONG_ENOUGH_S)
        assert provider.posts == begun
        house.duly("resume", "--everybody", "--as", "bob")
        wait_until(lambda: len(provider.accepted) >= PEOPLE, process)
    assert provider.posts == PEOPLE
    assert set(Counter(each.touchpoint for each in provider.accepted).values()) == {1}
    house.duly("log", "verify")
