"""Stop switches and quarantine in plain words: what they keep from being sent, and what ends them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scheduler.cli.arguments import minute
from scheduler.domain.entry import Event, Json, instant_text
from scheduler.domain.gate import Gate, Pause
from scheduler.ports import Stopped

if TYPE_CHECKING:
    from scheduler.domain.facts import Facts
    from scheduler.rehearsal.explaining import Verdict

PAUSE = "pause"
QUARANTINE = "quarantine"

_NAMED_BY_SWITCH = ("creditor", "channel", "debtor_ref")
_SPEAKS_FOR_ITSELF = ("alarm", "cause", "detail")
_CODES = frozenset({"alarm", "cause", "evidence", "incident"})


def waits_for_resume(reasons: Json) -> bool:
    """Whether one of a decision's reasons is a stop switch without an end, so that its instant means nothing."""
    return any(
        isinstance(each, Mapping) and each.get("rule") == PAUSE and each.get("until") is None
        for each in (reasons if isinstance(reasons, Sequence) else ())
    )


def at_large(event: str, chain: str, public: Mapping[str, Json]) -> Iterator[str]:
    """Yield what an entry tells that is about no message of its own: a switch, quarantine, an alarm."""
    yield from switched(event, chain, public)
    for name, value in public.items():
        if name not in _NAMED_BY_SWITCH and value not in (None, [], ()):
            label = "" if name in _SPEAKS_FOR_ITSELF else f"{name.replace('_', ' ')} "
            yield f"{label}{spoken(name, value)}"


def switched(event: str, chain: str, public: Mapping[str, Json]) -> Iterator[str]:
    """Yield what a switch stops, where the entry is of one."""
    if event not in (Event.PAUSED, Event.RESUMED):
        return
    creditor, channel, ref = (public.get(each) for each in _NAMED_BY_SWITCH)
    yield Stopped(
        creditor=None if creditor is None else str(creditor),
        channel=None if channel is None else str(channel),
        debtor=None if ref is None else (chain.partition("/")[0], str(ref)),
    ).words


def spoken(name: str, value: Json) -> str:
    """Say the value of a field: a code without its underscores, an instant to the minute, all else as it is."""
    if name == "until":
        return f"{str(value)[:16].replace('T', ' ')}Z"
    return str(value).replace("_", " ") if name in _CODES else str(value)


def stopped(verdict: "Verdict", facts: "Facts", gate: Gate) -> "Verdict":
    """Return what becomes of a decision where quarantine or a stop switch stands in its way."""
    if verdict.answer not in ("send", "defer"):
        return verdict
    pause = _pause(facts, gate, verdict.channel)
    if gate.quarantined:
        return _held(verdict, QUARANTINE, "Duly is in quarantine; `duly quarantine status` says why", None)
    if pause is None:
        return verdict
    until = instant_text(pause.until) if pause.until else None
    return _held(verdict, PAUSE, _pause_words(pause), until)


def _pause(facts: "Facts", gate: Gate, channel: str | None) -> Pause | None:
    """Return the switch that a message would meet; one that leaves a channel open meets none of several."""
    channels = facts.touchpoint.channels if channel is None else (channel,)
    met = [gate.pause_of(facts.creditor.id, each, facts.debtor.id) for each in channels]
    return None if None in met else met[0]


def _pause_words(pause: Pause) -> str:
    return (
        f"stopped by {pause.author} on {minute(pause.since)}: {pause.reason} "
        f"(`duly resume {pause.id}` lets it go on)"
    )


def _held(verdict: "Verdict", rule: str, detail: str, until: str | None) -> "Verdict":
    from scheduler.rehearsal.explaining import Finding

    finding = Finding(rule, "defer", detail, until, says="", citation="", confidence="")
    next_at = None if until is None or verdict.next_at is None else max(until, verdict.next_at)
    findings = (finding, *verdict.findings)
    return replace(verdict, answer="defer", channel=None, next_at=next_at, findings=findings)
