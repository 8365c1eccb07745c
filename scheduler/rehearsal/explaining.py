"""Why a message was sent or not: decisions as the log keeps them, each rule with its words and source.

Nothing is decided anew about the past; what would be decided at some instant is asked of the real engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.decision import Decision, Defer, Refuse, Send, Skip
from scheduler.domain.entry import Entry, Json, instant_text, reasons_json
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Calendar
from scheduler.domain.policy import Policy, decide
from scheduler.domain.record import facts_used

Rules = Mapping[str, Json]
"""The rules by id, in words, with citation and confidence: `scheduler.domain.record.rules_in_words`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule said; what it says, its source and confidence are empty for what is built in or long gone."""

    rule: str
    verdict: str
    detail: str
    until: str | None
    says: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a touchpoint's story. `facts` is None where there were none, or the person was erased."""

    at: str
    event: str
    findings: Sequence[Finding]
    fields: Mapping[str, Json]
    facts: Mapping[str, Json] | None
    is_erased: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine decides at an instant: `answer` is send, defer, skip or refuse.

    `next_at` is when contact is next possible, even where the step `ends_first`.
    """

    answer: str
    at: str
    channel: str | None
    next_at: str | None
    ends_first: bool
    findings: Sequence[Finding]
    facts: Mapping[str, Json]


def told(entry: Entry, rules: Rules) -> Told:
    """Return an entry with every rule that it names in words."""
    body, personal = entry.body, entry.personal
    facts = (personal or {}).get("facts")
    return Told(
        at=str(body.get("at")),
        event=str(body.get("event")),
        findings=tuple(_findings(body.get("reasons"), rules)),
        fields={name: value for name, value in body.items() if value is not None},
        facts=facts if isinstance(facts, Mapping) else None,
        is_erased=body.get("commitment") is not None and personal is None,
    )


def verdict(facts: Facts, policy: Policy, calendar: Calendar, at: datetime, rules: Rules) -> Verdict:
    """Return what would be decided about these facts at an instant."""
    decision = decide(facts, policy, calendar, at)
    allowed = decision.allowed if isinstance(decision, Defer | Refuse) else ()
    ends_first = isinstance(decision, Defer) and decision.until == facts.touchpoint.ends_at
    endless = replace(facts, touchpoint=replace(facts.touchpoint, ends_at=None))
    lasting = decide(endless, policy, calendar, at) if ends_first else decision
    return Verdict(
        answer=_ANSWERS[type(decision)],
        at=instant_text(at),
        channel=decision.contact_point.channel if isinstance(decision, Send) else None,
        next_at=_next(lasting, at),
        ends_first=ends_first,
        findings=tuple(_findings(reasons_json((*decision.reasons, *allowed)), rules)),
        facts=facts_used(facts),
    )


_ANSWERS: Mapping[type, str] = {Send: "send", Defer: "defer", Skip: "skip", Refuse: "refuse"}


def _next(decision: Decision, at: datetime) -> str | None:
    """Return when contact is next possible, or None when only other facts make it so."""
    if isinstance(decision, Send):
        return instant_text(at)
    return instant_text(decision.until) if isinstance(decision, Defer) else None


def _findings(reasons: Json, rules: Rules) -> Iterator[Finding]:
    for each in reasons if isinstance(reasons, Sequence) else ():
        if not isinstance(each, Mapping):
            continue
        name, until = str(each.get("rule")), each.get("until")
        known = rules.get(name)
        source = known if isinstance(known, Mapping) else {}
        yield Finding(
            rule=name,
            verdict=str(each.get("verdict")),
            detail=str(each.get("detail")),
            until=None if until is None else str(until),
            says=str(source.get("says", "")),
            citation=str(source.get("citation", "")),
            confidence=str(source.get("confidence", "")),
        )
