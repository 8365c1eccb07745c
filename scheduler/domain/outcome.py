"""The outcome table: the only place that says what becomes of a message by what is known of it.

Evidence belongs to one attempt; a message is one attempt, so what is said of it is never applied to another. What is
not in the table changes nothing. Once the provider is known to have had a message, nothing takes that back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.delivery import Accepted, NotSent, Rejected, Unknown
from scheduler.domain.touchpoint import State


class MessageState(StrEnum):
    """The life of one attempt. All but rejected, not sent and released count toward caps."""

    ARMED = "armed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    PRESUMED = "presumed"
    RELEASED = "released"


LOOK_UP = "look_up"
"""Names what was found by asking: a provider's list knows no key of ours, so that two messages may fit one name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The provider spoke of the message as its own: in a callback that brought our key back, or in its list."""

    provider_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Proof that the provider never had it: asked late enough, twice; see `doubt.judge`."""

    code: str = "not_listed"


@dataclass(frozen=True, slots=True)
class TimeUp:
    """No evidence came by the deadline."""

    code: str = "no_evidence"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person settled it, on evidence of their own: it went out, or it did not."""

    went_out: bool
    author: str
    note: str

    @property
    def code(self) -> str:
        """What the log calls it."""
        return "settled_by_hand"


Evidence = Accepted | Rejected | NotSent | Unknown | Seen | Absent | TimeUp | Ruling

_S = MessageState
_TABLE: Mapping[tuple[MessageState, type[object]], MessageState] = {
    # The answer to the call itself; it may come late, when a lease has run out meanwhile.
    (_S.ARMED, Accepted): _S.ACCEPTED,
    (_S.ARMED, Rejected): _S.REJECTED,
    (_S.ARMED, NotSent): _S.NOT_SENT,
    (_S.ARMED, Unknown): _S.UNKNOWN,
    (_S.UNKNOWN, Accepted): _S.ACCEPTED,
    (_S.UNKNOWN, Rejected): _S.REJECTED,
    (_S.UNKNOWN, NotSent): _S.NOT_SENT,
    # Whoever presumed or released it did not know; a "yes" is true whenever it comes.
    (_S.PRESUMED, Accepted): _S.ACCEPTED,
    (_S.RELEASED, Accepted): _S.ACCEPTED,
    (_S.NOT_SENT, Accepted): _S.ACCEPTED,
    **{(state, Seen): _S.ACCEPTED for state in _S if state is not _S.ACCEPTED},
    # Without an answer: released on proof only, presumed when none comes.
    (_S.UNKNOWN, Absent): _S.RELEASED,
    (_S.UNKNOWN, TimeUp): _S.PRESUMED,
}
_RULED: Mapping[bool, MessageState] = {True: _S.ACCEPTED, False: _S.RELEASED}

CONTRADICTED = frozenset({_S.REJECTED, _S.NOT_SENT, _S.RELEASED})
"""States that say it never arrived: a "yes" after one of them means that a proof was wrong."""

SETTLED_BY_HAND = frozenset({_S.UNKNOWN, _S.PRESUMED})
"""States that a person may settle."""


def outcome(state: MessageState, evidence: Evidence) -> MessageState | None:
    """Return the state that evidence leads to; None when it changes nothing."""
    if isinstance(evidence, Ruling):
        return _RULED[evidence.went_out] if state in SETTLED_BY_HAND else None
    return _TABLE.get((state, type(evidence)))


_OF_TOUCHPOINT: Mapping[MessageState, State] = {
    _S.ARMED: State.ARMED,
    _S.ACCEPTED: State.ACCEPTED,
    _S.UNKNOWN: State.UNKNOWN,
    _S.PRESUMED: State.PRESUMED,
    _S.REJECTED: State.PLANNED,  # another channel may follow
    _S.NOT_SENT: State.PLANNED,
    _S.RELEASED: State.SKIPPED,
}


def touchpoint_state(state: MessageState, *, again: bool) -> State:
    """Return where a touchpoint stands once its latest attempt has come to a state.

    `again` when it may be decided afresh although one attempt was in doubt, which only a creditor's own rule allows.
    """
    return State.PLANNED if state is _S.RELEASED and again else _OF_TOUCHPOINT[state]
