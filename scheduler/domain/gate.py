"""What stops messages at large, whatever is decided for each: stop switches, and quarantine."""

from dataclasses import dataclass
from datetime import datetime

QUARANTINED = "quarantined"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop switch, from when it was set until `until` or until a person resumes; it stops what it names.

    None names everybody: a pause of a creditor and a channel stops that creditor's messages on that channel. One of a
    debtor stops the person: `kin` are the records that share an address in use with the one that is named.
    """

    id: int
    creditor: str | None
    channel: str | None
    debtor_id: int | None
    author: str
    reason: str
    since: datetime
    until: datetime | None
    kin: frozenset[int] = frozenset()

    @property
    def public_words(self) -> str:
        """How a decision tells it: without the reason where that may speak of a person, for the log keeps decisions."""
        why = f": {self.reason}" if self.debtor_id is None else ""
        return f"stopped by {self.author}{why} (pause {self.id})"

    def stops(self, creditor: str, channel: str, debtor_id: int) -> bool:
        """Whether a message is among what it names."""
        return (
            self.creditor in (None, creditor)
            and self.channel in (None, channel)
            and (self.debtor_id in (None, debtor_id) or debtor_id in self.kin)
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands at one instant; an open one has neither."""

    quarantined: bool
    pauses: tuple[Pause, ...]

    def pause_of(self, creditor: str, channel: str, debtor_id: int) -> Pause | None:
        """Return the first stop switch that a message would meet."""
        return next((each for each in self.pauses if each.stops(creditor, channel, debtor_id)), None)


OPEN_GATE = Gate(quarantined=False, pauses=())
