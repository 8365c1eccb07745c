"""Duly itself on the same job: decided by its policy, chained into its log, looked up after a crash."""

import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.parts import RunningClock, app_on
from benchmarks.sending import NOW, variables, work
from scheduler.memory import settle_in

BEGUN = "begun"
"""The file that is written when everything is loaded and the job begins."""


def main() -> None:
    """Do all that is due at an hour of the run's own: FOLDER URL HOURS."""
    folder, url, hours = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    clock = RunningClock(NOW + timedelta(hours=hours))
    app = app_on(f"sqlite:///{folder / 'duly.db'}", folder, variables(url), NOW, folder / "config", clock)
    settle_in()
    (folder / BEGUN).write_text("planning, too, is part of the job")
    work(app)
    app.database.close()


if __name__ == "__main__":
    main()
