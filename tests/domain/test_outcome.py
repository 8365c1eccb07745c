"""The outcome table, written out cell by cell, and the laws that it obeys for any evidence in any order."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.delivery import Accepted, NotSent, Rejected, Unknown
from scheduler.domain.outcome import (
    CONTRADICTED,
    Absent,
    Evidence,
    MessageState,
    Ruling,
    Seen,
    TimeUp,
    outcome,
    touchpoint_state,
)
from scheduler.domain.touchpoint import State

TABLE = """
            accepted  rejected  not_sent  unknown   seen      absent    time_up   went_out  never_did
armed       accepted  rejected  not_sent  unknown   accepted  .         .         .         .
unknown     accepted  rejected  not_sent  .         accepted  released  presumed  accepted  released
presumed    accepted  .         .         .         accepted  .         .         accepted  released
released    accepted  .         .         .         accepted  .         .         .         .
not_sent    accepted  .         .         .         accepted  .         .         .         .
rejected    .         .         .         .         accepted  .         .         .         .
accepted    .         .         .         .         .         .         .         .         .
"""
"""Where each kind of evidence leads from each state; a dot is "it changes nothing"."""

KINDS: dict[str, Evidence] = {
    "accepted": Accepted("SM1"),
    "rejected": Rejected("21211"),
    "not_sent": NotSent("http_429"),
    "unknown": Unknown("timeout"),
    "seen": Seen("SM1", "callback"),
    "absent": Absent(),
    "time_up": TimeUp(),
    "went_out": Ruling(True, "ann", "the debtor has it"),
    "never_did": Ruling(False, "ann", "the provider says no"),
}
_HEAD, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
CELLS = [
    (row[0], kind, None if cell == "." else cell)
    for row in _ROWS
    for kind, cell in zip(_HEAD, row[1:], strict=True)
]

COUNTED = frozenset(MessageState) - {MessageState.REJECTED, MessageState.NOT_SENT, MessageState.RELEASED}
YES = (Accepted, Seen)

S = MessageState


def fold(evidence: Sequence[Evidence], state: MessageState = S.ARMED) -> MessageState:
    """Return the state that an attempt comes to by all evidence in its order."""
    for each in evidence:
        state = outcome(state, each) or state
    return state


def test_the_table_has_every_state_and_every_kind_of_evidence() -> None:
    assert {(state, kind) for state, kind, _ in CELLS} == set(product(MessageState, KINDS))
    assert {type(each) for each in KINDS.values()} == set(Evidence.__args__)


@pytest.mark.parametrize(
    ("state", "kind", "leads_to"), CELLS, ids=[f"{state}-{kind}" for state, kind, _ in CELLS]
)
def test_evidence_leads_where_the_table_says(state: str, kind: str, leads_to: str | None) -> None:
    assert outcome(MessageState(state), KINDS[kind]) == leads_to


OF_THE_CALL = st.sampled_from([KINDS[each] for each in ("accepted", "rejected", "not_sent", "unknown")])
"""A call is made once, so an attempt has at most one of these."""

AFTERWARDS = st.lists(
    st.sampled_from(
        [
            KINDS[each]
            for each in ("seen", "absent", "time_up", "went_out", "never_did", "unknown", "not_sent")
        ]
    ),
    max_size=6,
)
"""What callbacks, look-ups, the deadline and persons may add, true or not, as often as they like."""


@st.composite
def histories(draw: st.DrawFn) -> list[Evidence]:
    """Draw everything that may be said of one attempt, in any order, the call's own answer at most once."""
    said = draw(AFTERWARDS)
    answer = draw(st.none() | OF_THE_CALL)
    return draw(st.permutations(said if answer is None else [*said, answer]))


@given(histories())
@settings(deadline=None)
def test_what_was_accepted_stays_accepted(history: list[Evidence]) -> None:
    assert fold(history, S.ACCEPTED) is S.ACCEPTED


@given(histories())
@settings(deadline=None)
def test_a_yes_is_never_lost_whatever_else_is_said_before_or_after(history: list[Evidence]) -> None:
    if any(isinstance(each, YES) for each in history):
        assert fold(history) is S.ACCEPTED


@given(histories(), st.sampled_from(MessageState))
@settings(deadline=None)
def test_the_same_evidence_at_once_again_changes_nothing(
    history: list[Evidence], state: MessageState
) -> None:
    for each in history:
        state = outcome(state, each) or state
        assert outcome(state, each) in (None, state)


@given(histories())
@settings(deadline=None)
def test_nothing_leads_back_to_armed_and_only_silence_of_the_call_to_unknown(history: list[Evidence]) -> None:
    state = S.ARMED
    for each in history:
        after = outcome(state, each)
        assert after is not S.ARMED
        assert after is not S.UNKNOWN or state is S.ARMED
        state = after or state


CERTAIN_NO = (Rejected, NotSent, Absent, Ruling)


@given(histories(), st.booleans())
@settings(deadline=None)
def test_without_a_certain_no_a_touchpoint_is_never_planned_again(
    history: list[Evidence], again: bool
) -> None:
    state = S.ARMED
    for each in history:
        after = outcome(state, each)
        if after is not None and touchpoint_state(after, again=again) is State.PLANNED:
            assert isinstance(each, CERTAIN_NO)
            assert not (isinstance(each, Ruling) and each.went_out)
            assert again or not isinstance(each, Absent | Ruling)
        state = after or state


def test_after_a_doubt_only_the_creditors_own_rule_lets_a_message_go_out_again() -> None:
    assert touchpoint_state(S.RELEASED, again=False) is State.SKIPPED
    assert touchpoint_state(S.RELEASED, again=True) is State.PLANNED


@pytest.mark.parametrize("state", MessageState)
def test_what_may_have_arrived_keeps_its_touchpoint_from_being_decided_afresh(state: MessageState) -> None:
    is_open = touchpoint_state(state, again=True) is State.PLANNED
    assert is_open == (state in CONTRADICTED)


TRUE_OF_ONE_THAT_ARRIVED = st.lists(
    st.sampled_from([KINDS[each] for each in ("seen", "time_up", "went_out", "unknown")]), max_size=6
)
TRUE_ANSWERS_TO_ONE_THAT_ARRIVED = st.none() | st.sampled_from([KINDS["accepted"], KINDS["unknown"]])


@given(TRUE_OF_ONE_THAT_ARRIVED, TRUE_ANSWERS_TO_ONE_THAT_ARRIVED, st.data())
@settings(deadline=None)
def test_no_true_evidence_in_any_order_shows_fewer_messages_than_the_provider_had(
    said: list[Evidence], answer: Evidence | None, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(said if answer is None else [*said, answer]))

    for known in range(len(order) + 1):
        assert fold(order[:known]) in COUNTED


@given(histories())
@settings(deadline=None)
def test_a_proof_that_was_wrong_is_made_good_by_the_first_yes(history: list[Evidence]) -> None:
    state = fold(history)

    assert fold([KINDS["seen"]], state) is S.ACCEPTED


@given(histories())
@settings(max_examples=300, deadline=None)
def test_the_order_in_which_evidence_comes_decides_nothing_once_somebody_knows(
    history: list[Evidence],
) -> None:
    answer_knows = [each for each in history if isinstance(each, Accepted)]
    if answer_knows or any(isinstance(each, Seen) for each in history):
        assert {fold(history), fold(history[::-1])} == {S.ACCEPTED}
