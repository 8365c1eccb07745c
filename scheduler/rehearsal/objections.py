"""Everything that speaks against one message at one instant, also what the engine has no need to look at any more.

A hold, an address that must not be used and a rule that never allows it each end a decision at once. Whoever asks
why it is closed wants to know what else there is; so they are taken away one after the other, and it is asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Self

from scheduler.domain.counters import Cap, OneChannel
from scheduler.domain.decision import Decision, Refuse, Send, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Calendar, Week
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.plan import ContactPoint
from scheduler.domain.policy import Policy, decide
from scheduler.domain.rule import Rule
from scheduler.domain.windows import Closed, ClosedDays, Hours

Objections = Mapping[str, str]
"""The rules that have something against a message, and their words for it."""

_HOLD, _POINT, _TOGETHER, _STATED = "hold", "contact_point", "policy", "debtor/stated-hours-"
_ALWAYS_OPEN = Hours(Week(dict.fromkeys(range(7), ((time.min, None),)), None))
_TIMED = (Hours, ClosedDays, Closed, Cap, OneChannel, NoticeFirst, Deadline)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a rule says from one instant until another, or for good."""

    since: datetime
    until: datetime | None
    detail: str

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Questioner:
    """Asks the engine about one message at any instant.

    A rule that says when it opens is not asked again before then: it never changes its mind to an earlier instant.
    """

    facts: Facts
    policy: Policy
    calendar: Calendar
    _known: dict[str, _Known] = field(default_factory=dict, compare=False, repr=False)
    _opened: dict[frozenset[str], Policy] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def about_time(cls, facts: Facts, policy: Policy, calendar: Calendar) -> Self:
        """Return who asks only what depends on the time of day, and so on the zone."""
        rules = tuple(each for each in policy.rules if isinstance(each.form, _TIMED))
        return cls(
            _without(facts, frozenset({_HOLD, _POINT})), Policy(policy.id, policy.version, rules), calendar
        )

    def against(self, at: datetime) -> Objections:
        """Return every objection at this instant; none means that the message may go out."""
        found = {rule: each.detail for rule, each in self._known.items() if each.holds(at)}
        facts, gone = _without(self.facts, frozenset(found)), frozenset(found)
        while not isinstance(decision := decide(facts, self._with_open(gone), self.calendar, at), Send):
            told = _told(decision)
            self._note(decision, at)
            fewer, more = _without(facts, frozenset(told)), gone | self._final(decision)
            found |= {rule: detail for rule, detail in told.items() if rule not in found}
            if (fewer, more) == (facts, gone):
                break
            facts, gone = fewer, more
        return found

    def _note(self, decision: Decision, at: datetime) -> None:
        """Keep what rules about time say of when they open."""
        timed = {each.id for each in self.policy.rules if isinstance(each.form, _TIMED)}
        for each in decision.reasons:
            if each.rule in timed or each.rule.startswith(_STATED):
                self._known[each.rule] = _Known(at, each.until, each.detail)

    def _final(self, decision: Decision) -> frozenset[str]:
        """Return the rules that refuse, without which it can be asked on."""
        if not isinstance(decision, Refuse):
            return frozenset()
        return frozenset(each.rule for each in decision.reasons if each.verdict is Verdict.REFUSE)

    def _with_open(self, gone: frozenset[str]) -> Policy:
        """Return the policy as if these rules had nothing against it."""
        if gone not in self._opened:
            rules = tuple(_open(each) if each.id in gone else each for each in self.policy.rules)
            self._opened[gone] = Policy(self.policy.id, self.policy.version, tuple(filter(None, rules)))
        return self._opened[gone]


def _without(facts: Facts, gone: frozenset[str]) -> Facts:
    """Return the facts without holds, wishes or an address's faults that are among what objects."""
    if _HOLD in gone:
        facts = replace(facts, holds=())
    if _POINT in gone:
        points = tuple(map(_usable, facts.debtor.contact_points))
        facts = replace(facts, tried=frozenset(), debtor=replace(facts.debtor, contact_points=points))
    return replace(facts, stated=tuple(each for each in facts.stated if f"{_STATED}{each.id}" not in gone))


def _open(rule: Rule) -> Rule | None:
    """Return a rule that gives hours as one that is always open; others say nothing more."""
    return replace(rule, form=_ALWAYS_OPEN) if isinstance(rule.form, Hours) else None


def _told(decision: Decision) -> dict[str, str]:
    """Return the reasons in words by rule; that others never agree is no reason beside theirs."""
    named = [each for each in decision.reasons if each.rule != _TOGETHER] or decision.reasons
    found: dict[str, str] = {}
    for each in named:
        found[each.rule] = f"{found[each.rule]}; {each.detail}" if each.rule in found else each.detail
    return found


def _usable(point: ContactPoint) -> ContactPoint:
    return replace(point, opted_out=False, invalid=False, consent_basis=point.consent_basis or "contract")
