"""The test's end of the line to the forge: orders workers, hears what they say, and waits for their end."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.kill.forge import Order, line_of

ROOT = Path(__file__).parents[2]

PATIENCE_S = 30.0
"""How long anything may take before it is held to hang."""


class Smith:
    """Works the forge from a test, one order after another. Everything that is waited for has an end."""

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
