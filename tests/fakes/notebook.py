"""What the loopback provider writes down: every message that it accepted, on disk too if asked."""

import json
import secrets
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Noted:
    """One message that the provider accepted; `touchpoint` and `attempt` where the sender gave them."""

    provider: str
    provider_id: str
    touchpoint: str | None
    attempt: int | None
    to: str
    sender: str
    text: str


class Notebook:
    """Accepted messages, oldest first."""

    def __init__(self, journal: Path | None = None) -> None:
        self.accepted: list[Noted] = []
        self._path = journal
        self._journal: TextIO | None = None
        self._serial = count(1)
        self._run = secrets.token_hex(8)  # another run must not give the same names again

    def open(self) -> None:
        """Open the journal, where there is one."""
        if self._path is not None:
            self._journal = self._path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()

    def note(self, noted: Noted) -> None:
        """Write a message down; its line is in the journal before the provider answers."""
        self.accepted.append(noted)
        if self._journal is not None:
            self._journal.write(json.dumps(asdict(noted), ensure_ascii=False) + "\n")

    def name(self) -> str:
        """Return a new identifier of 32 hexadecimal digits."""
        return f"{self._run}{next(self._serial):016x}"


def noted_in(journal: Path) -> list[Noted]:
    """Read what a provider accepted, from another process if need be; a line half written is left out."""
    lines = journal.read_text("utf-8").split("\n")[:-1] if journal.exists() else []
    return [Noted(**json.loads(line)) for line in lines]
