"""What setting and resuming stop switches asks of the memory, and the values of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.domain.entry import Draft
from scheduler.ports.intake import Key


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a stop switch names: all of it narrows, and nothing named is everybody.

    A debtor is the person, whoever the creditor: everybody who shares an address in use is meant.
    """

    creditor: str | None = None
    channel: str | None = None
    debtor: Key | None = None

    @property
    def words(self) -> str:
        """Say what is stopped, such as sms from creditor northwind."""
        what = self.channel or "everything"
        if self.debtor is not None:
            return f"{what} to debtor {self.debtor[1]} of {self.debtor[0]}"
        return f"{what} to everybody" if self.creditor is None else f"{what} from creditor {self.creditor}"


@dataclass(frozen=True, slots=True)
class NewPause:
    """A stop switch as somebody sets it; without `until` it stands until it is resumed."""

    stopped: Stopped
    author: str
    reason: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class KnownPause:
    """A stop switch that was set, by its number; `resumed_by` and `resumed_at` are None unless it was resumed."""

    number: int
    stopped: Stopped
    author: str
    reason: str
    since: datetime
    until: datetime | None
    resumed_by: str | None = None
    resumed_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it stops anything at an instant."""
        return self.resumed_at is None and (self.until is None or self.until > now)


class SwitchTransaction(Protocol):
    """One open transaction over the stop switches; nobody else sets or resumes one meanwhile."""

    def named(self, debtor_ref: str, creditor: str | None) -> Sequence[Key]:
        """Return the debtors who go by a reference, of one creditor or of any."""
        ...

    def standing(self) -> Sequence[KnownPause]:
        """Return the switches that stand, the oldest first."""
        ...

    def numbered(self, number: int) -> KnownPause | None:
        """Return a switch, whether it stands or not; None when there is none of that number."""
        ...

    def pause(self, new: NewPause) -> int:
        """Set a switch and return its number."""
        ...

    def resume(self, pause: KnownPause, author: str) -> int:
        """Resume a switch and let what waits of what it stopped be looked at now; return how many touchpoints are."""
        ...

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        ...


class SwitchStore(Protocol):
    """What setting and resuming stop switches asks of the memory."""

    def switching(self, now: datetime) -> AbstractContextManager[SwitchTransaction]:
        """Open a transaction; leaving it commits everything at once."""
        ...

    def creditors(self) -> Sequence[str]:
        """Return the creditors who have a debtor here, whatever the configuration says."""
        ...

    def standing_pauses(self, now: datetime) -> Sequence[KnownPause]:
        """Return the switches that stand at an instant, the oldest first."""
        ...
