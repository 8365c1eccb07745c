"""APScheduler: one date job for each reminder, kept by its SQLAlchemy store, run by twenty threads."""

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.peers.job import Job, told

THREADS = 20
_DUE = datetime(2027, 1, 1, tzinfo=UTC)


def remind(folder: str, url: str, number: int) -> None:
    """Do one job."""
    Job.here(Path(folder), url).remind(number)


def _scheduler(folder: Path) -> BackgroundScheduler:
    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")},
        executors={"default": ThreadPoolExecutor(THREADS)},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )


def schedule(folder: Path, url: str, reminders: int) -> None:
    """Keep a job for each reminder, due since long."""
    scheduler = _scheduler(folder)
    scheduler.start(paused=True)
    for number in range(1, reminders + 1):
        scheduler.add_job(remind, "date", run_date=_DUE, args=[str(folder), url, number], id=str(number))
    scheduler.shutdown()


def main() -> None:
    """Run until no job is left."""
    folder, url = told()
    scheduler = _scheduler(folder)
    scheduler.start()
    connection = sqlite3.connect(folder / "jobs.db", timeout=60)
    while connection.execute("SELECT count(*) FROM apscheduler_jobs").fetchone()[0]:
        time.sleep(0.05)
    scheduler.shutdown()


if __name__ == "__main__":
    main()
