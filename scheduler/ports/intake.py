"""What intake asks of the memory, and the values that it writes."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.domain.allocation import Allocation
from scheduler.domain.cadence import Notice
from scheduler.domain.decision import Reason
from scheduler.domain.entry import Draft
from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Instalment, Payment, Plan
from scheduler.domain.touchpoint import Touchpoint


@dataclass(frozen=True, slots=True)
class Person:
    """A debtor as intake sees one: what was stated, and one address with its consent for each channel."""

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

    def people(self, keys: Collection[Key]) -> Mapping[Key, Person]:
        """Return the debtors that are known, locked."""
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
        """Write a hold and return its id."""
        ...

    def release_hold(self, hold_id: int, author: str) -> tuple[Person, HoldKind] | None:
        """Lift a hold that stands, and let what it refused be looked at again; None when no such hold stands."""
        ...

    def set_opt_out(self, person: Person, channel: str, opted_out: bool) -> Sequence[Person]:
        """Close or reopen a debtor's address on a channel, for whoever shares it; return them all, locked."""
        ...

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        ...


class IntakeStore(Protocol):
    """What intake asks of the memory."""

    def intake(self, now: datetime) -> AbstractContextManager[IntakeTransaction]:
        """Open a transaction; leaving it commits everything at once."""
        ...
