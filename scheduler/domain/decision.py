"""What was decided for a touchpoint, and why: a value, never true or false."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.plan import ContactPoint


class Verdict(StrEnum):
    """What one rule says: skip is moot for good, refuse stands until facts change."""

    ALLOW = "allow"
    DEFER = "defer"
    SKIP = "skip"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule's verdict in words that can be shown to a debtor's adviser as they stand."""

    rule: str
    verdict: Verdict
    detail: str
    until: datetime | None = None


SUPERSEDED = Reason("superseded", Verdict.SKIP, "a later step has come due")
EXPIRED = Reason("expired", Verdict.SKIP, "the step ended before it could be sent")
AMENDED = Reason("superseded", Verdict.SKIP, "the instalment was amended")
NEW_LADDER = Reason("superseded", Verdict.SKIP, "the plan was given another cadence or time zone")
TOO_OLD = Reason("expired", Verdict.SKIP, "the payment is too old to be confirmed")
PAID = Reason("paid", Verdict.SKIP, "the instalment is paid")


@dataclass(frozen=True, slots=True)
class Required:
    """Words that the message must contain, by language (ISO 639), and the rule that asks for them."""

    rule: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Send:
    """Every rule allows it now, at this contact point; the contact window closes at `closes_at`."""

    contact_point: ContactPoint
    reasons: tuple[Reason, ...]
    closes_at: datetime
    phrases: tuple[Required, ...] = ()


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: look again at `until`. `allowed` is what the other rules said."""

    until: datetime
    reasons: tuple[Reason, ...]
    allowed: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Moot for good: paid, superseded, expired, or merged `into` the touchpoint of that key."""

    reasons: tuple[Reason, ...]
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Must not be sent unless facts change: a hold, no consent, nobody to reach. `allowed` is what other rules said."""

    reasons: tuple[Reason, ...]
    allowed: tuple[Reason, ...] = ()


Decision = Send | Defer | Skip | Refuse
