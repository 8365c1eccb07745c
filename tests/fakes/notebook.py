"""What the loopback provider writes down: every message that it accepted, on disk too if asked."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Noted:
    """One message that the provider accepted; `touchpoint` and `attempt` where the sender gave them.

    `at` is when, in Unix seconds.
    """

    provider: str
    provider_id: str
    touchpoint: str | None
    attempt: int | None
    to: str
    sender: str
    text: str
    at: float = 0.0


class Notebook:
    """Accepted messages, oldest first; what a journal of the same name holds already is among them."""

    def __init__(self, journal: Path | None = None, now: Callable[[], float] = time.time) -> None:
        self.accepted: list[Noted] = []
        self.now = now
        self._path = journal
        self._journal: TextIO | None = None
        self._by_addressee: defaultdict[str, list[Noted]] = defaultdict(list)
        self._serial = count(1)
        self._run = secrets.token_hex(8)  # another run must not give the same names again

    def open(self) -> None:
        """Open the journal, where there is one."""
        if self._path is not None:
            for each in noted_in(self._path):
                self._keep(each)
            self._journal = self._path.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()

    def note(self, noted: Noted) -> None:
        """Write a message down; its line is in the journal before the provider answers."""
        self._keep(noted)
        if self._journal is not None:
            self._journal.write(json.dumps(asdict(noted), ensure_ascii=False) + "\n")

    def to(self, addressee: str | None) -> list[Noted]:
        """Return what was sent to one addressee, or to anybody, oldest first."""
        return self.accepted if addressee is None else self._by_addressee.get(addressee, [])

    def name(self) -> str:
        """Return a new identifier of 32 hexadecimal digits."""
        return f"{self._run}{next(self._serial):016x}"

    def _keep(self, noted: Noted) -> None:
        self.accepted.append(noted)
        self._by_addressee[noted.to].append(noted)


def noted_in(journal: Path) -> list[Noted]:
    """Read what a provider accepted, from another process if need be; a line half written is left out."""
    lines = journal.read_text("utf-8").split("\n")[:-1] if journal.exists() else []
    return [Noted(**json.loads(line)) for line in lines]
