"""What a disk may hold after the power went: what was synced, and of the rest any part, torn and out of order."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.story import Committed, Deleted, Event, Synced, Taken, Truncated, Wrote

SECTOR = 512
"""What a disk writes whole, at least; the page of a system's cache is eight of them."""

_PAGE = 8


@dataclass(slots=True)
class File:
    """One file: what is surely on the disk, what programs see, and what each sector was in between, by its act."""

    durable: bytes
    seen: bytearray
    between: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    acts: int = 0

    def write(self, offset: int, data: bytes) -> None:
        """Take bytes that are not on the disk yet."""
        end = offset + len(data)
        if len(self.seen) < end:
            self.seen.extend(bytes(end - len(self.seen)))
        self.seen[offset:end] = data
        self._changed(offset // SECTOR, (end - 1) // SECTOR)

    def truncate(self, size: int) -> None:
        """Take a cut that is not on the disk yet."""
        last = max(len(self.seen) - 1, 0) // SECTOR
        del self.seen[size:]
        self._changed(size // SECTOR, last)

    def sync(self) -> None:
        """Have everything on the disk."""
        self.durable = bytes(self.seen)
        self.between.clear()
        self.sizes.clear()

    def _changed(self, first: int, last: int) -> None:
        self.acts += 1
        self.sizes.append(len(self.seen))
        for sector in range(first, last + 1):
            now = bytes(self.seen[sector * SECTOR : (sector + 1) * SECTOR])
            self.between.setdefault(sector, []).append((self.acts, now.ljust(SECTOR, b"\0")))

    def torn(self, chance: random.Random) -> bytes:
        """Return what the disk may hold: each sector, or each page, as it was at some moment since the last sync."""
        together = chance.choice((1, _PAGE))
        size = chance.choice([len(self.durable), *self.sizes])
        content = bytearray(self.durable[:size].ljust(size, b"\0"))
        since = self.acts - len(self.sizes)
        moments: dict[int, int] = {}
        for sector, versions in self.between.items():
            moment = moments.setdefault(sector // together, chance.randint(since, self.acts))
            reached = [data for act, data in versions if act <= moment]
            if reached and sector * SECTOR < size:
                content[sector * SECTOR : (sector + 1) * SECTOR] = reached[-1]
        return bytes(content[:size])


@dataclass(frozen=True, slots=True)
class Image:
    """What a disk may hold at one moment of the story, and what must be found in it then."""

    moment: int
    how: str
    files: Mapping[str, bytes]
    taken: frozenset[Taken]
    seq: int

    def write(self, folder: Path) -> Path:
        """Write the files into an empty folder and return the database's path."""
        for each in folder.glob("duly.db*"):
            each.unlink()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder / "duly.db"


def images(base: Path, story: list[Event], seed: int, every: int, torn: int) -> Iterator[Image]:
    """Yield what the disk may hold after each `every`-th act, and after whatever was promised meanwhile.

    Each moment gives an image of what is surely there, one of everything that was done, and `torn` in between.
    """
    chance = random.Random(seed)
    files = {
        each.name: File(each.read_bytes(), bytearray(each.read_bytes())) for each in base.glob("duly.db*")
    }
    taken, seq = set[Taken](), 0
    for moment, event in enumerate(story):
        if isinstance(event, Taken):
            taken.add(event)
        elif isinstance(event, Committed):
            seq = event.seq
        else:
            _act(files, event)
        promised = isinstance(event, Taken | Committed | Synced)
        if not promised and moment % every:
            continue
        ways = {"synced": {name: each.durable for name, each in files.items()}}
        ways["done"] = {name: bytes(each.seen) for name, each in files.items()}
        for number in range(torn):
            ways[f"torn-{number}"] = {name: each.torn(chance) for name, each in files.items()}
        for how, content in ways.items():
            yield Image(moment, how, content, frozenset(taken), seq)


def _act(files: dict[str, File], event: Event) -> None:
    if isinstance(event, Deleted):
        files.pop(event.file, None)
        return
    assert isinstance(event, Wrote | Truncated | Synced)
    file = files.setdefault(event.file, File(b"", bytearray()))
    if isinstance(event, Wrote):
        file.write(event.offset, event.data)
    elif isinstance(event, Truncated):
        file.truncate(event.size)
    else:
        file.sync()
