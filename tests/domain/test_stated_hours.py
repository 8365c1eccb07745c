"""Hours that the debtor asked for: the strictest layer of all."""

from datetime import datetime

import pytest

from scheduler.domain.decision import Decision, Defer, Refuse, Send
from scheduler.domain.facts import Facts, Stated
from scheduler.domain.hours import Week
from scheduler.domain.policy import decide
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import REPLIES, Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    ALL,
    BOTH,
    DAY,
    EMAIL,
    NO_HOLIDAYS,
    SECOND,
    SMS,
    Holidays,
    about,
    hours,
    openings,
    policy,
    utc,
    week,
)


def decided(facts: Facts, *rules: Rule, now: datetime = NOW) -> Decision:
    """Decide by these rules."""
    return decide(facts, policy(*rules), NO_HOLIDAYS, now)


def wished(
    only: Week, channels: frozenset[str] = BOTH, since: datetime = NOW - DAY, until: datetime | None = None
) -> Stated:
    """Hours that remain open at the debtor's own wish."""
    return Stated(7, only, channels, since, until)


def with_wishes(
    *stated: Stated, kind: Kind = Kind.OVERDUE_NOTICE, zones: tuple[str, ...] = ("UTC",)
) -> Facts:
    """Facts about somebody who stated these hours."""
    return about(kind, builders.facts(debtor=builders.a_debtor(zones=zones), stated=stated))


EVENINGS = week("18:00-20:00", days=range(5))
NOT_TUESDAY_MORNING = Week(
    dict.fromkeys(range(7), openings("00:00-24:00")) | {1: openings("00:00-09:00", "12:00-24:00")}
)
ALWAYS_OPEN = hours("00:00-24:00")


def test_only_the_hours_that_a_debtor_names_are_open() -> None:
    facts = with_wishes(wished(EVENINGS))

    waiting, then = decided(facts, ALWAYS_OPEN), decided(facts, ALWAYS_OPEN, now=utc(9, 18))
    assert isinstance(waiting, Defer)
    assert [(each.rule, each.until) for each in waiting.reasons] == [("debtor/stated-hours-7", utc(9, 18))]
    assert isinstance(then, Send)
    assert then.closes_at == utc(9, 20)


def test_hours_that_a_debtor_excludes_are_closed() -> None:
    facts = with_wishes(wished(NOT_TUESDAY_MORNING))

    waiting = decided(facts, ALWAYS_OPEN, now=utc(9, 9))
    assert isinstance(waiting, Defer)
    assert waiting.until == utc(9, 12)
    assert isinstance(decided(facts, ALWAYS_OPEN, now=utc(9, 9) - SECOND), Send)
    assert isinstance(decided(facts, ALWAYS_OPEN, now=utc(10, 9)), Send)


def test_stated_hours_begin_and_end_when_the_debtor_said() -> None:
    facts = with_wishes(wished(EVENINGS, since=utc(9, 10), until=utc(9, 12)))

    assert isinstance(decided(facts, ALWAYS_OPEN, now=utc(9, 10) - SECOND), Send)
    waiting = decided(facts, ALWAYS_OPEN, now=utc(9, 10))
    assert isinstance(waiting, Defer)
    assert waiting.until == utc(9, 12)
    assert isinstance(decided(facts, ALWAYS_OPEN, now=utc(9, 12)), Send)


def test_stated_hours_are_the_debtors_in_every_zone() -> None:
    facts = with_wishes(wished(EVENINGS), zones=("Europe/London", "Europe/Berlin"))

    waiting = decided(facts, ALWAYS_OPEN)
    assert isinstance(waiting, Defer)
    assert waiting.until == utc(9, 18)
    assert isinstance(decided(facts, ALWAYS_OPEN, now=utc(9, 19)), Defer)


def test_stated_hours_know_no_holidays() -> None:
    every_evening = Week(dict.fromkeys(range(7), openings("18:00-20:00")), holidays=())
    facts = with_wishes(wished(every_evening))
    holiday = Holidays(utc(9).date())

    assert isinstance(decide(facts, policy(ALWAYS_OPEN), holiday, utc(9, 18)), Send)


def test_stated_hours_hold_on_the_channels_that_were_named() -> None:
    facts = with_wishes(wished(EVENINGS, EMAIL))

    assert isinstance(decided(facts, ALWAYS_OPEN), Send)
    assert isinstance(decided(with_wishes(wished(EVENINGS, SMS)), ALWAYS_OPEN), Defer)


def test_stated_hours_and_the_rules_both_hold() -> None:
    facts = with_wishes(wished(EVENINGS), wished(week("19:00-21:00")))

    waiting = decided(facts, hours("09:00-19:30"))
    assert isinstance(waiting, Defer)
    assert waiting.until == utc(9, 19)
    assert isinstance(decided(facts, hours("09:00-19:00")), Refuse)


@pytest.mark.parametrize("kind", sorted(ALL - {Kind.RECEIPT}))
def test_only_replies_go_out_outside_stated_hours(kind: Kind) -> None:
    decision = decided(with_wishes(wished(EVENINGS), kind=kind), ALWAYS_OPEN)

    assert isinstance(decision, Send) == (kind in REPLIES)
