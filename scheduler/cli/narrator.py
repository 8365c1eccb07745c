"""Prints one line for each decision and outcome while the worker runs: who, what, and why not."""

from collections.abc import Callable, Mapping, Sequence

from scheduler.domain.entry import Draft, Event, Json

_WORDS = {
    Event.ACCEPTED: "sent",
    Event.DEFERRED: "deferred",
    Event.SKIPPED: "skipped",
    Event.REFUSED: "refused",
    Event.REJECTED: "rejected",
    Event.UNKNOWN: "unknown",
}

_PAST = frozenset({"expired", "superseded"})
_FEW = 3


class Narrator:
    """Tells what was decided, by references only: no name, address or word of a message."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """Write each line with `write`."""
        self._write = write

    def listen(self, drafts: Sequence[Draft]) -> None:
        """Print the lines of what was just logged; what is past in a whole batch is only counted."""
        told = [each for each in drafts if each.event in _WORDS]
        past = sum(map(_is_past, told))
        for each in told:
            if past <= _FEW or not _is_past(each):
                self._write(line(each))
        if past > _FEW:
            self._write(f"{told[0].at:%Y-%m-%d %H:%M:%S}Z  skipped  {past} steps and receipts of the past")


def line(draft: Draft) -> str:
    """Return one decision as a line of text."""
    public = draft.public
    about = " ".join(
        (
            f"{draft.at:%Y-%m-%d %H:%M:%S}Z",
            f"{_WORDS[draft.event]:<8}",
            f"{_text(public, 'step'):<16}",
            f"{_text(public, 'channel'):<5}",
            f"debtor {_text(public, 'debtor_ref')}",
            f"plan {', '.join(_list(public, 'plan_refs'))}",
        )
    )
    return f"{about}  {_why(public)}".rstrip()


def _why(public: Mapping[str, Json]) -> str:
    reasons = public.get("reasons")
    against = [
        f"{each['rule']}: {each['detail']}"
        for each in (reasons if isinstance(reasons, Sequence) else ())
        if isinstance(each, Mapping) and each["verdict"] != "allow"
    ]
    until = _text(public, "until")
    return "; ".join(against) + (f"; until {until[:16].replace('T', ' ')}Z" if until else "")


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
