"""What custody asks of the memory and of the journal: is this still the database that was written to last?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.ports.world import Journal


@dataclass(frozen=True, slots=True)
class Intent:
    """One attempt as the journal noted it before its call; `message_id` is what the database called it then."""

    touchpoint: str
    channel: str
    attempt: int
    provider: str
    message_id: int
    armed_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry that the log once had: a database without it is not the one that was written to last."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """A break in custody: from here on history is in doubt, for a cause of one word and a detail that names nobody."""

    cause: str
    detail: str


class DispatchJournal(Journal, Protocol):
    """The second memory, which can be read again."""

    def tail(self, lines: int) -> Sequence[Sequence[Intent]]:
        """Return at most so many of the newest batches, the oldest of them first. Raises OSError."""
        ...

    def newest_mark(self) -> Mark | None:
        """Return how far the log had come when that was noted last. Raises OSError."""
        ...

    def mark(self, mark: Mark, at: datetime) -> None:
        """Note how far the log has come. Raises OSError."""
        ...


class CustodyStore(Protocol):
    """What custody asks of the memory."""

    def missing(self, intents: Sequence[Intent]) -> Sequence[Intent]:
        """Return the intents of which the database knows nothing, in their order."""
        ...

    def note_lost(self, intents: Sequence[Intent], now: datetime) -> None:
        """Keep intents that were lost, so that none of them is made again; repeating it changes nothing."""
        ...

    def recall(self, now: datetime) -> None:
        """Make a lost intent's message unknown as soon as its touchpoint is known."""
        ...

    def has(self, mark: Mark) -> bool:
        """Whether the log still has an entry."""
        ...

    def newest(self) -> Mark | None:
        """Return the newest entry of the log; None while it is empty."""
        ...

    def breaks(self) -> Sequence[Break]:
        """Return by what the database itself, or its server, shows that it is another one than it was."""
        ...

    def latest_instant(self) -> datetime | None:
        """Return the latest instant of which the database knows, but for what a person has taken note of."""
        ...

    def stands(self) -> bool:
        """Whether a quarantine stands."""
        ...

    def quarantine(self, cause: str, detail: str, now: datetime) -> None:
        """Stop all sending until a person releases it; a quarantine that stands stays as it is."""
        ...
