"""Days of rest, what is closed for good, and times for which no rule gives hours."""

from datetime import date, datetime

from scheduler.domain.rule import Effective
from scheduler.domain.windows import Closed, ClosedDays, HoursGiven
from tests.builders import NOW
from tests.domain.rules_and_days import (
    NO_HOLIDAYS,
    POINT,
    SECOND,
    earliest,
    in_zones,
    utc,
)

# -------------------------------------------------------------------------------------------- days of rest


def rest(*stretches: tuple[int, int]) -> ClosedDays:
    """Days of March 2027, each from the first to the last."""
    return ClosedDays(tuple((date(2027, 3, first), date(2027, 3, last)) for first, last in stretches))


def test_days_of_rest_begin_and_end_at_midnight() -> None:
    assert earliest(rest((10, 11)), at=utc(10) - SECOND) == utc(10) - SECOND
    assert earliest(rest((10, 11)), at=utc(10)) == utc(12)
    assert earliest(rest((10, 11)), at=utc(12) - SECOND) == utc(12)
    assert earliest(rest((10, 11)), at=utc(12)) == utc(12)


def test_stretches_of_rest_may_touch_and_overlap() -> None:
    form = rest((12, 13), (10, 11), (13, 15))

    assert earliest(form, at=utc(10, 7)) == utc(16)


def test_it_is_a_day_of_rest_as_long_as_it_is_that_day_in_any_zone() -> None:
    both = in_zones("Asia/Tokyo", "America/New_York")
    # The 10th begins in Tokyo at 15:00 UTC on the 9th, and ends in New York at 05:00 UTC on the 11th.

    assert earliest(rest((10, 10)), both, utc(9, 15) - SECOND) == utc(9, 15) - SECOND
    assert earliest(rest((10, 10)), both, utc(9, 15)) == utc(11, 5)
    assert earliest(rest((10, 10)), both, utc(11, 5)) == utc(11, 5)


def test_an_ordinary_day_between_two_of_rest_may_be_none_in_two_zones() -> None:
    both = in_zones("Pacific/Kiritimati", "Pacific/Pago_Pago")
    # The 12th begins in Kiritimati an hour before the 10th ends in Pago Pago, a whole day behind and more.

    assert earliest(rest((10, 10), (12, 12)), in_zones("UTC"), utc(10)) == utc(11)
    assert earliest(rest((10, 10), (12, 12)), both, utc(10, 11)) == utc(12, 10)


def test_a_day_of_rest_that_a_zone_skipped_closes_nothing() -> None:
    apia = in_zones("Pacific/Apia")
    skipped = ClosedDays(((date(2011, 12, 30), date(2011, 12, 30)),))
    eve = ClosedDays(((date(2011, 12, 29), date(2011, 12, 29)),))
    gone = datetime(2011, 12, 30, 10, tzinfo=NOW.tzinfo)

    assert earliest(skipped, apia, gone - SECOND) == gone - SECOND
    assert earliest(eve, apia, gone - SECOND) == gone


def test_what_is_handed_over_before_a_day_of_rest_is_delivered_before_it() -> None:
    facts = in_zones("UTC", "Asia/Tokyo")

    assert rest((10, 10)).closes(facts, POINT, NO_HOLIDAYS, utc(9, 10)) == utc(9, 15)
    assert rest((11, 12)).closes(facts, POINT, NO_HOLIDAYS, utc(9, 10)) == utc(10, 10)
    assert rest((8, 8)).closes(facts, POINT, NO_HOLIDAYS, utc(9, 10)) == utc(10, 10)


def test_a_day_of_rest_says_so() -> None:
    facts = in_zones("UTC")

    assert rest((10, 10)).earliest(facts, POINT, NO_HOLIDAYS, utc(10)).detail == "no contact on these days"
    assert rest((10, 10)).earliest(facts, POINT, NO_HOLIDAYS, utc(9)).detail == "not one of the closed days"


# ------------------------------------------------------------------------------------------ closed for good


def test_what_is_closed_never_opens_and_says_why() -> None:
    assert earliest(Closed("Third-party SMS is not accepted here")) == "Third-party SMS is not accepted here"


def test_without_hours_in_force_nothing_is_open() -> None:
    form = HoursGiven((Effective(utc(9, 10), utc(9, 12)), Effective(utc(10), utc(11))), "no hours")

    assert earliest(form, at=utc(9, 10) - SECOND) == utc(9, 10)
    assert earliest(form, at=utc(9, 12) - SECOND) == utc(9, 12) - SECOND
    assert earliest(form, at=utc(9, 12)) == utc(10)
    assert earliest(form, at=utc(11)) == "no hours"
