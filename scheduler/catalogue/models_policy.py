"""config/policies/*.yaml: when, and how often, a person may be written to.

A rule has one form: hours, at_most or gap. Each form is a field of `RuleModel` and makes one of the domain's
rules; a further form is one more field, one more name in `_FORMS` and one more case in `value`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from scheduler.catalogue.meaning import digest
from scheduler.catalogue.mistakes import listed, quoted
from scheduler.catalogue.models import (
    CHANNELS,
    Channel,
    Entry,
    Id,
    Length,
    Line,
    MessageKind,
    Objection,
    Several,
    one_of,
    reads,
)
from scheduler.catalogue.models_hours import Hours, week
from scheduler.domain.policy import Policy
from scheduler.domain.rules import CapRule, Period, Scope, TimeRule, WindowRule

CONFIDENCE = ("verified", "reported", "doubtful", "unverified")
"""How well the citation is known; config/policies/strict-fallback.yaml explains each."""

_MOST_COUNT = 1000


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _MOST_COUNT):
        raise ValueError(f"{quoted(text)} is no limit; write a whole number from 1 to {_MOST_COUNT}")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is no date; write it as 2027-01-31") from error


class AtMostModel(Entry):
    """No more than `count` messages in any stretch of time, or in one calendar period."""

    count: Annotated[int, reads(_count, "2")] = Field(examples=["2"])
    within: Length | None = Field(None, alias="in", examples=["7 days"])
    per: Annotated[Period, one_of(tuple(Period), "calendar period")] | None = None
    whom: Annotated[Scope, one_of(tuple(Scope), "way of counting")] = Field(Scope.PERSON, alias="for")

    def objections(self) -> Iterator[Objection]:
        """A limit needs one stretch of time."""
        if (self.within is None) == (self.per is None):
            yield (), 'say either how long ("in: 7 days") or in which calendar period ("per: day")'


class RuleModel(Entry):
    """One rule: a head, and exactly one form."""

    rule: Id = Field(examples=["reminder-hours"])
    kinds: Several[MessageKind] = Field(examples=["[reminder_due, overdue_notice]"])
    channels: Several[Channel] = CHANNELS
    hours: Hours | None = None
    at_most: AtMostModel | None = None
    gap: Length | None = None
    citation: Line = Field(examples=["12 CFR 1006.6(b)(1)(i)"])
    confidence: Annotated[str, one_of(CONFIDENCE, "degree of confidence")] = Field(examples=list(CONFIDENCE))

    def objections(self) -> Iterator[Objection]:
        """A rule says one thing."""
        if self.at_most is not None:
            yield from ((("at_most", *loc), sentence) for loc, sentence in self.at_most.objections())
        if len(given := self._given()) != 1:
            words = f"this rule says {' and '.join(given)} at once" if given else "this rule says nothing"
            yield (), f"{words}; give it one of {listed(_FORMS)}"

    def value(self, policy: str) -> TimeRule:
        """Return the domain's rule; its id is made unique by the policy's."""
        head = (f"{policy}/{self.rule}", self.citation, frozenset(self.kinds), frozenset(self.channels))
        if self.hours is not None:
            return WindowRule(*head, week(self.hours))
        if (most := self.at_most) is not None:
            return CapRule(*head, most.whom, most.count, most.within, most.per)
        return CapRule(*head, Scope.PERSON, 1, self.gap)

    def _given(self) -> list[str]:
        return [form for form in _FORMS if getattr(self, form) is not None]


_FORMS = ("hours", "at_most", "gap")


class ApprovalModel(Entry):
    """Who takes responsibility for a policy, and since when."""

    by: Line = Field(examples=["R. Advocate, counsel"])
    on: Annotated[date, reads(_day, "2027-01-31")] = Field(examples=["2027-01-31"])


class PolicyModel(Entry):
    """A set of rules that no cadence can weaken."""

    id: Id = Field(examples=["strict-fallback"])
    status: Annotated[Literal["draft", "approved"], one_of(("draft", "approved"), "status")] = Field(
        examples=["draft", "approved"]
    )
    approved: ApprovalModel | None = None
    rules: tuple[RuleModel, ...] = Field(examples=["[{rule: reminder-hours, …}]"])

    def objections(self) -> Iterator[Objection]:
        """Each rule is sound and has a name of its own, and an approval names its author."""
        if not self.rules:
            yield ("rules",), "the policy has no rule; add one"
        if (self.status == "approved") != (self.approved is not None):
            yield (
                ("status",),
                "an approved policy, and no other, says who approved it: add or remove `approved`",
            )
        names = Counter[str]()
        for index, rule in enumerate(self.rules):
            yield from ((("rules", index, *loc), sentence) for loc, sentence in rule.objections())
            if names[rule.rule]:
                yield (
                    ("rules", index, "rule"),
                    f"{quoted(rule.rule)} is the name of two rules; rename one of them",
                )
            names[rule.rule] += 1

    def value(self) -> Policy:
        """Return the domain's value, with its rules in one fixed order."""
        rules = sorted((each.value(self.id) for each in self.rules), key=lambda each: each.id)
        return Policy(self.id, digest(self.id, rules), tuple(rules))
