"""The rejects file: the rows that did not go in, with line, column and reason, ready to be corrected."""

import csv
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.columns import REJECTS
from scheduler.intake.reading.rows import Fault, RawRow


class RejectsFile:
    """Written beside the file that is read, under its name and `.rejects.csv`, whole or not at all.

    Without a rejected row nothing is written and an earlier rejects file stays.
    """

    def __init__(self, source: Path, columns: Sequence[str]) -> None:
        self.path = source.with_name(f"{source.name}.rejects.csv")
        self._columns = columns
        self._stream: IO[str] | None = None

    def __enter__(self) -> "RejectsFile":
        return self

    def write(self, raw: RawRow, fault: Fault) -> None:
        """Keep a row. Raises UsageError when the folder cannot be written to."""
        try:
            stream = self._stream or self._open()
            csv.writer(stream).writerow((raw.line, fault.column, fault.reason, *raw.original))
        except OSError as error:
            raise self._unwritable(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put the file in its place; after an exception there is none, and the import can be repeated."""
        if self._stream is None:
            return
        try:
            self._stream.close()
            if kind is None:
                os.replace(self._stream.name, self.path)
        except OSError as problem:
            raise self._unwritable(problem) from problem
        finally:
            Path(self._stream.name).unlink(missing_ok=True)

    def _open(self) -> IO[str]:
        # It holds personal data: a temporary file can be read by its owner alone.
        self._stream = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed on leaving
            "w", encoding="utf-8", errors="backslashreplace", newline="", dir=self.path.parent,
            prefix=f".{self.path.name}.", delete=False,
        )  # fmt: skip
        csv.writer(self._stream).writerow((*REJECTS, *self._columns))
        return self._stream

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            f"{self.path} cannot be written ({error.strerror}); make its folder writable and import the file "
            f"again: what is already in stays as it is"
        )
