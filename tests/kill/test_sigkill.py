"""Real workers on real databases, killed at any instant, stopped and thawed: nothing twice, nothing lost."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler.store.engine import open_database
from tests.fakes.postgres import postgres_url
from tests.kill.checker import Checker
from tests.kill.forge import Order
from tests.kill.yard import Yard, yard

CYCLES = 30
FAILPOINTS = (
    "arm.before",
    "commit",
    "arm.after",
    "note.before",
    "note.after",
    "last_look.after",
    "call.before",
    "call.after",
    "settle.before",
    "settle.after",
    "in_doubt.after",
    "look_later.before",
)
JUMPS = (timedelta(seconds=100), timedelta(minutes=20), timedelta(hours=2))
"""For how long a stopped worker stands still: past its lease, past every fence, past a proof of absence."""


def killed_at_some_instant(place: Yard, chance: random.Random) -> None:
    """Kill a worker within its first moments."""
    pid = place.start(Order(batch_size=chance.choice((1, 4, 20))))
    place.smith.began(pid)
    time.sleep(chance.uniform(0, place.life_s))
    place.kill(pid)


def killed_at_a_boundary(place: Yard, chance: random.Random) -> None:
    """Let a worker end at a boundary of the flow, if it comes there."""
    ended_at(place, Order(failpoint=chance.choice(FAILPOINTS), nth=chance.choice((1, 2, 3))))


def ended_at(place: Yard, order: Order) -> None:
    """Let a worker end at its failpoint, or kill it when it does not come there soon."""
    pid = place.start(order)
    place.smith.began(pid)
    deadline = time.monotonic() + 5 * place.life_s
    while time.monotonic() < deadline and not place.smith.has_ended(pid):
        time.sleep(0.002)
    place.kill(pid)


def killed_while_it_starts(place: Yard, chance: random.Random) -> None:
    """Kill a worker before it has done anything, or in its recovery."""
    pid = place.start(Order(cold=True))
    time.sleep(chance.uniform(0, 3 * place.life_s))
    place.kill(pid)


def stopped_and_thawed(place: Yard, chance: random.Random) -> None:
    """Stop a worker, let time pass and another one work, and thaw it: it must not do what it was about to do."""
    pid = place.start(Order())
    place.smith.began(pid)
    time.sleep(chance.uniform(0, place.life_s))
    os.kill(pid, signal.SIGSTOP)
    place.clock.move(chance.choice(JUMPS))
    other = place.start(Order())
    place.smith.began(other)
    time.sleep(chance.uniform(0, place.life_s))
    os.kill(pid, signal.SIGCONT)
    time.sleep(chance.uniform(0, place.life_s))
    place.kill(other)
    place.kill(pid)


def two_at_once(place: Yard, chance: random.Random) -> None:
    """Let two workers work side by side, and kill one after the other."""
    pids = [place.start(Order(batch_size=chance.choice((1, 4)))) for _ in range(2)]
    for pid in pids:
        place.smith.began(pid)
    for pid in pids:
        time.sleep(chance.uniform(0, place.life_s))
        place.kill(pid)


Way = Callable[[Yard, random.Random], None]

WAYS: dict[Way, int] = {
    killed_at_some_instant: 8,
    killed_at_a_boundary: 5,
    killed_while_it_starts: 2,
    stopped_and_thawed: 3,
    two_at_once: 2,
}
"""How workers end, and how often of twenty times."""


def run_cycles(place: Yard, seed: int, cycles: int) -> None:
    """Kill workers one after another, and hold the database against the providers' journal after each."""
    chance, checker = random.Random(seed), Checker(place)
    ways, deck = Counter[str](), list[Way]()
    for number in range(cycles):
        if place.waiting() < 40:
            place.take_plans(80)
        if not deck:
            deck = chance.sample(list(WAYS), counts=list(WAYS.values()), k=sum(WAYS.values()))
        way = deck.pop()
        ways[way.__name__] += 1
        way(place, chance)
        wrong = checker.wrong() + place.smith.complaints()
        assert not wrong, f"seed {seed}, cycle {number} ({way.__name__}): {wrong[:5]}"
        place.let_pass(timedelta(seconds=100))
    peace_since = place.clock.now()
    settle_everything(place)
    wrong = checker.wrong_at_the_end(peace_since) + place.smith.complaints()
    assert not wrong, f"seed {seed}, at the end: {wrong[:5]}"
    taken = len(place.provider.accepted)
    doubts = checker.doubts
    print(f"seed {seed}: {cycles} cycles, {taken} messages taken, {doubts} left in doubt: {dict(ways)}")
    assert taken > cycles
    assert doubts > cycles // 5


def settle_everything(place: Yard) -> None:
    """Let workers work in peace until every deadline has passed."""
    place.provider.script.clear()
    for wait in (*[timedelta(minutes=10)] * 9, *[timedelta(hours=9)] * 8):
        place.clock.move(wait)
        pid = place.start(Order(batch_size=50))
        assert place.reap(pid) == 0, place.smith.complaints()


def empty_postgres() -> str:
    """Return the URL of a PostgreSQL with nothing in it."""
    opened = open_database(postgres_url())
    with opened.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    opened.close()
    return postgres_url()


def run_on(kind: str, folder: Path, seed: int, cycles: int) -> None:
    """Run cycles on a fresh database of either kind."""
    url = f"sqlite:///{folder / 'duly.db'}" if kind == "sqlite" else empty_postgres()
    with yard(folder, url, seed) as place:
        run_cycles(place, seed, cycles)


KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@KINDS
def test_workers_that_are_killed_at_any_instant_send_nothing_twice_and_lose_nothing(
    kind: str, tmp_path: Path
) -> None:
    run_on(kind, tmp_path, seed=1, cycles=CYCLES)


def test_a_rescuer_would_be_found_out(tmp_path: Path) -> None:
    with yard(tmp_path, f"sqlite:///{tmp_path / 'duly.db'}", 1, mutant="rescues_what_is_stuck") as place:
        checker = Checker(place)
        place.take_plans(40)
        for _ in range(10):
            ended_at(place, Order(failpoint="call.after"))
            place.clock.move(timedelta(seconds=100))
            assert place.reap(place.start(Order())) == 0
            if any("taken 2 times" in each for each in checker.wrong()):
                return
    pytest.fail("a message that was made twice was not seen")


@pytest.mark.soak
@pytest.mark.timeout(3600)
@KINDS
@pytest.mark.parametrize("seed", range(2, 12))
def test_workers_that_are_killed_hundreds_of_times(kind: str, seed: int, tmp_path: Path) -> None:
    run_on(kind, tmp_path, seed, cycles=400)
