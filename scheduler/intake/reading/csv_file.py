"""Reads CSV: comma, semicolon or tab, one row after the other, in constant memory."""

import csv
from collections.abc import Iterator
from typing import TextIO

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.columns import REJECTS, Layout, check
from scheduler.intake.reading.lines import TOO_LONG, Lines, LineTooLong
from scheduler.intake.reading.rows import Fault, RawRow

DELIMITERS = (",", ";", "\t")

_TOO_LONG = Fault("", TOO_LONG)
_QUOTES = Fault(
    "", "a quotation mark is out of place; close the cell with one, or double it inside a quoted cell"
)
_CELL_TOO_LONG = Fault(
    "", "a cell is far too long or its quotation mark is not closed; shorten it or close it"
)


class CsvFile:
    """A CSV stream whose first line that is not empty names the columns."""

    def __init__(self, stream: TextIO, place: str, layout: Layout) -> None:
        """Read the header. Raises UsageError when it cannot be used."""
        self._lines = Lines(stream)
        self._delimiter, columns = _header(self._lines, place, layout)
        self._skipped = len(REJECTS) if columns[: len(REJECTS)] == REJECTS else 0
        self.columns = columns[self._skipped :]
        check(f"{place}, line {self._lines.number}", self.columns, layout)

    def rows(self) -> Iterator[RawRow]:
        """Yield every row that is not empty."""
        lines, columns, width, skipped = self._lines, self.columns, len(self.columns), self._skipped
        records = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            line = lines.begin()
            try:
                cells = next(records)
            except StopIteration:
                return
            except (LineTooLong, csv.Error) as error:
                yield self._broken(line, error)
                continue
            if skipped:
                cells = cells[skipped:]
            stripped = [cell.strip() for cell in cells]
            if len(cells) == width:
                if any(stripped):
                    yield RawRow(line, dict(zip(columns, stripped, strict=True)), tuple(cells))
            elif any(stripped):
                yield RawRow(line, {}, tuple(cells), _ragged(len(cells), width))

    def _broken(self, line: int, error: Exception) -> RawRow:
        if isinstance(error, LineTooLong):
            return RawRow(line, {}, (), _TOO_LONG)
        fault = _CELL_TOO_LONG if "limit" in str(error) else _QUOTES
        return RawRow(line, {}, (*[""] * len(self.columns), self._lines.give_up().rstrip("\r\n")), fault)


def _ragged(found: int, expected: int) -> Fault:
    return Fault(
        "", f"the row has {found} cells where the header has {expected}; quote cells that hold a delimiter"
    )


def _header(lines: Lines, place: str, layout: Layout) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter under which the first line shows the most known columns, and the columns."""
    try:
        line = next((each for each in lines if each.strip()), None)
    except LineTooLong:
        raise UsageError(f"{place}: the first line is too long to name columns; is it a CSV file?") from None
    if line is None:
        raise UsageError(f"{place} is empty; its first line must name the columns")
    headers = {delimiter: _cells(line, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda each: len(set(layout.known).intersection(headers[each])))
    return delimiter, headers[delimiter]


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return (line.strip(),)
