"""What became of a message in plain words, and by whose answer, word or silence that is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.cli.doubt_words import next_words, why_words
from scheduler.cli.explain_findings import folded
from scheduler.cli.explain_times import Times

if TYPE_CHECKING:
    from scheduler.ports import Doubted
    from scheduler.rehearsal.explaining import Told

_TITLES = {
    "accepted": "Sent: the provider took the message",
    "rejected": "Not sent: the provider refused the message for good",
    "unknown": "Nobody can tell whether it was sent; it counts as sent and is never repeated",
    "presumed": "Presumed sent: no proof came in time; it counts as sent for good",
    "released": "Proved not to have arrived; it counts for no limit",
    "sent": "On its way, as the provider reports",
    "delivered": "Delivered, as the provider reports",
    "undelivered": "Not delivered, as the provider reports",
    "complained": "The debtor complained about it, as the provider reports",
}
_FOUND = {
    "look_up": "Sent: the provider has the message, as a look-up found",
    "callback": "Sent: the provider reported of the message",
}
IN_DOUBT = {"unknown": "in doubt", "presumed": "presumed sent"}
"""States of a touchpoint that go by other words than their own."""


def is_outcome(told: "Told") -> bool:
    """Whether an entry tells what became of a message."""
    return told.event in _TITLES


def outcome_title(told: "Told") -> str:
    """Say what became of a message."""
    author, evidence = told.fields.get("author"), str(told.fields.get("evidence"))
    if author is not None:
        return f"{'Sent' if told.event == 'accepted' else 'Never sent'}, by the word of {author}"
    if told.event != "accepted":
        return _TITLES[told.event]
    if told.fields.get("provider") == "outbox":
        return "Written to the outbox; nothing was sent to the debtor"
    return _FOUND.get(evidence, _TITLES["accepted"])


def outcome_lines(told: "Told") -> Iterator[str]:
    """Yield why a message's outcome is what it is, with the code that docs/decisions.md explains."""
    codes = [each.detail for each in told.findings if each.rule == "provider"]
    if isinstance(reported := told.fields.get("code"), str):
        codes.append(reported)
    if told.fields.get("author") is None:
        for code in codes:
            yield from folded(f"Because: {why_words(code)} [{code}]", 2)
    if told.fields.get("incident"):
        yield "  It had been held to be proved that it never arrived; that was wrong."
    if told.fields.get("address_invalid"):
        yield "  The address will never work, and is not used again."


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt that is in doubt, as it stands `now`."""

    attempt: "Doubted"
    now: datetime


def doubt_lines(doubt: Doubt, times: Times) -> Iterator[str]:
    """Yield what becomes of a message in doubt, and how a person may settle it."""
    attempt = doubt.attempt
    following = next_words(attempt, times, doubt.now)
    yield from folded(f"Message {attempt.channel}-{attempt.attempt}: {following}.", 0)
    settle = f"duly unknown settle {attempt.touchpoint[:12]} --went-out | --never-sent"
    yield from folded(f"If you know better: `{settle}`.", 0)
