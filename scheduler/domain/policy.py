"""Runs the rules: the strictest of them decides, and every objection is kept.

A policy is a set of rules, so merging any number of layers is a union and their order never matters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from scheduler.domain.counters import Cap, OneChannel
from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Send, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.governing import Governing, InForce, Who, who
from scheduler.domain.holds import held
from scheduler.domain.hours import DAY, Calendar, Week
from scheduler.domain.message import Words
from scheduler.domain.phrases import due_phrases
from scheduler.domain.plan import ContactPoint
from scheduler.domain.points import objection
from scheduler.domain.rule import HORIZON, Answer, Effective, Rule, TimeForm, against
from scheduler.domain.standing import STANDING
from scheduler.domain.touchpoint import REPLIES, Kind
from scheduler.domain.windows import Closed, ClosedDays, Hours, HoursGiven

_LONGEST_PERIOD = timedelta(days=32)
_MOST_KEPT = 4_096

TimedRule = tuple[Rule, TimeForm]


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules on when, how often and with which words a person may be contacted; `version` is the hash of their meaning.

    What governs one kind of person is worked out once and kept, and what is asked of the same facts twice in a row is
    answered twice alike.
    """

    id: str
    version: str
    rules: tuple[Rule, ...]
    _kept: dict[Who, Governing] = field(default_factory=dict, init=False, compare=False, repr=False)
    _latest: list[tuple[Facts, Governing]] = field(
        default_factory=list, init=False, compare=False, repr=False
    )
    _stood: list[tuple[Facts, datetime, Decision | None]] = field(
        default_factory=list, init=False, compare=False, repr=False
    )

    def governing(self, facts: Facts) -> Governing:
        """Return the rules that hold for this person, this sender and these debts."""
        for known, found in self._latest:  # one decision asks several times
            if known is facts:
                return found
        found = self._among(who(facts), facts)
        self._latest[:] = [(facts, found)]
        return found

    def _among(self, key: Who, facts: Facts) -> Governing:
        if (found := self._kept.get(key)) is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = Governing.of(self.rules, facts)
        return found

    @property
    def lookback(self) -> timedelta:
        """How far back contacts must be known for the longest counter."""
        forms = (each.form for each in self.rules)
        spans = (
            (form.rolling if isinstance(form, Cap) else None) or _LONGEST_PERIOD
            for form in forms
            if isinstance(form, Cap | OneChannel)
        )
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


def standing(facts: Facts, policy: Policy, now: datetime) -> Decision | None:
    """Return the first objection that has nothing to do with channels or hours, if there is one."""
    for known, at, found in policy._stood:
        if known is facts and at == now:
            return found
    found = _standing(facts, policy, now)
    policy._stood[:] = [(facts, now, found)]
    return found


def _standing(facts: Facts, policy: Policy, now: datetime) -> Decision | None:
    for rule in STANDING:
        if (decision := rule(facts, now)) is not None:
            return decision
    decision = held(facts, policy.governing(facts).holds, now)
    return None if decision is None else no_later_than_its_end(decision, facts)


def no_later_than_its_end(decision: Decision, facts: Facts) -> Decision:
    """Say of a deferral whose step ends first that it will not be sent as things stand."""
    ends_at = facts.touchpoint.ends_at
    if not isinstance(decision, Defer) or ends_at is None or decision.until < ends_at:
        return decision
    ends_first = Reason("step_end", Verdict.DEFER, "the step ends before it is allowed", ends_at)
    return Defer(ends_at, (*decision.reasons, ends_first), decision.allowed)


def decide(facts: Facts, policy: Policy, calendar: Calendar, now: datetime) -> Decision:
    """Decide one touchpoint at this instant. Unknown means closed.

    The first contact point in the step's order of channels is used that its owner and the rules let be used at all.
    """
    if (decision := standing(facts, policy, now)) is not None:
        return decision
    if not facts.debtor.zones:
        return Refuse((Reason("zones", Verdict.REFUSE, "no time zone is known for the debtor"),))
    governing, closed = policy.governing(facts), list[Decision]()
    for channel in facts.touchpoint.channels:
        rules = governing.on(facts.touchpoint.kind, channel)
        points = [each for each in facts.debtor.contact_points if each.channel == channel]
        if not points:
            closed.append(
                Refuse((Reason("contact_point", Verdict.REFUSE, f"{channel}: no address is known"),))
            )
        for point in points:
            decision = objection(point, facts, rules.points, now)
            if decision is None:
                decision = _at_point(facts, point, rules, calendar, now)
                if not isinstance(decision, Refuse):
                    return no_later_than_its_end(decision, facts)
            closed.append(decision)
    return no_later_than_its_end(_nowhere(closed), facts)


def _nowhere(closed: Sequence[Decision]) -> Decision:
    """Return what it amounts to that every contact point is closed, some perhaps only until a rule ends."""
    reasons = tuple(dict.fromkeys(reason for each in closed for reason in each.reasons))
    ends = [each.until for each in closed if isinstance(each, Defer)]
    return Defer(min(ends), reasons) if ends else Refuse(reasons)


def _at_point(
    facts: Facts, point: ContactPoint, rules: InForce, calendar: Calendar, now: datetime
) -> Decision:
    """Decide whether and when this contact point, to which nothing else objects, may be used."""
    timed = (*rules.timed, *_hours_given(facts, point, rules, now), *_stated(facts, point))
    reasons = [
        _reason(rule, rule.earliest(form, facts, point, calendar, now), now)
        for rule, form in timed
        if rule.effective.covers(now)
    ]
    allowed = tuple([each for each in reasons if each.verdict is Verdict.ALLOW])
    allowed += tuple(
        [_allows(rule.id, form.met(point)) for rule, form in rules.points if rule.effective.covers(now)]
    )
    if never := tuple(each for each in reasons if each.verdict is Verdict.REFUSE):
        return Refuse(never, allowed)
    objections = tuple(each for each in reasons if each.verdict is Verdict.DEFER)
    if not objections:
        closes_at = _closes(timed, facts, point, calendar, now)
        in_words = ((rule, form) for rule, form in rules.phrases if rule.effective.covers(now))
        phrases = due_phrases(in_words, facts)
        said = [_allows(each.rule, "the message must say its words") for each in phrases]
        said += (
            _allows(rule.id, "the message must not say its words")
            for rule, _ in rules.forbidden
            if rule.effective.covers(now)
        )
        return Send(point, (*allowed, *said), closes_at, phrases)
    until = next_allowed(facts, point, timed, calendar, now)
    if until is None:
        never_open = Reason("policy", Verdict.REFUSE, _never(facts, point, timed, calendar, now))
        return Refuse((*objections, never_open), allowed)
    return Defer(until, objections, allowed)


def next_allowed(
    facts: Facts, point: ContactPoint, timed: Iterable[TimedRule], calendar: Calendar, now: datetime
) -> datetime | None:
    """Return the earliest instant from `now` on that every rule allows, or None when there is none within a year.

    Each rule answers with its own earliest instant and never with an earlier one for a later question, so
    moving to the latest answer until nobody objects finds the least common instant.
    """
    rules, at = tuple(timed), now
    while True:
        start = at
        for rule, form in rules:
            answer = rule.earliest(form, facts, point, calendar, at)
            if answer.at is None or answer.at > now + HORIZON:
                return None
            at = max(at, answer.at)
        if at == start:
            return at


def _never(
    facts: Facts, point: ContactPoint, timed: Iterable[TimedRule], calendar: Calendar, now: datetime
) -> str:
    """Say why the rules together never allow it within a year: which closes for good, or which never meet."""
    rules, at, moved = tuple(timed), now, dict[str, None]()
    while at <= now + HORIZON:
        for rule, form in rules:
            answer = rule.earliest(form, facts, point, calendar, at)
            if answer.at is None:
                return f"before the other rules allow it, {rule.id} closes for good: {answer.detail}"
            if answer.at > at:
                at, moved[rule.id] = answer.at, None
    return f"the rules together never allow it within a year: {' and '.join(moved)} do not meet"


def wording_objection(
    facts: Facts, policy: Policy, channel: str, words: Words, now: datetime
) -> Decision | None:
    """Return the decision about a message that says what it must not, or None."""
    for rule, form in policy.governing(facts).on(facts.touchpoint.kind, channel).forbidden:
        if rule.effective.covers(now) and (found := form.found(words)) is not None:
            return against(rule, f"the words must not say {found!r}", now)
    return None


_EVERYTHING_ASKED = frozenset(Kind) - REPLIES


def _stated(facts: Facts, point: ContactPoint) -> Iterator[TimedRule]:
    """Yield the hours that the debtor asked for, as the strictest layer of all."""
    for each in facts.stated:
        if point.channel in each.channels and facts.touchpoint.kind in _EVERYTHING_ASKED:
            form = Hours(Week(each.week.days, None))
            yield (
                Rule(
                    f"debtor/stated-hours-{each.id}",
                    "the debtor's own wish",
                    _EVERYTHING_ASKED,
                    each.channels,
                    form,
                    effective=Effective(each.since, each.until),
                ),
                form,
            )


def _hours_given(facts: Facts, point: ContactPoint, rules: InForce, now: datetime) -> Iterator[TimedRule]:
    """Yield, unless some hours are in force from now on for good, that nothing is open while none are."""
    if not any(each.covers(now) and each.end is None for each in rules.hours):
        form, channels = HoursGiven(rules.hours, _no_hours(facts, point)), frozenset({point.channel})
        yield Rule("policy", "what no rule speaks of is never sent", frozenset(Kind), channels, form), form


def _no_hours(facts: Facts, point: ContactPoint) -> str:
    return f"no rule gives hours for {facts.touchpoint.kind.value} by {point.channel}"


def _closes(
    timed: Iterable[TimedRule], facts: Facts, point: ContactPoint, calendar: Calendar, now: datetime
) -> datetime:
    """Return when the first of the windows closes that are open now, or comes into force."""
    ends = [now + DAY]
    for rule, form in timed:
        start = rule.effective.start
        if isinstance(form, Hours | ClosedDays | HoursGiven) and rule.effective.covers(now):
            ends.append(form.closes(facts, point, calendar, now))
        elif isinstance(form, Hours | ClosedDays | Closed) and start is not None and start > now:
            ends.append(start)
    return min(ends)


def _reason(rule: Rule, answer: Answer, now: datetime) -> Reason:
    if answer.at is None:
        return Reason(rule.id, Verdict.REFUSE, answer.detail)
    if answer.at > now:
        return Reason(rule.id, Verdict.DEFER, answer.detail, answer.at)
    return _allows(rule.id, answer.detail)


@lru_cache(maxsize=4_096)
def _allows(rule_id: str, detail: str) -> Reason:
    """Return a reason that most messages of a batch share."""
    return Reason(rule_id, Verdict.ALLOW, detail)
