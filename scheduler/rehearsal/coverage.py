"""Which rules the scenarios try: each rule that can stop a message must be seen to stop one and to let one through."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from scheduler.domain.counters import Cap, OneChannel
from scheduler.domain.decision import Send
from scheduler.domain.holds import HoldRule
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.phrases import ForbiddenWords, Phrase
from scheduler.domain.points import ConsentNeeded, OptOutScope, Provenance
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Form, Rule
from scheduler.domain.windows import Closed, ClosedDays, Hours
from scheduler.rehearsal.expectation import Sent, rules_of
from scheduler.rehearsal.in_force import holding
from scheduler.rehearsal.scenarios import Result

STOPPING = (
    Hours,
    ClosedDays,
    Closed,
    Cap,
    OneChannel,
    NoticeFirst,
    Deadline,
    ConsentNeeded,
    Provenance,
    OptOutScope,
    ForbiddenWords,
    HoldRule,
)
"""Forms of which a message can fall foul."""


@dataclass(frozen=True, slots=True)
class Covered:
    """One rule, and how many scenarios came as expected in which it stops a message, and lets one through.

    Of a phrase, `stopped` counts the messages that must contain it.
    """

    rule: Rule
    stopped: int
    passed: int

    @property
    def lacking(self) -> tuple[str, ...]:
        """What no scenario shows and one should, in words."""
        if not isinstance(self.rule.form, STOPPING):
            return ()
        return tuple(self._lacking())

    def _lacking(self) -> Iterator[str]:
        if not self.stopped and not _is_always_open(self.rule.form):
            yield f"{self.rule.id} has no scenario that it stops"
        if not self.passed and not isinstance(self.rule.form, Closed):
            yield f"{self.rule.id} has no scenario that it lets through"


def _is_always_open(form: Form) -> bool:
    """Whether a form is hours that close at no time: they say that nothing is closed, and can stop nothing."""
    if not isinstance(form, Hours) or form.margin:
        return False
    days = [form.week.days.get(day, ()) for day in range(7)]
    return all(each == ((time.min, None),) for each in (*days, form.week.holidays or days[0]))


def coverage(policy: Policy, results: Iterable[Result]) -> tuple[Covered, ...]:
    """Return what the scenarios show of each of the policy's rules; one that failed shows nothing."""
    met = [each for each in results if each.is_met]
    return tuple(
        Covered(rule, sum(_stops(rule, each) for each in met), sum(_lets_through(rule, each) for each in met))
        for rule in policy.rules
    )


def lacking(covered: Sequence[Covered]) -> tuple[str, ...]:
    """Return what no scenario shows and one should, in words."""
    return tuple(sentence for each in covered for sentence in each.lacking)


def _stops(rule: Rule, result: Result) -> bool:
    named = rules_of(result.scenario.expected)
    if isinstance(rule.form, Phrase):
        return _is_said(rule, result)
    if isinstance(rule.form, HoldRule):
        return "hold" in named and _stands(rule, rule.form, result)
    return rule.id in named


def _is_said(rule: Rule, result: Result) -> bool:
    """Whether a scenario says which phrases there must be, and this is one of them."""
    expected, decision = result.scenario.expected, result.decision
    if not isinstance(expected, Sent) or expected.saying is None or not isinstance(decision, Send):
        return False
    return any(each.rule == rule.id for each in decision.phrases)


def _stands(rule: Rule, form: HoldRule, result: Result) -> bool:
    """Whether one of the holds that the rule is about stands."""
    at, facts = result.scenario.at, result.scenario.facts
    return any(_is_about(rule, result, channel) for channel in facts.touchpoint.channels) and any(
        each.kind in form.of and each.since <= at and (each.until is None or at < each.until)
        for each in facts.holds
    )


def _lets_through(rule: Rule, result: Result) -> bool:
    """Whether a message went out that the rule was about and had nothing against."""
    decision = result.decision
    if not isinstance(decision, Send) or not _is_about(rule, result, decision.contact_point.channel):
        return False
    if isinstance(rule.form, Phrase):
        return all(each.rule != rule.id for each in decision.phrases)
    return not isinstance(rule.form, ForbiddenWords) or result.scenario.words is not None


def _is_about(rule: Rule, result: Result, channel: str) -> bool:
    """Whether the rule holds for the person and the kind of message at that instant."""
    scenario = result.scenario
    governing = scenario.policy.governing(scenario.facts)
    kind = scenario.facts.touchpoint.kind
    return any(each.effective.covers(scenario.at) for each in holding(rule, governing, kind, channel))
