"""What may still go out while a hold stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Verdict
from scheduler.domain.facts import Facts, Hold, HoldKind
from scheduler.domain.rule import HORIZON, Rule
from scheduler.domain.touchpoint import CONFIRMING, REPLIES, Kind

_NOT_THE_DEBTOR = frozenset({HoldKind.DECEASED, HoldKind.WRONG_PERSON, HoldKind.IDENTITY_THEFT})
_LAST_WORDS = frozenset({Kind.OPT_OUT_CONFIRMATION, Kind.FINAL_CEASE_NOTICE})


def permitted(kind: HoldKind) -> frozenset[Kind]:
    """Return what a hold lets through, as far as no policy says less.

    A payment is confirmed and a question answered, but not to somebody who is not, or no longer, the debtor; whoever
    asked to be left alone hears no more than what the law still lets be said (12 CFR 1006.6(c)).
    """
    if kind in _NOT_THE_DEBTOR:
        return frozenset()
    return _LAST_WORDS if kind is HoldKind.CEASE else CONFIRMING | REPLIES


@dataclass(frozen=True, slots=True)
class HoldRule:
    """Holds of these kinds stop the rule's kinds of messages, and the lawful length of such a hold.

    `lasts` and `lifted_by` guide whoever places one: it is never shortened by itself.
    """

    of: frozenset[HoldKind]
    lasts: timedelta | None = None
    extensions: int = 0
    lifted_by: str | None = None


HoldRules = Iterable[tuple[Rule, HoldRule]]


def held(facts: Facts, rules: HoldRules, now: datetime) -> Decision | None:
    """A hold with an end defers until then; one without an end refuses until it is lifted."""
    stopping = tuple(rules)
    holds = [(each.kind, _stops_until(each, facts, stopping, now)) for each in facts.holds]
    if endless := [kind for kind, until in holds if until == _LIFTED]:
        details = (
            Reason("hold", Verdict.REFUSE, f"{kind.value} hold until it is lifted") for kind in endless
        )
        return Refuse(tuple(details))
    ends = [(until, kind) for kind, until in holds if until is not None]
    if not ends:
        return None
    reasons = tuple(Reason("hold", Verdict.DEFER, f"{kind.value} hold", until) for until, kind in ends)
    return Defer(max(until for until, _ in ends), reasons)


_LIFTED = datetime.max.replace(tzinfo=UTC)
"""When a hold without an end stops nothing any more: not before somebody lifts it."""


def _stops_until(hold: Hold, facts: Facts, rules: HoldRules, now: datetime) -> datetime | None:
    """Return until when the hold stops this message, or None when it does not."""
    end = hold.until or _LIFTED
    if hold.since > now or end <= now:
        return None
    if hold.plan_id not in (None, *(plan.id for plan in facts.plans)):
        return None
    kind = facts.touchpoint.kind
    if kind not in permitted(hold.kind):
        return end
    ends = [
        min(end, _ends(rule, now))
        for rule, form in rules
        if hold.kind in form.of and kind in rule.kinds and rule.effective.covers(now)
    ]
    return max(ends, default=None)


def _ends(rule: Rule, now: datetime) -> datetime:
    """Return when a rule ends that ends within a year."""
    end = rule.effective.end
    return _LIFTED if end is None or end > now + HORIZON else end
