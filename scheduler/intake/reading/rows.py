"""What the files are read into: a row as it stands there, and why a row cannot be used."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


class Fault(Exception):
    """A row cannot be used; `reason` is a sentence with a remedy and never repeats what a cell holds."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a file before anything is made of it.

    `cells` are by column, without surrounding white space; a column that the row does not have is missing.
    `original` is the row as it stands in the file, in the order of the table's columns, for the rejects file.
    `fault` says why the row could not even be taken apart.
    """

    line: int
    cells: Mapping[str, str]
    original: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An open file: its columns, its rows, and how much of it has been read (from 0 to 1)."""

    columns: tuple[str, ...]
    rows: Iterator[RawRow]
    fraction: Callable[[], float]
