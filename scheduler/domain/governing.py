"""Which of a policy's rules hold for one person, sender and set of debts, sorted by what they speak of."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from scheduler.domain.counters import Cap, OneChannel
from scheduler.domain.facts import Facts
from scheduler.domain.holds import HoldRule
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.phrases import ForbiddenWords, Phrase
from scheduler.domain.points import ConsentNeeded, NotServed, OptOutScope, PointForm, Provenance
from scheduler.domain.rule import Confidence, Effective, Rule, TimeForm
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed, ClosedDays, Hours

Who = tuple[Any, ...]
"""Everything about a person, a sender and debts that selects rules."""


def who(facts: Facts) -> Who:
    """Return what selects the rules that hold; equal for all to whom the same rules apply."""
    debtor, plans = facts.debtor, [facts.plan, *[each.plan for each in facts.claims]]
    debts = frozenset([(each.product, each.debt_status) for each in plans])
    return (debtor.country, debtor.region, debtor.postal_code, facts.creditor.role, debts)


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules about one kind of message on one channel; `hours` says when any hours are given at all."""

    timed: tuple[tuple[Rule, TimeForm], ...]
    points: tuple[tuple[Rule, PointForm], ...]
    phrases: tuple[tuple[Rule, Phrase], ...]
    forbidden: tuple[tuple[Rule, ForbiddenWords], ...]
    hours: tuple[Effective, ...]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "InForce":
        """Sort rules by their forms."""
        pairs = [(each, each.form) for each in rules]
        return cls(
            timed=tuple((rule, form) for rule, form in pairs if isinstance(form, _TIMED)),
            points=tuple((rule, form) for rule, form in pairs if isinstance(form, _POINTS)),
            phrases=tuple((rule, form) for rule, form in pairs if isinstance(form, Phrase)),
            forbidden=tuple((rule, form) for rule, form in pairs if isinstance(form, ForbiddenWords)),
            hours=tuple(rule.effective for rule, form in pairs if isinstance(form, Hours)),
        )


_TIMED = (Hours, ClosedDays, Closed, Cap, OneChannel, NoticeFirst, Deadline)
_POINTS = (ConsentNeeded, Provenance, OptOutScope, NotServed)


@dataclass(frozen=True, slots=True)
class Governing:
    """The rules that hold for one kind of person.

    `local` are those that surely give the hours of the residence: they, and no mere possibility, make a fallback
    give way.
    """

    rules: tuple[Rule, ...]
    holds: tuple[tuple[Rule, HoldRule], ...]
    local: tuple[Rule, ...]
    _kept: dict[tuple[Kind, str], InForce] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @classmethod
    def of(cls, rules: Iterable[Rule], facts: Facts) -> "Governing":
        """Choose those of the rules that apply."""
        whom = (facts.debtor, facts.creditor, facts.plans)
        chosen = tuple(each for each in rules if each.applies.to(*whom))
        holds = tuple((each, each.form) for each in chosen if isinstance(each.form, HoldRule))
        local = tuple(each for each in chosen if _is_local(each) and each.applies.surely_to(*whom))
        return cls(chosen, holds, local)

    def on(self, kind: Kind, channel: str) -> InForce:
        """Return the rules about one kind of message on one channel.

        What stands in for missing local law gives way where and while a rule of the residence gives hours.
        """
        key = (kind, channel)
        if (found := self._kept.get(key)) is None:
            local = [each.effective for each in self.local if each.names(kind, channel)]
            named = [each for each in self.rules if each.names(kind, channel)]
            found = InForce.of(part for each in named for part in _giving_way(each, local))
            self._kept[key] = found
        return found


def _is_local(rule: Rule) -> bool:
    """Whether a rule gives hours of a residence; unverified ones may only make things stricter."""
    sure = rule.confidence is not Confidence.UNVERIFIED
    return bool(rule.applies.residence) and sure and not rule.fallback and isinstance(rule.form, Hours)


def _giving_way(rule: Rule, local: Iterable[Effective]) -> Iterable[Rule]:
    """Return the rule, a fallback cut to the stretches in which no local hours are in force."""
    if not rule.fallback:
        return [rule]
    stretches = [rule.effective]
    for each in local:
        stretches = [part for stretch in stretches for part in stretch.without(each)]
    return [replace(rule, effective=each) for each in stretches]
