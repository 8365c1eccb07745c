"""Plan rows: whole, or rejected with the column and a remedy."""

from datetime import UTC, date, datetime

import pytest

from scheduler.domain.news import PlanRow
from scheduler.domain.plan import Source
from scheduler.intake.reading.columns import PLANS
from scheduler.intake.reading.consents import NONE
from tests.intake.reading.files import KNOWN, PLAN, SEVERAL, fault_of, plan, plans, row_of

FULL = PLAN | {
    "creditor": "northwind",
    "phone": "020 7946 0018",
    "email": "Maria@EXAMPLE.com",
    "locale": "en_GB",
    "country": "gb",
    "region": "Kent",
    "postal_code": "CT1 1AA",
    "time_zone": "Europe/London",
    "principal": "100",
    "interest": "20",
    "fees": "0.50",
    "cadence": "gentle",
    "consent_sms": "Written",
    "consent_email": "none",
    "product": "Home_Loan",
    "debt_status": "charged off",
    "phone_source": "Debtor",
    "phone_checked_at": "2027-02-01T10:00:00+01:00",
    "phone_used_at": "2027-02-02T10:00:00Z",
    "email_source": "found",
    "email_checked_at": "2027-02-03T10:00:00Z",
    "email_used_at": "2027-02-04T10:00:00Z",
}


def test_every_column_has_its_place_in_the_row() -> None:
    (row,) = plans(FULL)
    assert row == PlanRow(
        line=2,
        given=frozenset(FULL),
        creditor="northwind",
        plan_ref="P-1",
        debtor_ref="D-1",
        debtor_name="Maria Fairweather",
        phone="+442079460018",
        email="Maria@example.com",
        locale="en-GB",
        country="GB",
        region="Kent",
        postal_code="CT1 1AA",
        time_zone="Europe/London",
        currency="GBP",
        instalment_no="1",
        due_date=date(2027, 3, 12),
        amount_minor=12_050,
        principal_minor=10_000,
        interest_minor=2_000,
        fees_minor=50,
        cadence="gentle",
        consent_sms="written",
        consent_email=NONE,
        product="home-loan",
        debt_status="charged-off",
        phone_source=Source.DEBTOR,
        phone_checked_at=datetime(2027, 2, 1, 9, tzinfo=UTC),
        phone_used_at=datetime(2027, 2, 2, 10, tzinfo=UTC),
        email_source=Source.FOUND,
        email_checked_at=datetime(2027, 2, 3, 10, tzinfo=UTC),
        email_used_at=datetime(2027, 2, 4, 10, tzinfo=UTC),
    )


def test_every_column_that_a_file_may_have_is_in_the_example() -> None:
    assert set(FULL) == set(PLANS.known)


def test_an_absent_column_and_an_empty_cell_differ_in_what_is_given() -> None:
    absent, empty = row_of(plan()), row_of(plan(region="", fees=""))
    assert (absent.region, empty.region) == (None, None)
    assert "region" not in absent.given
    assert "region" in empty.given


def test_the_words_of_a_creditor_may_be_left_open() -> None:
    row = row_of(plan(product="", phone_source="", phone_used_at=""))
    assert (row.product, row.phone_source, row.phone_used_at) == (None, None, None)
    assert {"product", "phone_source", "phone_used_at"} <= row.given


def test_the_creditor_is_the_only_one_there_is_or_must_be_named() -> None:
    assert row_of(plans(PLAN)[0]).creditor == "northwind"
    assert row_of(plans(PLAN | {"creditor": "southwind"}, references=SEVERAL)[0]).creditor == "southwind"
    assert "give --creditor" in fault_of(plans(PLAN, references=SEVERAL)[0]).reason


@pytest.mark.parametrize(
    "column", ["plan_ref", "debtor_ref", "debtor_name", "currency", "instalment_no", "due_date", "amount"]
)
def test_a_required_cell_that_is_empty_is_rejected(column: str) -> None:
    fault = fault_of(plan(**{column: ""}))
    assert (fault.column, fault.reason) == (column, "the cell is empty; fill it")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("creditor", "nordwind"),
        ("phone", "+1 555"),
        ("email", "maria@localhost"),
        ("locale", "english"),
        ("country", "Germany"),
        ("time_zone", "Middle/Earth"),
        ("currency", "EUROS"),
        ("due_date", "12/03/2027"),
        ("amount", "£120"),
        ("principal", "-1"),
        ("interest", "a lot"),
        ("fees", "0.005"),
        ("cadence", "standart"),
        ("consent_sms", "yes"),
        ("product", "loan/home"),
        ("product", "-villa"),
        ("product", "p" * 41),
        ("debt_status", "überfällig"),
        ("phone_source", "myself"),
        ("email_source", "yes"),
        ("phone_checked_at", "2027-02-01"),
        ("phone_used_at", "yesterday"),
        ("email_checked_at", "2027-02-30T10:00:00Z"),
        ("email_used_at", "2027-02-01T10:00:00"),
        ("debtor_name", "Maria\nFairweather"),
        ("plan_ref", "P" * 201),
        ("postal_code", "x" * 10_001),
    ],
)
def test_a_wrong_cell_is_rejected_by_its_column_and_not_repeated(column: str, cell: str) -> None:
    fault = fault_of(plan(**{column: cell}))
    assert fault.column == column
    assert cell not in fault.reason


def test_one_of_phone_and_email_is_enough_and_none_is_not() -> None:
    assert row_of(plan(phone="")).email == "maria@example.com"
    assert row_of(plan(email="")).phone == "+442079460018"
    assert "neither phone nor email" in fault_of(plan(phone="", email="")).reason


def test_a_country_that_is_absent_is_that_of_a_personal_number() -> None:
    assert row_of(plan()).country == "GB"
    assert row_of(plan(country="DE")).country == "DE"
    assert row_of(plan(phone="+18005550100")).country is None
    assert row_of(plan(phone="")).country is None


def test_the_parts_add_up_to_the_amount_when_all_three_are_given() -> None:
    assert row_of(plan(principal="100", interest="20", fees="0.50")).fees_minor == 50
    for fees in ("0.49", "0.51"):
        assert fault_of(plan(principal="100", interest="20", fees=fees)).column == "amount"


def test_two_parts_may_be_less_than_the_amount_but_not_more() -> None:
    assert row_of(plan(principal="100", interest="20.50")).interest_minor == 2_050
    assert "do not add up" in fault_of(plan(principal="100", interest="20.51")).reason


def test_an_instalment_that_a_plan_has_twice_in_a_row_is_rejected_the_second_time() -> None:
    first, again, other = plans(PLAN, PLAN | {"amount": "99"}, PLAN | {"instalment_no": "2"})
    assert row_of(first).amount_minor == 12_050
    assert (
        fault_of(again).reason
        == "line 2 has the same instalment and is in; import this row only if it shall replace that one"
    )
    assert row_of(other).instalment_no == "2"


def test_two_plans_may_have_instalments_of_the_same_number() -> None:
    assert all(isinstance(each, PlanRow) for each in plans(PLAN, PLAN | {"plan_ref": "P-2"}))


def test_a_row_that_was_rejected_does_not_stand_in_the_way_of_its_correction() -> None:
    wrong, right = plans(PLAN | {"amount": "0"}, PLAN)
    assert fault_of(wrong).column == "amount"
    assert row_of(right).line == 3


@pytest.mark.parametrize(
    ("cell", "basis"),
    [
        ("", None),
        ("contract", "contract"),
        ("Express Written", "express_written"),
        ("no", NONE),
        ("0", NONE),
        ("FALSE", NONE),
    ],
)
def test_consent_has_a_basis_or_is_denied(cell: str, basis: str | None) -> None:
    assert row_of(plan(consent_sms=cell)).consent_sms == basis


@pytest.mark.parametrize("cell", ["yes", "1", "TRUE", "x"])
def test_consent_without_a_basis_is_rejected(cell: str) -> None:
    assert "what the consent rests on" in fault_of(plan(consent_email=cell)).reason


def test_the_references_have_the_chosen_creditor_or_the_only_one() -> None:
    assert KNOWN.creditor == "northwind"
    assert SEVERAL.creditor is None
