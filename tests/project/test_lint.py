"""Shows that the linter keeps the clock, chance and the environment in their one file each."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def findings(module: str, code: str) -> str:
    """What ruff says of the code, were it that module."""
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", module, "-"]
    return subprocess.run(command, cwd=ROOT, input=code, check=False, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\ndatetime.now(UTC)\n",
        "import datetime\ndatetime.date.today()\n",
        "from time import monotonic\n",
        "import time\ntime.sleep(1)\n",
        "import asyncio\nasyncio.sleep(1)\n",
        "import random\nrandom.choice([1])\n",
        "import uuid\nuuid.uuid4()\n",
        "import os\nos.environ['HOME']\n",
        "from os import getenv\n",
    ],
)
def test_the_clock_chance_and_the_environment_are_refused(code: str) -> None:
    assert "TID251" in findings("scheduler/planner.py", code)
    assert "TID251" in findings("channels/twilio/send.py", code)


def test_the_clock_may_ask_the_time() -> None:
    assert "TID251" not in findings("scheduler/clock.py", "import time\ntime.time()\n")


def test_the_settings_may_read_the_environment() -> None:
    assert "TID251" not in findings("scheduler/settings.py", "import os\nos.environ\n")


def test_a_seeded_source_of_chance_is_let_pass() -> None:
    assert "TID251" not in findings("scheduler/planner.py", "import random\nrandom.Random(7).random()\n")
