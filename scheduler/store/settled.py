"""Tells the log what became of a message, and by which evidence."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scheduler.domain.decision import Reason, Verdict
from scheduler.domain.delivery import Accepted
from scheduler.domain.entry import Draft, Event, Json, chain_of, instant_text, reasons_json, touchpoint_fields
from scheduler.domain.outcome import LOOK_UP, Absent, Evidence, MessageState, Ruling, Seen, TimeUp
from scheduler.domain.touchpoint import State
from scheduler.store.rows import touchpoint_of

if TYPE_CHECKING:
    from scheduler.store.settling import Step

_EVENTS: Mapping[MessageState, Event] = {
    MessageState.ACCEPTED: Event.ACCEPTED,
    MessageState.REJECTED: Event.REJECTED,
    MessageState.NOT_SENT: Event.DEFERRED,
    MessageState.UNKNOWN: Event.UNKNOWN,
    MessageState.PRESUMED: Event.PRESUMED,
    MessageState.RELEASED: Event.RELEASED,
}
_VERDICTS: Mapping[State, Verdict] = {
    State.SKIPPED: Verdict.SKIP,
    State.PLANNED: Verdict.DEFER,
    State.ACCEPTED: Verdict.ALLOW,
}

_KINDS: Mapping[type[object], str] = {Absent: LOOK_UP, TimeUp: "deadline", Ruling: "by_hand"}

YES = (Accepted, Seen)
"""Evidence that the provider had the message."""


def settled_draft(step: "Step", plan_refs: Sequence[str]) -> Draft:
    """Return the entry of one step."""
    row, evidence = step.row, step.evidence
    fields: dict[str, Json] = touchpoint_fields(touchpoint_of(row), row.debtor_ref, plan_refs)
    fields |= {
        "channel": row.channel,
        "provider": row.provider,
        "attempt": row.attempt,
        "outcome": step.after.value,
        "evidence": _kind_of(evidence),
        "author": evidence.author if isinstance(evidence, Ruling) else None,
        "incident": "proof_was_wrong" if step.is_contradiction else None,
    }
    if isinstance(evidence, YES):
        fields["provider_id"] = evidence.provider_id or None
    else:
        until = step.look_at if step.after is MessageState.NOT_SENT else None
        verdict = Verdict.REFUSE if step.after is MessageState.REJECTED else _VERDICTS.get(step.touchpoint)
        reason = Reason("provider", verdict or Verdict.DEFER, evidence.code, until)
        fields["reasons"] = reasons_json([reason])
        fields["until"] = instant_text(until) if until else None
    personal: dict[str, Json] = {"note": evidence.note} if isinstance(evidence, Ruling) else {}
    chain = chain_of(row.creditor, row.debtor_ref)
    return Draft(chain, _EVENTS[step.after], step.settlement.at, fields, personal)


def _kind_of(evidence: Evidence) -> str | None:
    """Return where evidence other than the answer to the call itself comes from."""
    if isinstance(evidence, Seen):
        return evidence.by
    return _KINDS.get(type(evidence))


def opt_out_draft(step: "Step") -> Draft:
    """Return the entry that the provider knows of an opt-out that we did not."""
    row = step.row
    fields: dict[str, Json] = {
        "debtor_ref": row.debtor_ref,
        "plan_refs": [],
        "channel": row.channel,
        "opted_out": True,
        "author": row.provider,
    }
    return Draft(chain_of(row.creditor, row.debtor_ref), Event.CONSENT_CHANGED, step.settlement.at, fields)
