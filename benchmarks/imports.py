"""How fast plans come in, and that memory does not grow with the file."""

import tempfile
from pathlib import Path

from benchmarks.report import row, run_duly


def run(quick: bool) -> None:
    """Import two portfolios, the second a hundred times the first, each by a process of its own."""
    sizes = (1_000, 10_000) if quick else (3_000, 300_000)
    rates, peaks = [], []
    for instalments in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            run_duly("sample", "--plans", str(instalments // 12), "--seed", "7", "--out", str(folder))
            rows = _rows(folder / "plans.csv")
            database = f"sqlite:///{folder / 'duly.db'}"
            ran = run_duly("--database", database, "import", "plans", str(folder / "plans.csv"))
            rates.append(rows / ran.wall_s)
            peaks.append(ran.peak_mb)
            row(
                f"{rows:,} instalments",
                f"{rates[-1]:,.0f} rows/s, peak {ran.peak_mb:.0f} MB, {ran.wall_s:.0f} s",
            )
            again = run_duly("--database", database, "import", "plans", str(folder / "plans.csv"))
            row("  the same file again, which changes nothing", f"{rows / again.wall_s:,.0f} rows/s")
    row("rate, large over small", f"{rates[1] / rates[0]:.2f}")
    row("peak memory, large over small", f"{peaks[1] / peaks[0]:.2f} (large must stay under 300 MB)")


def _rows(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1
