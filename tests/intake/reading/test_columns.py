"""A header either fits the layout or is refused with its place and a remedy."""

import pytest

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.columns import PAYMENTS, PLANS, check

PLAN = (*PLANS.required, "phone")


def refusal(*columns: str) -> str:
    with pytest.raises(UsageError) as refused:
        check("plans.csv, line 1", columns, PLANS)
    return str(refused.value)


def test_the_required_columns_and_one_way_to_reach_the_debtor_are_enough() -> None:
    check("plans.csv, line 1", PLAN, PLANS)
    check("plans.csv, line 1", (*PLANS.required, "email"), PLANS)
    check("payments.csv, line 1", PAYMENTS.required, PAYMENTS)


def test_every_known_column_may_be_there_in_any_order() -> None:
    check("plans.csv, line 1", tuple(reversed(PLANS.known)), PLANS)
    check("payments.csv, line 1", tuple(reversed(PAYMENTS.known)), PAYMENTS)


def test_an_unknown_column_is_refused_with_the_one_that_was_meant() -> None:
    assert (
        refusal(*PLAN, "time_zome")
        == "plans.csv, line 1: unknown column 'time_zome'; did you mean time_zone?"
    )
    assert refusal(*PLAN, "Email").endswith("did you mean email?")


def test_an_unknown_column_that_resembles_nothing_is_refused_with_all_that_are_known() -> None:
    assert refusal(*PLAN, "shoe size").endswith("remove it; plans have " + ", ".join(PLANS.known))


def test_a_missing_column_is_refused_by_name() -> None:
    assert "the column due_date is missing" in refusal(*(each for each in PLAN if each != "due_date"))
    assert "the columns are missing: plan_ref, amount" in refusal(
        *(each for each in PLAN if each not in ("plan_ref", "amount"))
    )


def test_a_header_without_phone_and_email_is_refused() -> None:
    assert refusal(*PLANS.required).endswith("no column says how to reach anybody; add phone or email")


def test_a_column_that_stands_there_twice_is_refused() -> None:
    assert refusal(*PLAN, "amount").endswith("the column 'amount' stands there twice; remove one of them")


def test_a_column_without_a_name_is_refused_by_its_number() -> None:
    assert refusal(*PLAN, "").endswith("column 9 has no name; name it or remove it")


def test_a_header_that_cannot_be_decoded_is_refused() -> None:
    assert "give --encoding" in refusal(*PLAN, "pr\ufffdnom")
