"""Weeks joined, turned inside out and measured."""

from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.hours import Opening, Week
from scheduler.intake.weeks import joined, length, outside

NINE, TWELVE, SEVENTEEN = time(9), time(12), time(17)


def a_week(*openings: Opening, day: int = 0) -> Week:
    """A week with these openings on one day."""
    return Week({day: openings}, None)


def test_openings_that_touch_or_overlap_become_one_and_others_stay_apart() -> None:
    touching = joined([a_week((NINE, TWELVE)), a_week((TWELVE, SEVENTEEN))])
    assert touching.days == {0: ((NINE, SEVENTEEN),)}
    apart = joined([a_week((TWELVE, SEVENTEEN)), a_week((NINE, time(11, 59)))])
    assert apart.days == {0: ((NINE, time(11, 59)), (TWELVE, SEVENTEEN))}
    assert joined([a_week((NINE, None)), a_week((TWELVE, SEVENTEEN))]).days == {0: ((NINE, None),)}


def test_the_days_of_several_weeks_add_up() -> None:
    assert joined([a_week((NINE, None)), a_week((NINE, None), day=6)]).days.keys() == {0, 6}


def test_outside_an_opening_it_is_open_before_and_after() -> None:
    left = outside(a_week((NINE, SEVENTEEN)))
    assert left.days[0] == ((time(0), NINE), (SEVENTEEN, None))
    assert left.days[1] == ((time(0), None),)


def test_outside_a_whole_day_that_day_is_closed() -> None:
    assert 0 not in outside(a_week((time(0), None))).days
    assert outside(a_week((time(0), NINE))).days[0] == ((NINE, None),)
    assert outside(a_week((NINE, None))).days[0] == ((time(0), NINE),)


def test_the_length_is_that_of_all_openings() -> None:
    assert length(a_week((NINE, TWELVE), (SEVENTEEN, None))) == timedelta(hours=10)
    assert length(outside(a_week((NINE, TWELVE)))) == timedelta(hours=165)


MARKS = st.lists(st.integers(0, 1_439), min_size=2, max_size=8, unique=True).map(sorted)


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


@given(MARKS, st.integers(0, 1_439))
def test_a_minute_is_open_either_within_the_hours_or_outside_of_them(marks: list[int], minute: int) -> None:
    pairs = zip(marks[::2], marks[1::2], strict=False)
    within = a_week(*((_time(start), _time(end)) for start, end in pairs))
    at = _time(minute)

    def is_open(week: Week) -> bool:
        return any(start <= at and (end is None or at < end) for start, end in week.days.get(0, ()))

    assert is_open(within) != is_open(outside(within))
    assert outside(outside(within)).days == joined([within]).days
