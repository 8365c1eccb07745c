"""What happens to a database's files, and what is promised meanwhile, in order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrote:
    """Bytes were handed to the system, for a place in a file."""

    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    """A file was cut to a size."""

    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """Everything that was done to a file is on the disk."""

    file: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A file was removed."""

    file: str


Act = Wrote | Truncated | Synced | Deleted


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took a message."""

    touchpoint: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Committed:
    """The product was told that everything up to an entry of the log is on disk."""

    seq: int


Event = Act | Taken | Committed
