"""What may still go out while a hold stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Verdict
from scheduler.domain.facts import Facts, Hold, HoldKind
from scheduler.domain.rule import Rule
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
    holds = [each for each in facts.holds if _covers(each, facts, stopping, now)]
    if not holds:
        return None
    if endless := [each for each in holds if each.until is None]:
        details = (
            Reason("hold", Verdict.REFUSE, f"{each.kind.value} hold until it is lifted") for each in endless
        )
        return Refuse(tuple(details))
    ends = [(each.until, each.kind) for each in holds if each.until is not None]
    reasons = tuple(Reason("hold", Verdict.DEFER, f"{kind.value} hold", until) for until, kind in ends)
    return Defer(max(until for until, _ in ends), reasons)


def _covers(hold: Hold, facts: Facts, rules: HoldRules, now: datetime) -> bool:
    if hold.since > now or (hold.until is not None and hold.until <= now):
        return False
    if hold.plan_id not in (None, *(plan.id for plan in facts.plans)):
        return False
    kind = facts.touchpoint.kind
    if kind not in permitted(hold.kind):
        return True
    return any(
        hold.kind in form.of and kind in rule.kinds and rule.effective.covers(now) for rule, form in rules
    )
