"""APScheduler: one date job for each reminder, kept by its SQLAlchemy store, run by twenty threads."""

import os
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.peers.job import Job

THREADS = 20
_REMIND = "benchmarks.peers.apscheduler:remind"
_DUE = datetime(2020, 1, 1, tzinfo=UTC)


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
    """Keep a job for each reminder, due since long, and end before any of them runs."""
    scheduler = _scheduler(folder)
    scheduler.start(paused=True)
    for number in range(1, reminders + 1):
        scheduler.add_job(_REMIND, "date", run_date=_DUE, args=[str(folder), url, number], id=str(number))
    os._exit(0)  # it would run a job more as it is shut down


def run_all(folder: Path) -> None:
    """Run until no job is left."""
    scheduler = _scheduler(folder)
    scheduler.start()
    connection = sqlite3.connect(folder / "jobs.db", timeout=60)
    while connection.execute("SELECT count(*) FROM apscheduler_jobs").fetchone()[0]:
        time.sleep(0.05)
    scheduler.shutdown()


if __name__ == "__main__":
    where, address, *how_many = sys.argv[1:]
    if how_many:
        schedule(Path(where), address, int(how_many[0]))
    else:
        run_all(Path(where))
