"""`duly run` as a newcomer meets it: it sends, shows, stops when told, and starts again without repeating itself."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.test_killed_and_restarted import ROOT

LONGEST_STOP_S = 10.0


def duly(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a folder that holds nothing but what it makes."""
    command = [sys.executable, "-m", "scheduler", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )


def environment() -> dict[str, str]:
    """Return an environment that says nothing of Duly."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DULY_")}
    return clean | {"PYTHONPATH": str(ROOT)}


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `duly run` on a free port; yields the process and the address that it printed."""
    command = [sys.executable, "-m", "scheduler", "run", "--sample-if-empty", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if found := re.match(r"(http://127\.0\.0\.1:\d+)", line):
                yield process, found[1]
                break
        else:
            pytest.fail(f"it never served: {''.join(seen)}")
        process.kill()


def stop(process: subprocess.Popen[str], how: signal.Signals) -> float:
    """Stop the process and return how many seconds that took."""
    begun = time.monotonic()
    process.send_signal(how)
    process.communicate(timeout=LONGEST_STOP_S + 5)
    return time.monotonic() - begun


def page(url: str) -> str:
    """Return a page."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def wait_for_messages(folder: Path) -> int:
    """Wait until a second has passed in which no message was added; return how many there are."""
    count, deadline = -1, time.monotonic() + 60
    while time.monotonic() < deadline:
        now = len(list((folder / "var" / "outbox").glob("*-*")))
        if now == count and now:
            break
        count = now
        time.sleep(1.0)
    return count


def test_it_sends_shows_stops_and_repeats_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (process, url):
        first = wait_for_messages(tmp_path)
        assert first > 0
        outbox = page(f"{url}/outbox")
        key = re.search(r"/outbox/([0-9a-f]{32}-(?:sms|email)-1)", outbox)
        assert key is not None
        assert "armed" in page(f"{url}/outbox/{key[1]}").lower()
        assert json.loads(page(f"{url}/readyz"))["ready"] is True
        assert stop(process, signal.SIGTERM) < LONGEST_STOP_S
        assert process.returncode == 0
    with running(tmp_path) as (process, url):
        assert "Outbox" in page(f"{url}/outbox")
        time.sleep(3.0)
        assert stop(process, signal.SIGINT) < LONGEST_STOP_S
        assert process.returncode == 0
    names = [each.name.split("-")[0] for each in (tmp_path / "var" / "outbox").glob("*-*")]
    assert len(names) == len(set(names)) >= first
    verified = duly(tmp_path, "log", "verify")
    assert verified.returncode == 0, verified.stderr


def test_a_taken_port_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with running(tmp_path) as (process, url):
        port = url.rsplit(":", 1)[1]
        other = tmp_path / "other"
        other.mkdir()
        refused = duly(other, "run", "--sample-if-empty", "--port", port)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"Port {port} of 127.0.0.1 is taken")
        assert not (other / "var" / "outbox").exists()
        process.kill()


def test_a_provider_without_its_variables_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    assert duly(tmp_path, "init", ".").returncode == 0
    config = tmp_path / "config" / "duly.yaml"
    config.write_text(config.read_text("utf-8").replace("sms: outbox", "sms: twilio"), "utf-8")
    refused = duly(tmp_path, "run", "--sample-if-empty", "--until-idle")
    assert refused.returncode == 2
    assert "TWILIO_ACCOUNT_SID" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    config.write_text(config.read_text("utf-8").replace("sms: twilio", "sms: outbox"), "utf-8")
    done = duly(tmp_path, "run", "--until-idle", "--quiet")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "var" / "outbox").glob("*-*"))
