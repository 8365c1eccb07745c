"""One day: what is open, to the second, and which rule closes the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.decision import Send
from scheduler.domain.facts import Facts, Hold, HoldKind, Stated
from scheduler.domain.hours import Interval
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.policy import decide
from scheduler.domain.rule import Effective, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed, Hours
from scheduler.rehearsal.day import ClosedBy, Day, day_of
from scheduler.rehearsal.feasts import feasts
from tests import builders
from tests.domain.rules_and_days import (
    DAY,
    HOUR,
    MINUTE,
    Holidays,
    cap,
    hours,
    in_zones,
    policy,
    rule,
    utc,
    week,
)

TUESDAY = date(2027, 3, 9)


def by_sms(facts: Facts) -> Facts:
    """The same facts about a message that goes out by SMS only."""
    return replace(facts, touchpoint=replace(facts.touchpoint, channels=("sms",)))


def the_day(
    *rules: Rule, facts: Facts | None = None, on: date = TUESDAY, calendar: Holidays | None = None
) -> Day:
    """The day of these facts under these rules."""
    return day_of(by_sms(facts or builders.facts()), policy(*rules), calendar or Holidays(), on)


def by_clock(stretches: Iterable[Interval], zone: str = "Europe/London") -> list[str]:
    """The stretches as a zone's clock shows them."""
    clock = [[f"{each.astimezone(ZoneInfo(zone)):%H:%M:%S}" for each in pair] for pair in stretches]
    return [f"{low}-{high}".replace(":00-", "-").removesuffix(":00") for low, high in clock]


def closing(day: Day, rule_id: str) -> ClosedBy:
    """What one rule closes."""
    (found,) = [each for each in day.closed_by if each.rule == rule_id]
    return found


def test_the_hours_of_a_rule_are_open_and_the_rest_is_closed_by_it() -> None:
    day = the_day(hours("09:00-12:10", "14:05-18:00"))

    assert by_clock(day.open) == ["09:00-12:10", "14:05-18:00"]
    assert by_clock(closing(day, "hours").stretches) == ["00:00-09:00", "12:10-14:05", "18:00-00:00"]
    assert closing(day, "hours").details == ("contact hours are closed in Europe/London",)
    assert day.next_opening == utc(10, 9)


def test_a_limit_that_ends_between_two_minutes_opens_at_that_second() -> None:
    facts = builders.facts(contacts=[builders.a_contact(utc(2, 10, 20) + timedelta(seconds=37))])

    day = the_day(hours(), cap(1, 7 * DAY), facts=facts)

    assert by_clock(day.open) == ["10:20:37-18:00"]
    assert by_clock(closing(day, "limit").stretches) == ["00:00-10:20:37"]


def test_a_fraction_of_a_second_is_open_no_earlier_than_it_is() -> None:
    begins = utc(9, 10) + timedelta(milliseconds=400)

    day = the_day(
        hours(), cap(1, 7 * DAY), facts=builders.facts(contacts=[builders.a_contact(begins - 7 * DAY)])
    )

    ((opens, _),) = day.open
    assert begins <= opens < begins + timedelta(seconds=1)


def test_a_rule_that_comes_into_force_during_the_day_closes_from_then_on() -> None:
    begins = Effective(utc(9, 11, 30), None)

    day = the_day(hours(), rule(Closed("no longer"), "new", effective=begins))

    assert by_clock(day.open) == ["09:00-11:30"]
    assert by_clock(closing(day, "new").stretches) == ["11:30-00:00"]
    assert day.next_opening is None


def test_a_notice_that_is_overdue_closes_from_its_second_on() -> None:
    first = utc(4, 12) + timedelta(seconds=1)
    notice = NoticeFirst(frozenset({Kind.VALIDATION_NOTICE}), frozenset({"letter"}), within=5 * DAY)
    facts = builders.facts()
    facts = replace(facts, history=replace(facts.history, first_contact_at={1: first}))

    day = the_day(hours(), rule(notice, "notice"), facts=facts)

    assert by_clock(day.open) == ["09:00-12:00:01"]


def test_a_day_that_is_closed_names_what_closes_most_first() -> None:
    day = the_day(hours("09:00-18:00"), hours(days=range(5, 7), id="weekend"))

    assert day.open == ()
    assert [each.rule for each in day.closed_by] == ["weekend", "hours"]
    assert day.next_opening == utc(13, 9)


def test_what_is_never_open_has_no_next_opening() -> None:
    day = the_day(hours(), rule(Closed("not here"), "never"))

    assert (day.open, day.next_opening) == ((), None)
    assert closing(day, "never").stretches == ((day.start, day.end),)


def test_rules_that_never_agree_are_named_and_not_their_disagreement() -> None:
    day = the_day(hours("09:00-12:00"), hours("12:00-15:00", id="afternoon"))

    assert [each.rule for each in day.closed_by] == ["hours", "afternoon"]
    assert (day.open, day.next_opening) == ((), None)


def test_hours_that_never_meet_do_not_hide_a_limit() -> None:
    zones = in_zones("Europe/London", "Asia/Tokyo", contacts=[builders.a_contact(utc(2, 12))])

    day = the_day(hours("09:00-10:00"), cap(1, 7 * DAY), facts=zones)

    assert [each.rule for each in day.closed_by] == ["hours", "limit"]
    assert by_clock(closing(day, "limit").stretches) == ["00:00-12:00"]


def test_an_open_end_of_the_day_opens_again_at_once() -> None:
    day = the_day(hours("12:00-24:00", "00:00-06:00"))

    assert by_clock(day.open) == ["00:00-06:00", "12:00-00:00"]
    assert day.next_opening == day.end


@pytest.mark.parametrize(
    ("on", "length"),
    [(date(2027, 3, 28), 23 * HOUR), (date(2027, 10, 31), 25 * HOUR), (TUESDAY, 24 * HOUR)],
    ids=["spring", "autumn", "usual"],
)
def test_the_day_is_as_long_as_the_clock_makes_it(on: date, length: timedelta) -> None:
    day = the_day(hours("00:00-24:00"), on=on)

    assert day.end - day.start == length
    assert day.open == ((day.start, day.end),)
    assert day.closed_by == ()


def test_what_must_go_out_soon_is_taken_to_come_due_when_it_goes_out() -> None:
    day = the_day(hours(), rule(Deadline(5 * MINUTE), "soon"))

    assert by_clock(day.open) == ["09:00-18:00"]


# ------------------------------------------------------------------------------------------------- zones


def test_a_day_in_several_zones_says_when_each_of_them_is_closed() -> None:
    facts = in_zones("America/New_York", "America/Los_Angeles")

    day = the_day(hours("08:00-21:00"), facts=facts)

    closed = closing(day, "hours")
    assert by_clock(day.open, "America/New_York") == ["11:00-21:00"]
    assert [(clock.zone, by_clock(each, "America/New_York")) for clock, each in closed.by_clock] == [
        ("America/New_York", ["00:00-08:00", "21:00-00:00"]),
        ("America/Los_Angeles", ["00:00-11:00"]),
    ]


def test_a_rule_that_is_the_same_in_all_zones_is_said_once() -> None:
    day = the_day(hours(), rule(Closed("not here"), "never"), facts=in_zones("Europe/London", "Asia/Tokyo"))

    assert closing(day, "never").by_clock == ()


def test_zones_that_show_the_same_time_all_day_are_one_clock() -> None:
    zones = ("Europe/London", "Europe/Paris", "Europe/Lisbon", "Africa/Algiers")

    usual, change = (the_day(hours(), facts=in_zones(*zones), on=on) for on in (TUESDAY, date(2027, 3, 28)))

    assert [each.name for each in usual.clocks] == ["Europe/London +1", "Europe/Paris +1"]
    assert [each.name for each in change.clocks] == ["Europe/London +1", "Europe/Paris", "Africa/Algiers"]
    assert [len(each.by_clock) for each in usual.closed_by] == [2]


def test_without_a_zone_nothing_opens_and_the_clock_is_utc() -> None:
    day = the_day(hours(), facts=in_zones())

    assert day.zone == "UTC"
    assert [each.rule for each in day.closed_by] == ["zones"]


# ----------------------------------------------------------------- what ends a decision does not hide the rest


def held(facts: Facts, *ends: datetime | None) -> Facts:
    holds = [Hold(number, HoldKind.DISPUTE, None, utc(1), end) for number, end in enumerate(ends, 1)]
    return replace(facts, holds=tuple(holds))


def test_a_hold_does_not_hide_the_hours() -> None:
    day = the_day(hours(), facts=held(builders.facts(), None))

    assert [each.rule for each in day.closed_by] == ["hold", "hours"]
    assert by_clock(closing(day, "hours").stretches) == ["00:00-09:00", "18:00-00:00"]


def test_a_hold_that_ends_during_the_day_opens_it() -> None:
    day = the_day(hours(), facts=held(builders.facts(), utc(9, 12), utc(9, 15)))

    assert by_clock(day.open) == ["15:00-18:00"]
    assert closing(day, "hold").details == ("dispute hold; dispute hold", "dispute hold")


@pytest.mark.parametrize(
    "spoilt",
    [{"opted_out": True}, {"invalid": True}, {"consent_basis": None}],
    ids=["opt-out", "invalid", "consent"],
)
def test_an_address_out_of_use_does_not_hide_the_hours(spoilt: dict[str, bool | None]) -> None:
    point = replace(builders.a_contact_point(), **spoilt)  # type: ignore[arg-type]
    facts = builders.facts(debtor=builders.a_debtor(contact_points=[point]))

    assert [each.rule for each in the_day(hours(), facts=facts).closed_by] == ["contact_point", "hours"]


def test_a_rule_that_never_allows_it_does_not_hide_the_hours_nor_other_such_rules() -> None:
    day = the_day(hours(), rule(Closed("not here"), "never"), rule(Closed("nor now"), "nor"))

    assert {each.rule for each in day.closed_by} == {"never", "nor", "hours"}


def test_hours_that_refuse_are_not_followed_by_their_absence() -> None:
    day = the_day(hours(holidays=()), facts=in_zones("Europe/Paris", country=None))

    assert [each.rule for each in day.closed_by] == ["hours"]


def test_no_address_at_all_is_all_that_can_be_said() -> None:
    facts = builders.facts(debtor=builders.a_debtor(contact_points=[]))

    assert [each.details for each in the_day(hours(), facts=facts).closed_by] == [
        ("sms: no address is known",)
    ]


# ------------------------------------------------------------------------------------ the engine has the last word

_WISH = Stated(1, week("10:00-17:30"), frozenset({"sms"}), utc(1), utc(9, 12, 41))

RULES = {
    "hours": [hours("09:00-17:37")],
    "holidays": [hours(holidays=())],
    "margin": [rule(Hours(week("09:00-18:00"), margin=7 * MINUTE), "margin")],
    "limit": [hours(), cap(1, 7 * DAY)],
    "short-gap": [hours("00:00-24:00"), cap(1, 90 * MINUTE)],
    "ends": [hours("00:00-24:00"), hours("05:00-13:00", id="old", effective=Effective(None, utc(9, 7, 13)))],
}


@pytest.mark.parametrize("name", RULES)
def test_what_is_shown_open_is_what_would_be_sent(name: str) -> None:
    contacts = [builders.a_contact(utc(2, 6, 3))]
    facts = replace(in_zones("Europe/London", "Asia/Kathmandu", contacts=contacts), stated=(_WISH,))
    facts = by_sms(facts)
    day = the_day(*RULES[name], facts=facts)

    instants = [day.start + number * timedelta(minutes=3, seconds=20) for number in range(432)]
    edges = [edge + timedelta(seconds=step) for pair in day.open for edge in pair for step in (-1, 0, 1)]
    asked: Sequence[datetime] = [each for each in (*instants, *edges) if day.start <= each < day.end]
    sent = [isinstance(decide(facts, policy(*RULES[name]), Holidays(), at), Send) for at in asked]

    assert any(sent)
    assert [any(low <= at < high for low, high in day.open) for at in asked] == sent


# ---------------------------------------------------------------------------------------------- holidays


def test_holidays_are_named_with_their_calendar() -> None:
    calendar = Holidays(TUESDAY, calendars={"ours": [TUESDAY], "theirs": []})
    rules = [rule(Hours(week("09:00-18:00"), calendar=each), each) for each in ("ours", "theirs")]

    found = feasts(builders.facts(), policy(*rules), calendar, TUESDAY)

    assert found == ("a holiday (public holiday in GB)", "a day of rest (ours)")


def test_what_no_calendar_knows_is_left_out() -> None:
    rules = policy(rule(Hours(week("09:00-18:00"), calendar="ours"), "hours"))
    calendar = Holidays(calendars={"ours": []})

    assert feasts(in_zones(country="XX"), rules, calendar, date(1999, 1, 1)) == ()
    assert feasts(in_zones(country=None), rules, calendar, TUESDAY) == ()


def test_the_day_begins_at_midnight_in_utc_for_whom_no_zone_is_known() -> None:
    assert the_day(hours(), facts=in_zones()).start == datetime(2027, 3, 9, tzinfo=UTC)
