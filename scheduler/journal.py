"""The dispatch journal: a second memory of what was about to be sent, on another path than the database.

One JSON object a line, written and on disk before the first call of a batch:
`{"at": "2027-03-09T10:00:00.000000Z", "intents": [["<touchpoint>-<channel>-<attempt>", "<provider>", 57], …]}`,
where 57 is the message's number, and now and then how far the log had come: `{"at": …, "seq": 812, "hash": "…"}`.
No line names a person. Several processes may share the file.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from scheduler.domain.entry import instant_text
from scheduler.domain.errors import UsageError
from scheduler.ports import Armed, Intent, Mark

try:
    import fcntl
except ImportError:  # Windows has no such lock: there the journal is one process's own
    fcntl = None  # type: ignore[assignment]

LARGEST = 64 * 1024 * 1024
"""How many bytes the file may have before a new one is begun; the one before is kept."""

_BLOCK = 64 * 1024


class NoJournal:
    """Keeps nothing, for whoever has no second place to write to."""

    def note(self, armed: Sequence[Armed]) -> None:
        """Keep nothing."""

    def tail(self, lines: int) -> Sequence[Sequence[Intent]]:
        """Know of nothing."""
        return ()

    def newest_mark(self) -> Mark | None:
        """Know of nothing."""
        return None

    def mark(self, mark: Mark, at: datetime) -> None:
        """Keep nothing."""


NO_JOURNAL = NoJournal()


class FileJournal:
    """The journal in a file; an earlier part of it is kept beside, as `NAME.1`."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        """Write at a path whose folder is there; see `open_journal`."""
        self.path = path
        self._before = path.with_name(f"{path.name}.1")
        self._largest = largest

    def note(self, armed: Sequence[Armed]) -> None:
        """Have the intents on disk when this returns. Raises OSError when they cannot be."""
        batches: dict[datetime, list[tuple[str, str, int]]] = {}
        for each in armed:
            intent = (each.message.key, each.provider, each.message_id)
            batches.setdefault(each.armed_at, []).append(intent)
        self._append([{"at": instant_text(at), "intents": intents} for at, intents in batches.items()])

    def mark(self, mark: Mark, at: datetime) -> None:
        """Have on disk how far the log has come when this returns. Raises OSError when it cannot be."""
        self._append([{"at": instant_text(at), "seq": mark.seq, "hash": mark.hash}])

    def tail(self, lines: int) -> Sequence[Sequence[Intent]]:
        """Return at most so many of the newest batches, the oldest of them first. Raises OSError."""
        batches = (each for each in self._newest_first() if isinstance(each, tuple))
        return list(islice(batches, lines))[::-1]

    def newest_mark(self) -> Mark | None:
        """Return how far the log had come when that was noted last. Raises OSError."""
        return next((each for each in self._newest_first() if isinstance(each, Mark)), None)

    def _newest_first(self) -> Iterator[tuple[Intent, ...] | Mark | None]:
        for path in (self.path, self._before):
            with suppress(FileNotFoundError):
                yield from map(_read, _lines_from_the_end(path))

    def _append(self, lines: Sequence[Mapping[str, object]]) -> None:
        """Write whole lines at the end and wait for the disk; others may write meanwhile, but not into them."""
        text = "".join(f"{json.dumps(each, separators=(',', ':'))}\n" for each in lines)
        file = self._taken()
        try:
            _write(file, text.encode())
            _let_go(file)
            os.fsync(file)
        finally:
            os.close(file)

    def _taken(self) -> int:
        """Open the file, to be written to by nobody else; one that has grown too large is put aside first."""
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _take(file)
                found = os.fstat(file)
                if _is_at(self.path, found) and found.st_size <= self._largest:
                    if found.st_size == 0:
                        self._keep_name()
                    return file
                if _is_at(self.path, found):
                    self.path.replace(self._before)
                    self._keep_name()
            except BaseException:
                os.close(file)
                raise
            os.close(file)

    def _keep_name(self) -> None:
        """Have the file's name on disk, which a file's own fsync does not promise. Windows has no way to ask."""
        if fcntl is None:
            return
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def open_journal(path: Path) -> FileJournal:
    """Return the journal at a path, begun if need be. Raises UsageError, with the remedy, when it cannot be written."""
    journal = FileJournal(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(journal._taken())
    except OSError as error:
        raise UsageError(
            f"The dispatch journal {path} cannot be written ({error.strerror}), and without it nothing is sent; "
            f"let Duly write there, or name another place with DULY_JOURNAL"
        ) from error
    return journal


def _write(file: int, data: bytes) -> None:
    """Write all of it at once. What a crash or a full disk left half written before is ended, and never read."""
    if os.lseek(file, 0, os.SEEK_END):
        os.lseek(file, -1, os.SEEK_END)
        data = data if os.read(file, 1) == b"\n" else b"\n" + data
    if os.write(file, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _take(file: int) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)


def _let_go(file: int) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_UN)


def _is_at(path: Path, found: os.stat_result) -> bool:
    """Whether a file that was opened is still what the path leads to; another process may have put it aside."""
    try:
        return os.path.samestat(path.stat(), found)
    except FileNotFoundError:
        return False


def _lines_from_the_end(path: Path) -> Iterator[bytes]:
    """Yield a file's lines, the newest first, without reading more than is asked for; a torn end is left out."""
    with path.open("rb") as file:
        end, begun, rest = file.seek(0, os.SEEK_END), False, b""
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            rest, *lines = (file.read(end - start) + rest).split(b"\n")
            if lines and not begun:
                begun = True
                lines.pop()  # what follows the last line's end is nothing, or torn
            yield from reversed(lines)
            end = start
        if begun:
            yield rest


def _read(line: bytes) -> tuple[Intent, ...] | Mark | None:
    """Read a line; None for one that a crash or a full disk left half written, of which nothing was sent."""
    try:
        found = json.loads(line)
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        if "intents" in found:
            return tuple(_intent(at, *each) for each in found["intents"])
        return Mark(int(found["seq"]), str(found["hash"]))
    except (ValueError, KeyError, TypeError):
        return None


def _intent(at: datetime, key: str, provider: str, message_id: int) -> Intent:
    touchpoint, channel, attempt = key.rsplit("-", 2)
    return Intent(touchpoint, channel, int(attempt), provider, int(message_id), at)
