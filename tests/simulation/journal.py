"""The dispatch journal of a simulation: what is in it is on disk, and now and then the disk is full."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.ports import Armed, Intent, Mark


@dataclass(slots=True)
class SharedJournal:
    """One file that all processes share. `is_full` is asked before each line."""

    is_full: Callable[[], bool]
    batches: list[tuple[Intent, ...]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def note(self, armed: Sequence[Armed]) -> None:
        """Keep intents. Raises OSError when the disk is full."""
        self._refuse_when_full()
        self.batches.append(tuple(_intent(each) for each in armed))

    def mark(self, mark: Mark, at: datetime) -> None:
        """Keep how far the log has come. Raises OSError when the disk is full."""
        self._refuse_when_full()
        self.marks.append(mark)

    def tail(self, lines: int) -> Sequence[Sequence[Intent]]:
        """Return the newest batches, the oldest of them first."""
        return self.batches[-lines:]

    def newest_mark(self) -> Mark | None:
        """Return the newest mark."""
        return self.marks[-1] if self.marks else None

    def _refuse_when_full(self) -> None:
        if self.is_full():
            raise OSError(errno.ENOSPC, "No space left on device")


def _intent(armed: Armed) -> Intent:
    message = armed.message
    return Intent(
        message.touchpoint,
        message.channel,
        message.attempt,
        armed.provider,
        armed.message_id,
        armed.armed_at,
    )
