"""The pace of a sender, slots and queues, the start of hours that are shared out, and ramps."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from scheduler.domain.decision import Decision, Defer, Send
from scheduler.domain.facts import Facts, Stated
from scheduler.domain.hours import Week
from scheduler.domain.message import Message, Words
from scheduler.domain.pacing import (
    BURST,
    LATE,
    Pace,
    Queue,
    day_of,
    paced,
    parts_of,
    ramp_limit,
    ramped,
    smoothed,
)
from scheduler.domain.policy import Policy, decide
from scheduler.domain.touchpoint import Kind
from tests.builders import a_contact, a_debtor, a_touchpoint, facts
from tests.fakes.world import POLICY, NoHolidays

NOW = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BIG: Queue = (1, "big")
SMALL: Queue = (1, "small")
OWED: Queue = (0, "big")


def a_pace(per_second: int = 10) -> Pace:
    """A pace that nobody has used."""
    return Pace(per_second, NOW, {})


def taken(
    pace: Pace, queue: Queue, number: int, now: datetime = NOW, *, waited: bool = False
) -> list[datetime]:
    """Return the slots of those among so many messages of one part that must wait."""
    slots = (pace.take(queue, 1, now, waited=waited) for _ in range(number))
    return [each for each in slots if each is not None]


def seconds(slots: list[datetime]) -> list[float]:
    """Return instants as seconds from `NOW`."""
    return [(each - NOW).total_seconds() for each in slots]


# ---------------------------------------------------------------------------------------------------- pace


def test_what_is_handed_over_within_two_seconds_goes_out_now_and_no_more() -> None:
    slots = taken(a_pace(10), BIG, 24)
    assert seconds(slots) == [2.1, 2.2, 2.3]


def test_slots_lie_as_far_apart_as_the_pace_says() -> None:
    slots = taken(a_pace(4), BIG, 200)
    assert {later - earlier for earlier, later in pairwise(slots)} == {SECOND / 4}


def test_the_parts_of_a_message_count_and_not_the_message() -> None:
    pace = a_pace(10)
    assert pace.take(BIG, 20, NOW, waited=False) is None
    assert pace.free_at == NOW + 2 * SECOND
    assert pace.take(BIG, 3, NOW, waited=False) is None
    assert pace.take(BIG, 3, NOW, waited=False) == NOW + 2.3 * SECOND
    assert pace.queues[BIG] == NOW + 2.6 * SECOND


def test_who_waited_goes_out_at_its_slot_and_who_has_not_goes_to_the_end_of_the_queue() -> None:
    pace = a_pace(10)
    slots = taken(pace, BIG, 100)
    later = slots[0]
    assert taken(pace, BIG, 1, later) == [slots[-1] + SECOND / 10]
    assert taken(pace, BIG, 1, later, waited=True) == []


def test_however_late_the_workers_come_no_more_goes_out_than_the_pace_has_room_for() -> None:
    pace = a_pace(10)
    slots = taken(pace, BIG, 1_000)
    much_later = slots[-1]
    went = len(slots) - len(taken(pace, BIG, len(slots), much_later, waited=True))
    assert went == 10 * LATE // SECOND + 1


def test_at_their_slots_all_go_out_when_workers_look_every_two_seconds() -> None:
    pace = a_pace(10)
    slots, now = taken(pace, BIG, 1_000), NOW
    while slots:
        now += 2 * SECOND + timedelta(milliseconds=300)
        due = [each for each in slots if each <= now]
        assert taken(pace, BIG, len(due), now, waited=True) == []
        slots = slots[len(due) :]


def test_a_queue_that_is_over_holds_nobody_up() -> None:
    pace = a_pace(10)
    slots = taken(pace, BIG, 100)
    assert taken(pace, BIG, 20, slots[-1] + SECOND / 10) == []


def test_one_creditors_queue_does_not_hold_up_another() -> None:
    pace = a_pace(10)
    taken(pace, BIG, 10_000)
    assert taken(pace, SMALL, 1, NOW + SECOND) == []


def test_two_queues_share_the_pace_and_the_longer_has_it_alone_in_the_end() -> None:
    pace = a_pace(10)
    taken(pace, OWED, 21)
    together = [(queue, taken(pace, queue, 1)[0]) for _ in range(50) for queue in (BIG, SMALL)]
    alone = taken(pace, BIG, 50)
    span = max(at for _, at in together) - min(at for _, at in together)
    assert abs(span - 10 * SECOND) < SECOND
    assert {later - earlier for earlier, later in pairwise(alone[2:])} == {SECOND / 10}


def test_confirmations_wait_for_no_reminder() -> None:
    pace = a_pace(10)
    taken(pace, BIG, 10_000)
    first = taken(pace, OWED, 1)
    assert first == [pace.free_at]
    assert taken(pace, OWED, 1)[0] - first[0] == SECOND / 10
    assert taken(pace, OWED, 1, NOW + 5 * SECOND) == []


@pytest.mark.parametrize(
    ("channel", "text", "parts"), [("sms", "a" * 160, 1), ("sms", "a" * 161, 2), ("email", "a" * 999, 1)]
)
def test_an_sms_counts_by_its_parts_and_an_email_as_one(channel: str, text: str, parts: int) -> None:
    message = Message("t", 1, channel, "x", "y", "", None, Words(text), "en", NOW)
    assert parts_of(message) == parts


def test_a_deferral_to_a_slot_says_so_and_never_looks_after_the_step_has_ended() -> None:
    slot = NOW + 10 * SECOND
    usual = paced(facts(), "twilio", 10, slot)
    assert isinstance(usual, Defer)
    assert usual.until == slot
    assert usual.reasons[0].detail == "others are before it, and twilio is handed 10 a second"
    ending = paced(facts(touchpoint=a_touchpoint(ends_at=slot)), "twilio", 10, slot + SECOND)
    assert isinstance(ending, Defer)
    assert ending.until == slot
    assert [each.rule for each in ending.reasons] == ["pace", "step_end"]


# ---------------------------------------------------------------------------------------------------- ramp


@pytest.mark.parametrize(("days", "limit"), [(0, 100), (1, 500), (2, 2000), (3, None), (400, None)])
def test_a_ramp_counts_days_from_that_of_the_first_message(days: int, limit: int | None) -> None:
    late_on_the_first_day = datetime(2027, 3, 9, 23, 59, tzinfo=UTC)
    now = datetime(2027, 3, 9, 0, 1, tzinfo=UTC) + timedelta(days=days)
    assert ramp_limit((100, 500, 2000), late_on_the_first_day, now) == limit


def test_what_is_too_much_for_today_waits_for_the_next_day() -> None:
    waits = ramped(facts(), 100, NOW)
    assert isinstance(waits, Defer)
    assert waits.until == datetime(2027, 3, 10, tzinfo=UTC)
    assert waits.reasons[0].detail == "cadence standard is new: at most 100 messages on this day"
    assert day_of(NOW) == datetime(2027, 3, 9, tzinfo=UTC)


# ------------------------------------------------------------------------------------------- smooth start

NIGHT = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
NINE = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def of(ref: str, **changes: object) -> Facts:
    """Facts about a debtor of this reference."""
    return facts(debtor=a_debtor(ref=ref), touchpoint=a_touchpoint(**changes))  # type: ignore[arg-type]


def spread(
    about: Facts, over: timedelta = QUARTER, now: datetime = NIGHT, policy: Policy = POLICY
) -> Decision:
    """Decide, and spread what waits for hours to open."""
    return smoothed(decide(about, policy, NoHolidays(), now), about, policy, NoHolidays(), over)


def until(about: Facts, **how: object) -> datetime:
    """Return the instant that a deferral leads to."""
    found = spread(about, **how)  # type: ignore[arg-type]  # a test names real parameters
    assert isinstance(found, Defer)
    return found.until


def test_those_who_wait_for_hours_to_open_come_one_after_another_in_the_quarter_after_it() -> None:
    instants = [until(of(f"D-{n}")) for n in range(300)]
    assert all(NINE <= each < NINE + QUARTER for each in instants)
    minutes = [(each - NINE) // timedelta(minutes=1) for each in instants]
    assert all(5 <= minutes.count(each) <= 40 for each in range(15))
    assert instants == [until(of(f"D-{n}")) for n in range(300)]


def test_what_one_debtor_waits_for_comes_at_one_instant_so_that_it_can_be_merged() -> None:
    assert until(of("D-1", step="upcoming")) == until(of("D-1", step="another", kind=Kind.OVERDUE_NOTICE))


def test_the_instant_that_is_told_is_the_one_at_which_it_is_looked_at_again() -> None:
    found = spread(of("D-1"))
    assert isinstance(found, Defer)
    assert [each.rule for each in found.reasons] == ["courtesy/asking-hours", "smooth_start"]
    assert [each.until for each in found.reasons] == [NINE, found.until]


def test_nothing_is_spread_over_no_time() -> None:
    assert until(of("D-1"), over=timedelta(0)) == NINE


def test_a_confirmation_comes_first() -> None:
    assert until(of("D-1", kind=Kind.RECEIPT)) == datetime(2027, 3, 9, 8, 0, tzinfo=UTC)


def test_it_is_spread_over_the_first_half_of_short_hours_and_of_what_is_left_of_a_step() -> None:
    ends_at = NINE + timedelta(minutes=10)
    instants = [until(of(f"D-{n}", ends_at=ends_at)) for n in range(300)]
    assert all(NINE <= each < NINE + timedelta(minutes=5) for each in instants)
    assert max(instants) > NINE + timedelta(minutes=4)


def test_where_the_step_ends_before_the_hours_open_nothing_is_spread() -> None:
    assert until(of("D-1", ends_at=NINE)) == NINE


def test_what_waits_for_a_limit_is_not_spread() -> None:
    before = NINE - timedelta(days=2) + timedelta(hours=3)
    about = facts(contacts=[a_contact(before)])
    assert until(about) == before + timedelta(hours=48)


def test_what_may_be_sent_is_sent() -> None:
    assert isinstance(spread(of("D-1"), now=NINE), Send)


def test_hours_that_the_debtor_asked_for_open_as_smoothly() -> None:
    noon = datetime(2027, 3, 9, 12, 0, tzinfo=UTC)
    wish = Stated(
        1, Week({day: ((time(12), time(18)),) for day in range(7)}, None), frozenset({"sms"}), NIGHT, None
    )
    about = facts(debtor=a_debtor(ref="D-7"), stated=[wish])
    assert noon < until(about) < noon + QUARTER


def test_the_burst_and_the_lateness_are_what_the_operator_is_told() -> None:
    assert (BURST, LATE) == (2 * SECOND, 5 * SECOND)
