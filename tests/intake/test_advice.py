"""What policies ask of whoever notes a wish or a hold."""

from datetime import UTC, datetime, time, timedelta

import pytest

from scheduler.domain.duties import StatedTimes
from scheduler.domain.facts import HoldKind
from scheduler.domain.holds import HoldRule
from scheduler.domain.hours import Week
from scheduler.domain.rule import ALWAYS, Effective, Form, Rule
from scheduler.intake.advice import beyond_duty, lasting, oral_limit, span
from tests.builders import NOW

DAYS = timedelta(days=1)
BOTH = ("sms", "email")
OFFICE = Week({day: ((time(0), time(9)), (time(17), None)) for day in range(7)}, None)
"""Everything but eight hours a day: 56 hours a week are closed."""


def a_rule(form: Form, id: str = "us-ma/stated-times", effective: Effective = ALWAYS) -> Rule:
    return Rule(id, "940 CMR 7.04", frozenset(), frozenset(BOTH), form, effective=effective)


def test_without_a_rule_that_says_so_what_was_said_binds_until_it_is_withdrawn() -> None:
    assert oral_limit([], NOW) is None
    assert (
        oral_limit([a_rule(StatedTimes(weekly=28 * DAYS / 24)), a_rule(HoldRule(frozenset()))], NOW) is None
    )


def test_of_several_rules_the_one_that_binds_longest_counts() -> None:
    rules = [
        a_rule(StatedTimes(oral_binds=10 * DAYS)),
        a_rule(StatedTimes(oral_binds=30 * DAYS), "xx/longer"),
    ]
    limit = oral_limit(rules, NOW)
    assert limit == (30 * DAYS, "xx/longer: what is only said binds for 30 days")


def test_the_words_say_how_it_comes_to_bind_for_good() -> None:
    limit = oral_limit([a_rule(StatedTimes(oral_binds=10 * DAYS, written_within=7 * DAYS))], NOW)
    assert limit is not None
    assert limit[1] == (
        "us-ma/stated-times: what is only said binds for 10 days, and for good once it is written within 7 days: "
        "note it then with --written"
    )


def test_a_rule_that_is_not_in_force_says_nothing() -> None:
    over = Effective(None, datetime(2027, 3, 1, tzinfo=UTC))
    assert oral_limit([a_rule(StatedTimes(oral_binds=10 * DAYS), effective=over)], NOW) is None
    hold = a_rule(HoldRule(frozenset({HoldKind.MORATORIUM}), lasts=60 * DAYS), effective=over)
    assert list(lasting([hold], HoldKind.MORATORIUM, NOW)) == []


@pytest.mark.parametrize(("weekly_hours", "said"), [(55, 1), (56, 0)])
def test_more_hours_than_a_rule_asks_for_are_told_and_as_many_are_not(weekly_hours: int, said: int) -> None:
    rule = a_rule(StatedTimes(weekly=timedelta(hours=weekly_hours)), "kr/stated-times")
    assert len(list(beyond_duty([rule], OFFICE, BOTH, NOW))) == said


def test_what_goes_beyond_the_duty_is_honoured_and_told_in_one_sentence_a_rule() -> None:
    rule = a_rule(StatedTimes(weekly=timedelta(hours=28), channels=1), "kr/stated-times")
    assert list(beyond_duty([rule], OFFICE, BOTH, NOW)) == [
        "kr/stated-times asks for no more than 28 hours a week (these are 56 hours) and 1 channel (these are 2); "
        "all of it is honoured"
    ]
    assert list(beyond_duty([a_rule(StatedTimes(channels=2))], OFFICE, BOTH, NOW)) == []


def test_how_long_a_hold_lasts_is_said_of_its_own_kind_only() -> None:
    rule = a_rule(HoldRule(frozenset({HoldKind.MORATORIUM}), lasts=60 * DAYS), "uk/breathing-space")
    assert list(lasting([rule], HoldKind.MORATORIUM, NOW)) == [
        "uk/breathing-space: such a hold lasts 60 days; it stands until it is lifted unless you give --until"
    ]
    assert list(lasting([rule], HoldKind.DISPUTE, NOW)) == []
    assert list(lasting([a_rule(HoldRule(frozenset({HoldKind.DISPUTE})))], HoldKind.DISPUTE, NOW)) == []


@pytest.mark.parametrize(("extensions", "said"), [(1, "once"), (2, "twice"), (3, "3 times")])
def test_how_often_a_hold_may_be_prolonged_is_said(extensions: int, said: str) -> None:
    kinds = frozenset({HoldKind.ILLNESS_OR_DISASTER})
    form = HoldRule(kinds, lasts=93 * DAYS, extensions=extensions, lifted_by="the creditor")
    (words,) = lasting([a_rule(form)], HoldKind.ILLNESS_OR_DISASTER, NOW)
    assert f"lasts 93 days and may be prolonged {said}, lifted by the creditor;" in words


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        (timedelta(days=2), "2 days"),
        (timedelta(days=1), "24 hours"),
        (timedelta(hours=40), "40 hours"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (timedelta(minutes=30), "30 minutes"),
    ],
)
def test_a_length_is_told_in_the_largest_words_that_fit(stretch: timedelta, words: str) -> None:
    assert span(stretch) == words
