"""Opens a file of plans or payments by its ending: CSV, JSON Lines or XLSX."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.columns import Layout
from scheduler.intake.reading.csv_file import CsvFile
from scheduler.intake.reading.jsonl_file import JsonlFile
from scheduler.intake.reading.rows import RawRow, Table
from scheduler.intake.reading.xlsx_file import XlsxFile

FORMATS = ("csv", "jsonl", "xlsx")

_ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
}


@contextmanager
def open_table(
    path: Path, layout: Layout, *, format_name: str | None = None, encoding: str | None = None
) -> Iterator[Table]:
    """Open a file whose header fits the layout; without a format the file's ending says it.

    Without an encoding the file is UTF-8, with or without a byte order mark. Raises UsageError, here or while
    the rows are read, when the file cannot be read; a row that cannot be used carries its fault instead.
    """
    reader = _format(path, format_name)
    with ExitStack() as stack:
        with _readable(path, encoding):
            if reader == "xlsx":
                table = _xlsx(stack.enter_context(path.open("rb")), path, layout)
            else:
                # Bytes that mean nothing become U+FFFD: their rows are rejected, the others go in.
                newline = "" if reader == "csv" else "\n"
                text = path.open(encoding=_codec(encoding), errors="replace", newline=newline)
                table = _text(stack.enter_context(text), path, layout, reader)
        yield Table(table.columns, _readable_rows(table.rows, path, encoding), table.fraction)


@contextmanager
def _readable(path: Path, encoding: str | None) -> Iterator[None]:
    """Say in one sentence why a file cannot be read."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    except LookupError as error:
        raise UsageError(
            f"the encoding {encoding!r} is not known; give one such as utf-8 or windows-1252"
        ) from error
    except UnicodeError as error:
        raise UsageError(
            f"{path} cannot be decoded as {encoding or 'UTF-8'}; give the right --encoding"
        ) from error


def _readable_rows(rows: Iterator[RawRow], path: Path, encoding: str | None) -> Iterator[RawRow]:
    with _readable(path, encoding):
        yield from rows


def _format(path: Path, name: str | None) -> str:
    found = name.lower() if name else _ENDINGS.get(path.suffix.lower())
    if found not in FORMATS:
        what = (
            f"the format {name!r} is not known" if name else f"the ending of {path} does not say its format"
        )
        raise UsageError(f"{what}; give --format {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    return found


def _xlsx(stream: BinaryIO, path: Path, layout: Layout) -> Table:
    book = XlsxFile(stream, str(path), layout)
    return Table(book.columns, book.rows(), book.fraction)


def _text(stream: TextIO, path: Path, layout: Layout, reader: str) -> Table:
    bytes_read, size = stream.buffer.tell, max(1, os.fstat(stream.fileno()).st_size)
    file = (CsvFile if reader == "csv" else JsonlFile)(stream, str(path), layout)
    return Table(file.columns, file.rows(), lambda: min(1.0, bytes_read() / size))


def _codec(encoding: str | None) -> str:
    """Return the codec; UTF-8 swallows a byte order mark, which is no part of the first column's name."""
    if encoding is None or encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        return "utf-8-sig"
    try:
        b"".decode(encoding)
    except (LookupError, UnicodeError) as error:
        raise UsageError(
            f"--encoding: {encoding!r} reads no text; give one such as utf-8 or windows-1252"
        ) from error
    return encoding
