"""Text, dates, instants and amounts, on both sides of each edge."""

from datetime import UTC, date, datetime

import pytest

from scheduler.intake.reading import cells as take
from scheduler.intake.reading.rows import Fault


def reason(call: object, *arguments: object) -> str:
    assert callable(call)
    with pytest.raises(Fault) as fault:
        call(*arguments)
    return fault.value.reason


def sound(cell: str) -> None:
    take.check_sound({"plan_ref": "P-1", "debtor_name": cell})


@pytest.mark.parametrize(
    "name",
    [
        "Maria",
        "王晓明",
        "Chloé Beaulac",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0646\u0645",
        "Anne\u00a0Marie",
        "a\u3000b",
        "x" * 10_000,
    ],
    ids=["plain", "chinese", "accents", "joiner", "no-break space", "wide space", "10,000 characters"],
)
def test_what_people_are_called_is_sound(name: str) -> None:
    sound(name)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("x" * 10_001, "more than 10,000 characters"),
        ("a\0b", "NUL character"),
        ("a\nb", "control character"),
        ("a\tb", "control character"),
        ("a\x1bb", "control character"),
        ("a\u2028b", "control character"),
        ("a\u202eb", "control character"),
        ("a\ud800b", "control character"),
        ("Mar\ufffda", "cannot be decoded"),
    ],
    ids=[
        "too long",
        "nul",
        "line break",
        "tab",
        "escape",
        "separator",
        "override",
        "surrogate",
        "undecodable",
    ],
)
def test_what_no_text_has_is_rejected_without_repeating_it(cell: str, said: str) -> None:
    with pytest.raises(Fault) as fault:
        sound(cell)
    assert fault.value.column == "debtor_name"
    assert said in fault.value.reason
    assert cell not in fault.value.reason


def test_a_reference_has_at_most_200_characters() -> None:
    assert take.required({"plan_ref": "x" * 200}, "plan_ref") == "x" * 200
    assert "more than 200" in reason(take.required, {"plan_ref": "x" * 201}, "plan_ref")


def test_a_required_cell_is_filled_and_an_optional_one_need_not_be() -> None:
    assert reason(take.required, {"plan_ref": ""}, "plan_ref") == "the cell is empty; fill it"
    assert reason(take.required, {}, "plan_ref") == "the cell is empty; fill it"
    assert take.optional({"method": ""}, "method") is None
    assert take.optional({"method": "card"}, "method") == "card"


def test_a_date_is_a_day_of_the_calendar_in_iso_8601() -> None:
    assert take.due_date({"due_date": "2028-02-29"}, "due_date") == date(2028, 2, 29)
    assert "no such day" in reason(take.due_date, {"due_date": "2027-02-29"}, "due_date")


@pytest.mark.parametrize(
    "text",
    ["12/03/2027", "12.03.2027", "20270312", "2027-W10-5", "2027-3-12", "2027-03-12T00:00", "٢٠٢٧-٠٣-١٢"],
)
def test_a_date_in_any_other_form_is_rejected(text: str) -> None:
    assert "YYYY-MM-DD" in reason(take.due_date, {"due_date": text}, "due_date")


def test_the_years_1970_to_2200_are_in_range_and_those_beside_them_are_not() -> None:
    assert take.due_date({"due_date": "1970-01-01"}, "due_date").year == 1970
    assert take.due_date({"due_date": "2200-12-31"}, "due_date").year == 2200
    assert "out of range" in reason(take.due_date, {"due_date": "1969-12-31"}, "due_date")
    assert "out of range" in reason(take.due_date, {"due_date": "2201-01-01"}, "due_date")


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-09T10:00:00+01:00",
        "2027-03-09T09:00:00Z",
        "2027-03-09 14:30:00.000+05:30",
        "2027-03-09t09:00:00z",
    ],
)
def test_an_instant_with_an_offset_is_kept_in_utc(text: str) -> None:
    at = take.instant({"received_at": text}, "received_at")
    assert at == datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["2027-03-09T10:00:00", "2027-03-09", "2027-03-09T10:00+01:00", "1773050400", "2027-03-09T10:00:00+0100"],
)
def test_an_instant_without_an_offset_or_in_another_form_is_rejected(text: str) -> None:
    assert "with an offset" in reason(take.instant, {"received_at": text}, "received_at")


@pytest.mark.parametrize("text", ["2027-02-30T10:00:00Z", "2027-03-09T24:00:01Z", "2027-03-09T10:00:60Z"])
def test_an_instant_that_never_comes_is_rejected(text: str) -> None:
    assert "no such instant" in reason(take.instant, {"received_at": text}, "received_at")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.50", "EUR", 123450),
        ("1234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("0.01", "EUR", 1),
        ("5.000", "EUR", 500),
    ],
)
def test_an_amount_is_exact_in_minor_units(text: str, currency: str, minor: int) -> None:
    assert take.amount({"amount": text}, "amount", currency) == minor


@pytest.mark.parametrize(("text", "currency"), [("0.001", "EUR"), ("1234.5", "JPY"), ("1.2345", "KWD")])
def test_an_amount_with_more_decimals_than_its_currency_is_rejected(text: str, currency: str) -> None:
    assert f"more decimals than {currency} allows" in reason(
        take.amount, {"amount": text}, "amount", currency
    )


@pytest.mark.parametrize("text", ["1,234.50", "1234,50", "1e3", "12 EUR", "NaN", "∞", "+5", "1" * 16])
def test_what_is_not_a_plain_decimal_is_no_amount_and_is_not_repeated(text: str) -> None:
    said = reason(take.amount, {"amount": text}, "amount", "EUR")
    assert said.startswith("the cell is not an amount")
    assert text not in said.replace("1234.50", "")


def test_an_amount_is_positive() -> None:
    assert take.amount({"amount": "0.01"}, "amount", "EUR") == 1
    assert "not positive" in reason(take.amount, {"amount": "0.00"}, "amount", "EUR")
    assert "not positive" in reason(take.amount, {"amount": "-0.01"}, "amount", "EUR")


def test_a_part_may_be_nil_or_missing_but_not_negative() -> None:
    assert take.part({"fees": "0"}, "fees", "EUR") == 0
    assert take.part({"fees": ""}, "fees", "EUR") is None
    assert take.part({}, "fees", "EUR") is None
    assert "negative" in reason(take.part, {"fees": "-0.01"}, "fees", "EUR")
