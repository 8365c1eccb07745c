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
    """One file: what is surely on the disk, what programs see, and what was done in between, act by act.

    `versions` are what each sector became by which act; `sizes` is how long the file was after each act, and `cuts` are
    those acts that made it shorter. A cut is known to the disk as a whole or not at all, and nothing that was written
    after it is known without it.
    """

    durable: bytes
    seen: bytearray
    versions: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        """Take bytes that are not on the disk yet."""
        end = offset + len(data)
        if len(self.seen) < end:
            self.seen.extend(bytes(end - len(self.seen)))
        self.seen[offset:end] = data
        self.sizes.append(len(self.seen))
        for sector in range(offset // SECTOR, (end - 1) // SECTOR + 1):
            now = bytes(self.seen[sector * SECTOR : (sector + 1) * SECTOR]).ljust(SECTOR, b"\0")
            self.versions.setdefault(sector, []).append((len(self.sizes), now))

    def truncate(self, size: int) -> None:
        """Take a cut that is not on the disk yet."""
        del self.seen[size:]
        self.sizes.append(len(self.seen))
        self.cuts.append(len(self.sizes))

    def sync(self) -> None:
        """Have everything on the disk."""
        self.durable = bytes(self.seen)
        self.versions.clear()
        self.sizes.clear()
        self.cuts.clear()

    def torn(self, chance: random.Random) -> bytes:
        """Return what the disk may hold: each sector, or each page, as it was at some moment since the last sync."""
        together, known = chance.choice((1, _PAGE)), chance.randint(0, len(self.sizes))
        size = self.sizes[known - 1] if known else len(self.durable)
        cut = max((each for each in self.cuts if each <= known), default=0)
        until = min((each for each in self.cuts if each > known), default=len(self.sizes) + 1)
        kept = self.durable[
            : min((self.sizes[each - 1] for each in self.cuts if each <= known), default=None)
        ]
        content = bytearray(kept[:size].ljust(size, b"\0"))
        moments: dict[int, int] = {}
        for sector, versions in self.versions.items():
            moment = moments.setdefault(sector // together, chance.randint(cut, until - 1))
            reached = [data for act, data in versions if cut < act <= moment]
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
