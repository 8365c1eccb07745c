"""What evidence of a message in doubt is worth, at each edge: one second before and at it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.delivery import Accepted, Finding, Listed, NotSent, Unknown
from scheduler.domain.doubt import BETWEEN_LOOKS, DEADLINE, LEASE, Doubt, Later, first_look, judge
from scheduler.domain.message import Inquiry
from scheduler.domain.outcome import Absent, Evidence, MessageState, Seen, TimeUp

ARMED_AT = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
PROVES_AFTER = HOUR
VALID_FROM = ARMED_AT + LEASE + PROVES_AFTER
NOTHING = Listed(())
CANNOT_TELL = Unknown("no_look_up_by_key")


def a_doubt(state: MessageState = MessageState.UNKNOWN, absent_at: datetime | None = None) -> Doubt:
    """An attempt that was armed at `ARMED_AT`."""
    inquiry = Inquiry("t" * 32, 1, "sms", "+447700900123", "+447700900000", "0" * 64, ARMED_AT)
    return Doubt(1, "northwind", "twilio", state, inquiry, absent_at)


def judged(
    finding: Finding,
    asked_at: datetime,
    *,
    doubt: Doubt | None = None,
    bound: Collection[str] = (),
    proves_after: timedelta | None = PROVES_AFTER,
) -> Evidence | Later:
    """Judge a finding of a provider that lists its messages an hour after a call."""
    return judge(doubt or a_doubt(), finding, bound, asked_at, proves_after)


@pytest.mark.parametrize("state", [MessageState.ARMED, MessageState.UNKNOWN], ids=lambda each: each.value)
@pytest.mark.parametrize("age", [timedelta(0), HOUR, DEADLINE, timedelta(days=400)], ids=str)
def test_that_a_provider_has_it_is_good_evidence_at_any_age(state: MessageState, age: timedelta) -> None:
    for finding in (Listed(("SM1",)), Accepted("SM1")):
        found = judged(finding, ARMED_AT + age, doubt=a_doubt(state), proves_after=None)

        assert found == Seen("SM1", "look_up")


def test_what_belongs_to_another_message_is_no_candidate() -> None:
    assert judged(Listed(("SM1", "SM2")), ARMED_AT + HOUR, bound={"SM1"}) == Seen("SM2", "look_up")
    assert isinstance(judged(Listed(("SM1",)), VALID_FROM - SECOND, bound={"SM1"}), Later)
    assert judged(Listed(("SM1",)), VALID_FROM, bound={"SM1"}) == Later(
        VALID_FROM + BETWEEN_LOOKS, VALID_FROM
    )


@pytest.mark.parametrize("asked_at", [ARMED_AT + HOUR, VALID_FROM, ARMED_AT + DEADLINE - SECOND], ids=str)
def test_two_candidates_prove_neither_that_it_arrived_nor_that_it_did_not(asked_at: datetime) -> None:
    known = a_doubt(absent_at=VALID_FROM)
    found = judged(Listed(("SM1", "SM2")), asked_at, doubt=known)

    assert isinstance(found, Later)
    assert found.absent_at == VALID_FROM
    assert asked_at < found.look_at <= ARMED_AT + DEADLINE


def test_what_was_made_later_proves_nothing_either_way_unless_it_belongs_to_another_message() -> None:
    known, late = a_doubt(absent_at=VALID_FROM), Listed((), ("SM9",))
    asked_at = VALID_FROM + BETWEEN_LOOKS
    assert isinstance(judged(late, asked_at, doubt=known), Later)
    assert judged(late, ARMED_AT + DEADLINE, doubt=known) == TimeUp()
    assert judged(late, asked_at, doubt=known, bound={"SM9"}) == Absent()
    assert judged(Listed(("SM1",), ("SM9",)), asked_at, doubt=known) == Seen("SM1", "look_up")


def test_two_candidates_at_the_deadline_are_a_persons_business() -> None:
    assert judged(Listed(("SM1", "SM2")), ARMED_AT + DEADLINE) == TimeUp()


def test_absence_proves_nothing_when_the_question_was_asked_a_second_too_early() -> None:
    found = judged(NOTHING, VALID_FROM - SECOND)

    assert found == Later(VALID_FROM, None)


def test_absence_at_the_first_valid_instant_is_half_a_proof() -> None:
    assert judged(NOTHING, VALID_FROM) == Later(VALID_FROM + BETWEEN_LOOKS, VALID_FROM)


def test_a_second_absence_a_second_too_soon_is_still_half_a_proof() -> None:
    once = a_doubt(absent_at=VALID_FROM)
    again = VALID_FROM + BETWEEN_LOOKS

    assert judged(NOTHING, again - SECOND, doubt=once) == Later(again, VALID_FROM)
    assert judged(NOTHING, again, doubt=once) == Absent()


def test_an_absence_that_was_noted_too_early_is_no_half_of_any_proof() -> None:
    noted_early = a_doubt(absent_at=VALID_FROM - SECOND)
    later = VALID_FROM + HOUR

    assert judged(NOTHING, later, doubt=noted_early) == Later(later + BETWEEN_LOOKS, later)


def test_a_question_that_was_asked_before_the_first_one_proves_nothing_more() -> None:
    once = a_doubt(absent_at=VALID_FROM + HOUR)

    assert judged(NOTHING, VALID_FROM, doubt=once) == Later(
        VALID_FROM + HOUR + BETWEEN_LOOKS, VALID_FROM + HOUR
    )


def test_absence_proves_nothing_where_a_provider_promises_no_list() -> None:
    at = ARMED_AT + DEADLINE - SECOND

    assert isinstance(judged(NOTHING, at, doubt=a_doubt(absent_at=VALID_FROM), proves_after=None), Later)
    assert judged(NOTHING, ARMED_AT + DEADLINE, proves_after=None) == TimeUp()


@pytest.mark.parametrize("age", [LEASE, DEADLINE, timedelta(days=9)], ids=str)
def test_an_armed_message_first_becomes_unknown_whatever_the_silence_lasts(age: timedelta) -> None:
    armed = a_doubt(MessageState.ARMED, absent_at=VALID_FROM)
    for finding in (NOTHING, CANNOT_TELL, Listed(("SM1", "SM2"))):
        assert judged(finding, ARMED_AT + age, doubt=armed) == Unknown("no_outcome_noted")


@pytest.mark.parametrize("state", [MessageState.ARMED, MessageState.UNKNOWN], ids=lambda each: each.value)
def test_a_provider_that_knows_for_certain_that_it_never_had_it_is_believed(state: MessageState) -> None:
    never = NotSent("not_in_outbox")

    assert judged(never, ARMED_AT + LEASE, doubt=a_doubt(state), proves_after=None) == never


def test_without_evidence_it_is_presumed_at_the_deadline_and_not_a_second_sooner() -> None:
    deadline = ARMED_AT + DEADLINE

    assert judged(CANNOT_TELL, deadline - SECOND) == Later(deadline, None)
    assert judged(CANNOT_TELL, deadline) == TimeUp()


def test_a_provider_that_could_not_be_asked_leaves_half_a_proof_as_it_is() -> None:
    found = judged(CANNOT_TELL, VALID_FROM + HOUR, doubt=a_doubt(absent_at=VALID_FROM))

    assert isinstance(found, Later)
    assert found.absent_at == VALID_FROM


def test_half_a_proof_at_the_deadline_is_completed_rather_than_presumed() -> None:
    deadline = ARMED_AT + DEADLINE

    assert judged(NOTHING, deadline) == Later(deadline + BETWEEN_LOOKS, deadline)


def test_where_a_list_would_prove_something_only_after_the_deadline_the_deadline_counts() -> None:
    slow = DEADLINE

    assert isinstance(judged(NOTHING, ARMED_AT + DEADLINE - SECOND, proves_after=slow), Later)
    assert judged(NOTHING, ARMED_AT + DEADLINE, proves_after=slow) == TimeUp()


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (LEASE, 2 * MINUTE),
        (2 * MINUTE, 2 * MINUTE),
        (5 * MINUTE, 5 * MINUTE),
        (12 * HOUR, 12 * HOUR),
        (20 * HOUR, 6 * HOUR),
    ],
    ids=str,
)
def test_the_longer_it_is_in_doubt_the_more_rarely_it_is_looked_for(age: timedelta, wait: timedelta) -> None:
    assert judged(CANNOT_TELL, ARMED_AT + age) == Later(ARMED_AT + age + wait, None)


def test_a_callback_has_two_minutes_to_come_by_itself() -> None:
    assert first_look(ARMED_AT) == ARMED_AT + 2 * MINUTE


FINDINGS = st.sampled_from(
    [NOTHING, CANNOT_TELL, Listed(("SM1",)), Listed(("SM1", "SM2")), Accepted("SM1"), NotSent("never")]
)
AGES = st.timedeltas(LEASE, timedelta(days=3))
PROOFS = st.none() | st.timedeltas(timedelta(0), timedelta(days=2))


@given(FINDINGS, AGES, PROOFS, st.none() | AGES, st.sampled_from([(), ("SM1",), ("SM1", "SM2")]))
@settings(deadline=None)
def test_who_looks_again_looks_later_so_that_no_doubt_is_asked_about_without_end(
    finding: Finding,
    age: timedelta,
    proves_after: timedelta | None,
    absent_age: timedelta | None,
    bound: tuple[str, ...],
) -> None:
    absent_at = None if absent_age is None else ARMED_AT + absent_age
    asked_at = ARMED_AT + age
    found = judged(
        finding, asked_at, doubt=a_doubt(absent_at=absent_at), bound=bound, proves_after=proves_after
    )

    if isinstance(found, Later):
        assert found.look_at > asked_at


@given(st.lists(st.tuples(AGES, FINDINGS), min_size=1, max_size=12), PROOFS)
@settings(deadline=None)
def test_it_is_held_to_be_absent_only_when_two_valid_questions_apart_found_nothing(
    questions: list[tuple[timedelta, Finding]], proves_after: timedelta | None
) -> None:
    doubt, asked = a_doubt(), []
    for age, finding in sorted(questions, key=lambda each: each[0]):
        asked_at = ARMED_AT + age
        if finding == NOTHING and proves_after is not None and age >= LEASE + proves_after:
            asked.append(asked_at)
        found = judged(finding, asked_at, doubt=doubt, proves_after=proves_after)
        if isinstance(found, Absent):
            assert asked
            assert asked[-1] == asked_at
            assert asked_at - asked[0] >= BETWEEN_LOOKS
        if not isinstance(found, Later):
            return
        doubt = replace(doubt, absent_at=found.absent_at)
