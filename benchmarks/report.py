"""Prints figures so that two runs can be laid side by side."""

import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores; "
        f"machines are noisy: read the ratios"
    )


def heading(text: str) -> None:
    """Start a part."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def row(label: str, text: str) -> None:
    """Print one figure."""
    print(f"{label:<58} {text}", flush=True)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run_duly(*arguments: str) -> Ran:
    """Run `duly` as a process of its own, as a user would, and measure it. Raises when it fails."""
    return run_process(sys.executable, "-m", "scheduler", *arguments)


def run_process(*command: str) -> Ran:
    """Run a command to its end and measure it from outside."""
    script = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "wall = time.perf_counter() - start\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    wall, cpu, peak = (float(each) for each in done.stdout.split())
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Ran(wall, cpu, peak / scale)


def own_peak_mb() -> float:
    """Return the most memory that this process has used so far."""
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
