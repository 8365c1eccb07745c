"""Layers of policy: merging is a union, and a layer more never opens an instant."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.counters import Period
from scheduler.domain.decision import Defer, Send
from scheduler.domain.facts import Facts
from scheduler.domain.policy import Policy, decide, merge, next_allowed
from scheduler.domain.windows import Hours
from tests import builders
from tests.builders import NOW
from tests.domain import drawn
from tests.domain.rules_and_days import DAY, NO_HOLIDAYS, Holidays, cap, hours, policy

POLICIES = [
    policy(hours(id="a/hours"), cap(2, 7 * DAY, id="a/week"), id="a", version="1"),
    policy(hours("10:00-16:00", id="b/hours"), id="b", version="2"),
    policy(cap(1, period=Period.DAY, id="c/day"), id="c", version="3"),
]


def test_a_policy_that_is_merged_twice_is_merged_once() -> None:
    a, b, _ = POLICIES

    assert merge([a]) == a
    assert merge([a, b, a]) == merge([a, b])
    assert merge([merge([a, b]), a]) == merge([a, b])
    assert merge([merge([a, b]), merge([b, a])]) == merge([a, b])


def test_merging_intersects_windows_and_keeps_every_limit() -> None:
    merged = merge(POLICIES)
    early, at_ten, late = (NOW.replace(hour=each) for each in (9, 10, 16))

    assert isinstance(decide(builders.facts(), merged, NO_HOLIDAYS, early), Defer)
    assert isinstance(decide(builders.facts(), merged, NO_HOLIDAYS, at_ten), Send)
    assert isinstance(decide(builders.facts(), merged, NO_HOLIDAYS, late), Defer)
    assert {each.id for each in merged.rules} == {"a/hours", "a/week", "b/hours", "c/day"}


def test_a_merged_policy_tells_all_ids_and_versions() -> None:
    assert (merge(POLICIES).id, merge(POLICIES).version) == ("a+b+c", "1+2+3")


# ------------------------------------------------------------------------------------------------ the laws


@st.composite
def layers(draw: st.DrawFn) -> tuple[Policy, Policy, Policy]:
    """Draw three policies."""
    now = draw(drawn.INSTANTS)
    first, second, third = (drawn.policy(draw, now, id, fallback=True) for id in ("a", "b", "c"))
    return first, second, third


@given(layers())
@settings(max_examples=30, deadline=None)
def test_merging_heeds_neither_order_nor_grouping_nor_repetition(
    drawn_layers: tuple[Policy, Policy, Policy],
) -> None:
    a, b, c = drawn_layers

    assert merge([a, b]) == merge([b, a])
    assert merge([merge([a, b]), c]) == merge([a, merge([b, c])]) == merge([c, a, b])
    assert merge([a, a]) == merge([merge([a]), a]) == merge([a])


@st.composite
def questions(draw: st.DrawFn) -> tuple[Policy, Policy, Facts, Holidays, datetime]:
    """Draw a layer that gives way to nothing, another one, facts and an instant; hours that never change."""
    now = draw(drawn.INSTANTS)
    a, b = drawn.policy(draw, now, "a"), drawn.policy(draw, now, "b", fallback=True)
    return a, b, drawn.facts(draw, now, held=True), drawn.calendar(draw, now), now


def gives_hours(of: Policy, facts: Facts, channel: str, at: datetime) -> bool:
    """Whether the policy by itself gives hours for this kind and channel at the instant."""
    named = (each for each in of.governing(facts).rules if each.names(facts.touchpoint.kind, channel))
    return any(isinstance(each.form, Hours) and each.effective.covers(at) for each in named)


@given(questions())
@settings(max_examples=60, deadline=None)
def test_a_layer_more_never_opens_an_instant(
    question: tuple[Policy, Policy, Facts, Holidays, datetime],
) -> None:
    a, b, facts, calendar, now = question
    channel, both = facts.touchpoint.channels[0], merge([a, b])
    first = decide(facts, both, calendar, now)

    for at in (now, first.until if isinstance(first, Defer) else now):
        together, alone = decide(facts, both, calendar, at), decide(facts, a, calendar, at)
        if isinstance(together, Send) and gives_hours(a, facts, channel, at):
            assert isinstance(alone, Send)
            assert {each.rule for each in alone.phrases} <= {each.rule for each in together.phrases}


@st.composite
def timed_questions(
    draw: st.DrawFn,
) -> tuple[drawn.Timed, drawn.Timed, Facts, Holidays, datetime]:
    """Draw two sets of rules about time, facts and an instant."""
    now = draw(drawn.INSTANTS)
    a, b = drawn.timed(draw, now, "a"), drawn.timed(draw, now, "b")
    return a, b, drawn.facts(draw, now), drawn.calendar(draw, now), now


@given(timed_questions())
@settings(max_examples=60, deadline=None)
def test_with_more_rules_the_next_allowed_instant_is_never_earlier(
    question: tuple[drawn.Timed, drawn.Timed, Facts, Holidays, datetime],
) -> None:
    a, b, facts, calendar, now = question
    point = facts.debtor.contact_points[0]

    alone = next_allowed(facts, point, a, calendar, now)
    both = next_allowed(facts, point, (*a, *b), calendar, now)
    other_way_round = next_allowed(facts, point, (*b, *a), calendar, now)

    assert both == other_way_round
    assert both is None or (alone is not None and alone <= both)
