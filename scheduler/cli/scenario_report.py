"""What became of the scenarios: what failed and why, and which rules no scenario tries."""

import sys
from collections.abc import Iterator, Mapping, Sequence

from scheduler.cli.local_time import local
from scheduler.cli.sheets import indented, print_table, printable
from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Send, Skip
from scheduler.domain.entry import instant_text, reasons_json
from scheduler.domain.phrases import Phrase
from scheduler.rehearsal.coverage import STOPPING, Covered
from scheduler.rehearsal.expectation import ANOTHER, Deferred, Expected, Refused, Sent, differences
from scheduler.rehearsal.scenarios import Result

_INDENT = " " * 12


def print_failed(result: Result) -> None:
    """Print a scenario that did not come as expected: where it stands, what was expected, what was decided."""
    scenario = result.scenario
    zone = next(iter(scenario.facts.debtor.zones), "UTC")
    sys.stdout.write(f"{scenario.file}:{scenario.line}: {printable(scenario.name)}\n")
    _write("at", "; ".join((local(scenario.at, zone), *result.holidays)))
    _write("expected", expected_words(scenario.expected, zone))
    _write("decided", decided_words(result.decision, zone))
    for line in reason_words(result.decision, zone):
        sys.stdout.write(indented(line, _INDENT))
    for line in differences(scenario.expected, result.decision):
        if line != ANOTHER:
            _write("but", line)


def _write(name: str, line: str) -> None:
    first, *others = indented(line, _INDENT).splitlines(keepends=True)
    sys.stdout.write(f"  {name:<10}{first.lstrip()}{''.join(others)}")


def expected_words(expected: Expected, zone: str) -> str:
    """Return in words what a scenario expects."""
    if isinstance(expected, Deferred):
        return f"defer until {local(expected.until, zone)}, because of {', '.join(expected.because)}"
    if isinstance(expected, Refused):
        return f"refuse, because of {', '.join(expected.because)}"
    saying = (
        "" if expected.saying is None else f", saying {_named(expected.saying) or 'nothing in particular'}"
    )
    return f"send{f' by {expected.channel}' if expected.channel else ''}{saying}"


def decided_words(decision: Decision, zone: str) -> str:
    """Return in words what was decided."""
    if isinstance(decision, Send):
        phrases = [each.rule for each in decision.phrases]
        saying = (
            f", saying what {', '.join(phrases)} ask{'' if len(phrases) > 1 else 's'} for" if phrases else ""
        )
        return f"send by {decision.contact_point.channel}{saying}"
    if isinstance(decision, Defer):
        return f"defer until {local(decision.until, zone)}"
    return "skip" if isinstance(decision, Skip) else "refuse"


def reason_words(decision: Decision, zone: str) -> Iterator[str]:
    """Yield each reason in words, those against the message first."""
    sent = isinstance(decision, Send)
    for each in () if sent else decision.reasons:
        yield f"against: {_reason(each, zone)}"
    allowed = decision.reasons if sent else decision.allowed if isinstance(decision, Defer | Refuse) else ()
    for each in allowed:
        yield f"for: {_reason(each, zone)}"


def _reason(reason: Reason, zone: str) -> str:
    until = f", until {local(reason.until, zone)}" if reason.until else ""
    return f"{reason.rule}: {reason.detail}{until}"


def _named(phrases: Sequence[str]) -> str:
    """Return phrases in quotation marks, and rules as they are."""
    return ", ".join(f"“{each}”" if " " in each else each for each in phrases)


def print_coverage(covered: Sequence[Covered]) -> None:
    """Print how many scenarios each rule stops and lets through; a rule that stops nothing has a dash there."""
    print_table(("rule", "stopped", "let through", ""), (_cells(each) for each in covered))


def _cells(each: Covered) -> tuple[str, str, str, str]:
    if isinstance(each.rule.form, Phrase):
        return each.rule.id, "–", "–", f"said in {each.stopped}, left out in {each.passed}"
    if not isinstance(each.rule.form, STOPPING):
        return each.rule.id, "–", "–", "a duty that stops no message"
    return each.rule.id, str(each.stopped), str(each.passed), ""


def coverage_json(covered: Sequence[Covered]) -> list[dict[str, object]]:
    """Return the coverage as JSON."""
    return [
        {"rule": each.rule.id, "stopped": each.stopped, "passed": each.passed, "lacking": list(each.lacking)}
        for each in covered
    ]


def result_json(result: Result) -> dict[str, object]:
    """Return a scenario's result as JSON."""
    scenario, decision = result.scenario, result.decision
    allowed = decision.allowed if isinstance(decision, Defer | Refuse) else ()
    return {
        "file": scenario.file,
        "line": scenario.line,
        "scenario": scenario.name,
        "ok": result.is_met,
        "at": instant_text(scenario.at),
        "expected": _expected_json(scenario.expected),
        "decided": _decided_json(decision),
        "reasons": reasons_json((*decision.reasons, *allowed)),
        "differences": list(differences(scenario.expected, decision)),
    }


def _expected_json(expected: Expected) -> Mapping[str, object]:
    if isinstance(expected, Sent):
        return {"decision": "send", "channel": expected.channel, "saying": expected.saying}
    if isinstance(expected, Deferred):
        return {"decision": "defer", "until": instant_text(expected.until), "because": expected.because}
    return {"decision": "refuse", "because": expected.because}


def _decided_json(decision: Decision) -> Mapping[str, object]:
    if isinstance(decision, Send):
        phrases = [each.rule for each in decision.phrases]
        return {"decision": "send", "channel": decision.contact_point.channel, "saying": phrases}
    if isinstance(decision, Defer):
        return {"decision": "defer", "until": instant_text(decision.until)}
    return {"decision": "skip" if isinstance(decision, Skip) else "refuse"}
