"""Exports the log: one JSON object per entry, oldest first, streamed, so that its length costs no memory."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from scheduler.domain.entry import Entry
from scheduler.domain.errors import UsageError
from scheduler.ledger.line import encode, exported
from scheduler.ports import LogStore

PAGE = 1_000
"""How many entries are read in one short transaction."""

Write = Callable[[bytes], object]


def stored_entries(store: LogStore, page: int = PAGE) -> Iterator[Entry]:
    """Yield the log as it stands, oldest first. What is written meanwhile may or may not be among it."""
    after_seq, full = 0, True
    while full:
        entries = store.entries(after_seq, page)
        yield from entries
        # The page that is not full is the last: a log that grows must not keep its reader for ever.
        full = len(entries) == page
        after_seq = entries[-1].seq if entries else after_seq


def exported_lines(store: LogStore) -> Iterator[bytes]:
    """Yield the log as it is exported, line by line."""
    return (encode(exported(entry)) for entry in stored_entries(store))


def export(store: LogStore, write: Write) -> int:
    """Write the log line by line and return how many lines there were."""
    count = 0
    for line in exported_lines(store):
        write(line)
        count += 1
    return count


def export_to(store: LogStore, path: Path) -> int:
    """Write the log to a file that appears only when it is whole, for its owner's eyes. Returns its lines.

    Raises UsageError when the file cannot be written.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file; name one with --out, or leave it out to print the log")
    try:
        with _appearing(path) as write:
            return export(store, write)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); choose another place with --out"
        ) from error


@contextmanager
def _appearing(path: Path) -> Iterator[Write]:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
