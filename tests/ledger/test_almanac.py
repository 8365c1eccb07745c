"""Holidays as the auditor reads them: public ones by residence, and those of a calendar of its own."""

from datetime import date
from pathlib import Path

import pytest

from scheduler.catalogue import load
from scheduler.catalogue.holidays import HolidayCalendar
from scheduler.domain.errors import UsageError
from scheduler.ledger.almanac import Almanac, easter

ROOT = Path(__file__).parents[2]
CALENDAR = """\
id: odd-days
title: Days of every form
citation: Act 1
confidence: V1
covers: {from: 2027, to: 2028}
days:
  - {name: Fixed, on: "01-01"}
  - {name: Good Friday, on: easter - 2 days}
  - {name: Whit Monday, on: easter + 50 days}
  - {name: Victoria Day, on: monday before 05-25}
  - {name: The day itself, on: tuesday on or after 06-15}
  - {name: First, on: first monday of 09}
  - {name: Last, on: last friday of 10}
  - {name: Moved, on: "10-31", unless: [saturday, sunday], then: "11-02"}
  - {name: Turn of the year, on: monday after 12-31}
  - {name: Festival, on: [2027-02-06, 2027-02-08..2027-02-09, 2028-01-26]}
"""
DAYS_OF_2027 = {
    "01-01": "Fixed",
    "01-04": "Turn of the year",
    "02-06": "Festival",
    "02-08": "Festival",
    "02-09": "Festival",
    "03-26": "Good Friday",
    "05-17": "Whit Monday",
    "05-24": "Victoria Day",
    "06-15": "The day itself",
    "09-06": "First",
    "10-29": "Last",
    "11-02": "Moved",
}


@pytest.fixture
def almanac(tmp_path: Path) -> Almanac:
    """An almanac with the calendar."""
    (tmp_path / "odd-days.yaml").write_text(CALENDAR, encoding="utf-8")
    return Almanac(tmp_path)


def test_a_calendar_names_its_days_and_no_others(almanac: Almanac) -> None:
    year = [date.fromordinal(date(2027, 1, 1).toordinal() + each) for each in range(365)]
    named = {day: almanac.named("odd-days", day) for day in year}
    assert {f"{day:%m-%d}": name for day, name in named.items() if name} == DAYS_OF_2027


def test_a_year_that_a_calendar_does_not_cover_is_not_known(almanac: Almanac) -> None:
    with pytest.raises(LookupError, match="odd-days does not cover 2029"):
        almanac.named("odd-days", date(2029, 1, 1))


@pytest.mark.parametrize("on", ["someday", "easter - a few days", "fifth monday of 02", "13-01"])
def test_a_calendar_that_cannot_be_read_is_named(almanac: Almanac, on: str) -> None:
    text = CALENDAR.replace('on: "01-01"', f'on: "{on}"')
    (almanac.folder / "odd-days.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"odd-days\.yaml: the auditor cannot read its days"):
        almanac.named("odd-days", date(2027, 1, 1))


def test_easter_is_found_in_years_early_and_late() -> None:
    known = ["2019-04-21", "2024-03-31", "2027-03-28", "2038-04-25", "2285-03-22"]
    assert [easter(int(each[:4])).isoformat() for each in known] == known


@pytest.mark.parametrize(
    ("country", "region"),
    [("GB", None), ("GB", "SCT"), ("US", "NY"), ("CA", "QC"), ("CN", None), ("DE", "BY")],
)
def test_public_holidays_are_those_that_the_engine_knows(
    almanac: Almanac, country: str, region: str | None
) -> None:
    engine, first = HolidayCalendar(), date(2027, 1, 1).toordinal()
    for day in map(date.fromordinal, range(first, first + 365)):
        theirs = engine.holiday(country, region, day) is not None
        assert (almanac.public(country, region, day) is not None) == theirs, day


@pytest.mark.parametrize("country", [None, "XX"])
def test_holidays_of_no_country_are_not_known(almanac: Almanac, country: str | None) -> None:
    with pytest.raises(LookupError):
        almanac.public(country, None, date(2027, 1, 1))


@pytest.mark.parametrize("name", sorted(each.stem for each in (ROOT / "config/calendars").glob("*.yaml")))
def test_a_calendar_that_ships_has_the_days_that_the_engine_knows(name: str) -> None:
    engine, own = load(ROOT / "config").calendar, Almanac(ROOT / "config/calendars")
    first, last = date(2027, 1, 1).toordinal(), date(2029, 1, 1).toordinal()
    named = {day: own.named(name, day) for day in map(date.fromordinal, range(first, last))}
    assert named == {day: engine.named(name, day) for day in named}
    assert any(named.values())
