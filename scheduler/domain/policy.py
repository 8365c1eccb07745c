"""Runs the rules: the strictest of them decides, and every objection is kept.

A policy is a set of rules, so merging any number of layers is a union and their order never matters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Send, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.hours import DAY, Calendar
from scheduler.domain.plan import ContactPoint
from scheduler.domain.rules import HORIZON, STANDING, Answer, CapRule, TimeRule, WindowRule, objection
from scheduler.domain.touchpoint import Kind


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules on when and how often a person may be contacted; `version` is the hash of what they mean."""

    id: str
    version: str
    rules: tuple[TimeRule, ...]

    def rules_for(self, kind: Kind, channel: str) -> tuple[TimeRule, ...]:
        """Return the rules that name this kind of message on this channel."""
        return tuple(each for each in self.rules if kind in each.kinds and channel in each.channels)

    @property
    def lookback(self) -> timedelta:
        """How far back contacts must be known for the longest counter."""
        spans = [each.rolling or timedelta(days=32) for each in self.rules if isinstance(each, CapRule)]
        return max(spans, default=timedelta(0))


def merge(policies: Iterable[Policy]) -> Policy:
    """Return the union of several policies: windows intersect and caps all hold, in whatever order they come.

    What was merged before may be merged again, and twice is once. The ids of rules are unique over all policies.
    """
    layers = list(policies)
    parts = sorted({part for each in layers for part in _parts(each)})
    rules = {rule.id: rule for layer in layers for rule in layer.rules}
    return Policy(
        id=_JOINT.join(id for id, _ in parts),
        version=_JOINT.join(version for _, version in parts),
        rules=tuple(rules[key] for key in sorted(rules)),
    )


_JOINT = "+"


def _parts(policy: Policy) -> Iterable[tuple[str, str]]:
    return zip(policy.id.split(_JOINT), policy.version.split(_JOINT), strict=True)


def standing(facts: Facts, now: datetime) -> Decision | None:
    """Return the first objection that has nothing to do with channels or hours, if there is one."""
    for rule in STANDING:
        if (decision := rule(facts, now)) is not None:
            return _no_later_than_its_end(decision, facts)
    return None


def _no_later_than_its_end(decision: Decision, facts: Facts) -> Decision:
    """Say of a deferral whose step ends first that it will not be sent as things stand."""
    ends_at = facts.touchpoint.ends_at
    if not isinstance(decision, Defer) or ends_at is None or decision.until < ends_at:
        return decision
    ends_first = Reason("step_end", Verdict.DEFER, "the step ends before it is allowed", ends_at)
    return Defer(ends_at, (*decision.reasons, ends_first))


def decide(facts: Facts, policy: Policy, calendar: Calendar, now: datetime) -> Decision:
    """Decide one touchpoint at this instant. Unknown means closed."""
    if (decision := standing(facts, now)) is not None:
        return decision
    point = _reachable(facts)
    if isinstance(point, Refuse):
        return point
    if not facts.debtor.zones:
        return Refuse((Reason("zones", Verdict.REFUSE, "no time zone is known for the debtor"),))
    rules = policy.rules_for(facts.touchpoint.kind, point.channel)
    if not rules:
        return Refuse((Reason("policy", Verdict.REFUSE, f"no rule allows a {facts.touchpoint.kind.value}"),))
    return _no_later_than_its_end(_timed(facts, point, rules, calendar, now), facts)


def _timed(
    facts: Facts, point: ContactPoint, rules: tuple[TimeRule, ...], calendar: Calendar, now: datetime
) -> Decision:
    answers = [(rule, rule.earliest(facts, point, calendar, now)) for rule in rules]
    reasons = tuple(_reason(rule, answer, now) for rule, answer in answers)
    if never := tuple(each for each in reasons if each.verdict is Verdict.REFUSE):
        return Refuse(never)
    against = tuple(each for each in reasons if each.verdict is Verdict.DEFER)
    if not against:
        windows = [each for each in rules if isinstance(each, WindowRule)]
        closings = (each.closes(facts, calendar, now) for each in windows)
        return Send(point, reasons, min(closings, default=now + DAY))
    until = next_allowed(facts, point, rules, calendar, now)
    if until is None:
        never_open = Reason("policy", Verdict.REFUSE, "the rules together never allow it within a year")
        return Refuse((*against, never_open))
    return Defer(until, against)


def next_allowed(
    facts: Facts, point: ContactPoint, rules: tuple[TimeRule, ...], calendar: Calendar, now: datetime
) -> datetime | None:
    """Return the earliest instant from `now` on that every rule allows, or None when there is none within a year.

    Each rule answers with its own earliest instant and never with an earlier one for a later question, so
    moving to the latest answer until nobody objects finds the least common instant.
    """
    at = now
    while at <= now + HORIZON:
        start = at
        for rule in rules:
            answer = rule.earliest(facts, point, calendar, at)
            if answer.at is None:
                return None
            at = max(at, answer.at)
        if at == start:
            return at
    return None


def _reason(rule: TimeRule, answer: Answer, now: datetime) -> Reason:
    if answer.at is None:
        return Reason(rule.id, Verdict.REFUSE, answer.detail)
    if answer.at > now:
        return Reason(rule.id, Verdict.DEFER, answer.detail, answer.at)
    return Reason(rule.id, Verdict.ALLOW, answer.detail)


def _reachable(facts: Facts) -> ContactPoint | Refuse:
    """Return the first contact point in the step's order of channels, or why there is none."""
    objections: list[str] = []
    for channel in facts.touchpoint.channels:
        points = [each for each in facts.debtor.contact_points if each.channel == channel]
        for point in points:
            why = objection(point, facts.tried)
            if why is None:
                return point
            objections.append(why)
        if not points:
            objections.append(f"{channel}: no address is known")
    return Refuse(tuple(Reason("contact_point", Verdict.REFUSE, each) for each in objections))
