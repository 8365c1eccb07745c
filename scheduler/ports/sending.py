"""What the pipeline asks of the memory, and the values of a send."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from scheduler.domain.decision import Decision, Send
from scheduler.domain.doubt import Doubt
from scheduler.domain.facts import Facts
from scheduler.domain.gate import Gate
from scheduler.domain.message import Message
from scheduler.domain.outcome import Evidence
from scheduler.domain.pacing import Pacing
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Armed:
    """An intent that is on disk: the message may be handed over once, soon after `armed_at` or not at all."""

    message_id: int
    message: Message
    provider: str
    armed_at: datetime
    creditor: str
    debtor_id: int
    facts_version: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Evidence of what became of one attempt, by its message's id.

    `retry_at` is when to decide its touchpoint afresh where that is possible at all; without it a message that was
    released is not sent again.
    """

    message_id: int
    evidence: Evidence
    at: datetime
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextLook:
    """When to look again for evidence of a message, and the valid absence that is known so far."""

    message_id: int
    look_at: datetime
    absent_at: datetime | None


class Arming(Protocol):
    """One open transaction over a small batch of due touchpoints, grouped by what may share a message.

    Its debtors are locked; leaving it commits every intent at once.
    """

    @property
    def gate(self) -> Gate:
        """What stops messages at large, as this transaction sees it."""
        ...

    def keeps(self, armed: Armed) -> bool:
        """Whether an earlier intent is still on disk; if not, the database has lost its tail."""
        ...

    @property
    def groups(self) -> Sequence[Sequence[Facts]]:
        """The due touchpoints as facts, the leading one first in each group."""
        ...

    def refresh(self, facts: Facts) -> Facts:
        """Return the facts with what this batch has armed so far for the same person or address."""
        ...

    def note(self, facts: Facts, decision: Decision, policy: Policy) -> None:
        """Note a decision that is not to send, and the policy that it was made by."""
        ...

    def pace(self, facts: Facts, message: Message, provider: str, pacing: Pacing) -> Decision | None:
        """Return why a message must wait although nothing speaks against it; None when it may go out now.

        What may go out has taken its place in its sender's pace and its cadence's ramp, over all workers.
        """
        ...

    def arm(self, facts: Facts, decision: Send, message: Message, provider: str, policy: Policy) -> None:
        """Note the intent to send; it counts toward every cap from here on."""
        ...

    def armed(self) -> Sequence[Armed]:
        """Return the intents, once the transaction has committed."""
        ...


class Store(Protocol):
    """What the pipeline asks of the memory."""

    def arming(
        self, now: datetime, creditors: Mapping[str, Creditor], lookback: timedelta, limit: int
    ) -> AbstractContextManager[Arming]:
        """Open a batch of at most `limit` debtors of these creditors who have something due.

        `lookback` says how old a contact may be and still matter to a cap.
        """
        ...

    def patiently(self, transaction: Callable[[datetime], Result], now: datetime) -> Result:
        """Run a transaction again when the database turned it away; there is no provider's call in it."""
        ...

    def last_look(self, armed: Sequence[Armed], now: datetime) -> Mapping[int, str]:
        """Return why messages must not go out after all, by their ids.

        The words are `facts_changed`, `paused` and `quarantined`.
        """
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note what evidence leads to in one transaction, by compare-and-set; repeating it changes nothing."""
        ...

    def quarantine(self, cause: str, detail: str, now: datetime) -> None:
        """Stop all sending until a person releases it; a quarantine that stands stays as it is."""
        ...


class DoubtStore(Protocol):
    """What reconciliation asks of the memory."""

    def in_doubt(self, now: datetime, limit: int) -> Sequence[Doubt]:
        """Return messages whose outcome is open and which it is time to look for, the longest due first."""
        ...

    def bound(self, provider: str, provider_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a provider's names belong to messages already."""
        ...

    def has_rival(self, doubt: Doubt) -> bool:
        """Whether another message with the same words to the same address may be what a look-up found."""
        ...

    def look_later(self, looks: Sequence[NextLook]) -> None:
        """Note when to look again for messages that are still unknown."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note what evidence leads to."""
        ...
