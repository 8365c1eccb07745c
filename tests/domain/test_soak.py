"""The same laws for a year ahead and over many more examples: `make soak` runs them, and nothing else does."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain import drawn
from tests.domain import test_decision_laws as decisions
from tests.domain import test_form_laws as forms
from tests.domain import test_merging as merging
from tests.domain import test_next_allowed as next_allowed
from tests.domain import test_sequences as sequences

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
MANY = settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LAWS: dict[Callable[..., None], st.SearchStrategy[Any]] = {
    forms.test_a_later_question_never_has_an_earlier_answer: forms.questions(),
    forms.test_the_earliest_instant_is_not_before_the_question_and_stands_when_asked_about: forms.questions(),
    merging.test_a_layer_more_never_opens_an_instant: merging.questions(),
    merging.test_merging_heeds_neither_order_nor_grouping_nor_repetition: merging.layers(),
    merging.test_with_more_rules_the_next_allowed_instant_is_never_earlier: merging.timed_questions(),
    decisions.test_a_message_is_let_out_exactly_when_a_count_of_the_rules_says_so: decisions.questions(),
    decisions.test_an_instant_that_was_promised_keeps_its_promise_and_none_before_it_would: decisions.questions(),
    decisions.test_what_is_handed_over_may_be_delivered_until_the_first_window_closes: decisions.questions(),
}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.removeprefix("test_"))
def test_a_law_holds_over_many_more_examples(law: Callable[..., None]) -> None:
    inner: Callable[..., None] = law.hypothesis.inner_test  # type: ignore[attr-defined]  # as Hypothesis documents it

    @MANY
    @given(LAWS[law])
    def holds(question: Any) -> None:
        inner(question)

    holds()


@given(sequences.COUNTERS, sequences.ZONES, drawn.INSTANTS, sequences.STEPS)
@MANY
def test_no_sequence_of_decisions_exceeds_a_counter_over_many_more_examples(
    counters: list[Any], zones: tuple[str, ...], now: Any, steps: list[sequences.Step]
) -> None:
    of = sequences.rules(counters)

    sent = sequences.tried(of, zones, now, steps)

    assert [found for each in of.rules[1:] for found in sequences.exceeded(each, sent, zones)] == []


@given(next_allowed.questions())
@settings(MANY, max_examples=300)
def test_the_next_allowed_instant_is_allowed_and_no_earlier_one_is_for_a_year(
    question: next_allowed.Question,
) -> None:
    next_allowed.check_against_a_count(*question, days_ahead=366)
