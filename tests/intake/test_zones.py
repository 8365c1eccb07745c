"""Where a debtor may be: everything that is known, all together, and nothing at all when nothing is known."""

from zoneinfo import ZoneInfo, available_timezones

import pytest

from scheduler.intake.regions import REGION_ZONES
from scheduler.intake.zones import (
    candidate_zones,
    country_of_phone,
    country_zones,
    known_countries,
    known_zones,
    plan_zone,
)

NEW_YORK, TOLL_FREE, LOS_ANGELES = "+12125550142", "+18005550100", "+12135550142"
BRITISH_MOBILE, FRENCH_MOBILE, RUSSIAN_MOBILE = "+447400000000", "+33600000000", "+79000000000"
CHINESE_MOBILE, LONDON = "+8613000000000", "+442079460018"


@pytest.mark.parametrize(
    ("stated", "country", "region", "phones", "zones"),
    [
        (None, "US", None, [NEW_YORK], {"America/New_York"}),
        (None, None, None, [NEW_YORK], {"America/New_York"}),
        (None, "US", "CA", [NEW_YORK], {"America/Los_Angeles", "America/New_York"}),
        (None, "US", "CA", [LOS_ANGELES], {"America/Los_Angeles"}),
        (None, "US", "CA", [], {"America/Los_Angeles"}),
        (None, "US", "TX", [], {"America/Chicago", "America/Denver"}),
        (None, "US", None, [NEW_YORK, LOS_ANGELES], {"America/Los_Angeles", "America/New_York"}),
        (None, "US", "CA", [TOLL_FREE], {"America/Los_Angeles"}),
        ("America/Denver", "US", None, [TOLL_FREE], {"America/Denver"}),
        ("America/Denver", "US", "NY", [], {"America/Denver", "America/New_York"}),
        (None, "GB", None, [BRITISH_MOBILE], {"Europe/London"}),
        (None, None, None, [BRITISH_MOBILE], {"Europe/London"}),
        (None, "RU", "MOW", [RUSSIAN_MOBILE], {"Europe/Moscow"}),
        ("Europe/Moscow", "RU", None, [RUSSIAN_MOBILE], {"Europe/Moscow"}),
        ("Europe/Berlin", "DE", None, [NEW_YORK], {"America/New_York", "Europe/Berlin"}),
        ("America/New_York", None, None, [FRENCH_MOBILE], {"America/New_York", "Europe/Paris"}),
        ("America/New_York", "FR", None, [], {"America/New_York", "Europe/Paris"}),
        ("Europe/London", "FR", None, [FRENCH_MOBILE], {"Europe/London", "Europe/Paris"}),
        ("US/Eastern", "US", None, [], {"US/Eastern"}),
        ("Asia/Calcutta", "IN", None, ["+919000000000"], {"Asia/Calcutta"}),
        (None, "CN", None, [CHINESE_MOBILE], {"Asia/Shanghai"}),
        (None, "CN", "XJ", [CHINESE_MOBILE], {"Asia/Shanghai", "Asia/Urumqi"}),
        (None, "CN", None, [], {"Asia/Shanghai", "Asia/Urumqi"}),
        (None, "US", "PR", [], {"America/Puerto_Rico"}),
        (None, "AU", "NSW", [], {"Australia/Broken_Hill", "Australia/Lord_Howe", "Australia/Sydney"}),
        (None, "XK", None, [], {"Europe/Belgrade"}),
        (None, None, "CA", [], set()),
        (None, None, None, [], set()),
        (None, None, None, ["+1"], set()),
    ],
)
def test_the_zones_are_all_that_the_facts_suggest(
    stated: str | None, country: str | None, region: str | None, phones: list[str], zones: set[str]
) -> None:
    assert candidate_zones(stated, country, region, phones) == tuple(sorted(zones))


@pytest.mark.parametrize(
    ("country", "phone"), [("US", None), ("US", TOLL_FREE), ("RU", RUSSIAN_MOBILE), ("AU", "+61491570156")]
)
def test_where_nothing_narrower_is_known_it_is_every_zone_of_the_country(
    country: str, phone: str | None
) -> None:
    assert candidate_zones(None, country, None, [phone] if phone else []) == country_zones(country)
    assert len(country_zones(country)) > 10


def test_a_mobile_number_without_a_country_stands_for_its_whole_country() -> None:
    assert candidate_zones(None, None, None, [RUSSIAN_MOBILE]) == country_zones("RU")


def test_a_number_from_abroad_adds_its_country() -> None:
    assert candidate_zones(None, "US", "NY", [BRITISH_MOBILE]) == ("America/New_York", "Europe/London")
    assert candidate_zones(None, "GB", None, [NEW_YORK]) == ("America/New_York", "Europe/London")


def test_a_toll_free_number_alone_stands_for_all_countries_that_share_it() -> None:
    zones = candidate_zones(None, None, None, [TOLL_FREE])
    assert {"America/New_York", "Pacific/Honolulu", "America/Jamaica"} <= set(zones)


def test_a_region_that_is_unknown_says_no_more_than_its_country() -> None:
    assert candidate_zones(None, "US", "ZZ", []) == country_zones("US")
    assert candidate_zones(None, "DE", "BY", []) == country_zones("DE")


def test_a_plan_lives_in_the_stated_zone_or_else_in_its_creditors() -> None:
    assert plan_zone("Asia/Tokyo", "Europe/London") == "Asia/Tokyo"
    assert plan_zone(None, "Europe/London") == "Europe/London"
    assert plan_zone("", "Europe/London") == "Europe/London"


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        (NEW_YORK, "US"),
        ("+14165550142", "CA"),
        (BRITISH_MOBILE, "GB"),
        (TOLL_FREE, None),
        ("+80012345678", None),
    ],
)
def test_a_personal_number_has_a_country_and_a_free_one_has_none(phone: str, country: str | None) -> None:
    assert country_of_phone(phone) == country


@pytest.mark.parametrize("country", sorted(REGION_ZONES))
def test_the_regions_of_a_country_have_all_of_its_zones_and_only_real_ones(country: str) -> None:
    zones = {zone for each in REGION_ZONES[country].values() for zone in each}
    assert set(country_zones(country)) <= zones
    assert zones <= known_zones()


def test_the_regions_are_those_of_iso_3166_2() -> None:
    counts = {country: len(regions) for country, regions in REGION_ZONES.items()}
    assert counts == {"AU": 8, "BR": 27, "CA": 13, "CN": 31, "MX": 32, "RU": 83, "US": 56}


def test_every_zone_that_may_come_out_can_be_loaded() -> None:
    for country in known_countries():
        for zone in country_zones(country):
            assert ZoneInfo(zone).key == zone
    assert known_zones() <= available_timezones() | {"localtime"}


def test_every_country_but_the_uninhabited_ones_has_a_zone() -> None:
    assert {each for each in known_countries() if not country_zones(each)} == {"BV", "HM"}
