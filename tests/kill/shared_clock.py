"""A clock that several processes read: the machine's own, moved on by as much as a small file says."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_OFFSET = struct.Struct("d")


class SharedClock:
    """Shows one time in every process. It goes on by itself, and jumps for all at once, as after a long sleep."""

    def __init__(self, file: Path) -> None:
        """Read a file, which is made if it is not there."""
        if not file.exists():
            file.write_bytes(_OFFSET.pack(0.0))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), _OFFSET.size)

    @property
    def offset_s(self) -> float:
        """How far it is ahead of the machine."""
        offset: float = _OFFSET.unpack_from(self._map)[0]
        return offset

    def set(self, instant: datetime) -> None:
        """Let it show an instant, for everybody."""
        _OFFSET.pack_into(self._map, 0, instant.timestamp() - time.time())

    def move(self, by: timedelta) -> None:
        """Let time pass, for everybody."""
        _OFFSET.pack_into(self._map, 0, self.offset_s + by.total_seconds())

    def time(self) -> float:
        """Return Unix seconds."""
        return time.time() + self.offset_s

    def now(self) -> datetime:
        """Return this instant."""
        return datetime.fromtimestamp(self.time(), UTC)

    def monotonic_s(self) -> float:
        """Return seconds on a clock that goes on while the machine sleeps."""
        return time.monotonic() + self.offset_s

    async def sleep(self, seconds: float) -> None:
        """Nothing of the flow waits."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
