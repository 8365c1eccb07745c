"""Money, dates and names as the debtor writes them, and as an SMS can carry them."""

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.catalogue.formats import (
    candidates,
    clean,
    day,
    days,
    format_locale,
    is_gsm,
    locale_key,
    money,
    to_plain,
)
from scheduler.domain.money import format_major

CURRENCIES = [
    "USD",
    "EUR",
    "GBP",
    "INR",
    "JPY",
    "KRW",
    "KWD",
    "IQD",
    "CNY",
    "PLN",
    "HUF",
    "CLP",
    "TND",
    "XOF",
]
ENGLISH = ["en", "en_001", "en_GB", "en_US", "en_IN", "en_DE", "en_AU", "en_ZA", "en_CH", "en_FR"]


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "written"),
    [
        (123_450, "GBP", "en_GB", "£1,234.50"),
        (123_450, "EUR", "de_DE", "1.234,50\u00a0€"),
        (1_234, "JPY", "en_US", "¥1,234"),
        (1_234_567, "KWD", "en_GB", "KWD\u00a01,234.567"),
        (1_234_567, "IQD", "en_GB", "IQD\u00a01,234.567"),  # Babel's own data would drop the decimals
        (123_450, "CNY", "zh_Hans_CN", "¥1,234.50"),
        (0, "EUR", "en_IE", "€0.00"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(
    amount_minor: int, currency: str, locale: str, written: str
) -> None:
    assert money(amount_minor, currency, locale, plain=False) == written


@pytest.mark.parametrize(
    ("currency", "locale", "written"),
    [
        ("EUR", "en_IE", "€1,234.50"),
        ("INR", "en_IN", "INR 1,234.50"),
        ("INR", "en_DE", "1.234,50 INR"),
        ("PLN", "pl_PL", "1 234,50 PLN"),
        ("EUR", "fr_FR", "1 234,50 €"),
    ],
)
def test_an_amount_in_an_sms_stays_in_gsm_7(currency: str, locale: str, written: str) -> None:
    assert money(123_450, currency, locale, plain=True) == written
    assert is_gsm(written)


@given(
    amount_minor=st.integers(0, 10**13),
    currency=st.sampled_from(CURRENCIES),
    locale=st.sampled_from([*ENGLISH, "zh", "zh_Hans_CN", "zh_Hant_TW", "de_DE", "fr_FR", "pl_PL", "hi_IN"]),
    plain=st.booleans(),
)
def test_no_digit_of_an_amount_is_lost_or_added(
    amount_minor: int, currency: str, locale: str, plain: bool
) -> None:
    written = money(amount_minor, currency, locale, plain)
    digits = "".join(re.findall(r"\d", written))
    assert digits == format_major(amount_minor, currency).replace(".", "")
    whole, point, decimals = format_major(amount_minor, currency).partition(".")
    last_group = re.findall(r"\d+", written)[-1]
    assert last_group == decimals if point else last_group == whole[-len(last_group) :]


@given(
    amount_minor=st.integers(0, 10**13),
    currency=st.sampled_from(CURRENCIES),
    locale=st.sampled_from(ENGLISH),
)
def test_every_amount_within_english_words_is_gsm_7(amount_minor: int, currency: str, locale: str) -> None:
    assert is_gsm(money(amount_minor, currency, locale, plain=True))


@pytest.mark.parametrize(
    ("words", "wanted", "country", "chosen"),
    [
        ("en", "en-GB", "US", "en_GB"),
        ("en", "en", "GB", "en_GB"),
        ("en", "en", "US", "en_US"),
        ("en", "en", None, "en"),
        ("en", "de-DE", None, "en_DE"),
        ("en", "ja", "JP", "en_001"),
        ("en", "", None, "en"),
        ("en", "no such locale", "KW", "en_001"),
        ("zh", "zh-CN", "CN", "zh_Hans_CN"),
        ("zh", "zh_Hans", None, "zh_Hans"),
        ("zh", "zh", "GB", "zh"),
    ],
)
def test_formats_are_the_debtors_own_within_the_language_of_the_words(
    words: str, wanted: str, country: str | None, chosen: str
) -> None:
    assert format_locale(words, wanted, country) == chosen


def test_dates_follow_the_place_and_not_only_the_language() -> None:
    due = date(2027, 3, 12)
    assert day(due, "en_GB", "long") == "12 March 2027"
    assert day(due, "en_US", "long") == "March 12, 2027"
    assert day(due, "en_GB", "medium") == "12 Mar 2027"
    assert day(due, "zh_Hans_CN", "long") == "2027年3月12日"


@pytest.mark.parametrize(
    ("count", "locale", "written"),
    [
        (0, "en", "0 days"),
        (1, "en", "1 day"),
        (2, "en", "2 days"),
        (400, "en", "400 days"),
        (1, "zh", "1天"),
        (3, "pl", "3 dni"),
    ],
)
def test_days_have_the_plural_of_their_language(count: int, locale: str, written: str) -> None:
    assert days(count, locale) == written


def test_words_are_looked_for_exactly_then_by_language_then_in_english() -> None:
    assert candidates("zh_Hans-CN") == ("zh-hans-cn", "zh-hans", "zh", "en")
    assert candidates("") == ("", "en")
    assert locale_key(" pt_BR ") == "pt-br"


def test_plain_text_has_no_hard_spaces_curly_quotes_or_dashes() -> None:
    plain = to_plain("“It’s\u00a0due”\u202f– 6:30\u202fPM…")
    assert plain == '"It\'s due" - 6:30 PM...'
    assert is_gsm(plain)


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("Maria Silva", "Maria Silva"),
        ("  Maria\r\nBcc: all@example.com\t ", "Maria Bcc: all@example.com"),
        ("\u202eMaria\u202c \u2066Silva\u2069", "Maria Silva"),
        ("Ma\x00ria\x1b[31m", "Ma ria [31m"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("half \ud83d a character", "half  a character"),
        ("محمد", "محمد"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
    ],
)
def test_a_name_is_one_line_without_hidden_characters(given_name: str, cleaned: str) -> None:
    assert clean(given_name) == cleaned


def test_a_long_name_is_cut_at_its_limit_and_says_so() -> None:
    assert clean("x" * 60, 60) == "x" * 60
    assert clean("x" * 61, 60) == "x" * 59 + "…"
    assert clean("e\u0301" * 40, 60) == "e\u0301" * 29 + "…"
    assert not clean("👩\u200d👩\u200d👧" * 20, 18).removesuffix("…").endswith("\u200d")


@given(st.text(max_size=200), st.integers(2, 80))
def test_whatever_a_name_holds_it_comes_out_short_single_lined_and_encodable(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    cleaned.encode("utf-8")
    assert len(cleaned) <= limit
    assert cleaned.splitlines() == ([cleaned] if cleaned else [])
    assert not any(unicodedata.category(each) == "Cc" for each in cleaned)
