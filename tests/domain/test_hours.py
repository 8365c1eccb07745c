"""Local time on both sides of each clock change, against tables and against a count of minutes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.domain.hours import Interval, Opening, local_date, open_intervals, starts_at

NEW_YORK, LORD_HOWE, APIA = "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
CAIRO, BEIRUT, KATHMANDU = "Africa/Cairo", "Asia/Beirut", "Asia/Kathmandu"

MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    """Read an instant such as 2027-03-14 07:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str) -> date:
    """Read a day."""
    return date.fromisoformat(text)


def opening(text: str) -> Opening:
    """Read an opening such as 09:00-18:00, or 22:00-24:00."""
    start, end = text.split("-")
    return time.fromisoformat(start), None if end == "24:00" else time.fromisoformat(end)


def stretches(*texts: str) -> tuple[Interval, ...]:
    """Read stretches such as 2027-03-14 07:00 / 2027-03-14 08:00."""
    ends = [each.split(" / ") for each in texts]
    return tuple((utc(start), utc(end)) for start, end in ends)


# ---------------------------------------------------------------------------------------- when a day starts


@pytest.mark.parametrize(
    ("zone", "on", "at", "instant"),
    [
        pytest.param(NEW_YORK, "2027-03-13", "02:30", "2027-03-13 07:30", id="New York, the day before"),
        pytest.param(NEW_YORK, "2027-03-14", "01:59", "2027-03-14 06:59", id="New York, just before the gap"),
        pytest.param(NEW_YORK, "2027-03-14", "02:00", "2027-03-14 07:00", id="New York, the gap's beginning"),
        pytest.param(NEW_YORK, "2027-03-14", "02:30", "2027-03-14 07:00", id="New York, inside the gap"),
        pytest.param(NEW_YORK, "2027-03-14", "03:00", "2027-03-14 07:00", id="New York, the gap's end"),
        pytest.param(NEW_YORK, "2027-03-14", "03:01", "2027-03-14 07:01", id="New York, just after the gap"),
        pytest.param(NEW_YORK, "2027-11-07", "00:59", "2027-11-07 04:59", id="New York, before the repeat"),
        pytest.param(NEW_YORK, "2027-11-07", "01:30", "2027-11-07 05:30", id="New York, the first of two"),
        pytest.param(NEW_YORK, "2027-11-07", "02:00", "2027-11-07 07:00", id="New York, after the repeat"),
        pytest.param(LORD_HOWE, "2027-10-03", "02:15", "2027-10-02 15:30", id="Lord Howe, inside half an hour"),
        pytest.param(LORD_HOWE, "2027-10-03", "02:30", "2027-10-02 15:30", id="Lord Howe, its end"),
        pytest.param(LORD_HOWE, "2027-04-04", "01:45", "2027-04-03 14:45", id="Lord Howe, the first of two"),
        pytest.param(LORD_HOWE, "2027-04-04", "02:00", "2027-04-03 15:30", id="Lord Howe, after the repeat"),
        pytest.param(CAIRO, "2027-04-30", "00:00", "2027-04-29 22:00", id="Cairo, a day without midnight"),
        pytest.param(CAIRO, "2027-04-30", "01:00", "2027-04-29 22:00", id="Cairo, its first hour"),
        pytest.param(CAIRO, "2027-10-28", "23:30", "2027-10-28 20:30", id="Cairo, the first half past eleven"),
        pytest.param(CAIRO, "2027-10-29", "00:00", "2027-10-28 22:00", id="Cairo, a midnight that comes late"),
        pytest.param(BEIRUT, "2027-03-28", "00:00", "2027-03-27 22:00", id="Beirut, a day without midnight"),
        pytest.param(BEIRUT, "2027-10-31", "00:00", "2027-10-30 22:00", id="Beirut, a midnight that comes late"),
        pytest.param(APIA, "2011-12-29", "09:00", "2011-12-29 19:00", id="Apia, the day before"),
        pytest.param(APIA, "2011-12-30", "00:00", "2011-12-30 10:00", id="Apia, a day that never was"),
        pytest.param(APIA, "2011-12-30", "23:59", "2011-12-30 10:00", id="Apia, its last minute"),
        pytest.param(APIA, "2011-12-31", "00:00", "2011-12-30 10:00", id="Apia, the day after"),
        pytest.param(KATHMANDU, "2027-06-01", "09:00", "2027-06-01 03:15", id="Kathmandu, a quarter of an hour"),
    ],
)  # fmt: skip
def test_a_local_time_is_the_first_instant_at_or_after_it(zone: str, on: str, at: str, instant: str) -> None:
    assert starts_at(day(on), time.fromisoformat(at), zone) == utc(instant)


@pytest.mark.parametrize(
    ("zone", "instant", "on"),
    [
        pytest.param(KATHMANDU, "2027-06-01 18:14", "2027-06-01", id="Kathmandu, before midnight"),
        pytest.param(KATHMANDU, "2027-06-01 18:15", "2027-06-02", id="Kathmandu, midnight"),
        pytest.param(APIA, "2011-12-30 09:59", "2011-12-29", id="Apia, before the skip"),
        pytest.param(APIA, "2011-12-30 10:00", "2011-12-31", id="Apia, after the skip"),
        pytest.param(BEIRUT, "2027-10-30 21:00", "2027-10-30", id="Beirut, the hour that returns"),
        pytest.param(BEIRUT, "2027-10-30 22:00", "2027-10-31", id="Beirut, midnight at last"),
    ],
)
def test_an_instant_falls_on_the_day_that_the_wall_shows(zone: str, instant: str, on: str) -> None:
    assert local_date(utc(instant), zone) == day(on)


# ------------------------------------------------------------------------------------------------ openings


@pytest.mark.parametrize(
    ("zone", "on", "hours", "open_for"),
    [
        pytest.param(NEW_YORK, "2027-03-13", "09:00-18:00", ["2027-03-13 14:00 / 2027-03-13 23:00"],
                     id="New York in winter"),
        pytest.param(NEW_YORK, "2027-03-15", "09:00-18:00", ["2027-03-15 13:00 / 2027-03-15 22:00"],
                     id="New York in summer"),
        pytest.param(NEW_YORK, "2027-03-14", "02:00-03:00", [], id="an hour that is missing"),
        pytest.param(NEW_YORK, "2027-03-14", "01:30-03:30", ["2027-03-14 06:30 / 2027-03-14 07:30"],
                     id="around a missing hour"),
        pytest.param(NEW_YORK, "2027-03-14", "02:30-03:30", ["2027-03-14 07:00 / 2027-03-14 07:30"],
                     id="from within a missing hour"),
        pytest.param(NEW_YORK, "2027-11-07", "01:00-02:00", ["2027-11-07 05:00 / 2027-11-07 07:00"],
                     id="an hour that comes twice"),
        pytest.param(NEW_YORK, "2027-11-07", "01:15-01:45",
                     ["2027-11-07 05:15 / 2027-11-07 05:45", "2027-11-07 06:15 / 2027-11-07 06:45"],
                     id="within an hour that comes twice"),
        pytest.param(NEW_YORK, "2027-11-07", "00:30-01:30",
                     ["2027-11-07 04:30 / 2027-11-07 05:30", "2027-11-07 06:00 / 2027-11-07 06:30"],
                     id="into an hour that comes twice"),
        pytest.param(LORD_HOWE, "2027-04-04", "01:30-02:00", ["2027-04-03 14:30 / 2027-04-03 15:30"],
                     id="half an hour that comes twice"),
        pytest.param(LORD_HOWE, "2027-10-03", "02:00-02:30", [], id="half an hour that is missing"),
        pytest.param(CAIRO, "2027-04-30", "00:00-01:00", [], id="Cairo's missing first hour"),
        pytest.param(CAIRO, "2027-04-30", "00:00-24:00", ["2027-04-29 22:00 / 2027-04-30 21:00"],
                     id="Cairo's day of 23 hours"),
        pytest.param(CAIRO, "2027-10-28", "00:00-24:00", ["2027-10-27 21:00 / 2027-10-28 22:00"],
                     id="Cairo's day of 25 hours"),
        pytest.param(BEIRUT, "2027-10-30", "23:00-24:00", ["2027-10-30 20:00 / 2027-10-30 22:00"],
                     id="Beirut's last hour, twice"),
        pytest.param(BEIRUT, "2027-10-31", "00:00-01:00", ["2027-10-30 22:00 / 2027-10-30 23:00"],
                     id="Beirut's next day, once"),
        pytest.param(APIA, "2011-12-30", "00:00-24:00", [], id="Apia's day that never was"),
        pytest.param(APIA, "2011-12-31", "00:00-24:00", ["2011-12-30 10:00 / 2011-12-31 10:00"],
                     id="Apia's day after"),
        pytest.param(KATHMANDU, "2027-06-01", "09:00-18:00", ["2027-06-01 03:15 / 2027-06-01 12:15"],
                     id="Kathmandu"),
    ],
)  # fmt: skip
def test_an_opening_is_judged_by_the_wall_on_each_side_of_a_clock_change(
    zone: str, on: str, hours: str, open_for: list[str]
) -> None:
    assert open_intervals(day(on), (opening(hours),), zone) == stretches(*open_for)


def test_several_openings_that_touch_are_one_stretch_and_others_stay_apart() -> None:
    hours = tuple(map(opening, ("08:00-12:00", "12:00-14:00", "15:00-24:00")))

    assert open_intervals(day("2027-06-01"), hours, "UTC") == stretches(
        "2027-06-01 08:00 / 2027-06-01 14:00", "2027-06-01 15:00 / 2027-06-02 00:00"
    )


def test_a_day_without_an_opening_is_closed() -> None:
    assert open_intervals(day("2027-06-01"), (), "UTC") == ()


# ------------------------------------------------------------------------------ against a count of minutes

CHANGES = {
    NEW_YORK: ("2027-03-14", "2027-11-07"),
    LORD_HOWE: ("2027-04-04", "2027-10-03"),
    CAIRO: ("2027-04-30", "2027-10-28"),
    BEIRUT: ("2027-03-28", "2027-10-30"),
    APIA: ("2011-12-30", "2011-12-31"),
    KATHMANDU: ("2027-06-01",),
    "America/Nuuk": ("2027-03-27", "2027-10-30"),
    "America/Sao_Paulo": ("2018-11-04", "2018-02-17"),
    "America/St_Johns": ("2006-04-02", "2006-10-29"),
    "Atlantic/Azores": ("2027-03-28", "2027-10-31"),
    "Europe/London": ("2027-03-28", "2027-10-31"),
    "Pacific/Chatham": ("2027-04-04", "2027-09-26"),
}

WALLS = st.integers(0, 24 * 4).map(lambda quarters: quarters * 15)


@st.composite
def openings(draw: st.DrawFn) -> tuple[Opening, ...]:
    """Draw openings of a day that do not overlap."""
    marks = sorted(draw(st.sets(WALLS, min_size=2, max_size=4)))
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    return tuple((_wall(start), None if end == 24 * 60 else _wall(end)) for start, end in pairs)


def _wall(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def minutes_open(on: date, hours: tuple[Opening, ...], zone: str) -> set[datetime]:
    """Count: every minute around the day at which a clock on the wall shows the day and an open time."""
    first = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=30)
    found = set()
    for index in range(84 * 60):
        wall = (first + index * MINUTE).astimezone(ZoneInfo(zone))
        if wall.date() == on and any(
            start <= wall.time() and wall.time() < (end or time.max) for start, end in hours
        ):
            found.add(first + index * MINUTE)
    return found


@given(st.sampled_from(sorted(CHANGES)), st.integers(0, 1), st.integers(-1, 1), openings())
@settings(max_examples=60, deadline=None)
@example("America/St_Johns", 1, 0, ((time(0), None),))
def test_openings_hold_exactly_the_minutes_that_the_wall_shows(
    zone: str, which: int, shift: int, hours: tuple[Opening, ...]
) -> None:
    on = day(CHANGES[zone][which % len(CHANGES[zone])]) + timedelta(days=shift)
    found = open_intervals(on, hours, zone)

    counted = {low + index * MINUTE for low, high in found for index in range((high - low) // MINUTE)}
    assert counted == minutes_open(on, hours, zone)
    assert all(low < high for low, high in found)
    assert all(high < low for (_, high), (low, _) in pairwise(found))
