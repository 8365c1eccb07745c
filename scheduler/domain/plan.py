"""Who owes what to whom by when: creditor, debtor, contact point, plan, instalment, payment."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """How the sender relates to the debt; much contact law depends on it."""

    ORIGINAL_CREDITOR = "original_creditor"
    THIRD_PARTY = "third_party"


class PlanStatus(StrEnum):
    """An agreed plan is active until its balance is nil or it is called off."""

    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Creditor:
    """Who is owed, and under which name, addresses and policies Duly writes for them."""

    id: str
    name: str
    role: Role
    address: str
    email: str
    phone: str | None
    zone: str
    policies: tuple[str, ...]
    cadence: str
    payment_link: str | None
    default_consent_basis: str | None
    writes_as: str
    email_from: str


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One phone number or email address of a debtor, with its consent and its state.

    `address_id` is shared by every debtor who has the same address: opt-outs, bounces and
    caps belong to the address, consent to the debtor.
    """

    id: int
    channel: str
    address: str
    address_id: int
    consent_basis: str | None
    opted_out: bool = False
    invalid: bool = False


@dataclass(frozen=True, slots=True)
class Debtor:
    """The person; `zones` are all time zones in which the person may be."""

    id: int
    creditor: str
    ref: str
    name: str
    locale: str
    country: str | None
    region: str | None
    zones: tuple[str, ...]
    contact_points: tuple[ContactPoint, ...]


@dataclass(frozen=True, slots=True)
class Instalment:
    """One amount due on one date; `identity` survives amendments, `number` is only its label.

    The parts are None where the plan does not state them.
    """

    id: int
    identity: str
    number: str
    due_date: date
    amount_minor: int
    principal_minor: int | None
    interest_minor: int | None
    fees_minor: int | None
    paid_minor: int

    @property
    def open_minor(self) -> int:
        """What is still to be paid, in minor units; never negative."""
        return max(0, self.amount_minor - self.paid_minor)


@dataclass(frozen=True, slots=True)
class Plan:
    """An agreed repayment plan; its due dates are dates in `zone`."""

    id: int
    creditor: str
    ref: str
    debtor_id: int
    currency: str
    zone: str
    cadence: str
    status: PlanStatus
    instalments: tuple[Instalment, ...]

    @property
    def balance_minor(self) -> int:
        """What is still to be paid over all instalments, in minor units."""
        return sum(each.open_minor for each in self.instalments)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for a plan; `ref` is its idempotency key."""

    id: int
    ref: str
    plan_id: int
    amount_minor: int
    currency: str
    received_at: datetime
    method: str | None
