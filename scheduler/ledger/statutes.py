"""The rules of the policies as the auditor reads them: whom each is for, since when, and what it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from scheduler.domain.places import has_postal_code, is_in_region, whole
from scheduler.ledger.limits import Limit, OneChannel
from scheduler.ledger.past import Past
from scheduler.ledger.told import Message, Person
from scheduler.ledger.waits import Deadline, NoticeFirst
from scheduler.ledger.wall import Hours

STAND_IN = "strict-fallback"
"""The policy that stands in where local law says nothing."""

_DAY = timedelta(days=1)
_DATE_LINE = (timedelta(hours=14), timedelta(hours=12))
"""How much earlier than in UTC a day begins in the easternmost zone, and how much later it ends in the westernmost."""


class Form(Protocol):
    """What a statute says, where that can be audited."""

    def objection(self, message: Message, past: Past) -> str | None:
        """Return in words how a message broke it, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Stop:
    """Holds of these kinds also stop the rule's kinds of message."""

    of: frozenset[str]

    def objection(self, message: Message, past: Past) -> str | None:
        """Return which hold stood, or None."""
        for each in past.wishes.holds(message.contact):
            if each.kind in self.of:
                return f"hold {each.number} ({each.kind}) stood"
        return None


@dataclass(frozen=True, slots=True)
class OptOutReach:
    """An opt-out of one address closes all on these channels; with none, all on its own."""

    channels: frozenset[str]

    def objection(self, message: Message, _past: Past) -> str | None:
        """Return which channel was closed, or None."""
        closed = message.person.opted_out & (self.channels or {message.contact.channel})
        if message.contact.kind == "opt_out_confirmation" or not closed:
            return None
        return f"the debtor had opted out on {', '.join(sorted(closed))}"


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a policy or a rule is for; what is empty asks nothing."""

    residence: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    other_than_product: tuple[str, ...] = ()
    debt_status: tuple[str, ...] = ()

    def is_person(self, person: Person, unknown: bool) -> bool:
        """Whether the person lives there and the sender is one of these; `unknown` answers what is not known."""
        if self.residence and not any(_lives(person, each, unknown) for each in self.residence):
            return False
        if self.postal_codes and self.residence:
            named = self.residence[0].partition("-")[0]
            country = whole(named, None)[0] or named
            if not _known(has_postal_code(country, self.postal_codes, person.postal_code), unknown):
                return False
        return _is_one(person.role, self.role, unknown)

    def is_debt(self, product: str | None, status: str | None, unknown: bool) -> bool:
        """Whether a debt is one of these; `unknown` answers what is not known."""
        if self.other_than_product and (
            not unknown if product is None else product in self.other_than_product
        ):
            return False
        return _is_one(product, self.product, unknown) and _is_one(status, self.debt_status, unknown)


@dataclass(frozen=True, slots=True)
class InForce:
    """From the first to the last of these days, as long as it is one of them anywhere on earth; None is open."""

    first: date | None = None
    last: date | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        ahead, behind = _DATE_LINE
        begun = self.first is None or at >= _midnight(self.first) - ahead
        return begun and (self.last is None or at < _midnight(self.last + _DAY) + behind)


@dataclass(frozen=True, slots=True)
class Statute:
    """One rule of a policy; `whom` and `in_force` are the policy's own and the rule's, and all must be met."""

    id: str
    policy: str
    kinds: frozenset[str]
    channels: frozenset[str]
    whom: tuple[Whom, ...]
    in_force: tuple[InForce, ...]
    form: Form

    def holds_for(self, message: Message) -> bool:
        """Whether it is, or may be, about this message: what is unknown of the person cannot be ruled out."""
        contact, debts = message.contact, message.person.debts
        return (
            contact.kind in self.kinds
            and contact.channel in self.channels
            and all(each.covers(message.at) for each in self.in_force)
            and all(each.is_person(message.person, unknown=True) for each in self.whom)
            and any(all(each.is_debt(*debt, unknown=True) for each in self.whom) for debt in debts)
        )

    def surely_gives_local_hours(self, message: Message) -> bool:
        """Whether it gives the hours of a residence that is known to be the person's, for each of the debts."""
        person = message.person
        is_local = self.policy != STAND_IN and any(each.residence for each in self.whom)
        return (
            self.gives_hours
            and is_local
            and all(each.is_person(person, unknown=False) for each in self.whom)
            and all(each.is_debt(*debt, unknown=False) for each in self.whom for debt in person.debts)
        )

    @property
    def gives_hours(self) -> bool:
        """Whether it says when it is open."""
        return isinstance(self.form, Hours)


@dataclass(frozen=True, slots=True)
class Book:
    """All statutes by policy. What `carriers` do not carry counts as a policy too, and is not audited."""

    by_policy: Mapping[str, tuple[Statute, ...]]
    carriers: frozenset[str] = frozenset()

    def about(self, message: Message) -> list[Statute]:
        """Return what holds for a message: what stands in for local law gives way where there is some."""
        found = [
            each
            for name in message.policies
            for each in self.by_policy.get(name, ())
            if each.holds_for(message)
        ]
        is_local = any(each.surely_gives_local_hours(message) for each in found)
        return [each for each in found if not (is_local and each.policy == STAND_IN)]

    @property
    def longest(self) -> timedelta:
        """How far back the longest limit counts."""
        limits = (each.form for each in self._all if isinstance(each.form, Limit | OneChannel))
        return max((each.lookback for each in limits), default=_DAY)

    @property
    def notices(self) -> frozenset[str]:
        """The kinds of message that some rule waits for."""
        forms = (each.form for each in self._all if isinstance(each.form, NoticeFirst))
        return frozenset(kind for each in forms for kind in each.kinds)

    @property
    def urgent(self) -> frozenset[str]:
        """The kinds of message that must come soon or not at all."""
        return frozenset(kind for each in self._all if isinstance(each.form, Deadline) for kind in each.kinds)

    @property
    def _all(self) -> Iterable[Statute]:
        return (each for statutes in self.by_policy.values() for each in statutes)


def _lives(person: Person, residence: str, unknown: bool) -> bool:
    named, _, text = residence.partition("-")
    (country, region), (lives_in, part) = whole(named, text or None), whole(person.country, person.region)
    if not _known(None if lives_in is None else lives_in == country, unknown):
        return False
    return region is None or _known(is_in_region(country or named, region, part), unknown)


def _known(answer: bool | None, unknown: bool) -> bool:
    return unknown if answer is None else answer


def _is_one(word: str | None, words: tuple[str, ...], unknown: bool) -> bool:
    """Whether a word is among some, of which none at all, or an empty one, ask nothing."""
    if not any(words):
        return True
    return word in words if word else unknown


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
