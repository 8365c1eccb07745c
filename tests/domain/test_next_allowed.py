"""The next allowed instant, against a count of all minutes that shares no code with it."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.facts import Facts
from scheduler.domain.policy import next_allowed
from tests.domain import drawn, oracle
from tests.domain.rules_and_days import DAY, MINUTE, Holidays, rule

Question = tuple[drawn.Timed, Facts, Holidays, datetime]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw rules about time, facts, holidays and an instant that need not be a full minute."""
    now = draw(drawn.INSTANTS)
    form = draw(drawn.HOURS)
    timed = ((rule(form, "p/hours"), form), *drawn.timed(draw, now))
    facts, calendar = drawn.facts(draw, now), drawn.calendar(draw, now)
    return timed, facts, calendar, now + draw(drawn.SECONDS)


def check_against_a_count(
    timed: drawn.Timed, facts: Facts, calendar: Holidays, now: datetime, days_ahead: int
) -> None:
    """The instant that is found is allowed, and no minute between it and now is; or none is, so far ahead."""
    point = facts.debtor.contact_points[0]

    def is_allowed(at: datetime) -> bool:
        return all(oracle.allows(each, facts, point, calendar, at) for each, _ in timed)

    found, limit = next_allowed(facts, point, timed, calendar, now), now + days_ahead * DAY
    at = now
    while at < min(found or limit, limit):
        assert not is_allowed(at), f"{at} is allowed already, and {found} was found"
        at = at.replace(second=0) + MINUTE
    assert found is None or is_allowed(found), f"{found} is not allowed"


@given(questions())
@settings(max_examples=30, deadline=None)
def test_the_next_allowed_instant_is_allowed_and_no_earlier_one_is(
    question: Question,
) -> None:
    check_against_a_count(*question, days_ahead=14)
