"""What every form about time promises, on which the next allowed instant rests."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.facts import Facts
from scheduler.domain.rule import HORIZON, Rule, TimeForm
from tests.domain import drawn
from tests.domain.rules_and_days import Holidays, rule


@st.composite
def questions(draw: st.DrawFn) -> tuple[Rule, TimeForm, Facts, Holidays, datetime, datetime]:
    """Draw a rule of any form, facts, and two instants, the second not before the first."""
    now = draw(drawn.INSTANTS)
    form = drawn.form(draw, now)
    of = rule(form, effective=drawn.effective(draw, now))
    later = now + draw(drawn.LATER) + draw(drawn.SECONDS)
    return of, form, drawn.facts(draw, now), drawn.calendar(draw, now), now, later


@given(questions())
@settings(max_examples=200, deadline=None)
def test_the_earliest_instant_is_not_before_the_question_and_stands_when_asked_about(
    question: tuple[Rule, TimeForm, Facts, Holidays, datetime, datetime],
) -> None:
    of, form, facts, calendar, now, _ = question
    point = facts.debtor.contact_points[0]

    first = of.earliest(form, facts, point, calendar, now).at

    if first is not None:
        assert first >= now
        assert of.earliest(form, facts, point, calendar, first).at == first


@given(questions())
@settings(max_examples=200, deadline=None)
def test_a_later_question_never_has_an_earlier_answer(
    question: tuple[Rule, TimeForm, Facts, Holidays, datetime, datetime],
) -> None:
    of, form, facts, calendar, now, later = question
    point = facts.debtor.contact_points[0]

    first = of.earliest(form, facts, point, calendar, now).at
    second = of.earliest(form, facts, point, calendar, later).at

    if first is None:
        assert second is None or second > now + HORIZON
    elif second is not None:
        assert first <= second


@given(questions())
@settings(max_examples=50, deadline=None)
def test_asking_twice_gives_the_same_answer(
    question: tuple[Rule, TimeForm, Facts, Holidays, datetime, datetime],
) -> None:
    of, form, facts, calendar, now, _ = question
    point = facts.debtor.contact_points[0]

    assert of.earliest(form, facts, point, calendar, now) == of.earliest(form, facts, point, calendar, now)
