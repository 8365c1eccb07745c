"""Exact money: what is read is what is written, to the last decimal that a currency knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.money import exponent, format_major, parse_minor


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("KRW", 0), ("EUR", 2), ("USD", 2), ("KWD", 3)])
def test_a_currency_knows_its_decimals(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.50", "EUR", 123_450),
        ("1234.5", "EUR", 123_450),
        ("1234", "EUR", 123_400),
        ("0.01", "EUR", 1),
        ("0.010", "EUR", 1),
        ("-3.20", "EUR", -320),
        (" 7 ", "EUR", 700),
        ("1500", "JPY", 1_500),
        ("1500.0", "JPY", 1_500),
        ("1.234", "KWD", 1_234),
        ("999999999999999.99", "EUR", 99_999_999_999_999_999),
    ],
)
def test_an_amount_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse_minor(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,50",
        "1 500",
        "1.",
        ".5",
        "1e3",
        "0x10",
        "NaN",
        "inf",
        "+1",
        "--1",
        "1.2.3",
        "١٢",
        "1_000",
        "1" * 16,
    ],
)
def test_what_is_no_plain_decimal_number_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="write digits with a decimal point"):
        parse_minor(text, "EUR")


@pytest.mark.parametrize(("text", "currency"), [("1.5", "JPY"), ("1.234", "EUR"), ("1.2345", "KWD")])
def test_a_decimal_too_many_is_refused_and_never_rounded(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=f"more decimals than {currency} allows"):
        parse_minor(text, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "EUR", "0.00"),
        (5, "EUR", "0.05"),
        (-5, "EUR", "-0.05"),
        (1_500, "JPY", "1500"),
        (1, "KWD", "0.001"),
    ],
)
def test_an_amount_is_written_with_all_its_decimals(minor: int, currency: str, text: str) -> None:
    assert format_major(minor, currency) == text


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse_minor(format_major(minor, currency), currency) == minor
