"""What an audit of the log found, as an operator reads it: one line for each message that a rule forbade."""

from collections.abc import Iterator

from scheduler.domain.entry import instant_text
from scheduler.ledger.findings import Audit, Violation

_MOST_ZONES = 3
"""How many local times one line shows; --json has them all."""


def audit_lines(found: Audit) -> Iterator[str]:
    """Yield the violations, then what was audited: how much, when, by which policies; at the end how many there are."""
    for each in found.violations:
        yield f"seq {each.seq}, {_local(each)}, debtor {_plain(each.debtor_ref)}: {each.rule}: {_plain(each.what)}"
    yield f"{found.audited:,} messages audited; {found.contacts:,} contacts counted, {found.by_hand:,} by hand"
    yield from _what(found)
    if found.erased:
        yield f"{found.erased:,} not auditable (erased)"
    if found.unrecorded:
        yield f"{found.unrecorded:,} not auditable (the entry tells neither policy nor facts)"
    for policy, versions in sorted(found.versions.items()):
        if len(versions) > 1:
            yield f"{policy} was changed meanwhile; all is judged by its file as it is now"
    yield from (f"  {rule}: {count:,}" for rule, count in found.by_rule.items())
    if found.audited and not found.violations:
        which = "message" if found.audited == found.messages else "audited message"
        yield f"No {which} went out against contact hours or limits"
    yield f"violations: {len(found.violations):,}"


def _what(found: Audit) -> Iterator[str]:
    """Say from when until when messages went out, and by which policies they were judged."""
    if found.first_at is not None and found.last_at is not None:
        yield f"sent from {found.first_at:%Y-%m-%d} to {found.last_at:%Y-%m-%d} (UTC)"
    if found.versions:
        noun = "policy" if len(found.versions) == 1 else "policies"
        yield f"by the {noun} {', '.join(sorted(found.versions))}"


def _local(violation: Violation) -> str:
    shown = [f"{wall:%Y-%m-%d %H:%M} in {zone}" for zone, wall in violation.local.items()]
    more = len(shown) - _MOST_ZONES
    listed = ", ".join(shown[:_MOST_ZONES]) or f"{violation.at:%Y-%m-%d %H:%MZ}"
    return f"{listed} and {more} more zones" if more > 0 else listed


def _plain(text: str) -> str:
    """Keep what would steer the terminal from reaching it."""
    return "".join(each if each.isprintable() else " " for each in text)


def audit_fields(found: Audit) -> dict[str, object]:
    """Return an audit as one JSON object."""
    return {
        "ok": not found.violations,
        "messages": found.messages,
        "audited": found.audited,
        "not_auditable": {"erased": found.erased, "unrecorded": found.unrecorded},
        "from": None if found.first_at is None else instant_text(found.first_at),
        "to": None if found.last_at is None else instant_text(found.last_at),
        "contacts": found.contacts,
        "by_hand": found.by_hand,
        "policy_versions": {policy: sorted(each) for policy, each in sorted(found.versions.items())},
        "violations": len(found.violations),
        "by_rule": found.by_rule,
        "findings": [_finding(each) for each in found.violations],
    }


def _finding(violation: Violation) -> dict[str, object]:
    return {
        "seq": violation.seq,
        "at": instant_text(violation.at),
        "local": {zone: wall.isoformat() for zone, wall in violation.local.items()},
        "creditor": violation.creditor,
        "debtor_ref": violation.debtor_ref,
        "rule": violation.rule,
        "what": violation.what,
    }
