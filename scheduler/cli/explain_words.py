"""Explanations in plain words, in the debtor's own time: what an officer can read out as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from scheduler.domain.entry import Json

if TYPE_CHECKING:
    from scheduler.domain.touchpoint import Kind
    from scheduler.rehearsal.explaining import Finding, Told, Verdict
    from scheduler.store.inspecting import Standing

_WIDTH = 100
_TITLES = {
    "planned": "Planned: the step came due",
    "deferred": "Not sent yet: deferred",
    "skipped": "Not sent: no longer needed",
    "refused": "Not sent: refused until facts change",
    "armed": "Decided to send; the words are on record",
    "accepted": "Sent: the provider took the message",
    "rejected": "Not sent: the provider refused the message for good",
    "unknown": "Nobody can tell whether it was sent; it counts as sent and is never repeated",
    "presumed": "Presumed sent: no proof came in time",
    "released": "Proved not to have arrived",
}
_AGAINST = {"defer": "Not yet", "skip": "Not needed", "refuse": "Not allowed"}
_ANSWERS = {
    "send": "may be sent",
    "defer": "must wait",
    "skip": "is not needed",
    "refuse": "must not be sent",
}


def story_words(
    key: str,
    state: "Standing",
    steps: Sequence["Told"],
    following: "Verdict | None",
    *,
    waits: bool,
) -> Iterator[str]:
    """Tell a touchpoint's story, and what would be decided now."""
    zones = _zones([*(each.facts for each in steps), following.facts if following else None])
    about = next((each.fields for each in steps if "kind" in each.fields), {})
    yield f"Touchpoint {key}"
    yield (
        f"{_kind(about)}, step {about.get('step', '?')} of cadence {about.get('cadence', '?')}, "
        f"to debtor {state.debtor_ref} of {state.creditor}, about {_plans(about.get('plan_refs'))}"
    )
    yield f"Today it is {state.state}" + (f", merged into {state.merged_into}" if state.merged_into else "")
    for each in steps:
        yield ""
        yield from _told_words(each, zones)
    if state.repeats:
        yield f"  Looked at {state.repeats} more time{'s' if state.repeats > 1 else ''} with the same answer."
    if following is not None:
        yield ""
        subject = "it" if waits else f"another {_kind(about)}"
        yield from _verdict_words(subject, following, zones)


def debtor_words(
    creditor: str, debtor_ref: str, kind: "Kind", verdicts: Mapping[str, "Verdict"]
) -> Iterator[str]:
    """Say for each channel whether a message may be sent, why not, and when it may."""
    zones = _zones([each.facts for each in verdicts.values()])
    at = next(iter(verdicts.values())).at
    yield f"May debtor {debtor_ref} of {creditor} be sent a {kind_words(kind.value)} on {_local(at, zones)}?"
    for channel, each in verdicts.items():
        yield ""
        yield f"By {channel} it {_ANSWERS[each.answer]}."
        yield from _finding_and_next(each, zones)
    yield ""
    yield from _folded(f"Facts: {_facts(next(iter(verdicts.values())).facts, zones)}", 0)


def _told_words(told: "Told", zones: Sequence[str]) -> Iterator[str]:
    until = told.fields.get("until")
    title = _TITLES.get(told.event, told.event.replace("_", " "))
    if told.event == "deferred" and isinstance(until, str):
        title += f" until {_local(until, zones)}"
    provider = told.fields.get("provider")
    by = f" ({told.fields.get('channel')} by {provider})" if provider else ""
    yield f"{_local(told.at, zones)}: {title}{by}"
    yield from _findings(told.findings, zones)
    if told.fields.get("policy"):
        yield from _folded(_policies(told), 2)
    if told.facts is not None:
        yield from _folded(f"Facts: {_facts(told.facts, zones)}", 2)
    elif told.is_erased:
        yield "  The facts and the words were erased with the person's data."


def _verdict_words(subject: str, verdict: "Verdict", zones: Sequence[str]) -> Iterator[str]:
    by = f" by {verdict.channel}" if verdict.channel else ""
    yield f"As of {_local(verdict.at, zones)}, {subject} {_ANSWERS[verdict.answer]}{by}."
    yield from _finding_and_next(verdict, zones)
    yield from _folded(f"Facts: {_facts(verdict.facts, zones)}", 2)


def _finding_and_next(verdict: "Verdict", zones: Sequence[str]) -> Iterator[str]:
    yield from _findings(verdict.findings, zones)
    if verdict.next_at is None:
        yield "  Contact is not possible as things stand; it is decided afresh when facts change."
    elif verdict.answer != "send":
        other = "; this step ends before, so a later one may use it" if verdict.ends_first else ""
        yield f"  Contact is next possible on {_local(verdict.next_at, zones)}{other}."


def _policies(told: "Told") -> str:
    """Name the policies that had a say, with their versions; layers of other people's law are only counted."""
    names, versions = (str(told.fields[each]).split("+") for each in ("policy", "policy_version"))
    spoke = {each.rule.partition("/")[0] for each in told.findings}
    said = [f"{name} {version}" for name, version in zip(names, versions, strict=True) if name in spoke]
    others = len(names) - len(said)
    more = f"; {others} more of the creditor's layers had no say" if others else ""
    return f"Policy versions: {', '.join(said) or 'none had a say'}{more}"


_KINDS = {
    "reminder_pre_due": "reminder before the due date",
    "reminder_due": "reminder on the due date",
    "promise_followup": "reminder of a promise",
}


def kind_words(kind: str) -> str:
    """Name a kind of message."""
    return _KINDS.get(kind) or kind.replace("_", " ")


def _kind(fields: Mapping[str, Json]) -> str:
    return kind_words(str(fields.get("kind", "message")))


def _findings(findings: Sequence["Finding"], zones: Sequence[str]) -> Iterator[str]:
    against = [each for each in findings if each.verdict != "allow"]
    for each in against:
        until = f", until {_local(each.until, zones)}" if each.until else ""
        yield from _folded(
            f"{_AGAINST.get(each.verdict, each.verdict)}: {each.detail}{until} [{each.rule}]", 2
        )
        yield from _source(each)
    allowed = [each for each in findings if each.verdict == "allow"]
    if allowed and not against:
        yield "  Every rule allowed it:"
        for each in allowed:
            yield from _folded(f"{each.detail} [{each.rule}]", 4)
            yield from _source(each)
    elif allowed:
        yield from _folded(f"Allowed by {', '.join(each.rule for each in allowed)}", 2)


def _source(finding: "Finding") -> Iterator[str]:
    if finding.says:
        yield from _folded(f"rule: {finding.says}", 6)
    if finding.citation:
        yield from _folded(f"source: {finding.citation} ({finding.confidence})", 6)


def _facts(facts: Mapping[str, Json], zones: Sequence[str]) -> str:
    said = [_residence(facts), f"zones {_list(facts.get('zones')) or 'unknown'}"]
    said.append(f"sender is {str(facts.get('role', 'unknown')).replace('_', ' ')}")
    holds = _list(facts.get("holds"))
    said.append(f"holds: {holds}" if holds else "no hold")
    contacts = facts.get("contacts")
    if isinstance(contacts, Mapping):
        latest = contacts.get("latest")
        when = f", the latest on {_local(str(latest), zones)}" if latest else ""
        count = contacts.get("counted")
        said.append(f"{count} earlier contact{'' if count == 1 else 's'} known{when}")
    points = facts.get("points")
    said += (
        [_point(each) for each in points if isinstance(each, Mapping)] if isinstance(points, Sequence) else []
    )
    return "; ".join(said) + "."


def _residence(facts: Mapping[str, Json]) -> str:
    country, region = facts.get("country"), facts.get("region")
    place = "-".join(str(each) for each in (country, region) if each)
    return f"lives in {place}" if place else "residence unknown"


def _point(point: Mapping[str, Json]) -> str:
    basis = point.get("consent_basis")
    said = [f"consent by {basis}" if basis else "no consent"]
    said += [name.replace("_", " ") for name in ("opted_out", "invalid", "work", "shared") if point.get(name)]
    if source := point.get("source"):
        said.append("address found elsewhere" if source == "found" else f"address given by the {source}")
    if grants := _list(point.get("grants")):
        said.append(f"recorded consent: {grants}")
    return f"{point.get('channel')} with {', '.join(said)}"


def _plans(refs: Json) -> str:
    named = [str(each) for each in refs] if isinstance(refs, Sequence) and not isinstance(refs, str) else []
    return f"plan{'s' if len(named) > 1 else ''} {', '.join(named)}" if named else "no plan"


def _list(value: Json) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else ""


def _zones(facts: Sequence[Mapping[str, Json] | None]) -> Sequence[str]:
    """Return the zones that the newest of the facts know."""
    for each in reversed(facts):
        zones = (each or {}).get("zones")
        if isinstance(zones, list | tuple) and zones:
            return [str(zone) for zone in zones]
    return ["UTC"]


def _local(instant: str, zones: Sequence[str]) -> str:
    """Say an instant in the first of the debtor's zones."""
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(zones[0]))
    seconds = f":{local:%S}" if local.second else ""
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}{seconds} ({zones[0]})"


def _folded(text: str, indent: int) -> Iterator[str]:
    start = " " * indent
    yield from wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=start + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
