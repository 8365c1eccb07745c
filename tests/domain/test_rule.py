"""Whom a rule holds for, and from when until when."""

from collections.abc import Sequence
from datetime import date, datetime

import pytest

from scheduler.domain.plan import Debtor, Plan, Role
from scheduler.domain.rule import ALWAYS, Answer, Applies, Effective, Residence
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed, Hours
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    DAY,
    NO_HOLIDAYS,
    POINT,
    SECOND,
    SMS,
    in_zones,
    rule,
    utc,
    week,
)

CREDITOR = builders.a_creditor()
COLLECTOR = builders.a_creditor(role=Role.THIRD_PARTY)


def living_in(country: str | None, region: str | None = None, postal_code: str | None = None) -> Debtor:
    """Somebody who lives there, as far as it is known."""
    return builders.a_debtor(country=country, region=region, postal_code=postal_code)


# ------------------------------------------------------------------------------------------------ residence

US, NEW_YORK = Residence("US"), Residence("US", "NY")
CITY = Residence("US", "NY", ("100", "101", "112"))


@pytest.mark.parametrize(
    ("residence", "country", "region", "postal_code", "may_be", "surely"),
    [
        (US, "US", None, None, True, True),
        (US, "US", "NY", "10001", True, True),
        (US, "GB", None, None, False, False),
        (US, None, None, None, True, False),
        (NEW_YORK, "US", "NY", None, True, True),
        (NEW_YORK, "US", "US-NY", None, True, True),
        (NEW_YORK, "US", "NJ", None, False, False),
        (NEW_YORK, "US", None, None, True, False),
        (NEW_YORK, "US", "", None, True, False),
        (NEW_YORK, "GB", "NY", None, False, False),
        (NEW_YORK, None, None, None, True, False),
        (NEW_YORK, None, "NY", None, True, False),
        (NEW_YORK, None, "NJ", None, False, False),
        (CITY, "US", "NY", "10001", True, True),
        (CITY, "US", "NY", "10001-1234", True, True),
        (CITY, "US", "NY", "11201", True, True),
        (CITY, "US", "NY", "14201", False, False),
        (CITY, "US", "NY", None, True, False),
        (CITY, "US", "NY", "", True, False),
        (CITY, "US", None, "10001", True, False),
        (CITY, "US", "NJ", "10001", False, False),
    ],
)  # fmt: skip
def test_what_is_unknown_of_a_residence_is_neither_ruled_out_nor_sure(
    residence: Residence,
    country: str | None,
    region: str | None,
    postal_code: str | None,
    may_be: bool,
    surely: bool,
) -> None:
    debtor = living_in(country, region, postal_code)

    assert residence.may_be(debtor) == may_be
    assert residence.surely_is(debtor) == surely


@pytest.mark.parametrize("written", ["SW1A 1AA", "sw1a1aa", "SW1A-1AA", " SW1 A1AA"])
@pytest.mark.parametrize("begins", ["SW1A", "sw1a", "SW1A 1", "SW1A1"])
def test_postal_codes_are_compared_however_they_are_written(written: str, begins: str) -> None:
    assert Residence("GB", None, (begins,)).may_be(living_in("GB", None, written))
    assert not Residence("GB", None, ("SW1B",)).may_be(living_in("GB", None, written))


MAYBE, SURE, NOT = (True, False), (True, True), (False, False)
"""What a residence answers: whether somebody may live there, and surely does."""


def answers(residence: Residence, debtor: Debtor) -> tuple[bool, bool]:
    """Return whether somebody may live there, and surely does."""
    return residence.may_be(debtor), residence.surely_is(debtor)


@pytest.mark.parametrize(
    ("residence", "country", "region", "answer"),
    [
        (NEW_YORK, "US", "N.Y.", MAYBE),
        (NEW_YORK, "US", "NYC", MAYBE),
        (NEW_YORK, "US", "New York City", MAYBE),
        (NEW_YORK, "US", "ZZ", MAYBE),
        (NEW_YORK, "US", "us_ny", SURE),
        (NEW_YORK, "US", "nj", NOT),
        (NEW_YORK, "GB", "N.Y.", NOT),
        (NEW_YORK, None, "New York", MAYBE),
        (NEW_YORK, None, "us-ny", MAYBE),
        (NEW_YORK, None, "us-nj", NOT),
        (Residence("CA", "QC"), "CA", "QUE", MAYBE),
        (Residence("GB", "ENG"), "GB", "London", MAYBE),
        (Residence("GB", "ENG"), "GB", "GB-ENG", SURE),
        (Residence("GB", "SCT"), "GB", "GLG", MAYBE),
        (Residence("GB", "SCT"), "GB", "ENG", NOT),
        (Residence("MX", "JAL"), "MX", "MX-JAL", SURE),
        (Residence("MX", "JAL"), "MX", "MX-CMX", NOT),
        (Residence("FR", "IDF"), "FR", "BRE", NOT),
        (Residence("FR", "IDF"), "FR", "75", MAYBE),
        (Residence("FR", "57"), "FR", "75", NOT),
        (Residence("KE", "30"), "KE", "Nairobi", MAYBE),
        (Residence("KE", "30"), "KE", "28", NOT),
        (Residence("KE", "30"), "KE", "NBO", MAYBE),
    ],
)  # fmt: skip
def test_a_region_that_is_none_of_the_country_is_as_good_as_none(
    residence: Residence, country: str | None, region: str, answer: tuple[bool, bool]
) -> None:
    assert answers(residence, living_in(country, region)) == answer


@pytest.mark.parametrize("territory", ["PR", "GU", "VI", "AS", "MP"])
def test_who_lives_in_a_territory_lives_in_the_united_states(territory: str) -> None:
    assert answers(US, living_in(territory)) == SURE
    assert answers(Residence("US", territory), living_in(territory)) == SURE
    assert answers(Residence(territory), living_in("US", territory)) == SURE
    assert answers(NEW_YORK, living_in(territory)) == NOT
    assert answers(Residence("GB"), living_in(territory)) == NOT


@pytest.mark.parametrize(
    ("department", "number"), [("GP", "971"), ("MQ", "972"), ("GF", "973"), ("RE", "974"), ("YT", "976")]
)
def test_who_lives_in_an_overseas_department_lives_in_france(department: str, number: str) -> None:
    assert answers(Residence("FR"), living_in(department)) == SURE
    assert answers(Residence("FR", number), living_in(department)) == SURE
    assert answers(Residence(department), living_in("FR", number)) == SURE
    assert answers(Residence("FR", "IDF"), living_in(department)) == NOT


def test_who_lives_in_the_country_does_not_surely_live_in_its_territory() -> None:
    assert answers(Residence("PR"), living_in("US", "NY")) == NOT
    assert answers(Residence("PR"), living_in("US")) == MAYBE
    assert answers(Residence("PR"), living_in("GU")) == NOT


@pytest.mark.parametrize(
    ("postal_code", "answer"),
    [
        ("\uff11\uff10\uff10\uff10\uff11", SURE),
        ("10001\u20131234", SURE),
        ("100011234", SURE),
        ("1000", MAYBE),
        ("100012", MAYBE),
        ("NY 10001", MAYBE),
        ("US-10001", MAYBE),
        ("SW1A 1AA", MAYBE),
        ("?", MAYBE),
        ("14201", NOT),
    ],
)
def test_a_postal_code_that_is_none_of_the_country_is_as_good_as_none(
    postal_code: str, answer: tuple[bool, bool]
) -> None:
    assert answers(CITY, living_in("US", "NY", postal_code)) == answer


def test_a_leading_zero_that_a_spreadsheet_lost_rules_nothing_out() -> None:
    boston = Residence("US", "MA", ("021",))

    assert answers(boston, living_in("US", "MA", "02134")) == SURE
    assert answers(boston, living_in("US", "MA", "2134")) == MAYBE


def test_one_of_several_residences_is_enough() -> None:
    applies = Applies((Residence("CA", "ON"), Residence("CA", "QC")))

    assert applies.to(living_in("CA", "QC"), CREDITOR, [builders.a_plan()])
    assert applies.to(living_in("CA"), CREDITOR, [builders.a_plan()])
    assert not applies.to(living_in("CA", "BC"), CREDITOR, [builders.a_plan()])


# ------------------------------------------------------------------------------------- sender, product, status


def test_a_rule_for_one_role_holds_for_no_other() -> None:
    applies, plans = Applies(roles=frozenset({Role.THIRD_PARTY})), [builders.a_plan()]

    assert applies.to(living_in("GB"), COLLECTOR, plans)
    assert not applies.to(living_in("GB"), CREDITOR, plans)
    assert Applies().to(living_in("GB"), CREDITOR, plans)


LOAN, CARD = builders.a_plan(id=1, product="loan"), builders.a_plan(id=2, product="card")
UNKNOWN, OLD = builders.a_plan(id=3), builders.a_plan(id=4, product="loan", debt_status="charged-off")
FOR_LOANS = Applies(products=frozenset({"loan"}))
NOT_CARDS = Applies(other_products=frozenset({"card"}))
CHARGED_OFF = Applies(debt_statuses=frozenset({"charged-off"}))
OLD_LOANS = Applies(products=frozenset({"loan"}), debt_statuses=frozenset({"charged-off"}))


@pytest.mark.parametrize(
    ("applies", "plans", "may_hold", "surely"),
    [
        (FOR_LOANS, [LOAN], True, True),
        (FOR_LOANS, [CARD], False, False),
        (FOR_LOANS, [UNKNOWN], True, False),
        (FOR_LOANS, [CARD, LOAN], True, False),
        (NOT_CARDS, [LOAN], True, True),
        (NOT_CARDS, [CARD], False, False),
        (NOT_CARDS, [UNKNOWN], True, False),
        (NOT_CARDS, [CARD, LOAN], True, False),
        (CHARGED_OFF, [OLD], True, True),
        (CHARGED_OFF, [builders.a_plan(debt_status="current")], False, False),
        (CHARGED_OFF, [LOAN], True, False),
        (OLD_LOANS, [OLD], True, True),
        (OLD_LOANS, [CARD, builders.a_plan(product="card", debt_status="charged-off")], False, False),
        (Applies(), [UNKNOWN], True, True),
    ],
)  # fmt: skip
def test_a_rule_for_some_debts_holds_when_one_of_them_may_be_such_a_debt(
    applies: Applies, plans: Sequence[Plan], may_hold: bool, surely: bool
) -> None:
    assert applies.to(living_in("GB"), CREDITOR, plans) == may_hold
    assert applies.surely_to(living_in("GB"), CREDITOR, plans) == surely


def test_whatever_surely_holds_may_hold() -> None:
    applies = Applies((US,), frozenset({Role.THIRD_PARTY}), frozenset({"loan"}))

    assert applies.surely_to(living_in("US"), COLLECTOR, [LOAN])
    assert not applies.surely_to(living_in("US"), CREDITOR, [LOAN])
    assert not applies.surely_to(living_in(None), COLLECTOR, [LOAN])


# -------------------------------------------------------------------------------------------------- in force


def test_a_rule_is_in_force_from_its_beginning_until_before_its_end() -> None:
    effective = Effective(NOW, NOW + DAY)

    assert [effective.covers(each) for each in (NOW - SECOND, NOW, NOW + DAY - SECOND, NOW + DAY)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert ALWAYS.covers(NOW)
    assert Effective(end=NOW).covers(NOW - SECOND)
    assert not Effective(end=NOW).covers(NOW)


def test_days_of_force_are_those_days_anywhere_on_earth() -> None:
    one_day = Effective.of_dates(date(2027, 3, 9), date(2027, 3, 9))

    assert one_day == Effective(utc(8, 10), utc(10, 12))
    assert not one_day.covers(utc(8, 10) - SECOND)
    assert one_day.covers(utc(8, 10))
    assert one_day.covers(utc(10, 12) - SECOND)
    assert not one_day.covers(utc(10, 12))


def test_days_of_force_may_be_open_on_either_side() -> None:
    assert Effective.of_dates(None, None) == ALWAYS
    assert Effective.of_dates(date(2027, 3, 9), None) == Effective(utc(8, 10), None)
    assert Effective.of_dates(None, date(2027, 3, 9)) == Effective(None, utc(10, 12))


def days(first: int | None, last: int | None) -> Effective:
    """From the beginning of one day of March to that of another."""
    return Effective(utc(first) if first else None, utc(last) if last else None)


@pytest.mark.parametrize(
    ("one", "other", "remains"),
    [
        (days(1, 9), days(3, 5), [days(1, 3), days(5, 9)]),
        (days(1, 9), days(1, 5), [days(5, 9)]),
        (days(1, 9), days(5, 9), [days(1, 5)]),
        (days(1, 9), days(1, 9), []),
        (days(3, 5), days(1, 9), []),
        (days(1, 3), days(5, 9), [days(1, 3)]),
        (days(5, 9), days(1, 3), [days(5, 9)]),
        (ALWAYS, days(3, 5), [days(None, 3), days(5, None)]),
        (ALWAYS, days(3, None), [days(None, 3)]),
        (ALWAYS, ALWAYS, []),
        (days(3, None), days(None, 5), [days(5, None)]),
    ],
)  # fmt: skip
def test_a_stretch_without_another_is_what_remains_on_either_side(
    one: Effective, other: Effective, remains: list[Effective]
) -> None:
    assert list(one.without(other)) == remains


NINE_TO_SIX = Hours(week("09:00-18:00"))


def asked(effective: Effective, at: datetime, form: Hours | Closed = NINE_TO_SIX) -> Answer:
    """Return when a rule that is in force then lets a message out."""
    return rule(form, effective=effective).earliest(form, in_zones("UTC"), POINT, NO_HOLIDAYS, at)


def test_a_rule_that_is_not_in_force_stops_nothing() -> None:
    assert asked(Effective(start=utc(9, 3)), utc(9, 2)) == Answer(utc(9, 2), "not in force")
    assert asked(Effective(end=utc(9, 2)), utc(9, 2)) == Answer(utc(9, 2), "not in force")


def test_a_rule_in_force_stops_until_its_end_at_most() -> None:
    assert asked(Effective(utc(9, 2), utc(9, 8)), utc(9, 2)).at == utc(9, 8)
    assert asked(Effective(utc(9, 2), utc(9, 9)), utc(9, 2)).at == utc(9, 9)
    assert asked(Effective(utc(9, 2), utc(9, 10)), utc(9, 2)).at == utc(9, 9)
    assert asked(Effective(end=utc(19)), utc(9), Closed("never")) == Answer(utc(19), "never")
    assert asked(ALWAYS, utc(9), Closed("never")) == Answer(None, "never")


def test_a_rule_is_about_the_kinds_and_channels_that_it_names() -> None:
    of = rule(NINE_TO_SIX, kinds=frozenset({Kind.RECEIPT}), channels=SMS)

    assert of.names(Kind.RECEIPT, "sms")
    assert not of.names(Kind.RECEIPT, "email")
    assert not of.names(Kind.OVERDUE_NOTICE, "sms")
