"""What the pipeline asks of the memory, and the values of a send."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from scheduler.domain.decision import Decision, Send
from scheduler.domain.delivery import Delivery
from scheduler.domain.facts import Facts
from scheduler.domain.message import Message
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
    debtor_id: int
    facts_version: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an armed message, by its id; `retry_at` is when to look again if it was not sent."""

    message_id: int
    delivery: Delivery
    at: datetime
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that was armed and whose outcome nobody noted."""

    message_id: int
    message_key: str
    channel: str
    provider: str
    armed_at: datetime


class Arming(Protocol):
    """One open transaction over a small batch of due touchpoints, grouped by what may share a message.

    Its debtors are locked; leaving it commits every intent at once.
    """

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

    def still_fresh(self, armed: Sequence[Armed]) -> frozenset[int]:
        """Return the message ids whose debtors' facts have not changed since they were armed."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note outcomes in one transaction, by compare-and-set; repeating it changes nothing."""
        ...

    def in_doubt(self, armed_before: datetime, limit: int) -> Sequence[Doubt]:
        """Return messages that were armed before an instant and never settled, oldest first."""
        ...
