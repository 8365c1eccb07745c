"""How often, and how soon: limits that are found broken by counting what went before, one contact after the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from scheduler.ledger.lengths import in_words
from scheduler.ledger.past import Past
from scheduler.ledger.told import REACHED, Contact, Message

_DAY = timedelta(days=1)
PERIODS = {"day": 2 * _DAY, "week": 8 * _DAY, "month": 32 * _DAY}
"""Calendar periods, each with more than the longest that it can be, changes of the clock included."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Which contacts count: their kinds, their channels, how far they got, and whether the debtor asked for them."""

    kinds: frozenset[str]
    channels: frozenset[str]
    unit: str = "attempt"
    requested: bool = True

    def among(self, contacts: Iterable[Contact]) -> list[Contact]:
        """Return those that count."""
        least = REACHED.index(self.unit)
        return [
            each
            for each in contacts
            if each.kind in self.kinds
            and each.channel in self.channels
            and each.reached >= least
            and (self.requested or not each.requested)
        ]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` contacts in any stretch of `rolling`, or in one calendar `period` in any of the zones.

    `scope` says whose: a person's, or of these only those of this debtor, plan, address, creditor or sender.
    `senders` are the groups of creditors that belong to one; `is_gap` is for the words only.
    """

    scope: str
    counted: Counted
    count: int
    rolling: timedelta | None
    period: str | None
    senders: Mapping[str, str] = field(default_factory=dict)
    is_gap: bool = False

    @property
    def lookback(self) -> timedelta:
        """How far back it counts."""
        return self.rolling or PERIODS[self.period or "month"]

    def objection(self, message: Message, past: Past) -> str | None:
        """Return which contacts had used it up, or None where there was room for one more."""
        counted = self.counted.among(past.contacts.with_person(message.contact))
        for scoped in self._in_scope(message.contact, counted):
            for within in self._windows(message, scoped):
                if len(within) >= self.count:
                    return self._words(within, message.at)
        return None

    def _in_scope(self, contact: Contact, counted: Sequence[Contact]) -> Iterable[Sequence[Contact]]:
        if self.scope == "plan":
            return [[each for each in counted if plan in each.plans] for plan in contact.plans]
        return [[each for each in counted if self._is_same(each, contact)]]

    def _is_same(self, one: Contact, other: Contact) -> bool:
        if self.scope == "debtor":
            return one.chain == other.chain
        if self.scope == "contact_point":
            return one.to == other.to
        if self.scope == "creditor":
            return one.creditor == other.creditor
        return self.scope == "person" or self._sender(one) == self._sender(other)

    def _sender(self, contact: Contact) -> str:
        return self.senders.get(contact.creditor, contact.creditor)

    def _windows(self, message: Message, counted: Sequence[Contact]) -> Iterable[list[Contact]]:
        if self.rolling is not None:
            yield [each for each in counted if each.at > message.at - self.rolling]
            return
        for wall in message.walls.values():
            yield [
                each
                for each in counted
                if _period(self.period, each.at, wall) == _period_of(self.period, wall)
            ]

    def _words(self, within: Sequence[Contact], at: datetime) -> str:
        numbers = _numbers(within)
        if self.is_gap and self.rolling is not None:
            since = in_words(at - max(each.at for each in within))
            return f"{in_words(self.rolling)} must pass after {numbers}, and it was {since}"
        stretch = in_words(self.rolling) if self.rolling else f"one {self.period}"
        return f"at most {self.count} in {stretch} for a {self.scope.replace('_', ' ')}, and before it came {numbers}"


@dataclass(frozen=True, slots=True)
class OneChannel:
    """Not through several channels in one calendar period, in any of the zones."""

    counted: Counted
    period: str

    @property
    def lookback(self) -> timedelta:
        """How far back it counts."""
        return PERIODS[self.period]

    def objection(self, message: Message, past: Past) -> str | None:
        """Return which contact had used another channel in the same period, or None."""
        for each in self.counted.among(past.contacts.with_person(message.contact)):
            if each.channel == message.contact.channel:
                continue
            if any(
                _period(self.period, each.at, wall) == _period_of(self.period, wall)
                for wall in message.walls.values()
            ):
                return f"one channel a {self.period}, and entry {each.seq} was by {each.channel}"
        return None


def _period(period: str | None, at: datetime, wall: datetime) -> date:
    return _period_of(period, at.astimezone(wall.tzinfo))


def _period_of(period: str | None, wall: datetime) -> date:
    """Return the first day of the calendar period that a wall time lies in; a week begins on Monday."""
    day = wall.date()
    if period == "week":
        return day - day.weekday() * _DAY
    return day.replace(day=1) if period == "month" else day


def _numbers(contacts: Sequence[Contact]) -> str:
    seqs = [str(each.seq) for each in sorted(contacts, key=lambda each: each.at)]
    return f"entr{'y' if len(seqs) == 1 else 'ies'} {', '.join(seqs)}"
