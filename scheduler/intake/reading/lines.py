"""Lines of a text file, one at a time: none too long for memory, and a broken record can be taken back."""

from collections import deque
from collections.abc import Iterator
from typing import TextIO

LINE_LIMIT = 1_000_000
"""A longer line is skipped: one without an end must not fill the memory."""

TOO_LONG = f"the line has more than {LINE_LIMIT:,} characters and was skipped; shorten it"


class LineTooLong(Exception):
    """A line has more than LINE_LIMIT characters; it has been skipped."""


class Lines:
    """The lines of a stream, counted from 1; those of the current record can be handed back."""

    def __init__(self, stream: TextIO) -> None:
        self._readline = stream.readline
        self._returned: deque[str] = deque()
        self._record: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line with its end; raises LineTooLong, after which reading may go on."""
        line = self._returned.popleft() if self._returned else self._readline(LINE_LIMIT)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LINE_LIMIT and line[-1] not in "\r\n":
            self._skip_the_rest()
            raise LineTooLong
        self._record.append(line)
        return line

    def begin(self) -> int:
        """Start a record; return the number of the line that it will begin with."""
        self._record.clear()
        return self.number + 1

    def give_up(self) -> str:
        """Return the first line of the current record; those after it will be read again."""
        first, *others = self._record
        self._returned.extendleft(reversed(others))
        self.number -= len(others)
        self._record.clear()
        return first

    def _skip_the_rest(self) -> None:
        while (part := self._readline(LINE_LIMIT)) and part[-1] not in "\r\n":
            pass
