"""Which rules hold for somebody, and when what stands in for missing local law gives way."""

from dataclasses import replace
from typing import Unpack

import pytest

from scheduler.domain.decision import Defer, Refuse, Send
from scheduler.domain.facts import Facts
from scheduler.domain.plan import Role
from scheduler.domain.policy import Policy, decide
from scheduler.domain.rule import Applies, Confidence, Effective, Residence, Rule
from scheduler.domain.touchpoint import ASKING, Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    ALL,
    DAY,
    EMAIL,
    NO_HOLIDAYS,
    SECOND,
    SMS,
    RuleFields,
    about,
    cap,
    hours,
    policy,
    utc,
)

STRICT = hours("09:00-18:00", id="strict/hours", fallback=True)
GB, US = Applies((Residence("GB"),)), Applies((Residence("US"),))


def local(
    *texts: str, id: str = "gb/hours", confidence: Confidence = Confidence.READ, **rest: Unpack[RuleFields]
) -> Rule:
    """Hours of a law of the United Kingdom that somebody read, eight to nine unless said otherwise."""
    fields: RuleFields = {"applies": GB}
    return replace(hours(*(texts or ["08:00-21:00"]), id=id, **(fields | rest)), confidence=confidence)


def governing(of: Policy, facts: Facts, kind: Kind = Kind.OVERDUE_NOTICE, channel: str = "sms") -> set[str]:
    """Return the ids of the rules about time that hold."""
    return {each.id for each, _ in of.governing(facts).on(kind, channel).timed}


def living_in(country: str | None, region: str | None = None) -> Facts:
    """Facts about somebody there."""
    return builders.facts(debtor=builders.a_debtor(country=country, region=region, zones=("UTC",)))


def coded(postal_code: str) -> Facts:
    """Facts about somebody at this postal code."""
    return builders.facts(debtor=builders.a_debtor(postal_code=postal_code))


def sent_by(role: Role) -> Facts:
    """Facts about a sender in this role."""
    return builders.facts(creditor=builders.a_creditor(role=role))


def owing(*products: str | None, status: str | None = None) -> Facts:
    """Facts about one message that speaks of plans for these products."""
    plans = [
        builders.a_plan(id=id, ref=f"P-{id}", product=each, debt_status=status)
        for id, each in enumerate(products, start=1)
    ]
    return builders.facts(plan=plans[0], claims=[builders.a_claim(each) for each in plans])


def test_only_rules_for_this_person_sender_and_debt_hold() -> None:
    third_party = Applies(roles=frozenset({Role.THIRD_PARTY}))
    of = policy(
        local(), local(id="us/hours", applies=US), hours(id="agencies", applies=third_party), cap(1, DAY)
    )

    assert governing(of, living_in("GB")) == {"gb/hours", "limit"}
    assert governing(of, living_in("US")) == {"us/hours", "limit"}
    assert governing(of, living_in(None)) == {"gb/hours", "us/hours", "limit"}


def test_only_rules_about_this_kind_and_channel_hold() -> None:
    of = policy(
        hours(id="asking", kinds=ASKING),
        hours(id="receipts", kinds=ALL - ASKING),
        hours(id="email", channels=EMAIL),
    )

    assert governing(of, living_in("GB")) == {"asking"}
    assert governing(of, living_in("GB"), Kind.RECEIPT) == {"receipts"}
    assert governing(of, living_in("GB"), Kind.RECEIPT, "email") == {"receipts", "email"}


def test_what_governs_is_worked_out_once_for_people_alike_and_anew_for_others() -> None:
    of = policy(local(), local(id="us/hours", applies=US))

    assert of.governing(living_in("GB")) is of.governing(living_in("GB"))
    assert of.governing(living_in("GB")) is not of.governing(living_in("US"))


@pytest.mark.parametrize(
    ("applies", "inside", "outside"),
    [
        (GB, living_in("GB"), living_in("US")),
        (Applies((Residence("GB", "SCT"),)), living_in("GB", "SCT"), living_in("GB", "ENG")),
        (Applies((Residence("GB", None, ("SW",)),)), coded("SW1A 1AA"), coded("EH1 1AA")),
        (
            Applies(roles=frozenset({Role.THIRD_PARTY})),
            sent_by(Role.THIRD_PARTY),
            sent_by(Role.ORIGINAL_CREDITOR),
        ),
        (Applies(products=frozenset({"loan"})), owing("loan"), owing("card")),
        (Applies(debt_statuses=frozenset({"old"})), owing(None, status="old"), owing(None, status="new")),
    ],
    ids=["country", "region", "postal code", "role", "product", "status"],
)
def test_what_was_worked_out_for_one_person_is_not_taken_for_another(
    applies: Applies, inside: Facts, outside: Facts
) -> None:
    of, other_way_round = policy(hours(applies=applies)), policy(hours(applies=applies))

    assert (governing(of, inside), governing(of, outside)) == ({"hours"}, set())
    assert (governing(other_way_round, outside), governing(other_way_round, inside)) == (set(), {"hours"})


# ------------------------------------------------------------------------------------------------- fallback


def test_a_fallback_gives_way_where_the_law_of_the_residence_gives_hours() -> None:
    of = policy(STRICT, local())

    assert governing(of, living_in("GB")) == {"gb/hours"}
    assert governing(of, living_in("US")) == {"strict/hours"}


def test_every_rule_of_a_fallback_gives_way_together() -> None:
    of = policy(STRICT, cap(1, DAY, id="strict/gap", fallback=True), local())

    assert governing(of, living_in("GB")) == {"gb/hours"}
    assert governing(of, living_in("US")) == {"strict/hours", "strict/gap"}


def test_a_fallback_gives_way_only_for_the_kinds_and_channels_that_have_local_hours() -> None:
    by_sms = policy(STRICT, local(channels=SMS))
    asking = policy(STRICT, local(kinds=ASKING))

    assert governing(by_sms, living_in("GB")) == {"gb/hours"}
    assert governing(by_sms, living_in("GB"), channel="email") == {"strict/hours"}
    assert governing(asking, living_in("GB")) == {"gb/hours"}
    assert governing(asking, living_in("GB"), Kind.RECEIPT) == {"strict/hours"}


def test_a_limit_of_the_residence_gives_no_hours_and_no_fallback_gives_way() -> None:
    of = policy(STRICT, cap(1, DAY, applies=GB))

    assert governing(of, living_in("GB")) == {"strict/hours", "limit"}


def test_hours_of_the_house_are_no_local_law() -> None:
    of = policy(STRICT, local(applies=Applies()))

    assert governing(of, living_in("GB")) == {"strict/hours", "gb/hours"}


def test_unverified_hours_make_no_fallback_give_way() -> None:
    of = policy(STRICT, local(confidence=Confidence.UNVERIFIED))

    assert governing(of, living_in("GB")) == {"strict/hours", "gb/hours"}


@pytest.mark.parametrize("country", [None, "GB"])
def test_hours_that_only_may_be_those_of_the_residence_hold_beside_the_fallback(country: str | None) -> None:
    # Who may live in Scotland may live elsewhere, where no law gives any hours.
    of = policy(STRICT, local(applies=Applies((Residence("GB", "SCT"),))))

    assert governing(of, living_in(country)) == {"strict/hours", "gb/hours"}
    assert governing(of, living_in("GB", "SCT")) == {"gb/hours"}
    assert governing(of, living_in("GB", "ENG")) == {"strict/hours"}


def test_hours_for_some_debts_hold_beside_the_fallback_unless_every_debt_is_one_of_them() -> None:
    of = policy(STRICT, local(applies=replace(GB, products=frozenset({"loan"}))))

    assert governing(of, owing("loan")) == {"gb/hours"}
    assert governing(of, owing("loan", "loan")) == {"gb/hours"}
    assert governing(of, owing("loan", "card")) == {"strict/hours", "gb/hours"}
    assert governing(of, owing(None)) == {"strict/hours", "gb/hours"}
    assert governing(of, owing("card")) == {"strict/hours"}


def test_a_fallback_holds_until_local_hours_come_into_force_and_again_once_they_end() -> None:
    of = policy(STRICT, local("00:00-24:00", effective=Effective(utc(9, 20), utc(10, 20))))
    decided = {
        at: decide(living_in("GB"), of, NO_HOLIDAYS, at) for at in (utc(9, 19), utc(10, 3), utc(10, 20))
    }

    waiting, night, over = decided.values()
    assert isinstance(waiting, Defer)
    assert waiting.until == utc(9, 20)
    assert isinstance(night, Send)
    assert night.closes_at == utc(10, 20)
    assert isinstance(over, Defer)
    assert over.until == utc(11, 9)


# ----------------------------------------------------------------------------------------------- no hours at all


def test_what_no_rule_gives_hours_for_is_refused() -> None:
    decision = decide(about(Kind.RECEIPT, living_in("GB")), policy(hours(kinds=ASKING)), NO_HOLIDAYS, NOW)

    assert isinstance(decision, Refuse)
    assert [(each.rule, each.detail) for each in decision.reasons] == [
        ("policy", "no rule gives hours for receipt by sms"),
        ("policy", "no rule gives hours for receipt by email"),
    ]


def test_a_limit_alone_lets_nothing_out() -> None:
    assert isinstance(decide(living_in("GB"), policy(cap(1, DAY)), NO_HOLIDAYS, NOW), Refuse)


def test_hours_that_are_not_in_force_yet_let_nothing_out_before() -> None:
    of = policy(hours("00:00-24:00", effective=Effective(start=NOW)))

    early, then = (decide(living_in("GB"), of, NO_HOLIDAYS, each) for each in (NOW - SECOND, NOW))

    assert isinstance(early, Defer)
    assert early.until == NOW
    assert [each.rule for each in early.reasons] == ["policy"]
    assert isinstance(then, Send)


def test_hours_that_are_no_longer_in_force_let_nothing_out_after() -> None:
    of = policy(hours("00:00-24:00", effective=Effective(end=NOW)))

    last, over = (decide(living_in("GB"), of, NO_HOLIDAYS, each) for each in (NOW - SECOND, NOW))

    assert isinstance(last, Send)
    assert last.closes_at == NOW
    assert isinstance(over, Refuse)
