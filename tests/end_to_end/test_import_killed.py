"""An import that is killed leaves a sound database, and can simply be repeated."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from scheduler.bootstrap import ready_database
from scheduler.store.engine import open_database
from scheduler.store.tables import entry, instalment, plan
from tests.end_to_end.test_run_command import duly, environment


def counts(folder: Path) -> tuple[int, int, int]:
    """Return how many plans, instalments and entries there are."""
    database = open_database(f"sqlite:///{folder / 'var' / 'duly.db'}")
    try:
        with database.read() as connection:
            numbers = [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (plan, instalment, entry)
            ]
        return numbers[0], numbers[1], numbers[2]
    finally:
        database.close()


def test_a_killed_import_is_consistent_and_its_repetition_completes_it(tmp_path: Path) -> None:
    assert duly(tmp_path, "sample", "--plans", "700", "--seed", "3", "--out", ".").returncode == 0
    ready_database(f"sqlite:///{tmp_path / 'var' / 'duly.db'}").close()
    command = [sys.executable, "-m", "scheduler", "import", "plans", "plans.csv"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline and counts(tmp_path)[0] == 0:
            time.sleep(0.01)
        assert process.poll() is None, "the import ended before it could be killed"
        process.send_signal(signal.SIGKILL)
    plans, instalments, entries = counts(tmp_path)
    rows = len((tmp_path / "plans.csv").read_text("utf-8").splitlines()) - 1
    assert 0 < plans < 700
    assert entries == plans
    assert duly(tmp_path, "log", "verify").returncode == 0
    again = duly(tmp_path, "import", "plans", "plans.csv", "--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert told == {
        "read": rows,
        "added": rows - instalments,
        "amended": 0,
        "unchanged": instalments,
        "rejected": 0,
    }
    assert counts(tmp_path) == (700, rows, 700)
