"""The machine's clock: the one that never jumps goes on while the machine sleeps."""

import time

import pytest

from scheduler.clock import SystemClock


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="only Linux has a clock of this name")
def test_the_clock_that_never_jumps_is_the_one_that_counts_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    slept_s = 86_400.0
    awake = {time.CLOCK_BOOTTIME: slept_s + 1_000.0}
    monkeypatch.setattr(time, "clock_gettime", awake.__getitem__)
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0)
    assert SystemClock().monotonic_s() == slept_s + 1_000.0
