"""What each rule said of a message, with the rule in words, its source, and how well that is known."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from scheduler.cli.explain_times import Times

if TYPE_CHECKING:
    from scheduler.rehearsal.explaining import Finding

_WIDTH = 100
_AGAINST = {"defer": "Not yet", "skip": "Not needed", "refuse": "Not allowed"}
_CONFIDENCES = {
    "V1": "read in the law's own words",
    "V2": "reported, not read there",
    "V2-": "weak or conflicting",
    "U": "our own caution or unverified",
}


class Confidences:
    """Collects the confidences that an explanation shows, so that its end can say what they mean."""

    def __init__(self) -> None:
        """Start with none."""
        self._shown: set[str] = set()

    def note(self, confidence: str) -> None:
        """Note that one was shown."""
        self._shown.add(confidence)

    def legend(self) -> Iterator[str]:
        """Yield what those that were shown mean, after an empty line; nothing where none was."""
        meanings = [f"{name} {words}" for name, words in _CONFIDENCES.items() if name in self._shown]
        if meanings:
            yield ""
            yield "; ".join(meanings)


def finding_lines(findings: Sequence["Finding"], times: Times, known: Confidences) -> Iterator[str]:
    """Yield what speaks against a message first; what allowed it in full only where nothing does.

    That the step ends too soon is for the heading to say.
    """
    against = [each for each in findings if each.verdict != "allow" and each.rule != "step_end"]
    for each in against:
        until = f", until {times.local(each.until)}" if each.until else ""
        verdict = _AGAINST.get(each.verdict, each.verdict)
        yield from folded(f"{verdict}: {each.detail}{until} [{each.rule}]", 2)
        yield from _source(each, known)
    allowed = [each for each in findings if each.verdict == "allow"]
    if allowed and not against:
        yield "  Every rule allowed it:"
        for each in allowed:
            yield from folded(f"{each.detail} [{each.rule}]", 4)
            yield from _source(each, known)
    elif allowed:
        yield from folded(f"Allowed by {', '.join(each.rule for each in allowed)}", 2)


def _source(finding: "Finding", known: Confidences) -> Iterator[str]:
    if finding.says:
        yield from folded(f"rule: {finding.says}", 6)
    if finding.citation:
        known.note(finding.confidence)
        yield from folded(f"source: {finding.citation} ({finding.confidence})", 6)


def folded(text: str, indent: int) -> Iterator[str]:
    """Yield a text as lines that are broken between words."""
    start = " " * indent
    yield from wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=start + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
