"""What a decision was made by, as the log keeps it: the policy's version and the facts that were looked at."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scheduler.domain.decision import Decision, Send, Skip
from scheduler.domain.entry import Json, instant_text, reasons_json
from scheduler.domain.facts import Facts, History
from scheduler.domain.plain import says
from scheduler.domain.plan import ContactPoint
from scheduler.domain.policy import Policy


def decision_fields(decision: Decision, policy: Policy) -> dict[str, Json]:
    """Return what anybody may read of a decision: the policy and each rule's verdict, objections first."""
    allowed = () if isinstance(decision, Send | Skip) else decision.allowed
    return {
        "policy": policy.id,
        "policy_version": policy.version,
        "reasons": reasons_json((*decision.reasons, *allowed)),
    }


def facts_used(facts: Facts) -> dict[str, Json]:
    """Return the facts of a decision, for the part of the log that can be erased with the person."""
    debtor, plans = facts.debtor, facts.plans
    return {
        "country": debtor.country,
        "region": debtor.region,
        "postal_code": debtor.postal_code,
        "zones": list(debtor.zones),
        "role": facts.creditor.role.value,
        "products": [each.product for each in plans],
        "debt_statuses": [each.debt_status for each in plans],
        "holds": [each.kind.value for each in facts.holds],
        "stated": [
            {"number": each.id, "channels": sorted(each.channels), "until": _text(each.until)}
            for each in facts.stated
        ],
        "contacts": {
            "counted": len(facts.contacts),
            "latest": _text(max((each.at for each in facts.contacts), default=None)),
        },
        "points": [_point(each) for each in debtor.contact_points],
        "history": _history(facts.history, [each.id for each in plans]),
    }


def _point(point: ContactPoint) -> Json:
    origin = point.origin
    return {
        "channel": point.channel,
        "consent_basis": point.consent_basis,
        "opted_out": point.opted_out,
        "invalid": point.invalid,
        "source": origin.source.value if origin.source else None,
        "used_at": _text(origin.used_at),
        "checked_at": _text(origin.checked_at),
        "work": origin.work,
        "shared": origin.shared,
        "grants": [each.purpose.value for each in point.grants],
    }


def _history(history: History, plan_ids: Sequence[int]) -> Json:
    firsts = [history.first_contact_at[each] for each in plan_ids if each in history.first_contact_at]
    return {
        "first_contact_at": _text(min(firsts, default=None)),
        "notices": [
            {"kind": each.kind.value, "channel": each.channel, "at": instant_text(each.at)}
            for each in history.notices
        ],
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def rules_in_words(policies: Iterable[Policy]) -> dict[str, Json]:
    """Return every rule of several policies by its id, in words, as the log keeps them for later explanations."""
    rules = {rule.id: rule for policy in policies for rule in policy.rules}
    return {
        id_: {"says": says(rule.form, rule), "citation": rule.citation, "confidence": rule.confidence.value}
        for id_, rule in sorted(rules.items())
    }
