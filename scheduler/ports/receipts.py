"""What the intake of providers' reports asks of the memory, and the values of a report that has found its message."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.domain.entry import Draft, Json
from scheduler.domain.inbound import Inbound
from scheduler.domain.outcome import MessageState
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.domain.touchpoint import Touchpoint
from scheduler.ports.sending import Settlement

Report = DeliveryReceipt | Inbound
"""What a provider tells: what became of a message of ours, or a message to us."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A message that was reported of, as it stands; its debtor is locked. `plan_refs` are what it speaks of."""

    message_id: int
    channel: str
    attempt: int
    state: MessageState
    reported: ReceiptKind | None
    provider_id: str | None
    address_id: int
    armed_at: datetime
    plan_refs: tuple[str, ...]
    debtor_ref: str
    touchpoint: Touchpoint


@dataclass(frozen=True, slots=True)
class Haver:
    """A debtor who has an address, in use or not, locked."""

    creditor: str
    debtor_ref: str
    channel: str
    address: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class Fresh:
    """What had not been reported before, in the order in which it came.

    `messages` are by event; what is missing there has no message. Among those, `lost` name an attempt of ours that the
    database has never heard of. `havers` are who has the number that words came from, by number; nobody where it is
    missing.
    """

    receipts: Sequence[DeliveryReceipt]
    inbound: Sequence[Inbound]
    messages: Mapping[str, Reported]
    lost: frozenset[str]
    havers: Mapping[str, Sequence[Haver]]

    def is_second(self, receipt: DeliveryReceipt) -> bool:
        """Whether it is about another message of the provider's than the one that its attempt is known to have brought.

        One name may be the beginning of the other: providers lengthen theirs.
        """
        message, name = self.messages.get(receipt.event_id), receipt.provider_id
        known = message.provider_id if message is not None else None
        return bool(known and name) and not (str(known).startswith(name) or name.startswith(str(known)))


@dataclass(frozen=True, slots=True)
class Rise:
    """What is known of a message from now on."""

    message_id: int
    reported: ReceiptKind


class ReceiptTransaction(Protocol):
    """One open transaction in which reports have their effect; each event has one once, whoever brings it again.

    Whatever a report may touch is locked when `take` returns: the debtors who have an address that may close now, then
    those addresses.
    """

    def take(self, reports: Sequence[Report]) -> Fresh:
        """Keep what was not known before, and return it with what it is about."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note that messages were accepted, where that was not yet known."""
        ...

    def rise(self, rises: Sequence[Rise]) -> None:
        """Note what is known of messages from now on."""
        ...

    def plan_again(self, messages: Collection[Reported]) -> None:
        """Let touchpoints be decided afresh whose message did not arrive, and what was merged into them."""
        ...

    def take_back(self, messages: Collection[Reported]) -> Sequence[Draft]:
        """Let touchpoints rest that wait to be decided afresh although their message has arrived after all.

        What that message spoke for rests with them; return the entries of those.
        """
        ...

    def mark_invalid(self, address_ids: Collection[int]) -> None:
        """Note that addresses will never work, for everybody who has them."""
        ...

    def close(self, address_id: int) -> Sequence[Haver]:
        """Close an address for everybody who has it, and return them; nobody where it was closed before."""
        ...

    def address_of(self, channel: str, value: str) -> int | None:
        """Return the address's id, or None where nobody has ever had it."""
        ...

    def open_again(self, address_id: int) -> Sequence[Haver]:
        """Open an address that was closed by the words of whoever has it, and by nothing else; return who has it."""
        ...

    def alarm(self, word: str, number: int, more: Mapping[str, Json]) -> None:
        """Count what must not happen, and alarm about it at most once an hour for each provider."""
        ...

    def lose_tail(self, channel: str, receipts: Sequence[DeliveryReceipt]) -> None:
        """Keep attempts of ours that the database has never heard of, and start a quarantine."""
        ...

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        ...


class ReceiptStore(Protocol):
    """What the intake of reports asks of the memory."""

    def receiving(self, provider: str, now: datetime) -> AbstractContextManager[ReceiptTransaction]:
        """Open a transaction for what one provider reports; leaving it commits everything at once."""
        ...
