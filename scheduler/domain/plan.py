"""Who owes what to whom by when: creditor, debtor, contact point, plan, instalment, payment."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
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
    """Who is owed, and under which name, addresses and policies Duly writes for them.

    Creditors of one `group` count as one sender; `approvals` are what the creditor may do because somebody let it.
    `resends_after_proof` lets a message go out again that is proved never to have reached its provider.
    """

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
    group: str | None = None
    approvals: frozenset[str] = frozenset()
    resends_after_proof: bool = False

    @property
    def sender_group(self) -> str:
        """The group that the creditor belongs to, else the creditor itself."""
        return self.group or self.id


class Source(StrEnum):
    """Who gave an address."""

    DEBTOR = "debtor"
    CREDITOR = "creditor"
    COLLECTOR = "collector"
    FOUND = "found"


class Purpose(StrEnum):
    """What a recorded consent is good for, beyond being contacted at all."""

    ELECTRONIC = "electronic"
    WRITTEN = "written"
    OUTSIDE_HOURS = "outside_hours"
    DEBT_DETAILS = "debt_details"


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent that the debtor gave explicitly, from `since` until `until`; None is until it is revoked."""

    purpose: Purpose
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an address comes from, when it was last shown to be the debtor's, and who else may read it."""

    source: Source | None = None
    used_at: datetime | None = None
    checked_at: datetime | None = None
    work: bool = False
    shared: bool = False


UNKNOWN_ORIGIN = Origin()


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
    origin: Origin = UNKNOWN_ORIGIN
    grants: tuple[Grant, ...] = ()

    def granted_until(self, purpose: Purpose, at: datetime) -> datetime | None:
        """Return until when a recorded consent of this purpose holds that holds at `at`, or None."""
        ends = [
            each.until or datetime.max.replace(tzinfo=UTC)
            for each in self.grants
            if each.purpose is purpose and each.since <= at and (each.until is None or at < each.until)
        ]
        return max(ends, default=None)


@dataclass(frozen=True, slots=True)
class Debtor:
    """The person; `zones` are all time zones in which the person may be.

    `opted_out_channels` are those on which any address is opted out that the debtor has or had, or that a record
    has or had which shares an address in use with this one: an opt-out outlives the number it was said from.
    """

    id: int
    creditor: str
    ref: str
    name: str
    locale: str
    country: str | None
    region: str | None
    zones: tuple[str, ...]
    contact_points: tuple[ContactPoint, ...]
    postal_code: str | None = None
    opted_out_channels: frozenset[str] = frozenset()


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
    """An agreed repayment plan; its due dates are dates in `zone`.

    `product` and `debt_status` are the creditor's own words for what kind of debt it is and how it stands.
    """

    id: int
    creditor: str
    ref: str
    debtor_id: int
    currency: str
    zone: str
    cadence: str
    status: PlanStatus
    instalments: tuple[Instalment, ...]
    product: str | None = None
    debt_status: str | None = None

    @property
    def balance_minor(self) -> int:
        """What is still to be paid over all instalments, in minor units."""
        return sum(each.open_minor for each in self.instalments)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for a plan; `ref` is its idempotency key.

    `medium` is how the debtor was in contact when paying, such as sms or web; `receipt_by` are the channels on which
    the debtor agreed, during that contact, to have it confirmed.
    """

    id: int
    ref: str
    plan_id: int
    amount_minor: int
    currency: str
    received_at: datetime
    method: str | None
    medium: str | None = None
    receipt_by: tuple[str, ...] = ()
