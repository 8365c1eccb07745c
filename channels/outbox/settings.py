"""Where the outbox lies."""

from dataclasses import dataclass
from pathlib import Path

from channels.tools import Tools, Variables


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """The folder that messages are written to; it is made when the first one is."""

    folder: Path

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "OutboxSettings":
        """Return the folder that the caller chose; the outbox needs no variables of its own."""
        return cls(tools.outbox_dir)
