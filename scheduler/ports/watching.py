"""What the watch over everything that goes out asks of the memory."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from scheduler.domain.watch import Evidence, Limits
from scheduler.ports.switches import SwitchTransaction


class WatchStore(Protocol):
    """What the watch asks of the memory."""

    def evidence(self, channels: Collection[str], limits: Limits, now: datetime) -> Evidence:
        """Return what was sent and reported on these channels, as far as a limit asks for it."""
        ...

    def switching(self, now: datetime) -> AbstractContextManager[SwitchTransaction]:
        """Open a transaction over the stop switches; leaving it commits everything at once."""
        ...

    def drop_counts(self, now: datetime) -> int:
        """Drop counts that nobody asks for any more, some at a time; return how many."""
        ...
