"""A ladder laid on the calendar: when each step comes due, and when it ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.cadence import Cadence, Notice, Step, due_at, next_due, rungs
from scheduler.domain.touchpoint import Kind
from tests.builders import DUE

LONDON, NEW_YORK = "Europe/London", "America/New_York"


def a_step(id: str, offset_days: int, at: time = time.min) -> Step:
    """A step of that day and time."""
    return Step(id, offset_days, at, Kind.REMINDER_DUE, id, ("sms",))


def a_cadence(*steps: Step) -> Cadence:
    """A ladder of these steps."""
    notice = Notice("payment-received", ("email",))
    return Cadence("standard", "v1", steps, notice, notice)


LADDER = a_cadence(
    a_step("upcoming", -3, time(9)), a_step("due-today", 0, time(9)), a_step("late", 3), a_step("later", 10)
)


def utc(month: int, day: int, hour: int = 0) -> datetime:
    """An instant of 2027."""
    return datetime(2027, month, day, hour, tzinfo=UTC)


def test_a_step_comes_due_at_its_time_in_the_plans_zone() -> None:
    assert due_at(a_step("late", 3, time(9)), DUE, LONDON) == utc(3, 15, 9)
    assert due_at(a_step("late", 3, time(9)), DUE, NEW_YORK) == utc(3, 15, 13)


def test_a_step_keeps_its_local_time_when_the_clocks_change() -> None:
    step = a_step("due-today", 0, time(9))

    assert due_at(step, date(2027, 3, 27), LONDON) == utc(3, 27, 9)
    assert due_at(step, date(2027, 3, 28), LONDON) == utc(3, 28, 8)


def test_a_step_ends_when_the_next_one_comes_due() -> None:
    laid = list(rungs(LADDER, DUE, LONDON))

    assert [each.step.id for each in laid] == ["upcoming", "due-today", "late", "later"]
    assert laid[0].ends_at == laid[1].due_at
    assert laid[2].ends_at == laid[3].due_at


def test_the_last_step_does_not_end() -> None:
    assert list(rungs(LADDER, DUE, LONDON))[-1].ends_at is None


def test_a_step_on_the_due_date_ends_with_it() -> None:
    assert list(rungs(LADDER, DUE, LONDON))[1].ends_at == utc(3, 13)
    assert list(rungs(LADDER, DUE, NEW_YORK))[1].ends_at == utc(3, 13, 5)


def test_a_step_before_the_due_date_ends_with_it() -> None:
    alone = a_cadence(a_step("upcoming", -3))
    followed_late = a_cadence(a_step("upcoming", -3), a_step("late", 1, time(9)))

    for ladder in (alone, followed_late):
        upcoming, *_ = rungs(ladder, DUE, LONDON)
        assert upcoming.ends_at == utc(3, 13)


def test_the_first_day_after_the_due_date_may_already_be_anothers() -> None:
    ladder = a_cadence(a_step("due-today", 0), a_step("late", 1))
    today, late = rungs(ladder, DUE, LONDON)

    assert today.ends_at == late.due_at == utc(3, 13)


def test_the_next_step_is_strictly_after_the_instant() -> None:
    before, at = utc(3, 9, 8), utc(3, 9, 9)

    assert next_due(LADDER, DUE, LONDON, before) == at
    assert next_due(LADDER, DUE, LONDON, at) == utc(3, 12, 9)


def test_after_the_last_step_nothing_is_next() -> None:
    last = utc(3, 22)

    assert next_due(LADDER, DUE, LONDON, last - timedelta(seconds=1)) == last
    assert next_due(LADDER, DUE, LONDON, last) is None


def test_a_step_is_found_by_its_name_or_not_at_all() -> None:
    assert LADDER.step("late") is LADDER.steps[2]
    assert LADDER.step("gone") is None


@given(
    offsets=st.lists(
        st.tuples(st.integers(-30, 60), st.integers(0, 23)), min_size=1, max_size=6, unique=True
    ),
    due=st.dates(date(2026, 1, 1), date(2029, 1, 1)),
    zone=st.sampled_from([LONDON, NEW_YORK, "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]),
)
def test_at_any_instant_at_most_one_step_of_a_ladder_is_open(
    offsets: list[tuple[int, int]], due: date, zone: str
) -> None:
    steps = [a_step(str(index), days, time(hour)) for index, (days, hour) in enumerate(sorted(offsets))]
    laid = list(rungs(replace(LADDER, steps=tuple(steps)), due, zone))

    for rung, following in pairwise(laid):
        assert rung.ends_at is not None
        assert rung.ends_at <= following.due_at
    assert all(rung.due_at <= rung.ends_at for rung in laid if rung.ends_at)
