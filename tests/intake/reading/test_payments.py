"""Payment rows: whole, or rejected with the column and a remedy."""

from datetime import UTC, datetime

import pytest

from scheduler.domain.errors import UsageError
from scheduler.domain.news import PaymentRow
from scheduler.intake.reading.columns import PAYMENTS
from scheduler.intake.reading.references import References
from tests.intake.reading.files import KNOWN, PAYMENT, SEVERAL, fault_of, payment


def test_every_column_has_its_place_in_the_row() -> None:
    cells = {"creditor": "northwind", "method": "card", "instalment_no": "3"}
    assert payment(KNOWN, **cells, medium="Web", receipt_by="email SMS") == PaymentRow(
        line=2,
        creditor="northwind",
        payment_ref="R-1",
        plan_ref="P-1",
        amount_minor=12_050,
        currency="GBP",
        received_at=datetime(2027, 3, 9, 9, 0, tzinfo=UTC),
        method="card",
        instalment_no="3",
        medium="web",
        receipt_by=("sms", "email"),
    )
    assert {*PAYMENT, *cells, "medium", "receipt_by"} == set(PAYMENTS.known)


@pytest.mark.parametrize(
    ("cell", "channels"),
    [("", ()), ("email", ("email",)), ("sms  email", ("sms", "email")), ("sms sms", ("sms",))],
)
def test_a_receipt_may_be_agreed_on_no_channel_on_one_or_on_both(
    cell: str, channels: tuple[str, ...]
) -> None:
    row = payment(receipt_by=cell)
    assert isinstance(row, PaymentRow)
    assert row.receipt_by == channels


def test_a_creditor_that_is_not_named_is_the_only_one_or_left_open() -> None:
    one, several = payment(), payment(SEVERAL)
    assert isinstance(one, PaymentRow)
    assert isinstance(several, PaymentRow)
    assert (one.creditor, several.creditor) == ("northwind", None)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("payment_ref", ""),
        ("plan_ref", ""),
        ("amount", "0"),
        ("amount", "-5"),
        ("amount", "1.005"),
        ("currency", "CLF"),
        ("received_at", "2027-03-09T10:00:00"),
        ("received_at", ""),
        ("creditor", "westwind"),
        ("method", "ca\0rd"),
        ("instalment_no", "x" * 201),
        ("medium", "by phone, at night"),
        ("receipt_by", "letter"),
        ("receipt_by", "sms,email"),
    ],
)
def test_a_wrong_cell_is_rejected_by_its_column(column: str, cell: str) -> None:
    assert fault_of(payment(KNOWN, **{column: cell})).column == column


def test_a_chosen_creditor_is_meant_where_a_row_names_none_and_must_exist() -> None:
    chosen = References.of(["northwind", "southwind"], [], "southwind")
    row = payment(chosen)
    assert isinstance(row, PaymentRow)
    assert row.creditor == "southwind"
    with pytest.raises(UsageError, match="did you mean southwind"):
        References.of(["northwind", "southwind"], [], "soutwind")
