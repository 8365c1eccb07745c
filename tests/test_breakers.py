"""A provider that cannot be used is left alone, tried with one message, and left alone for longer."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.breakers import IN_DOUBT, PROBE, Breakers, wait_of
from scheduler.domain.decision import Defer, Reason, Verdict
from scheduler.domain.delivery import Accepted, Delivery, NotSent, Rejected, Unknown

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = NotSent("http_401", channel_down=True)
DOUBT = Unknown("http_503")
YES = Accepted("SM1")


def learned(*deliveries: Delivery, now: datetime = NOW) -> Breakers:
    """Return breakers that have seen these outcomes of provider a, all at one instant."""
    breakers = Breakers()
    for each in deliveries:
        breakers.learn("a", each, now)
    return breakers


def deferral(breakers: Breakers, now: datetime, *providers: str) -> Defer:
    """Return why none of the providers may be called."""
    found = breakers.choose(providers, now)
    assert isinstance(found, Defer)
    return found


def test_a_provider_of_which_nothing_is_known_is_called() -> None:
    assert Breakers().choose(["a", "b"], NOW) == "a"


def test_one_that_everybody_would_fail_at_is_left_alone_at_once_and_the_next_is_called() -> None:
    breakers = learned(DOWN)
    assert breakers.choose(["a", "b"], NOW) == "b"
    assert breakers.stops("a", NOW)
    assert not breakers.stops("b", NOW)


def test_doubt_upon_doubt_opens_it_and_one_less_does_not() -> None:
    assert learned(*[DOUBT] * (IN_DOUBT - 1)).choose(["a"], NOW) == "a"
    assert isinstance(learned(*[DOUBT] * IN_DOUBT).choose(["a"], NOW), Defer)


def test_an_acceptance_between_doubts_begins_the_count_anew_and_a_rejection_does_not() -> None:
    half = [DOUBT] * (IN_DOUBT - 1)
    assert learned(*half, YES, *half).choose(["a"], NOW) == "a"
    assert isinstance(learned(*half, Rejected("http_400"), DOUBT).choose(["a"], NOW), Defer)


def test_after_its_wait_one_message_tries_it_and_the_others_wait_for_what_comes_of_it() -> None:
    breakers = learned(DOWN)
    assert isinstance(breakers.choose(["a"], NOW + MINUTE - timedelta(microseconds=1)), Defer)
    assert breakers.choose(["a"], NOW + MINUTE) == "a"
    assert not breakers.stops("a", NOW + MINUTE)
    waiting = deferral(breakers, NOW + MINUTE, "a")
    assert waiting.until == NOW + MINUTE + PROBE
    breakers.learn("a", YES, NOW + MINUTE)
    assert [breakers.choose(["a"], NOW + MINUTE) for _ in range(2)] == ["a", "a"]


def test_what_tries_it_and_is_never_heard_of_again_holds_up_the_others_for_half_a_minute() -> None:
    breakers = learned(DOWN)
    assert breakers.choose(["a"], NOW + MINUTE) == "a"
    assert isinstance(breakers.choose(["a"], NOW + MINUTE + PROBE - timedelta(microseconds=1)), Defer)
    assert breakers.choose(["a"], NOW + MINUTE + PROBE) == "a"


@pytest.mark.parametrize("failure", [DOWN, DOUBT], ids=["refused", "in-doubt"])
def test_each_try_that_fails_doubles_the_wait_up_to_an_hour(failure: Delivery) -> None:
    breakers, now, waits = learned(DOWN), NOW, []
    for _ in range(9):
        until = deferral(breakers, now, "a").reasons[0].until
        assert until is not None
        waits.append((until - now) // MINUTE)
        now = until
        assert breakers.choose(["a"], now) == "a"
        breakers.learn("a", failure, now)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_once_it_was_found_to_work_the_waits_begin_anew() -> None:
    breakers = learned(DOWN)
    breakers.learn("a", DOWN, NOW + MINUTE)
    breakers.learn("a", Rejected("21211", blames_address=True), NOW + 3 * MINUTE)
    assert breakers.choose(["a"], NOW + 3 * MINUTE) == "a"
    breakers.learn("a", DOWN, NOW + 3 * MINUTE)
    assert deferral(breakers, NOW + 3 * MINUTE, "a").reasons[0].until == NOW + 4 * MINUTE


def test_calls_that_were_in_the_air_make_the_wait_no_longer() -> None:
    breakers = learned(*[DOUBT] * 100, DOWN, DOWN)
    assert deferral(breakers, NOW, "a").reasons[0].until == NOW + MINUTE


def test_what_says_nothing_of_the_provider_lets_another_message_try_it() -> None:
    breakers = learned(DOWN)
    assert breakers.choose(["a"], NOW + MINUTE) == "a"
    breakers.learn("a", NotSent("window_closing"), NOW + MINUTE)
    assert breakers.choose(["a"], NOW + MINUTE) == "a"


@pytest.mark.parametrize(("wish_s", "wait_s"), [(1.0, 1), (90.0, 90), (3600.0, 3600), (86_400.0, 3600)])
def test_what_a_provider_wishes_is_kept_for_an_hour_at_most(wish_s: float, wait_s: int) -> None:
    breakers = learned(NotSent("http_429", retry_after_s=wish_s))
    until = NOW + timedelta(seconds=wait_s)
    assert deferral(breakers, NOW, "a").until == until
    assert breakers.stops("a", until - timedelta(microseconds=1))
    assert [breakers.choose(["a"], until) for _ in range(2)] == ["a", "a"]


def test_a_longer_pause_stays_when_a_shorter_one_comes() -> None:
    breakers = Breakers()
    breakers.learn("a", NotSent("429", retry_after_s=540), NOW)
    breakers.learn("a", NotSent("429", retry_after_s=60), NOW)
    assert breakers.choose(["a", "b"], NOW) == "b"
    assert isinstance(breakers.choose(["a"], NOW + 8 * MINUTE), Defer)
    assert breakers.choose(["a"], NOW + 9 * MINUTE) == "a"


def test_a_clock_that_runs_back_leaves_nobody_alone_for_longer_than_an_hour() -> None:
    breakers = learned(DOWN, now=NOW + timedelta(days=1))
    assert breakers.choose(["a"], NOW) == "a"
    breakers.learn("a", DOWN, NOW)
    assert deferral(breakers, NOW, "a").reasons[0].until == NOW + 2 * MINUTE


def test_a_deferral_tells_why_of_each_provider_and_looks_again_after_the_first_was_tried() -> None:
    breakers = learned(DOWN)
    breakers.learn("b", NotSent("http_429", retry_after_s=300), NOW)
    found = deferral(breakers, NOW, "a", "b")
    assert found.reasons == (
        Reason("provider", Verdict.DEFER, "the provider is paused: http_401", NOW + MINUTE),
        Reason("provider", Verdict.DEFER, "the provider is paused: http_429", NOW + 5 * MINUTE),
    )
    assert found.until == NOW + MINUTE + PROBE


def test_what_could_not_go_out_goes_by_another_provider_at_once_or_when_the_first_is_there_again() -> None:
    breakers = learned(DOWN)
    assert breakers.next_try(["a", "b"], DOWN, 1, NOW) == NOW
    assert breakers.next_try(["a"], DOWN, 1, NOW) == NOW + MINUTE
    breakers.learn("b", NotSent("http_429", retry_after_s=20), NOW)
    assert breakers.next_try(["a", "b"], DOWN, 1, NOW) == NOW + timedelta(seconds=20)


def test_what_could_not_go_out_for_its_own_sake_waits_ever_longer_whoever_else_could_carry_it() -> None:
    waits = [
        Breakers().next_try(["a", "b"], NotSent("21408"), attempt, NOW) - NOW for attempt in (1, 2, 3, 99)
    ]
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, 60 * MINUTE]
    assert wait_of(1) == MINUTE


def test_whoever_listens_is_told_once_when_it_opens_and_once_when_it_closes() -> None:
    told: list[tuple[str, bool]] = []
    breakers = Breakers(lambda provider, is_paused: told.append((provider, is_paused)))
    for each in (DOWN, DOWN):
        breakers.learn("a", each, NOW)
    breakers.learn("a", DOWN, NOW + MINUTE)
    assert told == [("a", True)]
    breakers.learn("a", YES, NOW + 3 * MINUTE)
    breakers.learn("a", YES, NOW + 3 * MINUTE)
    assert told == [("a", True), ("a", False)]
