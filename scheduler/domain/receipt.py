"""What providers report afterwards, in our words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptKind(StrEnum):
    """What became of an accepted message; it only ever rises in this order of rank."""

    QUEUED = "queued"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """One report about one message. `touchpoint` and `attempt` are ours where the provider returned them."""

    kind: ReceiptKind
    provider_id: str
    event_id: str
    touchpoint: str | None
    attempt: int | None
    code: str | None
    at: datetime | None
    invalid_address: bool = False
