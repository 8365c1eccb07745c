"""Contact hours on both sides of each edge: openings, zones, holidays, margins."""

from dataclasses import replace
from datetime import date, datetime

from scheduler.domain.facts import Facts
from scheduler.domain.hours import Week
from scheduler.domain.windows import Hours
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    MINUTE,
    NO_HOLIDAYS,
    POINT,
    SECOND,
    Holidays,
    earliest,
    in_zones,
    openings,
    utc,
    week,
)

WEEKDAYS = Hours(week("09:00-18:00", days=range(5)))
EVERY_DAY = Hours(week("09:00-18:00"))
CLOSED_ON_HOLIDAYS = Hours(week("09:00-18:00", holidays=()))


def here(country: str | None = "GB", region: str | None = None, zone: str = "UTC") -> Facts:
    """Facts about somebody who lives there."""
    debtor = builders.a_debtor(zones=(zone,), country=country, region=region)
    return builders.facts(debtor=debtor)


# ------------------------------------------------------------------------------------------------ openings


def test_an_opening_begins_at_its_start_and_is_closed_at_its_end() -> None:
    assert earliest(WEEKDAYS, at=utc(9, 9) - SECOND) == utc(9, 9)
    assert earliest(WEEKDAYS, at=utc(9, 9)) == utc(9, 9)
    assert earliest(WEEKDAYS, at=utc(9, 18) - SECOND) == utc(9, 18) - SECOND
    assert earliest(WEEKDAYS, at=utc(9, 18)) == utc(10, 9)


def test_what_comes_too_late_on_friday_waits_for_monday() -> None:
    assert earliest(WEEKDAYS, at=utc(12, 18)) == utc(15, 9)


def test_several_openings_of_a_day_leave_the_time_between_them_closed() -> None:
    form = Hours(week("08:00-12:00", "14:00-19:00"))

    assert earliest(form, at=utc(9, 12) - SECOND) == utc(9, 12) - SECOND
    assert earliest(form, at=utc(9, 12)) == utc(9, 14)
    assert earliest(form, at=utc(9, 14)) == utc(9, 14)
    assert earliest(form, at=utc(9, 19)) == utc(10, 8)


def test_days_of_a_week_may_differ_and_one_may_be_closed() -> None:
    # ca-on: Monday to Saturday 07:00 to 21:00, Sunday 13:00 to 17:00.
    weekly = dict.fromkeys(range(6), openings("07:00-21:00")) | {6: openings("13:00-17:00")}
    form = Hours(Week(weekly, None))

    assert earliest(form, at=utc(13, 21)) == utc(14, 13)
    assert earliest(form, at=utc(14, 17) - SECOND) == utc(14, 17) - SECOND
    assert earliest(form, at=utc(14, 17)) == utc(15, 7)


def test_quiet_hours_that_cross_midnight_leave_the_day_between_them_open() -> None:
    # cn: nothing from 22:00 to 08:00, which is open from 08:00 to 22:00.
    form = Hours(week("08:00-22:00"))

    assert earliest(form, at=utc(9, 22)) == utc(10, 8)
    assert earliest(form, at=utc(10, 7, 59)) == utc(10, 8)
    assert earliest(form, at=utc(9, 22) - SECOND) == utc(9, 22) - SECOND


def test_an_opening_until_midnight_goes_on_where_the_next_day_begins_open() -> None:
    form = Hours(week("00:00-01:00", "23:00-24:00"))

    assert earliest(form, at=utc(9, 23, 59)) == utc(9, 23, 59)
    assert earliest(form, at=utc(10)) == utc(10)
    assert earliest(form, at=utc(10, 1)) == utc(10, 23)


def test_hours_are_the_debtors_and_move_with_the_clocks() -> None:
    new_york = here(zone="America/New_York")

    assert earliest(EVERY_DAY, new_york, utc(13, 5)) == utc(13, 14)
    assert earliest(EVERY_DAY, new_york, utc(14, 5)) == utc(14, 13)


def test_a_leap_day_is_a_day() -> None:
    tuesdays = Hours(week("09:00-18:00", days=[1]))

    assert earliest(EVERY_DAY, at=utc(28, 18, month=2, year=2028)) == utc(29, 9, month=2, year=2028)
    assert earliest(tuesdays, at=utc(28, 18, month=2, year=2028)) == utc(29, 9, month=2, year=2028)


def test_hours_must_be_open_in_every_zone_in_which_the_debtor_may_be() -> None:
    both = in_zones("Europe/London", "America/New_York")

    assert earliest(WEEKDAYS, both, utc(9, 9)) == utc(9, 14)
    assert earliest(WEEKDAYS, both, utc(9, 17, 59)) == utc(9, 17, 59)
    assert earliest(WEEKDAYS, both, utc(9, 18)) == utc(10, 14)


def test_zones_a_whole_day_apart_share_only_what_is_open_on_both_their_days() -> None:
    # 10:00 on Tuesday in Pago Pago is 11:00 on Wednesday in Kiritimati.
    both = in_zones("Pacific/Kiritimati", "Pacific/Pago_Pago")

    assert earliest(EVERY_DAY, both, utc(9, 20)) == utc(9, 20)
    assert earliest(WEEKDAYS, both, utc(12, 20)) == utc(15, 20)  # Friday there is Saturday here
    assert earliest(WEEKDAYS, both, utc(15, 19)) == utc(15, 20)


def test_zones_that_never_share_an_open_hour_close_it_for_good() -> None:
    both = in_zones("Asia/Tokyo", "America/New_York")

    said = earliest(Hours(week("09:00-10:00")), both)

    assert said == "contact hours never open in all candidate zones within a year"


def test_a_week_without_openings_never_opens() -> None:
    assert earliest(Hours(Week({}, None))) == "contact hours do not open in UTC within a year"


def test_the_zone_that_is_closed_is_named() -> None:
    both = in_zones("Europe/London", "America/New_York")

    assert EVERY_DAY.earliest(both, POINT, NO_HOLIDAYS, utc(9, 10)).detail == (
        "contact hours are closed in America/New_York"
    )


# ------------------------------------------------------------------------------------------------ holidays


def test_a_holiday_is_closed_where_it_is_one() -> None:
    calendar = Holidays(date(2027, 3, 9))

    assert earliest(CLOSED_ON_HOLIDAYS, at=utc(9, 10), calendar=calendar) == utc(10, 9)
    assert earliest(CLOSED_ON_HOLIDAYS, at=utc(10, 10), calendar=calendar) == utc(10, 10)
    assert earliest(CLOSED_ON_HOLIDAYS, at=utc(8, 17, 59), calendar=calendar) == utc(8, 17, 59)
    assert earliest(CLOSED_ON_HOLIDAYS, at=utc(8, 18), calendar=calendar) == utc(10, 9)


def test_a_holiday_may_have_hours_of_its_own_or_be_like_any_day() -> None:
    calendar = Holidays(date(2027, 3, 9))
    afternoon = Hours(week("09:00-18:00", holidays=openings("14:00-16:00")))

    assert earliest(afternoon, at=utc(9, 10), calendar=calendar) == utc(9, 14)
    assert earliest(afternoon, at=utc(9, 16), calendar=calendar) == utc(10, 9)
    assert earliest(EVERY_DAY, at=utc(9, 10), calendar=calendar) == utc(9, 10)


def test_a_holiday_may_open_what_is_closed_on_its_weekday() -> None:
    # th: 08:00 to 18:00 on holidays, whatever day it is.
    calendar, form = (
        Holidays(date(2027, 3, 13)),
        Hours(week("08:00-20:00", days=range(5), holidays=openings("08:00-18:00"))),
    )

    assert earliest(form, at=utc(13, 10), calendar=calendar) == utc(13, 10)
    assert earliest(form, at=utc(13, 18), calendar=calendar) == utc(15, 8)


def test_a_holiday_is_the_day_of_each_zone_and_of_the_debtors_residence() -> None:
    calendar = Holidays(date(2027, 3, 10))

    # 22:00 on the 9th in UTC is 07:00 on the 10th in Tokyo, which is a holiday.
    in_tokyo = here(region="SCT", zone="Asia/Tokyo")
    assert earliest(CLOSED_ON_HOLIDAYS, in_tokyo, utc(9, 22), calendar=calendar) == utc(11)
    assert set(calendar.asked) >= {("GB", "SCT", date(2027, 3, 10)), ("GB", "SCT", date(2027, 3, 11))}


def test_hours_that_heed_holidays_never_open_where_no_calendar_is_known() -> None:
    said = "no holiday calendar is known for AQ"

    assert earliest(CLOSED_ON_HOLIDAYS, here("AQ")) == said
    assert earliest(EVERY_DAY, here("AQ")) == NOW


def test_hours_that_heed_holidays_never_open_where_the_country_is_not_known() -> None:
    said = "no holiday calendar is known for an unknown country"

    assert earliest(CLOSED_ON_HOLIDAYS, here(None)) == said
    assert earliest(EVERY_DAY, here(None)) == NOW


def test_a_calendar_that_is_named_counts_instead_of_the_residences() -> None:
    # ca-qc: the law lists its own days; public holidays are ordinary ones.
    form = replace(CLOSED_ON_HOLIDAYS, calendar="ca-qc-collection")
    calendar = Holidays(date(2027, 3, 9), calendars={"ca-qc-collection": [date(2027, 3, 10)]})

    assert earliest(form, at=utc(9, 10), calendar=calendar) == utc(9, 10)
    assert earliest(form, at=utc(10, 10), calendar=calendar) == utc(11, 9)
    assert earliest(form, here(None), utc(9, 10), calendar=calendar) == utc(9, 10)
    assert calendar.asked == []


def test_a_named_calendar_closes_the_days_that_it_does_not_cover() -> None:
    form = replace(CLOSED_ON_HOLIDAYS, calendar="rest")
    calendar = Holidays(calendars={"rest": []})
    last = datetime(2037, 12, 31, 17, 59, tzinfo=NOW.tzinfo)

    assert earliest(form, at=last, calendar=calendar) == last
    assert earliest(form, at=last + MINUTE, calendar=calendar) == "the calendar rest does not cover 2038"


# ------------------------------------------------------------------------------------------------- margins


def test_no_message_starts_in_the_margin_at_the_end_of_an_opening() -> None:
    form = replace(EVERY_DAY, margin=5 * MINUTE)

    assert earliest(form, at=utc(9, 17, 55) - SECOND) == utc(9, 17, 55) - SECOND
    assert earliest(form, at=utc(9, 17, 55)) == utc(10, 9)
    assert earliest(form, at=utc(9, 9)) == utc(9, 9)


def test_a_margin_is_kept_before_midnight_and_at_the_end_of_each_opening() -> None:
    form = Hours(week("08:00-12:00", "20:00-24:00"), margin=10 * MINUTE)

    assert earliest(form, at=utc(9, 11, 50)) == utc(9, 20)
    assert earliest(form, at=utc(9, 23, 50) - SECOND) == utc(9, 23, 50) - SECOND
    assert earliest(form, at=utc(9, 23, 50)) == utc(10, 8)


def test_an_opening_no_longer_than_its_margin_is_closed() -> None:
    just, longer = week("08:00-08:30", "12:00-13:00"), week("08:00-08:31", "12:00-13:00")

    assert earliest(Hours(just, margin=30 * MINUTE), at=utc(9, 8)) == utc(9, 12)
    assert earliest(Hours(longer, margin=30 * MINUTE), at=utc(9, 8)) == utc(9, 8)
    assert earliest(Hours(week("00:00-00:20"), margin=30 * MINUTE)) == (
        "contact hours do not open in UTC within a year"
    )


def test_what_was_handed_over_before_the_margin_may_be_delivered_within_it() -> None:
    form = replace(EVERY_DAY, margin=5 * MINUTE)

    assert form.closes(in_zones("UTC"), POINT, NO_HOLIDAYS, utc(9, 10)) == utc(9, 18)


# ------------------------------------------------------------------------------------------------- closing


def test_a_window_closes_first_in_the_zone_where_it_is_latest() -> None:
    facts = in_zones("Europe/London", "Europe/Berlin")

    assert WEEKDAYS.closes(facts, POINT, NO_HOLIDAYS, utc(9, 10)) == utc(9, 17)


def test_a_window_that_is_open_all_day_closes_at_midnight() -> None:
    always = Hours(week("00:00-24:00"))

    assert always.closes(in_zones("UTC"), POINT, NO_HOLIDAYS, utc(9, 10)) == utc(10)


def test_the_opening_that_is_open_closes_and_not_a_later_one() -> None:
    form = Hours(week("08:00-12:00", "14:00-19:00"))

    assert form.closes(in_zones("UTC"), POINT, NO_HOLIDAYS, utc(9, 11)) == utc(9, 12)
    assert form.closes(in_zones("UTC"), POINT, NO_HOLIDAYS, utc(9, 14)) == utc(9, 19)
