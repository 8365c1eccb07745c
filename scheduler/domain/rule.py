"""One rule of a policy: whom it holds for, since when, on what authority, and what it says.

What a rule says is its form: hours, a counter, a notice to wait for, a condition on the contact point, words that
must or must not stand in the message, or a duty. Forms live beside this file, one noun each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.hours import DAY, Calendar
from scheduler.domain.places import has_postal_code, is_in_region, whole
from scheduler.domain.plan import ContactPoint, Creditor, Debtor, Plan, Role
from scheduler.domain.touchpoint import Kind

HORIZON = timedelta(days=366)
"""How far ahead an opening is looked for before the answer is never."""

_EASTMOST, _WESTMOST = timedelta(hours=14), timedelta(hours=-12)


class Confidence(StrEnum):
    """How well a rule's source is known; what is unverified may only make things stricter."""

    READ = "V1"
    REPORTED = "V2"
    DOUBTFUL = "V2-"
    UNVERIFIED = "U"


@dataclass(frozen=True, slots=True)
class Answer:
    """The earliest instant that a rule allows, or None for never, and the rule's words for it."""

    at: datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class Effective:
    """From when until when a rule is in force; None is open. The end is outside it."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of_dates(cls, first: date | None, last: date | None) -> "Effective":
        """Return the stretch in which it is one of these days anywhere on earth."""
        start = datetime.combine(first, time.min, UTC) - _EASTMOST if first else None
        end = datetime.combine(last + DAY, time.min, UTC) - _WESTMOST if last else None
        return cls(start, end)

    def covers(self, at: datetime) -> bool:
        """Whether the rule is in force at this instant."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def without(self, other: "Effective") -> "tuple[Effective, ...]":
        """Return what remains of this stretch before and after another one."""
        before = Effective(self.start, _earlier(self.end, other.start)) if other.start else None
        after = Effective(_later(self.start, other.end), self.end) if other.end else None
        return tuple(each for each in (before, after) if each is not None and not each._is_empty)

    @property
    def _is_empty(self) -> bool:
        return self.start is not None and self.end is not None and self.end <= self.start


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


ALWAYS = Effective()


@dataclass(frozen=True, slots=True)
class Residence:
    """A country (ISO 3166-1), or a region of it (ISO 3166-2 without the country), or postal codes that begin so.

    A territory with a code of its own, such as PR, is also the region of its country that it is, US-PR. What is no
    region of the country, or no postal code there, counts as unknown.
    """

    country: str
    region: str | None = None
    postal_codes: tuple[str, ...] = ()

    def may_be(self, debtor: Debtor) -> bool:
        """Whether the debtor may live there: what is unknown cannot be ruled out."""
        return self._fits(debtor, unknown=True)

    def surely_is(self, debtor: Debtor) -> bool:
        """Whether the debtor is known to live there."""
        return self._fits(debtor, unknown=False)

    def _fits(self, debtor: Debtor, *, unknown: bool) -> bool:
        country, region = whole(self.country, self.region)
        lives_in, part = whole(debtor.country, debtor.region)
        answers = [None if lives_in is None else lives_in == country]
        if region is not None:
            answers.append(is_in_region(country or self.country, region, part))
        if self.postal_codes:
            answers.append(has_postal_code(country or self.country, self.postal_codes, debtor.postal_code))
        return all(unknown if each is None else each for each in answers)


@dataclass(frozen=True, slots=True)
class Applies:
    """Whom and what a rule holds for; an empty field asks nothing. What is unknown about a debt cannot be ruled out."""

    residence: tuple[Residence, ...] = ()
    roles: frozenset[Role] = frozenset()
    products: frozenset[str] = frozenset()
    other_products: frozenset[str] = frozenset()
    debt_statuses: frozenset[str] = frozenset()

    def to(self, debtor: Debtor, creditor: Creditor, plans: Iterable[Plan]) -> bool:
        """Whether it may hold for this person, this sender and at least one of these debts."""
        if self.residence and not any(each.may_be(debtor) for each in self.residence):
            return False
        return self._is_of(creditor) and any(self._covers(each, unknown=True) for each in plans)

    def surely_to(self, debtor: Debtor, creditor: Creditor, plans: Iterable[Plan]) -> bool:
        """Whether it holds for this person, this sender and each of these debts, as far as all of it is known."""
        if self.residence and not any(each.surely_is(debtor) for each in self.residence):
            return False
        return self._is_of(creditor) and all(self._covers(each, unknown=False) for each in plans)

    def _is_of(self, creditor: Creditor) -> bool:
        return not self.roles or creditor.role in self.roles

    def _covers(self, plan: Plan, *, unknown: bool) -> bool:
        product, status = plan.product, plan.debt_status
        is_product = not self.products or (unknown if product is None else product in self.products)
        is_other = not self.other_products or (
            unknown if product is None else product not in self.other_products
        )
        is_status = not self.debt_statuses or (unknown if status is None else status in self.debt_statuses)
        return is_product and is_other and is_status


ANYBODY = Applies()


class Form(Protocol):
    """What a rule says; the forms that speak of time also answer `earliest`."""


class TimeForm(Form, Protocol):
    """A form that opens and closes with time."""

    def earliest(self, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime) -> Answer:
        """Return the first instant from `at` on that the form allows; never an earlier one for a later question."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id is `<policy>/<rule>`, unique over all policies.

    It restricts messages of its `kinds` on its `channels` to whom it `applies`, while it is `effective`. A `fallback`
    rule holds only where no rule of the debtor's residence surely gives hours for the same kind and channel.
    """

    id: str
    citation: str
    kinds: frozenset[Kind]
    channels: frozenset[str]
    form: Form
    confidence: Confidence = Confidence.UNVERIFIED
    applies: Applies = ANYBODY
    effective: Effective = ALWAYS
    fallback: bool = False

    def names(self, kind: Kind, channel: str) -> bool:
        """Whether the rule is about this kind of message on this channel."""
        return kind in self.kinds and channel in self.channels

    def earliest(
        self, form: TimeForm, facts: Facts, point: ContactPoint, calendar: Calendar, at: datetime
    ) -> Answer:
        """Return the first instant from `at` on that the rule's `form` allows, or at which the rule is not in force."""
        if not self.effective.covers(at):
            return Answer(at, "not in force")
        answer, end = form.earliest(facts, point, calendar, at), self.effective.end
        if end is not None and (answer.at is None or answer.at >= end):
            return Answer(end, answer.detail)
        return answer


Texts = Mapping[str, str]
"""Words by language (ISO 639), such as en."""


def against(rule: Rule, why: str, now: datetime) -> Decision:
    """Return what a rule's objection amounts to: a refusal, or a deferral to the end of a rule that ends in a year."""
    end = rule.effective.end
    if end is None or end > now + HORIZON:
        return Refuse((Reason(rule.id, Verdict.REFUSE, why),))
    return Defer(end, (Reason(rule.id, Verdict.DEFER, why, end),))
