"""Reads JSON Lines: one object a line, one row after the other, in constant memory."""

import json
from collections.abc import Iterator
from typing import TextIO

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.columns import Layout, check, nearest
from scheduler.intake.reading.lines import TOO_LONG, Lines, LineTooLong
from scheduler.intake.reading.rows import Fault, RawRow

_NOT_AN_OBJECT = "the line is not a JSON object; write one object a line, such as {…}, without line breaks"


class JsonlFile:
    """A stream of JSON objects; the first one must name every column that is required."""

    def __init__(self, stream: TextIO, place: str, layout: Layout) -> None:
        """Read the first row. Raises UsageError when it cannot be used as a header."""
        self._lines = Lines(stream)
        self._layout = layout
        self._decode = _Decoder().decode
        self.columns = layout.known
        self._line, self._text = self._first(place)
        check(f"{place}, line {self._line}", [key for key, _ in self._pairs(place)], layout)

    def rows(self) -> Iterator[RawRow]:
        """Yield every row that is not empty."""
        yield self._row(self._line, self._text)
        while True:
            line = self._lines.begin()
            try:
                text = next(self._lines)
            except StopIteration:
                return
            except LineTooLong:
                yield RawRow(line, {}, (), Fault("", TOO_LONG))
                continue
            if text.strip():
                yield self._row(line, text)

    def _first(self, place: str) -> tuple[int, str]:
        try:
            text = next((each for each in self._lines if each.strip()), None)
        except LineTooLong:
            raise UsageError(f"{place}: the first line is too long; is it a JSON Lines file?") from None
        if text is None:
            raise UsageError(f"{place} is empty; write one JSON object a line")
        return self._lines.number, text

    def _pairs(self, place: str) -> "_Pairs":
        try:
            return self._decode(self._text)
        except Fault as fault:
            raise UsageError(f"{place}, line {self._line}: {fault.reason}") from fault

    def _row(self, line: int, text: str) -> RawRow:
        cells: dict[str, str] = {}
        try:
            for key, value in self._decode(text):
                self._check_cell(key, value, cells)
                cells[key] = value.strip() if isinstance(value, str) else ""
        except Fault as fault:
            return RawRow(line, {}, (*[""] * len(self.columns), text.rstrip("\r\n")), fault)
        return RawRow(line, cells, tuple([cells.get(each, "") for each in self.columns]))

    def _check_cell(self, key: str, value: object, cells: dict[str, str]) -> None:
        if key not in self._layout.known:
            raise Fault("", f"the row has a column that is not known; {nearest(key, self._layout)}")
        if key in cells:
            raise Fault(key, "the row has this column twice; remove one of them")
        if value is not None and not isinstance(value, str):
            raise Fault(key, "the value is neither text nor a number; write it as text")


class _Pairs(list[tuple[str, object]]):
    """A JSON object with every key that it has, even one that stands there twice."""


class _Decoder:
    """Decodes one object; numbers keep the digits that they are written with, which a float would not."""

    def __init__(self) -> None:
        self._decode = json.JSONDecoder(
            object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=str
        ).decode

    def decode(self, text: str) -> _Pairs:
        """Return the object's pairs; raises Fault for anything else."""
        try:
            pairs: object = self._decode(text)
        except (ValueError, RecursionError):
            raise Fault("", _NOT_AN_OBJECT) from None
        if not isinstance(pairs, _Pairs):
            raise Fault("", _NOT_AN_OBJECT)
        return pairs
