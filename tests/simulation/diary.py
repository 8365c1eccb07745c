"""The script of the world: what people did, and from when on it was durable. Kept outside the product."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from tests.simulation.scene import Part

Kept = TypeVar("Kept")
Plan = tuple[str, str]
Debtor = tuple[str, str]


@dataclass(slots=True)
class Course(Generic[Kept]):
    """How one value went over time."""

    times: list[float] = field(default_factory=list)
    values: list[Kept] = field(default_factory=list)

    def note(self, at_s: float, value: Kept) -> None:
        """Note the value from an instant on."""
        self.times.append(at_s)
        self.values.append(value)

    def at(self, at_s: float) -> Kept | None:
        """Return the value as it stood at an instant; None before the first."""
        place = bisect_right(self.times, at_s)
        return self.values[place - 1] if place else None

    def during(self, start_s: float, end_s: float) -> list[Kept | None]:
        """Return every value that stood at some instant of a stretch; None stands before the first."""
        first, last = bisect_right(self.times, start_s), bisect_right(self.times, end_s)
        return [self.values[first - 1] if first else None, *self.values[first:last]]

    @property
    def latest(self) -> Kept | None:
        """The value that stands now."""
        return self.values[-1] if self.values else None


@dataclass(slots=True)
class Stretch:
    """Something that stood from an instant on, until it ended."""

    since_s: float
    until_s: float | None = None

    def stood(self, since_s: float, at_s: float) -> bool:
        """Whether it stood the whole time between two instants."""
        return self.since_s < since_s and (self.until_s is None or self.until_s > at_s)


@dataclass(slots=True)
class Hold(Stretch):
    """A dispute of a debtor, or of one of its plans."""

    number: int = 0
    debtor: Debtor = ("", "")
    plan: Plan | None = None


@dataclass(slots=True)
class Switch(Stretch):
    """A stop switch and what it names."""

    number: int = 0
    creditor: str | None = None
    channel: str | None = None
    debtor: Debtor | None = None

    def stops(self, debtor: Debtor, channel: str) -> bool:
        """Whether it names a message to the debtor on the channel."""
        return (
            self.creditor in (None, debtor[0])
            and self.channel in (None, channel)
            and self.debtor in (None, debtor)
        )


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment as it was first told."""

    at_s: float
    plan: Plan
    ref: str
    number: str
    amount_minor: int
    received_at: datetime


@dataclass(slots=True)
class Diary:
    """All of it. Ledgers are by plan; closed addresses by channel and address, each with who closed it or nobody."""

    ledger: dict[Plan, Course[dict[str, Part]]] = field(default_factory=lambda: defaultdict(Course))
    closed: dict[tuple[str, str], Course[str]] = field(default_factory=lambda: defaultdict(Course))
    phones: dict[Debtor, Course[str | None]] = field(default_factory=lambda: defaultdict(Course))
    payments: list[Paid] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    quarantines: list[Stretch] = field(default_factory=list)
    restores: list[float] = field(default_factory=list)
    lost_since_s: float | None = None

    def change_part(self, at_s: float, plan: Plan, part: Part) -> None:
        """Note an instalment as it is from now on."""
        parts = dict(self.ledger[plan].latest or {})
        parts[part.number] = part
        self.ledger[plan].note(at_s, parts)

    def pay(self, paid: Paid) -> None:
        """Note that an instalment was paid in part or whole."""
        part = (self.ledger[paid.plan].latest or {})[paid.number]
        self.change_part(paid.at_s, paid.plan, replace(part, paid_minor=part.paid_minor + paid.amount_minor))
        self.payments.append(paid)

    def forget(self, since_s: float) -> None:
        """Note that the service has forgotten everything since an instant, until it is told again."""
        self.lost_since_s = min(since_s, since_s if self.lost_since_s is None else self.lost_since_s)

    def standing_holds(self) -> Sequence[Hold]:
        """Return the disputes that nobody has lifted."""
        return [each for each in self.holds if each.until_s is None]

    def standing_switches(self) -> Sequence[Switch]:
        """Return the stop switches that nobody has lifted."""
        return [each for each in self.switches if each.until_s is None]
