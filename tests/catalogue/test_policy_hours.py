"""Contact hours in a policy, and what may stand beside them."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from scheduler.domain.hours import Opening, Week
from scheduler.domain.windows import Hours
from tests.catalogue.policy_text import form_of, policy_text, sentences_of

NINE_TO_SIX = ((time(9), time(18)),)
WEEKDAYS = 'hours: {mon-fri: ["09:00-18:00"]}'


def hours_of(folder: Path, form: str) -> Hours:
    """Return the hours that a rule gives."""
    hours = form_of(folder, form)
    assert isinstance(hours, Hours)
    return hours


def every_day(*openings: Opening) -> Week:
    """Return a week that is open alike on every day, holidays too."""
    return Week(dict.fromkeys(range(7), openings), None)


def test_a_day_that_no_hours_name_is_closed_and_so_is_a_holiday(tmp_path: Path) -> None:
    assert hours_of(tmp_path, WEEKDAYS) == Hours(Week(dict.fromkeys(range(5), NINE_TO_SIX), ()))


def test_holidays_may_be_like_any_day_or_have_hours_of_their_own(tmp_path: Path) -> None:
    alike = hours_of(tmp_path, 'hours: {sat: ["09:00-18:00"], holidays: like any day}')
    own = hours_of(tmp_path, 'hours: {sat: [], sun: ["09:00-18:00"], holidays: ["10:00-24:00"]}')

    assert alike.week == Week({5: NINE_TO_SIX}, None)
    assert own.week == Week({6: NINE_TO_SIX}, ((time(10), None),))


def test_a_stretch_of_days_may_go_round_the_end_of_the_week(tmp_path: Path) -> None:
    assert sorted(hours_of(tmp_path, 'hours: {sun-tue: ["09:00-18:00"]}').week.days) == [0, 1, 6]


def test_several_openings_of_a_day_are_put_in_order(tmp_path: Path) -> None:
    hours = hours_of(tmp_path, 'hours: {mon: ["14:00-18:00", "09:00-14:00"]}')

    assert hours.week.days == {0: ((time(9), time(14)), (time(14), time(18)))}


@pytest.mark.parametrize(
    ("quiet", "openings"),
    [
        ('["22:00-08:00"]', [(time(8), time(22))]),
        ('["00:00-08:00"]', [(time(8), None)]),
        ('["22:00-24:00"]', [(time(0), time(22))]),
        ('["22:00-00:00"]', [(time(0), time(22))]),
        ('["21:00-07:00", "12:00-14:00"]', [(time(7), time(12)), (time(14), time(21))]),
        ('["12:00-14:00", "13:00-15:00"]', [(time(0), time(12)), (time(15), None)]),
        ('["23:00-06:00", "22:00-05:00"]', [(time(6), time(22))]),
    ],
    ids=["night", "morning", "evening", "until-midnight", "night-and-noon", "overlapping", "two-nights"],
)
def test_quiet_hours_leave_the_rest_of_every_day_open(
    tmp_path: Path, quiet: str, openings: list[Opening]
) -> None:
    assert hours_of(tmp_path, f"quiet: {quiet}") == Hours(every_day(*openings))


def test_what_stands_beside_hours_is_part_of_them(tmp_path: Path) -> None:
    beside = (
        "calendar: ca-qc-collection\nmargin: 5 minutes\nclock: received\nanswers: at any time\n"
        'with_consent: {mon-sun: ["06:00-24:00"]}'
    )

    hours = hours_of(tmp_path, f"{WEEKDAYS}\n{beside}")

    wider = Week(dict.fromkeys(range(7), ((time(6), None),)), ())
    assert hours == Hours(hours.week, "ca-qc-collection", timedelta(minutes=5), wider, answers_any_time=True)


@pytest.mark.parametrize(
    ("margin", "is_sound"), [("29 minutes", True), ("30 minutes", False), ("2 days", False)], ids=str
)
def test_a_margin_leaves_something_of_one_opening_at_least(
    tmp_path: Path, margin: str, is_sound: bool
) -> None:
    text = policy_text(f'hours: {{mon: ["09:00-09:10"], tue: ["09:00-09:30"]}}\nmargin: {margin}')

    assert (not sentences_of(tmp_path, text)) is is_sound


@pytest.mark.parametrize(
    ("wider", "is_sound"),
    [
        ('{mon-fri: ["09:00-18:00"], sat: ["09:00-12:00"]}', True),
        ('{mon-fri: ["08:00-13:00", "13:00-20:00"]}', True),
        ('{mon-fri: ["08:00-24:00"], holidays: closed}', True),
        ('{mon-thu: ["08:00-20:00"]}', False),
        ('{mon-fri: ["08:00-13:00", "13:01-20:00"]}', False),
        ('{mon-fri: ["09:01-20:00"]}', False),
        ('{mon-fri: ["08:00-17:59"]}', False),
    ],
    ids=["saturday", "two-that-meet", "until-midnight", "no-friday", "two-apart", "late", "early"],
)
def test_hours_with_consent_include_the_others(tmp_path: Path, wider: str, is_sound: bool) -> None:
    text = policy_text(f"{WEEKDAYS}\nwith_consent: {wider}")

    assert (not sentences_of(tmp_path, text)) is is_sound


def test_hours_with_consent_are_open_on_holidays_where_the_others_are(tmp_path: Path) -> None:
    form = 'quiet: ["22:00-08:00"]\nwith_consent: {mon-sun: ["06:00-24:00"]%s}'

    assert not sentences_of(tmp_path, policy_text(form % ", holidays: like any day"))
    assert sentences_of(tmp_path, policy_text(form % "")) == [
        "hours with consent include all others, on holidays too; make them wider, or remove them"
    ]


def test_a_calendar_that_no_hours_ask_is_refused(tmp_path: Path) -> None:
    text = policy_text('quiet: ["22:00-08:00"]\ncalendar: ca-qc-collection')

    assert sentences_of(tmp_path, text) == [
        "holidays are like any day here, so no calendar is asked; remove it"
    ]


@pytest.mark.parametrize("widening", ["answers: at any time", 'with_consent: {mon-sun: ["06:00-24:00"]}'])
def test_only_what_somebody_verified_lets_out_more(tmp_path: Path, widening: str) -> None:
    form = f"{WEEKDAYS}\n{widening}"

    assert not sentences_of(tmp_path, policy_text(form, confidence="V2-"))
    assert len(sentences_of(tmp_path, policy_text(form, confidence="U"))) == 1
