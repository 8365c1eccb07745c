"""The last look: what it lets through, how long it lasts, and how old an intent may be."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.message import Message, Words
from scheduler.last_look import FENCE, LOOK_LASTS_S, LastLook
from scheduler.ports import Armed

ARMED_AT = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def armed(id: int = 1, not_after: datetime = ARMED_AT + timedelta(hours=8)) -> Armed:
    """An intent that was noted at `ARMED_AT`."""
    message = Message("t" * 32, 1, "sms", "+447700900123", "Ada", "", None, Words("Hello"), "en", not_after)
    return Armed(id, message, "fake", ARMED_AT, "northwind", 7, 0)


@dataclass(slots=True)
class TwoClocks:
    """A wall clock and one that never jumps, each moved by itself."""

    wall: datetime = ARMED_AT
    steady_s: float = 1000.0

    def now(self) -> datetime:
        """Return what hangs on the wall."""
        return self.wall

    def monotonic_s(self) -> float:
        """Return seconds on the steady one."""
        return self.steady_s

    async def sleep(self, seconds: float) -> None:
        """Move both on."""
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time pass as it should."""
        self.wall += timedelta(seconds=seconds)
        self.steady_s += seconds


@dataclass(slots=True)
class Looked:
    """A store that gives prepared answers and keeps note of every look."""

    clock: TwoClocks
    objections: dict[int, str] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    looks: list[tuple[list[int], datetime]] = field(default_factory=list)
    takes_s: list[float] = field(default_factory=list)

    def last_look(self, of: Sequence[Armed], now: datetime) -> Mapping[int, str]:
        """Note the look; fail or answer as prepared."""
        self.looks.append(([each.message_id for each in of], now))
        self.clock.pass_by(self.takes_s.pop(0) if self.takes_s else 0.0)
        if self.faults:
            raise self.faults.pop(0)
        return dict(self.objections)


async def run_here(work: Callable[..., Any], *given: Any) -> Any:
    """Run blocking work in place."""
    return work(*given)


def look_of(store: Looked, *batch: Armed) -> LastLook:
    """Return a look for a batch that began when it was armed."""
    return LastLook(store, store.clock, run_here, batch or (armed(),), began_s=1000.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["facts_changed", "paused", "quarantined"])
async def test_what_the_store_objects_to_is_not_handed_over(word: str) -> None:
    store = Looked(TwoClocks(), {1: word})
    look = look_of(store, armed(1), armed(2))

    assert await look.objection(armed(1)) == word
    assert await look.objection(armed(2)) is None


async def test_one_look_serves_a_whole_batch_that_is_called_at_once() -> None:
    store = Looked(TwoClocks())
    batch = [armed(id) for id in range(1, 51)]
    look = look_of(store, *batch)

    assert set(await asyncio.gather(*map(look.objection, batch))) == {None}
    assert store.looks == [([each.message_id for each in batch], ARMED_AT)]


@pytest.mark.parametrize(("passed_s", "looks"), [(LOOK_LASTS_S, 1), (LOOK_LASTS_S + 0.001, 2)])
async def test_a_look_stands_for_half_a_second_and_no_longer(passed_s: float, looks: int) -> None:
    store = Looked(TwoClocks())
    look = look_of(store, armed(1), armed(2))
    await look.objection(armed(1))
    store.clock.pass_by(passed_s)
    store.objections = {2: "paused"}

    assert await look.objection(armed(2)) == (None if looks == 1 else "paused")
    assert len(store.looks) == looks


async def test_a_look_is_as_old_as_its_beginning_and_taken_again_when_it_took_too_long() -> None:
    store = Looked(TwoClocks(), takes_s=[LOOK_LASTS_S + 0.001, 0.0])
    look = look_of(store, armed(1))

    assert await look.objection(armed(1)) is None
    assert len(store.looks) == 2


async def test_looks_that_always_take_too_long_end_at_the_fence() -> None:
    store = Looked(TwoClocks(), takes_s=[1.1] * 9)
    look = look_of(store, armed(1))

    assert await look.objection(armed(1)) == "fence"
    assert len(store.looks) == 5


async def test_when_nobody_can_be_looked_at_nothing_goes_out_until_one_can() -> None:
    store = Looked(TwoClocks(), faults=[OSError("gone")])
    look = look_of(store, armed(1), armed(2))

    assert await look.objection(armed(1)) == "facts_unknown"
    assert await look.objection(armed(2)) is None


@pytest.mark.parametrize(
    ("wall_s", "steady_s", "word"),
    [
        (0.0, 0.0, None),
        (5.0, 5.0, None),
        (5.000001, 5.0, "fence"),
        (5.0, 5.000001, "fence"),
        (-0.000001, 0.0, "fence"),
        (0.0, 3600.0, "fence"),
        (3600.0, 0.0, "fence"),
    ],
    ids=[
        "at_once",
        "at_the_fence",
        "past_it_on_the_wall",
        "past_it_on_the_steady_clock",
        "the_wall_ran_back",
        "the_wall_stood_still",
        "the_wall_jumped",
    ],
)
async def test_an_intent_may_be_five_seconds_old_by_both_clocks(
    wall_s: float, steady_s: float, word: str | None
) -> None:
    assert FENCE.total_seconds() == 5
    clock = TwoClocks(ARMED_AT + timedelta(seconds=wall_s), 1000.0 + steady_s)

    assert await look_of(Looked(clock)).objection(armed()) == word


async def test_an_intent_that_grows_old_while_it_is_looked_at_is_not_handed_over() -> None:
    store = Looked(TwoClocks(), takes_s=[5.000001])

    assert await look_of(store).objection(armed()) == "fence"


@pytest.mark.parametrize(
    ("left", "word"), [(MICROSECOND, None), (timedelta(0), "window_closing")], ids=["just_open", "closed"]
)
async def test_nothing_is_handed_over_at_the_end_of_its_window(left: timedelta, word: str | None) -> None:
    store = Looked(TwoClocks())

    assert await look_of(store).objection(armed(not_after=ARMED_AT + left)) == word
