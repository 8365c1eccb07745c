"""Reads the first sheet of an XLSX workbook whole, so that a damaged one lets nothing in."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

import openpyxl

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.columns import REJECTS, Layout, check
from scheduler.intake.reading.rows import Fault, RawRow

ROW_LIMIT = 100_000
_SHEET_LIMIT = 1_048_576  # rows of a sheet; openpyxl would count up to any number that a file claims
_COLUMN_LIMIT = 100
_UNPACKED_LIMIT_BYTES = 1_000_000_000
_STRINGS_LIMIT_BYTES = 200_000_000

_Cells = tuple[str, ...]


class XlsxFile:
    """A workbook whose first sheet names the columns in its first row."""

    def __init__(self, stream: BinaryIO, place: str, layout: Layout) -> None:
        """Read the sheet. Raises UsageError when it is unreadable, too long or has an unusable header."""
        self._rows = _sheet(stream, place)
        if not self._rows:
            raise UsageError(f"{place} is empty; the first row of its first sheet must name the columns")
        line, columns = self._rows[0]
        self._skipped = len(REJECTS) if columns[: len(REJECTS)] == REJECTS else 0
        self.columns = columns[self._skipped :]
        self._done = 0
        check(f"{place}, line {line}", self.columns, layout)

    def rows(self) -> Iterator[RawRow]:
        """Yield every row that is not empty."""
        width = len(self.columns)
        for line, row in self._rows[1:]:
            self._done += 1
            cells = row[self._skipped :]
            if len(cells) > width:
                reason = f"the row has {len(cells)} cells where the header has {width}; empty the others"
                yield RawRow(line, {}, cells, Fault("", reason))
            else:
                cells += ("",) * (width - len(cells))
                yield RawRow(line, dict(zip(self.columns, cells, strict=True)), cells)

    def fraction(self) -> float:
        """Return how much of the rows has been handed on, from 0 to 1."""
        return self._done / max(1, len(self._rows) - 1)


def _sheet(stream: BinaryIO, place: str) -> list[tuple[int, _Cells]]:
    try:
        _refuse_bombs(stream, place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are no news
            return list(_rows(stream, place))
    except UsageError:
        raise
    except Exception as error:  # a damaged workbook makes openpyxl, zipfile and expat raise almost anything
        raise UsageError(
            f"{place} is not a readable XLSX workbook ({type(error).__name__}); save it again, or as CSV"
        ) from error


def _refuse_bombs(stream: BinaryIO, place: str) -> None:
    """Refuse a workbook that would unpack to more than memory can be asked to hold."""
    with zipfile.ZipFile(stream) as archive:
        sizes = {each.filename: each.file_size for each in archive.infolist()}
    strings = sum(size for name, size in sizes.items() if "sheet" not in name.rpartition("/")[2])
    if sum(sizes.values()) > _UNPACKED_LIMIT_BYTES or strings > _STRINGS_LIMIT_BYTES:
        raise UsageError(f"{place} is too large when unpacked; save it as CSV, which has no limit")


def _rows(stream: BinaryIO, place: str) -> Iterator[tuple[int, _Cells]]:
    """Yield the rows that are not empty, with their numbers."""
    book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        count = 0
        for line, row in enumerate(
            sheet.iter_rows(max_row=_SHEET_LIMIT, max_col=_COLUMN_LIMIT, values_only=True), start=1
        ):
            cells = _texts(row)
            if not cells:
                continue
            if count > ROW_LIMIT:
                raise UsageError(
                    f"{place} has more than {ROW_LIMIT:,} rows; save it as CSV, which has no limit"
                )
            count += 1
            yield line, cells
    finally:
        book.close()


def _texts(row: tuple[object, ...]) -> _Cells:
    cells = [_text(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _text(value: object) -> str:
    """Return what the cell would be in a CSV file."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case float():
            return _decimal(value)
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _decimal(value: float) -> str:
    """Return the digits that the workbook holds: the shortest that make this float, without an exponent."""
    return format(Decimal(repr(value)).normalize(), "f")
