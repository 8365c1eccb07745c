"""Tables that fit: as wide as the terminal, or as long as a line needs to be where there is none."""

import sys
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 158
_WIDE = 110
"""From how many columns on a table has a column for everything."""


def width() -> int:
    """Return how many columns a line has: COLUMNS, or the terminal's, or plenty where there is neither."""
    return get_terminal_size((_PIPED_WIDTH, 24)).columns


def is_wide() -> bool:
    """Whether there is room for a table of many columns."""
    return width() >= _WIDE


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads; cells are broken between words, and the first column never."""
    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*(Text(printable(each)) for each in row))
    _print(table)


def print_notes(rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print each name with lines below it, indented and broken between words: a table for narrow terminals."""
    for name, lines in rows:
        sys.stdout.write(f"{printable(name)}\n")
        for line in lines:
            sys.stdout.write(indented(line, "  "))


def indented(line: str, indent: str) -> str:
    """Return a line broken between words to the width at hand, with its line end."""
    text = printable(line)
    broken = wrap(
        text, max(width(), 40), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return "".join(f"{each}\n" for each in broken) or "\n"


def printable(text: str) -> str:
    """Keep what would steer the terminal from reaching it."""
    return "".join(each if each.isprintable() else " " for each in text)


def _print(table: Table) -> None:
    console = Console(markup=False, highlight=False, emoji=False, width=width())
    console.print(table)
