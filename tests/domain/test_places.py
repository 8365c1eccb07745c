"""The tables of regions and territories, held against other sources of the same."""

import re

import holidays
import pytest

from scheduler.domain.places import REGIONS, TERRITORIES, has_postal_code, is_in_region, region_code
from scheduler.intake.regions import REGION_ZONES

COUNTED_OUT = "AR AT AU BO BR CA CH CL DE GB IN MY NZ PL PT US".split()
"""Countries of which the library of holidays lists every region."""

WITHOUT_ZONES = {"CN": {"HK", "MO", "TW"}, "US": {"UM"}}
"""Regions that are countries of their own in the tz database, or where nobody lives."""


@pytest.mark.parametrize("country", COUNTED_OUT)
def test_the_regions_are_those_that_the_library_of_holidays_counts(country: str) -> None:
    listed = holidays.country_holidays(country).subdivisions

    assert [set(each) for each in REGIONS[country]] == [
        {each for each in listed if re.fullmatch("[A-Z0-9]{1,3}", each)}
    ]


@pytest.mark.parametrize("country", sorted(REGION_ZONES))
def test_the_regions_are_those_that_have_zones(country: str) -> None:
    zoned = {*REGION_ZONES[country]} | WITHOUT_ZONES.get(country, set())

    assert [set(each) for each in REGIONS[country]] == [zoned]


def test_there_are_as_many_regions_as_iso_3166_2_has() -> None:
    counts = {country: [len(each) for each in levels] for country, levels in REGIONS.items()}

    assert counts["ES"] == [19, 52]  # autonomous communities and cities, provinces with the cities
    assert counts["FR"] == [
        13 + 13,
        96 + 13,
        3 + 13,
    ]  # metropolitan regions, departments, and places of their own
    assert (counts["JP"], counts["MX"], counts["CN"]) == ([47], [32], [34])


@pytest.mark.parametrize("territory", sorted(TERRITORIES))
def test_a_territory_is_a_region_of_its_country(territory: str) -> None:
    country, region = TERRITORIES[territory]

    assert any(region in level for level in REGIONS[country])
    assert hasattr(holidays, territory)


@pytest.mark.parametrize("text", ["NY", "us-ny", "US_NY", "us ny", " US-NY ", "\uff35\uff33-\uff2e\uff39"])
def test_a_region_is_compared_without_its_country(text: str) -> None:
    assert region_code("US", text) == "NY"


def test_a_regions_own_letters_are_not_taken_for_the_country() -> None:
    assert region_code("US", "USK") == "USK"
    assert region_code(None, "us-ny") == "US-NY"


def test_each_question_has_an_answer_for_what_is_not_known() -> None:
    assert [is_in_region("US", "NY", each) for each in ("NY", "NJ", "Gotham", "", None)] == [
        True, False, None, None, None,
    ]  # fmt: skip
    assert [has_postal_code("US", ("100",), each) for each in ("10001", "20001", "1000", "", None)] == [
        True, False, None, None, None,
    ]  # fmt: skip
    assert has_postal_code("GB", ("SW1",), "EH1 1AA") is False
