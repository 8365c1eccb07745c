"""What the flow needs from outside, as protocols: Clock, Channel, Composer, Store."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scheduler.domain.allocation import Allocation
from scheduler.domain.decision import Decision, Reason, Send
from scheduler.domain.delivery import Delivery
from scheduler.domain.entry import Draft, Entry
from scheduler.domain.facts import Facts, HoldKind
from scheduler.domain.message import Message, Words
from scheduler.domain.plan import Creditor, Instalment, Payment, Plan
from scheduler.domain.touchpoint import State, Touchpoint


class Clock(Protocol):
    """Tells the time. Only the real one reads the machine's clock; a virtual one is set by its owner."""

    def now(self) -> datetime:
        """Return this instant in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Channel(Protocol):
    """One provider, serving one channel. A room of `channels/` implements it."""

    @property
    def provider(self) -> str:
        """The room's name, for the log."""
        ...

    async def send(self, message: Message) -> Delivery:
        """Make exactly one call and say what came of it. Never raises for what a provider does."""
        ...

    async def look_up(self, message_key: str) -> Delivery:
        """Say what is known of a message whose outcome is in doubt; Unknown where the provider cannot tell."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Composer(Protocol):
    """Renders a message's words."""

    def compose(self, facts: Facts, channel: str, now: datetime) -> Words:
        """Return the words of one message; raises `ComposeError` when the template cannot be rendered."""
        ...


class ComposeError(Exception):
    """A template could not be rendered; the sentence names template, channel, locale and field, no personal data."""


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

    `facts` is the plan as it is from now on; its debtor is found by `debtor_ref`.
    """

    facts: Plan
    debtor_ref: str
    changed: Sequence[Instalment]
    retired: Mapping[int, Reason]
    next_action_at: datetime | None
    is_changed: bool


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


class LogStore(Protocol):
    """What the ledger asks of the memory."""

    def entries(self, after_seq: int, limit: int) -> Sequence[Entry]:
        """Return the entries after one, oldest first, in a short transaction of their own."""
        ...

    def heads(self) -> Mapping[str, tuple[int, str]]:
        """Return the number and the hash of each chain's last entry, as the writer keeps them."""
        ...


@dataclass(frozen=True, slots=True)
class PlanInHand:
    """A plan that is looked at, with the states of the touchpoints that it already has, by key."""

    plan: Plan
    debtor_ref: str
    known: Mapping[str, State]


class Laid(Protocol):
    """What the planner found due for one plan."""

    @property
    def planned(self) -> Sequence[Touchpoint]:
        """Touchpoints that have come due."""
        ...

    @property
    def passed(self) -> Sequence[tuple[Touchpoint, Reason]]:
        """Steps that were never planned and no longer may be, each with the reason."""
        ...

    @property
    def superseded(self) -> Sequence[str]:
        """Keys of planned touchpoints that a later step has overtaken."""
        ...

    @property
    def next_action_at(self) -> datetime | None:
        """When to look at the plan again; None for never."""
        ...


class PlanningBatch(Protocol):
    """One open transaction over plans whose next step has come due; their debtors are locked."""

    @property
    def plans(self) -> Sequence[PlanInHand]:
        """The plans, with what they already have."""
        ...

    def lay(self, plan: PlanInHand, laid: Laid) -> None:
        """Note what has come due for one of the plans."""
        ...


class PlanningStore(Protocol):
    """What the planner asks of the memory."""

    def planning(
        self, now: datetime, cadences: Sequence[str], limit: int
    ) -> AbstractContextManager[PlanningBatch]:
        """Open a batch of at most `limit` plans on these cadences whose next action has come due."""
        ...


@dataclass(frozen=True, slots=True)
class Armed:
    """An intent that is on disk: the message may be handed over once, soon after `armed_at` or not at all."""

    message_id: int
    message: Message
    provider: str
    armed_at: datetime
    debtor_id: int
    facts_version: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of an armed message, by its id; `retry_at` is when to look again if it was not sent."""

    message_id: int
    delivery: Delivery
    at: datetime
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that was armed and whose outcome nobody noted."""

    message_id: int
    message_key: str
    channel: str
    provider: str
    armed_at: datetime


class Arming(Protocol):
    """One open transaction over a small batch of due touchpoints, grouped by what may share a message.

    Its debtors are locked; leaving it commits every intent at once.
    """

    @property
    def groups(self) -> Sequence[Sequence[Facts]]:
        """The due touchpoints as facts, the leading one first in each group."""
        ...

    def refresh(self, facts: Facts) -> Facts:
        """Return the facts with what this batch has armed so far for the same person or address."""
        ...

    def note(self, facts: Facts, decision: Decision) -> None:
        """Note a decision that is not to send."""
        ...

    def arm(self, facts: Facts, decision: Send, message: Message, provider: str) -> None:
        """Note the intent to send; it counts toward every cap from here on."""
        ...

    def armed(self) -> Sequence[Armed]:
        """Return the intents, once the transaction has committed."""
        ...


class Store(Protocol):
    """What the pipeline asks of the memory."""

    def arming(
        self, now: datetime, creditors: Mapping[str, Creditor], lookback: timedelta, limit: int
    ) -> AbstractContextManager[Arming]:
        """Open a batch of at most `limit` debtors of these creditors who have something due.

        `lookback` says how old a contact may be and still matter to a cap.
        """
        ...

    def still_fresh(self, armed: Sequence[Armed]) -> frozenset[int]:
        """Return the message ids whose debtors' facts have not changed since they were armed."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note outcomes in one transaction, by compare-and-set; repeating it changes nothing."""
        ...

    def in_doubt(self, armed_before: datetime, limit: int) -> Sequence[Doubt]:
        """Return messages that were armed before an instant and never settled, oldest first."""
        ...
