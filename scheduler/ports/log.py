"""What the ledger asks of the memory."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from scheduler.domain.entry import Entry


class LogStore(Protocol):
    """What the ledger asks of the memory."""

    def entries(self, after_seq: int, limit: int) -> Sequence[Entry]:
        """Return the entries after one, oldest first, in a short transaction of their own."""
        ...

    def heads(self) -> Mapping[str, tuple[int, str]]:
        """Return the number and the hash of each chain's last entry, as the writer keeps them."""
        ...
