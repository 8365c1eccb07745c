"""Turns at a database that has one writer: whoever waits in another process comes before whoever has just written.

SQLite does not queue: a process that writes without a break takes the lock again before another one has looked.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOOK_EVERY_S = 0.002
_LOOKS = 500
"""After a second a turn is taken anyway: this is courtesy, and SQLite's own lock is what keeps writers apart."""


class Turns:
    """One place to wait at, for all processes that write to a file; held only while its writer's lock is waited for."""

    def __init__(self, database: Path | None) -> None:
        """Wait beside a database's file; None waits nowhere."""
        self._path = None if database is None else database.with_name(f"{database.name}-turns")
        self._descriptor: int | None = None
        self._pause = threading.Event()

    @contextmanager
    def wait(self) -> Iterator[None]:
        """Come in turn, for as long as it takes to get the writer's lock."""
        if self._descriptor is None and self._path is not None:
            with suppress(OSError):  # whoever may not open it goes without courtesy
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o666)
        if self._descriptor is None:
            yield
            return
        for _ in range(_LOOKS):
            if _take(self._descriptor):
                break
            self._pause.wait(_LOOK_EVERY_S)
        try:
            yield
        finally:
            _let_go(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":

    def _take(_descriptor: int) -> bool:
        """Come at once."""
        return True

    def _let_go(_descriptor: int) -> None:
        """Hold nothing."""

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        """Whether it is our turn; the system gives it up for a process that dies."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        """Let the next one come."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)
