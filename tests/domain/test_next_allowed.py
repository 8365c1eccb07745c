"""The next allowed instant, against a count of all minutes that shares no code with it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.facts import Contact
from scheduler.domain.hours import Opening, Week
from scheduler.domain.policy import next_allowed
from scheduler.domain.rules import CapRule, Period, TimeRule, WindowRule
from scheduler.domain.touchpoint import Kind
from tests.domain.rules_and_days import DAY, HOUR, MINUTE, POINT, Holidays, cap, in_zones

ALL = frozenset(Kind)
BOTH = frozenset({"sms", "email"})

AHEAD = 4
"""How many days the count goes through, minute by minute."""

STARTS = (
    "2027-03-12 22:00", "2027-03-27 20:00", "2027-04-02 12:00", "2027-04-28 18:00", "2027-10-01 13:00",
    "2027-10-27 12:00", "2027-10-30 00:00", "2027-11-05 23:00", "2011-12-28 20:00", "2027-12-30 10:00",
)  # fmt: skip
"""A day or two before the clocks change somewhere, or a day is missing, or the year ends."""

ZONES = (
    "America/New_York", "America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo",
    "Asia/Beirut", "Asia/Kathmandu", "Europe/London", "America/Nuuk",
)  # fmt: skip


@st.composite
def a_window(draw: st.DrawFn) -> WindowRule:
    """Openings on quarter hours, on some days, with holidays of three sorts."""

    def openings() -> tuple[Opening, ...]:
        marks = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
        return tuple(
            (_wall(start) or time(0), _wall(end)) for start, end in zip(marks[::2], marks[1::2], strict=False)
        )

    days = {day: openings() for day in draw(st.sets(st.integers(0, 6), min_size=2))}
    on_holidays = draw(st.sampled_from([None, ()])) if draw(st.booleans()) else openings()
    return WindowRule(f"w{draw(st.integers())}", "none", ALL, BOTH, Week(days, on_holidays))


def _wall(quarters: int) -> time | None:
    return None if quarters == 96 else time(quarters // 4, quarters % 4 * 15)


CAPS = st.one_of(
    st.builds(cap, st.integers(1, 3), st.integers(1, 4 * 24).map(lambda each: each * HOUR)),
    st.builds(
        lambda maximum, period: cap(maximum, period=period), st.integers(1, 3), st.sampled_from(Period)
    ),
)


def is_open(rule: WindowRule, at: datetime, zones: Sequence[str], holidays: Sequence[date]) -> bool:
    """Read every zone's wall clock."""
    for zone in zones:
        wall = at.astimezone(ZoneInfo(zone))
        is_holiday = rule.week.holidays is not None and wall.date() in holidays
        openings = rule.week.holidays if is_holiday else rule.week.days.get(wall.weekday(), ())
        seconds = wall.hour * 3600 + wall.minute * 60 + wall.second
        spans = [(a.hour * 60 + a.minute, b.hour * 60 + b.minute if b else 1440) for a, b in openings or ()]
        if not any(start * 60 <= seconds < end * 60 for start, end in spans):
            return False
    return True


def is_within(rule: CapRule, at: datetime, zones: Sequence[str], contacts: Sequence[datetime]) -> bool:
    """Count the messages that would share a stretch or a period with one more."""
    if rule.rolling is not None:
        return sum(at - each < rule.rolling for each in contacts) < rule.maximum
    for zone in zones:
        here = _label(rule.period, at.astimezone(ZoneInfo(zone)).date())
        if (
            sum(_label(rule.period, each.astimezone(ZoneInfo(zone)).date()) == here for each in contacts)
            >= rule.maximum
        ):
            return False
    return True


def _label(period: Period | None, day: date) -> tuple[int, int]:
    if period is Period.MONTH:
        return day.year, day.month
    return day.isocalendar()[:2] if period is Period.WEEK else (day.year, day.timetuple().tm_yday)


def counted(
    rules: Sequence[TimeRule],
    now: datetime,
    zones: Sequence[str],
    days: Sequence[date],
    contacts: Sequence[datetime],
) -> datetime | None:
    """Try this instant and every full minute after it."""
    first = now.replace(second=0)
    for at in [now, *(first + index * MINUTE for index in range(1, AHEAD * 1440))]:
        caps = [each for each in rules if isinstance(each, CapRule)]
        if all(is_within(each, at, zones, contacts) for each in caps) and all(
            is_open(each, at, zones, days) for each in rules if isinstance(each, WindowRule)
        ):
            return at
    return None


@given(
    start=st.sampled_from(STARTS),
    offset_s=st.integers(0, 2 * 24 * 3600),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    windows=st.lists(a_window(), min_size=1, max_size=2),
    caps=st.lists(CAPS, max_size=2),
    ago_m=st.lists(st.integers(0, 8 * 1440), max_size=4),
    holiday_in=st.integers(0, 3),
)
@settings(max_examples=50, deadline=None)
def test_the_next_allowed_instant_is_allowed_and_no_earlier_one_is(
    start: str,
    offset_s: int,
    zones: list[str],
    windows: list[TimeRule],
    caps: list[TimeRule],
    ago_m: list[int],
    holiday_in: int,
) -> None:
    now = datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(seconds=offset_s)
    sent = [now.replace(second=0) - each * MINUTE for each in ago_m]
    days = [(now + holiday_in * DAY).date()]
    rules = (*windows, *caps)
    facts = in_zones(*zones, contacts=[Contact(each, Kind.OVERDUE_NOTICE, "sms", 1) for each in sent])

    found = next_allowed(facts, POINT, rules, Holidays(*days), now)

    expected = counted(rules, now, zones, days, sent)
    if expected is None:
        assert found is None or found > now + AHEAD * DAY - MINUTE
    else:
        assert found == expected
