"""Everything that a decision may look at, gathered beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from scheduler.domain.hours import Week
from scheduler.domain.plan import Creditor, Debtor, Instalment, Payment, Plan
from scheduler.domain.touchpoint import REPLIES, Kind, Touchpoint

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far ahead the clock of whoever notes something may be: what is known already is heeded already."""


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


OF_THE_PERSON = frozenset(
    {
        HoldKind.CEASE,
        HoldKind.REPRESENTATIVE,
        HoldKind.INSOLVENCY,
        HoldKind.DECEASED,
        HoldKind.INCAPACITY,
        HoldKind.WRONG_PERSON,
        HoldKind.IDENTITY_THEFT,
        HoldKind.VULNERABLE,
        HoldKind.ILLNESS_OR_DISASTER,
        HoldKind.MILITARY,
        HoldKind.MORATORIUM,
        HoldKind.MANUAL,
    }
)
"""What is said of a person and not of a debt: placed on no plan, it stops every record that shares an address."""

IN_PERSON = frozenset({"call", "visit", "workplace"})
"""Channels on which nothing goes out unless somebody, or a machine that records, takes it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason not to contact, of a debtor or of one plan, from `since` until `until` or until it is lifted."""

    id: int
    kind: HoldKind
    plan_id: int | None
    since: datetime
    until: datetime | None


class Unit(IntEnum):
    """How far a contact got; each includes those before it."""

    ATTEMPT = 1
    SENT = 2
    DELIVERED = 3
    CONVERSATION = 4


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact that counts, by Duly or by hand, with this person on any debt.

    A person is everybody who shares an address with the debtor. What is armed, unknown or presumed counts like what
    was delivered. `requested` is what the debtor asked for.
    """

    at: datetime
    kind: Kind
    channel: str
    address_id: int | None
    debtor_id: int = 0
    creditor: str = ""
    sender_group: str = ""
    plan_ids: frozenset[int] = frozenset()
    reached: Unit = Unit.DELIVERED
    requested: bool = False

    @property
    def went_out(self) -> bool:
        """Whether a notice was given by it: where somebody must be there to take it, somebody was."""
        return self.reached >= (Unit.DELIVERED if self.channel in IN_PERSON else Unit.SENT)


@dataclass(frozen=True, slots=True)
class History:
    """What happened once and still matters: when each plan was first spoken of, and the formal notices since.

    `first_contact_at` is when the first attempt was made at speaking of a plan, `spoken_at` when the first surely
    reached the person: an own message that was accepted or is presumed to be, or a contact by hand that was delivered.
    `notices` are those that went out.
    """

    first_contact_at: Mapping[int, datetime] = field(default_factory=dict)
    notices: tuple[Contact, ...] = ()
    spoken_at: Mapping[int, datetime] = field(default_factory=dict)


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class Stated:
    """Hours that the debtor asked for on some channels, from `since` until `until`; None is until it is withdrawn.

    `week` are the hours that remain open, in the debtor's own zones.
    """

    id: int
    week: Week
    channels: frozenset[str]
    since: datetime
    until: datetime | None


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
    history: History = NO_HISTORY
    stated: tuple[Stated, ...] = ()

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans that the message speaks of, its own first."""
        return tuple({plan.id: plan for plan in (self.plan, *(each.plan for each in self.claims))}.values())

    def answers_on(self, channel: str) -> bool:
        """Whether a message on this channel answers the debtor on the medium that the debtor used or agreed to."""
        if self.touchpoint.kind in REPLIES:
            return True
        paid = self.payment
        return paid is not None and (paid.medium == channel or channel in paid.receipt_by)
