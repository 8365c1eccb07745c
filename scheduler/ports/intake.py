"""What intake asks of the memory, and the values that it writes."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from scheduler.domain.allocation import Allocation
from scheduler.domain.cadence import Notice
from scheduler.domain.decision import Reason
from scheduler.domain.entry import Draft
from scheduler.domain.facts import HoldKind, Unit
from scheduler.domain.hours import Week
from scheduler.domain.plan import Instalment, Origin, Payment, Plan, Purpose
from scheduler.domain.touchpoint import Kind, Touchpoint


@dataclass(frozen=True, slots=True)
class Person:
    """A debtor as intake sees one: what was stated, and one address with its consent for each channel.

    `origins` is what is known of where those addresses come from, by channel. Of a channel that is missing there,
    what is known of its address stays as it is; whoever gives a channel another address leaves the old origin out.
    """

    id: int
    creditor: str
    ref: str
    name: str
    locale: str
    country: str | None
    region: str | None
    postal_code: str | None
    time_zone: str | None
    zones: tuple[str, ...]
    addresses: Mapping[str, tuple[str, str | None]]
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A plan to write. Ids of 0 are new; `changed` are instalments to write, `retired` what is said of those
    whose queued touchpoints are moot now, by instalment id.

    `facts` is the plan as it is from now on; its debtor is found by `debtor_ref`. Where a completed plan has been
    `reopened`, a confirmation that it is completed and still waits becomes this notice.
    """

    facts: Plan
    debtor_ref: str
    changed: Sequence[Instalment]
    retired: Mapping[int, Reason]
    next_action_at: datetime | None
    is_changed: bool
    reopened: Notice | None = None


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold as somebody places it; without `until` it stands until it is lifted."""

    kind: HoldKind
    author: str
    reason: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact that somebody made by hand, how far it got, and the plans that it was about.

    `channel` is call, letter, visit, message, workplace, fax, sms or email. Without plans it counts for the person,
    but for no plan. `requested` is what the debtor had asked for.
    """

    kind: Kind
    channel: str
    reached: Unit
    requested: bool
    at: datetime
    plan_ids: tuple[int, ...]
    author: str


@dataclass(frozen=True, slots=True)
class NewStated:
    """Hours that the debtor asked for: `week` is what remains open; without `until` until it is withdrawn.

    `source` is oral or written.
    """

    week: Week
    channels: tuple[str, ...]
    since: datetime
    until: datetime | None
    source: str
    author: str


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A consent that the debtor gave explicitly, with the evidence of it; without `until` until it is revoked."""

    purpose: Purpose
    evidence: str
    author: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentChange:
    """A payment to write, with the parts that paid instalments, and its confirmation."""

    payment: Payment
    creditor: str
    debtor_ref: str
    plan_ref: str
    allocations: Sequence[Allocation]
    left_over_minor: int
    confirmation: Touchpoint
    objection: Reason | None


Key = tuple[str, str]
"""A creditor and a reference, which together name a debtor, a plan or a payment."""


class IntakeTransaction(Protocol):
    """One open transaction in which news becomes facts."""

    def people(self, keys: Collection[Key], *, and_sharers: bool = False) -> Mapping[Key, Person]:
        """Return the debtors that are known, locked.

        With `and_sharers` whoever shares an address with them is locked too, in the same breath: what touches them
        all (a contact, an opt-out, a hold, stated hours) asks for it, so that two who note something of one family
        never wait for each other.
        """
        ...

    def plans(self, keys: Collection[Key]) -> Mapping[Key, tuple[Plan, Person]]:
        """Return the plans that are known, each with its debtor, who is locked."""
        ...

    def payments(self, keys: Collection[Key]) -> Mapping[Key, Payment]:
        """Return the payments that are known."""
        ...

    def save_people(self, people: Sequence[Person]) -> None:
        """Write debtors, new or changed, with their addresses. What became of an address before stays."""
        ...

    def save_plans(self, changes: Sequence[PlanChange]) -> None:
        """Write plans, new or changed, and retire what is queued for what is moot."""
        ...

    def save_payments(self, changes: Sequence[PaymentChange]) -> None:
        """Write payments, what they paid, and the confirmations that they are owed."""
        ...

    def place_hold(self, person: Person, plan: Plan | None, hold: NewHold) -> int:
        """Write a hold and return its id; one of the person stops everybody who shares an address."""
        ...

    def release_hold(self, hold_id: int, author: str) -> tuple[Person, HoldKind] | None:
        """Lift a hold that stands, and let what it refused be looked at again; None when no such hold stands."""
        ...

    def set_opt_out(self, person: Person, channel: str, opted_out: bool) -> Sequence[tuple[Person, str]]:
        """Close a debtor's address on a channel, or reopen all that the debtor ever had, for whoever has them.

        Return those who have one, locked, each with the address.
        """
        ...

    def log_contact(self, person: Person, new: NewContact) -> int:
        """Write a contact made by hand and return its id; it counts for everybody who shares an address."""
        ...

    def state_hours(self, person: Person, new: NewStated) -> int:
        """Write hours that the debtor asked for and return their id; everybody who shares an address keeps them."""
        ...

    def withdraw_hours(self, number: int, author: str) -> Person | None:
        """End stated hours and return their debtor, locked; None when no such hours stand."""
        ...

    def set_origin(self, person: Person, channel: str, origin: Origin) -> None:
        """Write where the debtor's address on a channel comes from, in place of what was known of it."""
        ...

    def grant(self, person: Person, channel: str, new: NewGrant) -> int:
        """Write a consent to use the debtor's address on a channel in some way, and return its id."""
        ...

    def revoke(self, person: Person, channel: str, purpose: Purpose, author: str) -> int:
        """End every consent of this purpose, for each address that the debtor ever had on the channel.

        Return how many had not ended before.
        """
        ...

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        ...


class IntakeStore(Protocol):
    """What intake asks of the memory."""

    def intake(self, now: datetime) -> AbstractContextManager[IntakeTransaction]:
        """Open a transaction; leaving it commits everything at once."""
        ...
