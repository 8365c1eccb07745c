"""What settling by hand asks of the memory, and a message in doubt as a person sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.domain.outcome import MessageState, Ruling
from scheduler.domain.touchpoint import State


@dataclass(frozen=True, slots=True)
class Doubted:
    """One attempt with whom it was for and what is known of it; neither address nor words.

    `code` says why its outcome is what it is. `look_at` is when it is looked up next, `zones` where the debtor may be.
    """

    message_id: int
    touchpoint: str
    touchpoint_state: State
    attempt: int
    channel: str
    provider: str
    state: MessageState
    creditor: str
    debtor_ref: str
    zones: tuple[str, ...]
    code: str | None
    armed_at: datetime
    settled_at: datetime | None
    look_at: datetime | None

    @property
    def message_key(self) -> str:
        """The message's own key."""
        return f"{self.touchpoint}-{self.channel}-{self.attempt}"

    @property
    def awaits_person(self) -> bool:
        """Whether nothing more will be found of it unless somebody looks."""
        return self.state is MessageState.PRESUMED


class RulingStore(Protocol):
    """What settling by hand asks of the memory."""

    def rule(
        self, message_id: int, ruling: Ruling, now: datetime, retry_at: datetime | None
    ) -> MessageState | None:
        """Settle an attempt by a person's word and return its state; None when its outcome was known by then.

        What is still armed counts as unknown, so whoever asks has seen that its lease is over.
        """
        ...
