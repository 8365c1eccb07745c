"""Celery on Redis: a task for each reminder, acknowledged when it is taken, as is its default."""

import os
import sys
from pathlib import Path

from celery import Celery  # type: ignore[import-not-found]  # installed for the run alone, see `ways`

from benchmarks.peers.job import Job

app = Celery("benchmarks.peers.celery", broker=os.environ["BENCH_BROKER"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)


@app.task(name="remind")  # type: ignore[untyped-decorator]
def remind(folder: str, url: str, number: int) -> None:
    """Do one task."""
    Job.here(Path(folder), url).remind(number)


def main() -> None:
    """Put a task for each reminder into the queue."""
    folder, url, reminders = sys.argv[1:]
    for number in range(1, int(reminders) + 1):
        remind.delay(folder, url, number)


if __name__ == "__main__":
    main()
