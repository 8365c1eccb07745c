"""What is wrong in the configuration, said so that a person can put it right."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from scheduler.domain.errors import UsageError

_LONGEST_QUOTE = 60
_LONGEST_CHOICE = 20
_CLOSE = 0.7


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One sentence with its place, which is None where the file as a whole is meant."""

    file: str
    place: Place | None
    sentence: str

    def __str__(self) -> str:
        if self.place is None:
            return f"{self.file}: {self.sentence}"
        return f"{self.file}:{self.place.line}:{self.place.column}: {self.sentence}"


class CatalogueError(UsageError):
    """The configuration cannot be used; one line for each of its mistakes."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda each: (each.file, each.place or Place(0, 0))))
        super().__init__("\n".join(str(each) for each in self.mistakes))


def quoted(text: str) -> str:
    """Return somebody's own words in quotation marks, on one line and not too long."""
    line = "".join(each if each.isprintable() else " " for each in text[: _LONGEST_QUOTE + 1])
    return f'"{line}"' if len(line) <= _LONGEST_QUOTE else f'"{line[: _LONGEST_QUOTE - 1]}…"'


def remedy(wrong: str, known: Collection[str]) -> str:
    """Return what to do about an unknown name: the likeliest one, or the whole choice where it is short."""
    names = {each.lower(): each for each in sorted(known)}
    if close := get_close_matches(wrong[:_LONGEST_QUOTE].lower(), names, n=1, cutoff=_CLOSE):
        return f"did you mean {quoted(names[close[0]])}?"
    if not known:
        return "there is none yet"
    return f"choose {listed(known)}" if len(known) <= _LONGEST_CHOICE else "check its spelling"


def listed(names: Collection[str]) -> str:
    """Return a choice as words: "a", "a or b", "a, b or c"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
