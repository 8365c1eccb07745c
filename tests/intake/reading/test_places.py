"""Currencies, countries, regions, zones and locales, known and not."""

from collections.abc import Callable

import pytest

from scheduler.domain.places import REGIONS
from scheduler.intake.reading import places
from scheduler.intake.reading.rows import Fault
from scheduler.intake.region_names import REGION_NAMES


def reason(check: Callable[[str], str], text: str) -> str:
    with pytest.raises(Fault) as fault:
        check(text)
    assert text not in fault.value.reason
    return fault.value.reason


@pytest.mark.parametrize(("text", "code"), [("EUR", "EUR"), ("jpy", "JPY"), ("KWD", "KWD"), ("CNY", "CNY")])
def test_a_currency_has_its_code_in_capitals(text: str, code: str) -> None:
    assert places.currency(text) == code


@pytest.mark.parametrize("text", ["CLF", "UYW", "XAU", "XXX", "XTS", "EURO", "ZZZ", "€"])
def test_what_has_four_decimals_or_is_no_money_is_no_currency(text: str) -> None:
    assert "such as EUR" in reason(places.currency, text.replace("EURO", "EUROS"))


@pytest.mark.parametrize(("text", "code"), [("DE", "DE"), ("de", "DE"), ("XK", "XK")])
def test_a_country_has_its_two_letters_in_capitals(text: str, code: str) -> None:
    assert places.country(text) == code


def test_a_country_that_does_not_exist_is_rejected_with_a_remedy() -> None:
    assert reason(places.country, "UK").endswith("did you mean GB?")
    assert "such as DE" in reason(places.country, "Germany")
    assert "such as DE" in reason(places.country, "ZZ")


@pytest.mark.parametrize(
    ("text", "country", "region"),
    [
        ("CA", "US", "CA"),
        ("us-ca", "US", "CA"),
        ("California", "US", "CA"),
        ("new south wales", "AU", "NSW"),
        ("CMX", "MX", "CMX"),
        ("BE", "DE", "BE"),
        ("by", "DE", "BY"),
        ("Lower Wessex", "GB", "Lower Wessex"),
        ("Atlantis", None, "Atlantis"),
        ("NY", None, "NY"),
    ],
)
def test_a_region_has_its_code_where_it_is_known(text: str, country: str | None, region: str) -> None:
    assert places.region(text, country) == region


@pytest.mark.parametrize(
    ("text", "country", "region"),
    [
        ("N.Y.", "US", "NY"),
        ("n. y.", "US", "NY"),
        ("US_NY", "US", "NY"),
        ("us ny", "US", "NY"),
        ("US-New York", "US", "NY"),
        ("newyork", "US", "NY"),
        ("NYC", "US", "NY"),
        ("New York City", "US", "NY"),
        ("\uff2e\uff39", "US", "NY"),
        ("Mass.", "US", "MA"),
        ("N. Dak.", "US", "ND"),
        ("Washington, D.C.", "US", "DC"),
        ("Washington", "US", "WA"),
        ("U.S. Virgin Islands", "US", "VI"),
        ("QUE", "CA", "QC"),
        ("P.Q.", "CA", "QC"),
        ("Québec", "CA", "QC"),
        ("quebec", "CA", "QC"),
        ("Qld.", "AU", "QLD"),
        ("Jalisco", "MX", "JAL"),
        ("MX-JAL", "MX", "JAL"),
        ("Queretaro", "MX", "QUE"),
        ("CDMX", "MX", "CMX"),
        ("UT", "IN", "UK"),
        ("GB-SCT", "GB", "SCT"),
        ("scotland", "GB", "SCT"),
        ("ENGLAND", "GB", "ENG"),
        ("Cymru", "GB", "WLS"),
        ("Northern Ireland", "GB", "NIR"),
    ],
)
def test_a_region_is_known_however_it_is_written(text: str, country: str, region: str) -> None:
    assert places.region(text, country) == region


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("GLG", "GB"),
        ("London", "GB"),
        ("L.A.", "US"),
        ("Brooklyn", "US"),
        ("México", "MX"),
        ("New York", None),
        ("N.Y.", None),
    ],
)
def test_a_region_that_nobody_understands_stays_as_it_is_written(text: str, country: str | None) -> None:
    assert places.region(text, country) == text


@pytest.mark.parametrize("country", sorted(REGION_NAMES))
def test_every_name_of_a_region_leads_to_a_code_of_its_country(country: str) -> None:
    codes = frozenset[str]().union(*REGIONS[country])

    assert set(REGION_NAMES[country].values()) <= codes
    assert {places.region(name, country) for name in REGION_NAMES[country]} <= codes


@pytest.mark.parametrize("text", ["Europe/Berlin", "Asia/Calcutta", "US/Eastern", "UTC"])
def test_a_zone_is_a_name_of_the_tz_database(text: str) -> None:
    assert places.time_zone(text) == text


def test_a_zone_that_does_not_exist_is_rejected_with_the_one_that_was_meant() -> None:
    assert reason(places.time_zone, "europe/berlin").endswith("did you mean Europe/Berlin?")
    assert reason(places.time_zone, "New York").endswith("did you mean America/New_York?")
    assert reason(places.time_zone, "+01:00").endswith("such as Europe/Berlin")
    assert reason(places.time_zone, "../../etc/passwd").endswith("such as Europe/Berlin")
    assert reason(places.time_zone, "Factory").endswith("such as Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("en", "en"),
        ("de_AT", "de-AT"),
        ("zh-cn", "zh-CN"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
    ],
)
def test_a_locale_is_written_as_bcp_47_has_it(text: str, locale: str) -> None:
    assert places.locale(text) == locale


@pytest.mark.parametrize("text", ["tlh", "en-XX", "english", "de AT", "../en", "x" * 50])
def test_a_locale_that_cldr_does_not_know_is_rejected(text: str) -> None:
    assert "locale" in reason(places.locale, text)
