"""Decisions against a count that shares no code with them: what is let out, until when, and what was promised."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.decision import Defer, Send
from scheduler.domain.facts import Facts
from scheduler.domain.points import ConsentNeeded
from scheduler.domain.policy import Policy, decide
from scheduler.domain.rule import Rule
from scheduler.domain.windows import Closed, ClosedDays, Hours
from tests.domain import drawn, oracle
from tests.domain.rules_and_days import MINUTE, SECOND, Holidays

Question = tuple[Policy, Facts, Holidays, datetime]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a policy with a fallback among its rules, facts with a hold, and an instant."""
    now = draw(drawn.INSTANTS)
    policy = drawn.policy(draw, now, fallback=True)
    return policy, drawn.facts(draw, now, held=True), drawn.calendar(draw, now), now


@given(questions())
@settings(max_examples=200, deadline=None)
def test_a_message_is_let_out_exactly_when_a_count_of_the_rules_says_so(question: Question) -> None:
    policy, facts, calendar, now = question
    (point,) = (each for each in facts.debtor.contact_points if each.channel == facts.touchpoint.channels[0])

    decision = decide(facts, policy, calendar, now)

    assert isinstance(decision, Send) == oracle.may_send(policy.rules, facts, point, calendar, now)


@given(questions())
@settings(max_examples=100, deadline=None)
def test_an_instant_that_was_promised_keeps_its_promise_and_none_before_it_would(question: Question) -> None:
    policy, facts, calendar, now = question
    facts = replace(facts, holds=())
    # The end of a hold, or of a rule about consent, says only when to look again.
    timed = (each for each in policy.rules if not isinstance(each.form, ConsentNeeded))
    policy = replace(policy, rules=tuple(timed))

    decision = decide(facts, policy, calendar, now)

    if isinstance(decision, Defer):
        assert isinstance(decide(facts, policy, calendar, decision.until), Send)
        assert not isinstance(decide(facts, policy, calendar, decision.until - SECOND), Send)


@given(questions())
@settings(max_examples=60, deadline=None)
def test_what_is_handed_over_may_be_delivered_until_the_first_window_closes(question: Question) -> None:
    policy, facts, calendar, now = question
    decision = decide(facts, policy, calendar, now)
    if not isinstance(decision, Send):
        return
    facts = replace(facts, holds=())
    windows = [each for rule in policy.rules for each in _window(rule)]

    at = now
    assert now < decision.closes_at <= now + timedelta(days=1)
    while at < decision.closes_at:
        assert oracle.may_send(windows, facts, decision.contact_point, calendar, at)
        at += 7 * MINUTE


def _window(rule: Rule) -> list[Rule]:
    """Return the rule if it says when it is open; the margin is about handing over, not about delivery."""
    if isinstance(rule.form, Hours):
        return [replace(rule, form=replace(rule.form, margin=timedelta(0)))]
    return [rule] if isinstance(rule.form, ClosedDays | Closed) else []
