"""What the facts of a message become in its fields."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.catalogue.fields import Fields, Manner, build
from scheduler.domain.facts import Claim, Facts
from scheduler.domain.plan import Role
from scheduler.domain.touchpoint import Kind
from tests.builders import (
    DUE,
    NOW,
    a_creditor,
    a_debtor,
    a_payment,
    a_plan,
    a_touchpoint,
    an_instalment,
    facts,
)

EMAIL = Manner(locale="en_GB", brief=False, plain=False)
SMS = Manner(locale="en_GB", brief=True, plain=True)


def filled(given: Facts, manner: Manner = EMAIL, now: datetime = NOW) -> Fields:
    return build(given, manner, now)


def claims(count: int, currency: str = "GBP") -> list[Claim]:
    instalments = [an_instalment(id=each, due_date=DUE + timedelta(days=each)) for each in range(count)]
    plan = a_plan(currency=currency, instalments=instalments)
    return [Claim(plan, each) for each in plan.instalments]


def test_an_item_says_what_it_is_made_of() -> None:
    plan = a_plan(instalments=[an_instalment(paid_minor=10_000)])
    item = filled(facts(plan=plan)).items[0]
    assert (item.plan, item.number, item.due_date) == ("NW-2027-0042", "1", "12 March 2027")
    assert (item.amount, item.principal, item.interest, item.fees) == (
        "£234.50",
        "£200.00",
        "£30.00",
        "£4.50",
    )
    assert (item.paid, item.remaining, item.has_parts) == ("£100.00", "£134.50", True)


def test_parts_that_the_plan_does_not_state_are_empty_and_a_stated_nought_is_not() -> None:
    bare = an_instalment(principal_minor=None, interest_minor=None, fees_minor=None)
    item = filled(facts(plan=a_plan(instalments=[bare]))).items[0]
    assert (item.principal, item.interest, item.fees, item.has_parts, item.paid) == ("", "", "", False, "")
    nought = an_instalment(principal_minor=None, interest_minor=None, fees_minor=0)
    item = filled(facts(plan=a_plan(instalments=[nought]))).items[0]
    assert (item.fees, item.has_parts) == ("£0.00", True)


@pytest.mark.parametrize(
    ("due_date", "days_until", "days_past", "words"),
    [
        (DUE, 3, 0, "3 days"),
        (date(2027, 3, 10), 1, 0, "1 day"),
        (date(2027, 3, 9), 0, 0, "0 days"),
        (date(2027, 3, 8), 0, 1, "1 day"),
        (date(2027, 2, 27), 0, 10, "10 days"),
    ],
)
def test_days_are_counted_from_today(due_date: date, days_until: int, days_past: int, words: str) -> None:
    item = filled(facts(plan=a_plan(instalments=[an_instalment(due_date=due_date)]))).items[0]
    assert (item.days_until, item.days_past, item.days) == (days_until, days_past, words)


def test_today_is_the_day_in_the_zone_of_the_plan() -> None:
    evening = datetime(2027, 3, 11, 23, 30, tzinfo=UTC)
    in_london = filled(facts(plan=a_plan(zone="Europe/London")), now=evening).items[0]
    in_tokyo = filled(facts(plan=a_plan(zone="Asia/Tokyo")), now=evening).items[0]
    assert (in_london.days_until, in_tokyo.days_until) == (1, 0)


def test_the_day_of_a_payment_is_the_day_in_the_zone_of_the_plan() -> None:
    payment = a_payment(received_at=datetime(2027, 3, 8, 23, 30, tzinfo=UTC))
    assert filled(facts(payment=payment)).payment is not None
    tokyo = filled(facts(plan=a_plan(zone="Asia/Tokyo"), payment=payment)).payment
    london = filled(facts(payment=payment)).payment
    assert london is not None
    assert tokyo is not None
    assert (london.date, tokyo.date) == ("8 March 2027", "9 March 2027")


def test_items_are_in_the_order_of_their_due_dates_and_paid_ones_are_left_out() -> None:
    given = claims(3)
    paid = Claim(given[0].plan, an_instalment(id=9, paid_minor=23_450))
    found = filled(facts(claims=[given[2], paid, given[1]]))
    assert [each.due_date for each in found.items] == ["13 March 2027", "14 March 2027"]
    assert found.first == found.items[0]
    assert found.several


def test_one_item_is_not_several() -> None:
    assert not filled(facts(claims=claims(1))).several
    assert filled(facts(claims=claims(2))).several


def test_totals_are_apart_for_each_currency() -> None:
    found = filled(facts(claims=[*claims(2), *claims(1, "JPY")]))
    assert {each.currency: each.remaining for each in found.totals} == {"GBP": "£469.00", "JPY": "JP¥23,450"}


@pytest.mark.parametrize(("manner", "most"), [(SMS, 5), (EMAIL, 100)], ids=["sms", "email"])
def test_a_long_list_is_cut_and_its_total_is_not(manner: Manner, most: int) -> None:
    whole, cut = (filled(facts(claims=claims(count)), manner) for count in (most, most + 1))
    assert (len(whole.items), whole.unlisted) == (most, 0)
    assert (len(cut.items), cut.unlisted) == (most, 1)
    assert cut.totals[0].remaining == manner.money((most + 1) * 23_450, "GBP")


def test_a_receipt_asks_for_nothing_and_tells_what_remains() -> None:
    plan = a_plan(
        instalments=[
            an_instalment(paid_minor=23_450),
            an_instalment(id=3, number="3", due_date=date(2027, 5, 12)),
            an_instalment(id=2, number="2", due_date=date(2027, 4, 12), paid_minor=450),
        ]
    )
    receipt = a_touchpoint(kind=Kind.RECEIPT, step="receipt", instalment_id=None, payment_id=1)
    found = filled(
        facts(touchpoint=receipt, plan=plan, payment=a_payment(), claims=[Claim(plan, plan.instalments[1])])
    )
    assert (found.items, found.first, found.several) == ((), None, False)
    assert found.balance == "£464.50"
    assert found.next_due is not None
    assert (found.next_due.number, found.next_due.remaining) == ("2", "£230.00")


def test_a_paid_plan_has_no_balance_and_nothing_due_next() -> None:
    found = filled(facts(plan=a_plan(instalments=[an_instalment(paid_minor=99_999)])))
    assert (found.balance, found.next_due) == ("", None)


@pytest.mark.parametrize(
    ("role", "writes_as", "on_behalf"),
    [
        (Role.ORIGINAL_CREDITOR, "Northwind Credit", False),
        (Role.ORIGINAL_CREDITOR, "Northwind Home", False),
        (Role.THIRD_PARTY, "Northwind Credit", False),
        (Role.THIRD_PARTY, "Harbour Accounts", True),
    ],
)
def test_a_third_party_of_another_name_writes_on_behalf(role: Role, writes_as: str, on_behalf: bool) -> None:
    found = filled(facts(creditor=a_creditor(role=role, writes_as=writes_as)))
    assert found.creditor.on_behalf is on_behalf
    assert found.creditor.writes_as == writes_as


def test_the_reference_is_that_of_the_plan_that_is_asked_for() -> None:
    other = a_plan(id=2, ref="NW-2")
    assert filled(facts(claims=[Claim(other, other.instalments[0])])).reference == "NW-2"
    assert filled(facts(claims=[])).reference == "NW-2027-0042"


def test_names_are_shorter_in_an_sms() -> None:
    given = facts(creditor=a_creditor(name="N" * 500), debtor=a_debtor(name="M" * 500))
    assert (len(filled(given, SMS).creditor.name), len(filled(given).creditor.name)) == (60, 120)
    assert len(filled(given).debtor.name) == 120


def test_a_payment_link_is_a_web_address() -> None:
    assert filled(facts(creditor=a_creditor(payment_link=None))).creditor.payment_link == ""
    with pytest.raises(ValueError, match="payment_link"):
        filled(facts(creditor=a_creditor(payment_link="javascript:alert(1)")))
