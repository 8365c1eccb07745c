"""News from outside, checked and normalised row by row, before it becomes a fact."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduler.domain.plan import Source


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of a plan file: one instalment, with what the row says of its plan and its debtor.

    `given` names the columns that the file has: an empty cell clears a value, an absent column leaves it.
    `line` is where the row stands in its file. `phone` is E.164, `email` is normalised, amounts are minor units.
    Who gave an address, when it was last confirmed to be the debtor's, and when the debtor last used it, is of the
    address that the row has, or of the one that is known where the file has no such column.
    """

    line: int
    given: frozenset[str]
    creditor: str
    plan_ref: str
    debtor_ref: str
    debtor_name: str
    phone: str | None
    email: str | None
    locale: str | None
    country: str | None
    region: str | None
    postal_code: str | None
    time_zone: str | None
    currency: str
    instalment_no: str
    due_date: date
    amount_minor: int
    principal_minor: int | None
    interest_minor: int | None
    fees_minor: int | None
    cadence: str | None
    consent_sms: str | None
    consent_email: str | None
    product: str | None = None
    debt_status: str | None = None
    phone_source: Source | None = None
    phone_checked_at: datetime | None = None
    phone_used_at: datetime | None = None
    email_source: Source | None = None
    email_checked_at: datetime | None = None
    email_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One row of a payment file; `payment_ref` is its idempotency key. `creditor` is None when the row names none.

    `medium` is how the debtor was in contact when paying, and `receipt_by` the channels on which it may be confirmed.
    `author` is the person who recorded it by hand, None for a file.
    """

    line: int
    creditor: str | None
    payment_ref: str
    plan_ref: str
    amount_minor: int
    currency: str
    received_at: datetime
    method: str | None
    instalment_no: str | None
    author: str | None = None
    medium: str | None = None
    receipt_by: tuple[str, ...] = ()


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    AMENDED = "amended"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row; `column` and `reason` say why a row was rejected."""

    line: int
    outcome: Outcome
    column: str = ""
    reason: str = ""
