"""A worker process for the tests to kill: the real parts on a clock that starts where the test says.

`python -m tests.end_to_end.turning FOLDER INSTANT [HOURS]` does everything that is due, once, and then once more
after each of HOURS. The rest of its settings are the environment's.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from channels.registry import Timeouts
from scheduler.bootstrap import assemble
from scheduler.settings import Environment, Settings
from tests.fakes.world import HandClock


async def main(folder: Path, instant: datetime, hours: int) -> None:
    """Turn until the hours are over."""
    settings = Settings.read(Environment.of_process())
    clock = HandClock(instant)
    app = assemble(settings, folder / "config", f"sqlite:///{folder / 'duly.db'}", clock)
    channels = app.open_channels(Timeouts(connect_s=2.0, total_s=0.5))
    worker = app.worker(channels)
    worker.pipeline = replace(worker.pipeline, batch_size=4)  # many small batches are easier to hit
    for hour in range(hours + 1):
        clock.move(hours=min(hour, 1))
        await worker.run_until_idle()
    for each in channels.values():
        await each.close()
    app.database.close()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    given = sys.argv[1:]
    asyncio.run(main(Path(given[0]), datetime.fromisoformat(given[1]), int(given[2]) if given[2:] else 0))
