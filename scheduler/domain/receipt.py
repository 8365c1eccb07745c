"""What providers report afterwards, in our words, and how far reports may move what is known of a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptKind(StrEnum):
    """What became of an accepted message. How they rank is the law of `risen`; the others say nothing of that."""

    QUEUED = "queued"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """One report about one message. `touchpoint` and `attempt` are ours where the provider returned them.

    `provider_id` is empty where the provider named no message. `invalid_address` is that the address will never work,
    `opted_out` that its owner wants nothing more, however far this message got.
    """

    kind: ReceiptKind
    provider_id: str
    event_id: str
    touchpoint: str | None
    attempt: int | None
    code: str | None
    at: datetime | None
    invalid_address: bool = False
    opted_out: bool = False

    @property
    def closes_address(self) -> bool:
        """Whether whoever has the address wants no more messages there."""
        return self.opted_out or self.kind in (ReceiptKind.OPTED_OUT, ReceiptKind.COMPLAINED)

    @property
    def marks_address(self) -> bool:
        """Whether it tells something of the address that matters to everybody who has it."""
        return self.closes_address or self.invalid_address


_RANKS: Mapping[ReceiptKind, int] = {
    ReceiptKind.SENT: 1,
    ReceiptKind.UNDELIVERED: 2,
    ReceiptKind.DELIVERED: 3,
    ReceiptKind.COMPLAINED: 4,
}
"""Whoever complains has had it. A failure after a delivery is one of the address and not of this message."""


def risen(before: ReceiptKind | None, report: ReceiptKind) -> ReceiptKind | None:
    """Return what is known of a message after one more report; None when that changes nothing.

    It only ever rises, so that reports may come in any order and as often as they like. That a message is queued, or
    in a state that nobody knows, is no more than that it was accepted.
    """
    rank = _RANKS.get(report, 0)
    return report if rank > (0 if before is None else _RANKS.get(before, 0)) else None
