"""News from outside, checked and normalised row by row, before it becomes a fact."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of a plan file: one instalment, with what the row says of its plan and its debtor.

    `given` names the columns that the file has: an empty cell clears a value, an absent column leaves it.
    `line` is where the row stands in its file. `phone` is E.164, `email` is normalised, amounts are minor units.
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


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One row of a payment file; `payment_ref` is its idempotency key. `creditor` is None when the row names none.

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
