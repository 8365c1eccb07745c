"""The one file that asks the time or sleeps."""

import asyncio
import sys
import time
from datetime import UTC, datetime


def _counting_clock() -> int | None:
    """Return the clock that never jumps and counts the time for which the machine slept, where it has a name.

    Linux: CLOCK_BOOTTIME (man 2 clock_gettime). macOS: CLOCK_MONOTONIC, while Python's own stands still in sleep.
    """
    name = "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME"
    return getattr(time, name, None)


_COUNTING = _counting_clock()


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return this instant in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps; while the machine sleeps it goes on, as far as it can."""
        return time.monotonic() if _COUNTING is None else time.clock_gettime(_COUNTING)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
