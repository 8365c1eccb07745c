"""Explanations in plain words, in the debtor's own time: what an officer can read out as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scheduler.cli.explain_facts import Background, facts_words, times_of
from scheduler.cli.explain_findings import Confidences, finding_lines, folded
from scheduler.cli.explain_outcomes import (
    IN_DOUBT,
    Doubt,
    doubt_lines,
    is_outcome,
    outcome_lines,
    outcome_title,
)
from scheduler.cli.explain_times import Times
from scheduler.cli.stop_words import PAUSE, QUARANTINE, waits_for_resume
from scheduler.domain.entry import Json
from scheduler.domain.plain_words import kind_words, with_article

if TYPE_CHECKING:
    from scheduler.domain.touchpoint import Kind
    from scheduler.rehearsal.explaining import Finding, Told, Verdict
    from scheduler.store.inspecting import Standing

_TITLES = {
    "deferred": "Not sent yet: deferred",
    "skipped": "Not sent: no longer needed",
    "refused": "Not sent: refused until facts change",
    "armed": "Decided to send; the words are on record",
}
_ANSWERS = {
    "send": "may be sent",
    "defer": "must wait",
    "skip": "is not needed",
    "refuse": "must not be sent",
}
_WENT_OUT = ("accepted", "unknown", "presumed")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would be decided now: about the touchpoint `itself` where it waits, by each channel about `another` message.

    Both are empty for a creditor that the configuration does not have. `lead_state` is that of the touchpoint in
    whose message this one is said.
    """

    is_configured: bool
    itself: "Verdict | None" = None
    another: "Mapping[str, Verdict]" = field(default_factory=dict)
    lead_state: str | None = None
    doubt: Doubt | None = None

    @property
    def is_over(self) -> bool:
        """Whether the touchpoint waits and yet nothing of it will be sent."""
        return self.itself is not None and self.itself.answer == "skip"


def story_words(
    key: str, state: "Standing", steps: Sequence["Told"], outlook: Outlook, background: Background
) -> Iterator[str]:
    """Tell a touchpoint's story, and what would be decided now."""
    times = _newest_times([*(each.facts for each in steps), *_facts_of(outlook)], background)
    about = next((each.fields for each in steps if "kind" in each.fields), {})
    known = Confidences()
    yield f"Touchpoint {key}"
    yield (
        f"{kind_words(str(about.get('kind', 'message')))}, step {about.get('step', '?')} of cadence "
        f"{about.get('cadence', '?')}, to debtor {state.debtor_ref} of {state.creditor}, "
        f"about {_plans(about.get('plan_refs'))}"
    )
    yield _today(state, steps, outlook, times)
    for each in steps:
        yield ""
        yield from _told_words(each, state, times, background, known)
    if state.repeats:
        yield f"  Looked at {state.repeats} more time{'s' if state.repeats > 1 else ''} with the same answer."
    yield ""
    yield from _outlook_words(state, outlook, times, background, known)
    yield from known.legend()


def debtor_words(
    creditor: str,
    debtor_ref: str,
    kind: "Kind",
    verdicts: Mapping[str, "Verdict"],
    waiting: Sequence[str],
    background: Background,
) -> Iterator[str]:
    """Say for each channel whether a message may be sent, why not, and when it may; and what waits today."""
    first, known = next(iter(verdicts.values())), Confidences()
    times = times_of(first.facts, background)
    message = with_article(kind_words(kind.value))
    yield f"May debtor {debtor_ref} of {creditor} be sent {message} on {times.local(first.at)}?"
    for channel, each in verdicts.items():
        yield ""
        yield f"By {channel} it {_ANSWERS[each.answer]}."
        yield from _finding_and_next(each, times, known)
    yield ""
    yield from folded(f"Facts: {facts_words(first.facts, first.at, background)}", 0)
    if waiting:
        yield f"Waiting today, each with a story of its own (`duly explain KEY`): {len(waiting)}"
        yield from (f"  {key}" for key in waiting)
    yield from known.legend()


def _today(state: "Standing", steps: Sequence["Told"], outlook: Outlook, times: Times) -> str:
    if state.merged_into:
        lead = state.merged_into[:8]
        said = "Said in" if outlook.lead_state in _WENT_OUT else "Goes with"
        return f"{said} the message of touchpoint {lead}…, together with other instalments (`duly explain {lead}`)"
    refused = next((each.at for each in reversed(steps) if each.event == "refused"), None)
    if state.state == "refused" and refused and outlook.itself and outlook.is_over:
        return f"Refused on {times.local(refused)}; {_since(outlook.itself.findings)}"
    return f"Today it is {IN_DOUBT.get(state.state, state.state)}"


def _since(findings: Sequence["Finding"]) -> str:
    why = next((each for each in findings if each.verdict == "skip"), None)
    return "its step has since ended" if why is None or why.rule == "expired" else f"since then {why.detail}"


def _told_words(
    told: "Told", state: "Standing", times: Times, background: Background, known: Confidences
) -> Iterator[str]:
    yield f"{times.local(told.at)}: {_title(told, state, times)}"
    yield from outcome_lines(told) if is_outcome(told) else finding_lines(told.findings, times, known)
    yield from (line for text in _policies(told) for line in folded(text, 2))
    if told.facts is not None:
        yield from folded(f"Facts: {facts_words(told.facts, told.at, background)}", 2)
    elif told.is_erased:
        yield "  The facts and the words were erased with the person's data."


def _title(told: "Told", state: "Standing", times: Times) -> str:
    until, provider = told.fields.get("until"), told.fields.get("provider")
    if told.event == "planned":
        return f"Planned: the step came due on {times.local(state.due_at.isoformat())}"
    if told.event == "accepted" and provider == "outbox":
        return outcome_title(told)
    if told.event == "deferred" and waits_for_resume(told.fields.get("reasons")):
        return "Not sent yet: stopped until somebody resumes it"
    if told.event == "deferred" and (ends := _step_end(told.findings)):
        return f"Will not be sent as things stand: {_ends_before(ends, times)}"
    title = outcome_title(told) if is_outcome(told) else _spoken(told.event)
    if told.event == "deferred" and isinstance(until, str):
        return f"{title} until {times.local(until)}"
    return f"{title} ({told.fields.get('channel')} by {provider})" if provider else title


def _spoken(event: str) -> str:
    return _TITLES.get(event, event.replace("_", " "))


def _step_end(findings: Sequence["Finding"]) -> str | None:
    return next((each.until for each in findings if each.rule == "step_end"), None)


def _ends_before(ends: str, times: Times) -> str:
    return f"its step ends {times.wall(ends)}, before the rules allow it"


def _outlook_words(
    state: "Standing", outlook: Outlook, times: Times, background: Background, known: Confidences
) -> Iterator[str]:
    if not outlook.is_configured:
        yield f"Nothing is decided for creditor {state.creditor} any more: the configuration does not have it."
    if outlook.itself is not None and not (outlook.is_over and state.state == "refused"):
        yield from _verdict_words(outlook.itself, times, background, known)
    if outlook.is_over:
        yield "This step is over; nothing of it will be sent."
    if outlook.doubt is not None:
        yield from doubt_lines(outlook.doubt, times)
    if outlook.another:
        yield _another(outlook.another, times)


def _verdict_words(
    verdict: "Verdict", times: Times, background: Background, known: Confidences
) -> Iterator[str]:
    by = f" by {verdict.channel}" if verdict.answer == "send" else ""
    ends, answer = _step_end(verdict.findings), f"it {_ANSWERS[verdict.answer]}{by}"
    if ends:
        answer = f"it will not be sent as things stand: {_ends_before(ends, times)}"
    yield from folded(f"As of {times.local(verdict.at)}, {answer}.", 0)
    yield from _finding_and_next(verdict, times, known)
    yield from folded(f"Facts: {facts_words(verdict.facts, verdict.at, background)}", 2)


def _finding_and_next(verdict: "Verdict", times: Times, known: Confidences) -> Iterator[str]:
    yield from finding_lines(verdict.findings, times, known)
    if verdict.next_at is None and verdict.answer != "skip":
        when = "somebody lets it go on" if _is_stopped(verdict) else "facts change"
        yield f"  Contact is not possible as things stand; it is decided afresh when {when}."
    elif verdict.next_at is not None and verdict.answer != "send":
        other = "; this step ends before, so a later one may use it" if verdict.ends_first else ""
        yield f"  Contact is next possible on {times.local(verdict.next_at)}{other}."


def _is_stopped(verdict: "Verdict") -> bool:
    return any(each.rule in (PAUSE, QUARANTINE) for each in verdict.findings)


def _another(verdicts: Mapping[str, "Verdict"], times: Times) -> str:
    """Say when contact is next possible, after whatever became of a message."""
    instants = [each.next_at for each in verdicts.values() if each.next_at is not None]
    if not instants:
        return "Contact is not possible as things stand."
    soonest = min(instants)
    by = " or ".join(channel for channel, each in verdicts.items() if each.next_at == soonest)
    if any(each.answer == "send" for each in verdicts.values()):
        return f"Contact is possible now, by {by}."
    return f"Contact is next possible on {times.local(soonest)}, by {by}."


def _policies(told: "Told") -> Iterator[str]:
    """Name the policies that had a say, with their versions, where any had; the others are only counted."""
    if not told.fields.get("policy"):
        return
    names, versions = (str(told.fields[each]).split("+") for each in ("policy", "policy_version"))
    spoke = {each.rule.partition("/")[0] for each in told.findings}
    said = [f"{name} {version}" for name, version in zip(names, versions, strict=True) if name in spoke]
    others = len(names) - len(said)
    if said:
        more = (
            f"; {others} other{'s' if others > 1 else ''} of the creditor had no say in it" if others else ""
        )
        yield f"Policy versions: {', '.join(said)}{more}"


def _plans(refs: Json) -> str:
    named = [str(each) for each in refs] if isinstance(refs, Sequence) and not isinstance(refs, str) else []
    return f"plan{'s' if len(named) > 1 else ''} {', '.join(named)}" if named else "no plan"


def _facts_of(outlook: Outlook) -> Iterator[Mapping[str, Json]]:
    yield from (each.facts for each in (*outlook.another.values(), outlook.itself) if each is not None)


def _newest_times(facts: Sequence[Mapping[str, Json] | None], background: Background) -> Times:
    """Return the clock of the newest of the facts that know one."""
    found = (times_of(each, background) for each in reversed(facts))
    return next((each for each in found if each.zones), Times(()))
