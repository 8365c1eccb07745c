"""Everything that a decision may look at, gathered beforehand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.plan import Creditor, Debtor, Instalment, Payment, Plan
from scheduler.domain.touchpoint import Kind, Touchpoint


class HoldKind(StrEnum):
    """Why a person must not be contacted."""

    DISPUTE = "dispute"
    VALIDATION = "validation"
    HARDSHIP = "hardship"
    DEFERRAL = "deferral"
    PROMISE = "promise"
    CEASE = "cease"
    REPRESENTATIVE = "representative"
    INSOLVENCY = "insolvency"
    DECEASED = "deceased"
    INCAPACITY = "incapacity"
    WRONG_PERSON = "wrong_person"
    IDENTITY_THEFT = "identity_theft"
    VULNERABLE = "vulnerable"
    ILLNESS_OR_DISASTER = "illness_or_disaster"
    MILITARY = "military"
    MORATORIUM = "moratorium"
    COMPLAINT = "complaint"
    LITIGATION = "litigation"
    TIME_BARRED = "time_barred"
    MANUAL = "manual"

    @property
    def permits_receipts(self) -> bool:
        """Whether a payment is still confirmed; not to somebody who is not, or no longer, the debtor."""
        return self not in (HoldKind.DECEASED, HoldKind.WRONG_PERSON, HoldKind.IDENTITY_THEFT, HoldKind.CEASE)


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason not to contact, of a debtor or of one plan, from `since` until `until` or until it is lifted."""

    id: int
    kind: HoldKind
    plan_id: int | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """One message that counts: armed, accepted, unknown or presumed, to this person on any debt.

    A person is everybody who shares an address with the debtor.
    """

    at: datetime
    kind: Kind
    channel: str
    address_id: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One instalment that the message speaks of, with its plan."""

    plan: Plan
    instalment: Instalment


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at this instant about one touchpoint and those that are merged into it.

    `tried` are the contact points that already refused this touchpoint for good.
    """

    touchpoint: Touchpoint
    creditor: Creditor
    debtor: Debtor
    plan: Plan
    claims: tuple[Claim, ...]
    payment: Payment | None
    holds: tuple[Hold, ...]
    contacts: tuple[Contact, ...]
    tried: frozenset[int]
