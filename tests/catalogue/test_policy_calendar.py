"""A calendar of a regime's own: which day each way of writing it means, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from scheduler.catalogue.calendars import NamedDays
from scheduler.catalogue.document import open_document
from scheduler.catalogue.mistakes import Mistake
from scheduler.catalogue.models import Known
from scheduler.catalogue.models_calendar import CalendarModel

SOUND = 'name: Boat Day, on: "07-20"'


def calendar_text(*days: str, covers: str = "from: 2024, to: 2028") -> str:
    """Return a calendar's file with these days."""
    lines = "".join(f"  - {{{each}}}\n" for each in days)
    head = "id: harbour-days\ntitle: Days of the harbour\ncitation: house rule\nconfidence: U\n"
    return f"{head}covers: {{{covers}}}\ndays:\n{lines}"


def opened(folder: Path, text: str) -> tuple[NamedDays | None, list[str]]:
    """Return the calendar, or what is wrong with it."""
    path = folder / "harbour-days.yaml"
    path.write_text(text, encoding="utf-8")
    mistakes: list[Mistake] = []
    document = open_document(path, CalendarModel, Known(), mistakes)
    return None if document is None else document.value.value(), [each.sentence for each in mistakes]


def days_of(folder: Path, year: int, *days: str) -> list[date]:
    """Return the days of a year, in order, of a calendar that is sound."""
    calendar, sentences = opened(folder, calendar_text(*days))
    assert calendar is not None, sentences
    return sorted(calendar.year(year))


def test_a_month_without_a_fifth_such_weekday_has_no_day(tmp_path: Path) -> None:
    assert days_of(tmp_path, 2027, "name: Boat Day, on: fifth monday of 06") == []


# The dates are those of published calendars.
@pytest.mark.parametrize(
    ("on", "day"),
    [
        ('"01-01"', date(2027, 1, 1)),
        ("easter", date(2027, 3, 28)),
        ("easter - 2 days", date(2027, 3, 26)),
        ("easter + 1 day", date(2027, 3, 29)),
        ("easter + 39 days", date(2027, 5, 6)),
        ("monday before 05-25", date(2027, 5, 24)),
        ("tuesday before 05-25", date(2027, 5, 18)),
        ("tuesday on or before 05-25", date(2027, 5, 25)),
        ("wednesday on or before 05-25", date(2027, 5, 19)),
        ("monday after 01-06", date(2027, 1, 11)),
        ("wednesday after 01-06", date(2027, 1, 13)),
        ("wednesday on or after 01-06", date(2027, 1, 6)),
        ("thursday on or after 01-06", date(2027, 1, 7)),
        ("first monday of 09", date(2027, 9, 6)),
        ("first wednesday of 09", date(2027, 9, 1)),
        ("second monday of 10", date(2027, 10, 11)),
        ("third monday of 01", date(2027, 1, 18)),
        ("fourth thursday of 11", date(2027, 11, 25)),
        ("fifth monday of 05", date(2027, 5, 31)),
        ("last monday of 05", date(2027, 5, 31)),
        ("last sunday of 02", date(2027, 2, 28)),
        ("2027-09-19", date(2027, 9, 19)),
    ],
)
def test_a_day_may_be_written_in_several_ways(tmp_path: Path, on: str, day: date) -> None:
    assert days_of(tmp_path, 2027, f"name: Boat Day, on: {on}") == [day]


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 7, 1)), (2027, date(2027, 7, 1)), (2028, date(2028, 7, 2))]
)
def test_a_day_gives_way_on_the_weekdays_that_are_named_only(tmp_path: Path, year: int, day: date) -> None:
    # 1 July is a Monday in 2024, a Thursday in 2027 and a Saturday in 2028.
    assert days_of(tmp_path, year, 'name: Boat Day, on: "07-01", unless: saturday, then: "07-02"') == [day]


def test_a_day_may_give_way_on_several_weekdays_and_to_a_weekday(tmp_path: Path) -> None:
    day = 'name: Boat Day, on: "07-01", unless: [saturday, sunday], then: monday after 07-01'

    assert days_of(tmp_path, 2028, day) == [date(2028, 7, 3)]
    assert days_of(tmp_path, 2027, day) == [date(2027, 7, 1)]


def test_a_day_that_gives_way_at_the_turn_of_the_year_counts_in_the_next(tmp_path: Path) -> None:
    day = 'name: Old Year, on: "12-31", unless: [saturday, sunday], then: monday after 12-31'

    # 31 December 2028 is a Sunday, 2027 a Friday; 1 January 2024 a Monday, after Sunday the 31st.
    assert days_of(tmp_path, 2028, day) == []
    assert days_of(tmp_path, 2027, day) == [date(2027, 12, 31)]
    assert days_of(tmp_path, 2024, day) == [date(2024, 1, 1), date(2024, 12, 31)]


def test_dates_that_follow_no_rule_are_listed_for_each_year(tmp_path: Path) -> None:
    day = "name: Spring, on: [2024-02-10, 2025-01-29, 2026-02-17, 2027-02-06..2027-02-08, 2028-01-26]"

    assert days_of(tmp_path, 2026, day) == [date(2026, 2, 17)]
    assert days_of(tmp_path, 2027, day) == [date(2027, 2, each) for each in (6, 7, 8)]


def test_a_name_is_what_the_calendar_says_of_a_day(tmp_path: Path) -> None:
    calendar, _ = opened(tmp_path, calendar_text(SOUND))

    assert calendar is not None
    assert calendar.year(2027) == {date(2027, 7, 20): "Boat Day"}


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("name: A, on: 7-20", '"7-20" is no day; write it as "01-01"'),
        ('name: A, on: "02-29"', '"02-29" is no day of every year'),
        ('name: A, on: "13-01"', '"13" is no month'),
        ("name: A, on: sixth monday of 05", '"sixth" is no place in a month; choose first'),
        ("name: A, on: first mondey of 05", '"mondey" is no day of the week; did you mean "monday"?'),
        ("name: A, on: easter minus 2 days", '"easter minus 2 days" is no day; write it as'),
        ("name: A, on: []", "write a day of every year, such as"),
        ('name: A, on: ["07-20"]', '"07-20" is no date; write it as 2027-01-31'),
        ("name: A, on: [2024-02-10, 2025-01-29, 2026-02-17, 2028-01-26]", "the calendar covers 2027, of which"),
        ("name: A, on: 2029-09-19", "2029-09-19 lies in a year that the calendar does not cover"),
        ('name: A, on: "07-20", unless: sunday', "`unless` and `then` stand together"),
        ('name: A, on: "07-20", then: "07-21"', "`unless` and `then` stand together"),
        ('name: A, on: "07-20", unless: sonday, then: "07-21"', '"sonday" is no day of the week that Duly knows'),
        ('on: "07-20"', "name is missing; add it"),
    ],
)  # fmt: skip
def test_a_day_that_is_none_is_refused_with_a_remedy(tmp_path: Path, day: str, sentence: str) -> None:
    calendar, sentences = opened(tmp_path, calendar_text(day))

    assert calendar is None
    assert len(sentences) == 1
    assert sentences[0].startswith(sentence)
    assert ";" in sentences[0] or ":" in sentences[0] or "such as" in sentences[0]


@pytest.mark.parametrize(
    ("covers", "sentence"),
    [
        ("from: 2028, to: 2024", "this ends in 2024, before it begins in 2028; write the later year last"),
        ("from: 24, to: 2028", '"24" is no year; write a whole number from 1900 to 2199'),
        ("from: 2024", 'to is missing; add it, such as "to: 2037"'),
    ],
)
def test_years_that_are_none_are_refused_with_a_remedy(tmp_path: Path, covers: str, sentence: str) -> None:
    assert opened(tmp_path, calendar_text(SOUND, covers=covers)) == (None, [sentence])


def test_a_calendar_without_days_is_refused(tmp_path: Path) -> None:
    text = calendar_text().replace("days:\n", "days: []\n")

    assert opened(tmp_path, text) == (None, ["the calendar names no day; add one"])
