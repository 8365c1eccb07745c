"""What a tick costs when nothing is due: it must not grow with the plans that are stored."""

import asyncio
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.parts import DEFAULTS, app_on
from benchmarks.portfolio import fill, soon
from benchmarks.report import median, row

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
TICKS = 200


def run(quick: bool) -> None:
    """Tick over two portfolios, the second a hundred times the first."""
    sizes = (1_000, 10_000) if quick else (3_000, 300_000)
    costs = []
    for plans in sizes:
        with tempfile.TemporaryDirectory() as folder:
            costs.append(_idle_tick_s(plans, Path(folder)))
        row(f"{plans:,} plans stored, none due", f"{costs[-1] * 1e3:.2f} ms a tick (median of {TICKS})")
    row("tick, large over small", f"{costs[1] / costs[0]:.2f} (expected under 2)")


def _idle_tick_s(plans: int, folder: Path) -> float:
    app = app_on(f"sqlite:///{folder / 'duly.db'}", folder, DEFAULTS, NOW)
    fill(app.database, plans, date(2027, 5, 1), soon(NOW))
    worker = app.worker(app.open_channels())
    taken = []

    async def tick_often() -> None:
        for _ in range(TICKS):
            start = time.perf_counter()
            await worker.run_until_idle()
            taken.append(time.perf_counter() - start)

    asyncio.run(tick_often())
    app.database.close()
    return median(taken)
