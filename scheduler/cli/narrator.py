"""Prints one line for each decision and outcome while the worker runs: who, what, and why not."""

from collections.abc import Callable, Mapping, Sequence

from scheduler.cli.doubt_words import doubt_reason, found_words
from scheduler.cli.stop_words import at_large, waits_for_resume
from scheduler.domain.entry import Draft, Event, Json

_WORDS = {
    Event.ACCEPTED: "sent",
    Event.DEFERRED: "deferred",
    Event.SKIPPED: "skipped",
    Event.REFUSED: "refused",
    Event.REJECTED: "rejected",
    Event.UNKNOWN: "unknown",
    Event.PRESUMED: "presumed",
    Event.RELEASED: "released",
    Event.DELIVERED: "delivered",
    Event.UNDELIVERED: "undelivered",
    Event.COMPLAINED: "complained",
}
_AT_LARGE = {
    Event.PAUSED: "paused",
    Event.RESUMED: "resumed",
    Event.QUARANTINED: "quarantine",
    Event.QUARANTINE_RELEASED: "quarantine released",
    Event.ALARM: "alarm",
}
"""What is about no message of its own."""

_WIDTH = 25
"""How wide word and step are together."""

_PAST = frozenset({"expired", "superseded"})
_FEW = 3


class Narrator:
    """Tells what was decided, by references only: no name, address or word of a message."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """Write each line with `write`."""
        self._write = write

    def listen(self, drafts: Sequence[Draft]) -> None:
        """Print the lines of what was just logged; what is past in a whole batch is only counted."""
        told = [each for each in drafts if each.event in _WORDS or each.event in _AT_LARGE]
        past = sum(map(_is_past, told))
        for each in told:
            if past <= _FEW or not _is_past(each):
                self._write(line(each) if each.event in _WORDS else line_at_large(each))
        if past > _FEW:
            self._write(f"{told[0].at:%Y-%m-%d %H:%M:%S}Z  skipped  {past} steps and receipts of the past")


def line(draft: Draft) -> str:
    """Return one decision or outcome as a line of text."""
    public = draft.public
    about = " ".join(
        (
            f"{draft.at:%Y-%m-%d %H:%M:%S}Z",
            f"{_WORDS[draft.event]:<8} {_text(public, 'step')}".ljust(_WIDTH),
            f"{_text(public, 'channel'):<5}",
            f"debtor {_text(public, 'debtor_ref')}",
            f"plan {', '.join(_list(public, 'plan_refs'))}",
        )
    )
    return f"{about}  {_why(draft.event, public)}".rstrip()


def line_at_large(draft: Draft) -> str:
    """Return what is about no message of its own as a line of text."""
    told = f"{draft.at:%Y-%m-%d %H:%M:%S}Z {_AT_LARGE[draft.event]:<8}"
    return f"{told} {'; '.join(at_large(draft.event, draft.chain, draft.public))}".rstrip()


def _why(event: Event, public: Mapping[str, Json]) -> str:
    if (author := _text(public, "author")) and event in (Event.ACCEPTED, Event.RELEASED):
        return f"by the word of {author}"
    reasons = public.get("reasons")
    against = [
        doubt_reason(event, each) or f"{each['rule']}: {each['detail']}"
        for each in (reasons if isinstance(reasons, Sequence) else ())
        if isinstance(each, Mapping) and each["verdict"] != "allow"
    ]
    until = _text(public, "until")
    ends = "somebody resumes it" if waits_for_resume(reasons) else f"{until[:16].replace('T', ' ')}Z"
    return "; ".join([*against, *found_words(public), *([f"until {ends}"] if until else ())])


def _is_past(draft: Draft) -> bool:
    reasons = draft.public.get("reasons")
    first = reasons[0] if isinstance(reasons, Sequence) and reasons else {}
    past = isinstance(first, Mapping) and _text(first, "rule") in _PAST
    return past and draft.event is Event.SKIPPED


def _text(public: Mapping[str, Json], name: str) -> str:
    value = public.get(name)
    return value if isinstance(value, str) else ""


def _list(public: Mapping[str, Json], name: str) -> list[str]:
    value = public.get(name)
    return [str(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
