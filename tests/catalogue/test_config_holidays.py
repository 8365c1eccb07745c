"""Public holidays where a debtor lives, and days of a regime's own, with their limits."""

from datetime import date

import pytest

from scheduler.catalogue.calendars import Fixed, NamedDay, NamedDays
from scheduler.catalogue.holidays import HolidayCalendar

CHRISTMAS = date(2026, 12, 25)
ST_JOHN_IN_QUEBEC = date(2027, 6, 24)  # a Thursday


@pytest.fixture
def calendar() -> HolidayCalendar:
    """A calendar that has read nothing yet."""
    return HolidayCalendar()


def test_a_holiday_has_a_name_and_the_day_after_the_holidays_has_none(calendar: HolidayCalendar) -> None:
    assert calendar.holiday("GB", "ENG", CHRISTMAS) == "Christmas Day"
    assert calendar.holiday("GB", "ENG", date(2026, 12, 29)) is None


def test_a_regions_holiday_is_one_there_and_not_next_door(calendar: HolidayCalendar) -> None:
    assert calendar.holiday("CA", "QC", ST_JOHN_IN_QUEBEC)
    assert calendar.holiday("CA", "ON", ST_JOHN_IN_QUEBEC) is None


@pytest.mark.parametrize("region", ["CA-QC", "ca_qc", "qc", "Quebec"])
def test_a_region_may_be_written_in_several_ways(calendar: HolidayCalendar, region: str) -> None:
    assert calendar.holiday("CA", region, ST_JOHN_IN_QUEBEC)


@pytest.mark.parametrize("region", [None, "Atlantis"])
def test_where_the_region_is_not_known_a_holiday_in_any_of_them_counts(
    calendar: HolidayCalendar, region: str | None
) -> None:
    assert calendar.holiday("CA", region, ST_JOHN_IN_QUEBEC)
    assert calendar.holiday("CA", region, date(2027, 6, 23)) is None


def test_the_year_turns_with_the_day_asked_for(calendar: HolidayCalendar) -> None:
    assert calendar.holiday("US", "NY", date(2026, 7, 4))
    assert calendar.holiday("US", "NY", date(2027, 7, 5))  # the 4th is a Sunday, and observed on Monday
    assert calendar.holiday("US", "NY", date(2026, 7, 5)) is None


@pytest.mark.parametrize("country", ["XX", "", "Atlantis"])
def test_a_country_without_a_calendar_is_a_lookup_error(calendar: HolidayCalendar, country: str) -> None:
    with pytest.raises(LookupError, match="no holiday calendar is known"):
        calendar.holiday(country, None, CHRISTMAS)


def test_a_year_that_the_calendar_does_not_cover_is_a_lookup_error(calendar: HolidayCalendar) -> None:
    assert calendar.holiday("GB", None, date(2100, 12, 25))
    with pytest.raises(LookupError, match="does not cover 2101"):
        calendar.holiday("GB", None, date(2101, 12, 25))


# ------------------------------------------------------------------------------------ a regime's own days


@pytest.fixture
def own() -> HolidayCalendar:
    """A calendar that knows one of a regime's own, for two years."""
    return HolidayCalendar([NamedDays("harbour-days", 2026, 2027, (NamedDay("Boat Day", Fixed(7, 20)),))])


def test_a_named_day_has_its_name_and_the_days_around_it_have_none(own: HolidayCalendar) -> None:
    assert own.named("harbour-days", date(2026, 7, 20)) == "Boat Day"
    assert own.named("harbour-days", date(2027, 7, 20)) == "Boat Day"
    assert own.named("harbour-days", date(2026, 7, 19)) is None
    assert own.named("harbour-days", date(2026, 7, 21)) is None


def test_a_regimes_own_calendar_has_no_part_in_the_public_one(own: HolidayCalendar) -> None:
    assert own.named("harbour-days", CHRISTMAS) is None
    assert own.holiday("GB", "ENG", date(2026, 7, 20)) is None


@pytest.mark.parametrize("year", [2025, 2028])
def test_a_year_that_a_regimes_calendar_does_not_cover_is_a_lookup_error(
    own: HolidayCalendar, year: int
) -> None:
    sentence = rf"^the calendar harbour-days covers 2026 to 2027, and not {year}$"
    with pytest.raises(LookupError, match=sentence):
        own.named("harbour-days", date(year, 7, 20))


def test_an_unknown_calendar_is_a_lookup_error(own: HolidayCalendar) -> None:
    with pytest.raises(LookupError, match=r"^there is no calendar lake-days$"):
        own.named("lake-days", CHRISTMAS)
