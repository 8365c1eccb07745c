"""Messages in doubt in plain words: why nobody can tell, and what becomes of each and when."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.cli.explain_times import Times
from scheduler.domain.doubt import DEADLINE
from scheduler.domain.entry import Event, Json, instant_text
from scheduler.domain.outcome import LOOK_UP, MessageState
from scheduler.domain.touchpoint import State

if TYPE_CHECKING:
    from scheduler.ports import Doubted

_WHY = {
    "no_answer": "the provider did not answer in time",
    "connection_lost": "the connection broke before an answer came",
    "answer_cut": "the answer broke off",
    "answer_unreadable": "the answer could not be read",
    "no_message_sid": "the answer named no message",
    "no_message_id": "the answer named no message",
    "data_timeout": "the mail server did not answer in time",
    "data_no_connection": "the connection to the mail server broke",
    "no_outcome_noted": "Duly stopped before it noted an outcome",
    "no_evidence": "no evidence came by the deadline",
    "not_listed": "asked twice, the provider has no such message",
    "settled_by_hand": "somebody settled it by hand",
}
_ANSWERED = "http_"
_FAULT = "exception "

_OF_DOUBT = frozenset({Event.UNKNOWN, Event.PRESUMED, Event.RELEASED})
_FOUND = {LOOK_UP: "found by a look-up", "callback": "known by the provider's report"}

STATES = {
    MessageState.ARMED: "not noted",
    MessageState.UNKNOWN: "unknown",
    MessageState.PRESUMED: "presumed sent",
    MessageState.RELEASED: "released",
}
"""What a state is called in a list of doubts."""


def why_words(code: str | None) -> str:
    """Say why a message's outcome is what it is; a code that is nobody's word goes by itself."""
    if code is None:
        return "no outcome was noted"
    if code.startswith(_ANSWERED):
        return f"the provider answered with HTTP {code.removeprefix(_ANSWERED)}"
    if code.startswith(_FAULT):
        return f"a fault of Duly's own: {code.removeprefix(_FAULT)}"
    return _WHY.get(code, f"the provider's code is {code}")


def doubt_reason(event: str, reason: Mapping[str, Json]) -> str | None:
    """Say why an outcome is in doubt, or no longer is, with the code for it; None for a reason of any other kind."""
    if reason.get("rule") != "provider" or event not in _OF_DOUBT:
        return None
    return f"{why_words(str(reason.get('detail')))} ({reason.get('detail')})"


def found_words(public: Mapping[str, Json]) -> Iterator[str]:
    """Yield by what else than the answer to its call a message's outcome is known, and what that refutes."""
    if (evidence := public.get("evidence")) in _FOUND:
        yield _FOUND[str(evidence)]
    if isinstance(code := public.get("code"), str):
        yield f"the provider's code is {code}"
    if public.get("incident") is not None:
        yield "it had been held to be proved that it never arrived"


def next_words(doubted: "Doubted", times: Times, now: datetime) -> str:
    """Say what happens to a message next, and when."""
    return "; ".join(_next(doubted, times, now))


def _next(doubted: "Doubted", times: Times, now: datetime) -> Iterator[str]:
    if doubted.state is MessageState.PRESUMED:
        yield "counts as sent for good, unless you settle it"
    elif doubted.state is MessageState.RELEASED and doubted.touchpoint_state is State.SKIPPED:
        yield "nothing: it counts for no limit, and its step is over"
    elif doubted.state is MessageState.RELEASED:
        yield "decided afresh"
    elif doubted.state in (MessageState.ARMED, MessageState.UNKNOWN):
        yield _look_up(doubted.look_at, times, now)
        deadline = doubted.armed_at + DEADLINE
        when = f" on {minute_of(deadline, times)}" if deadline > now else ""
        yield f"presumed sent{when} if nothing turns up"


def _look_up(look_at: datetime | None, times: Times, now: datetime) -> str:
    if look_at is None or look_at <= now:
        return "looked up as soon as `duly run` comes round"
    return f"looked up again on {minute_of(look_at, times)}"


def minute_of(at: datetime, times: Times) -> str:
    """Say an instant by somebody's clock, to the minute."""
    return times.wall(instant_text(at.replace(second=0, microsecond=0)))
