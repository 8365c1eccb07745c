"""Power that goes at any instant: every disk that may be left opens, is sound, and has what was promised."""

import pickle
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.ledger.store_check import verify_store
from scheduler.store.engine import open_database
from scheduler.store.log import SqlLog
from scheduler.store.store import SqlStore
from tests.fakes.world import FakeChannel, HandClock, World, turn
from tests.kill.images import Image, images
from tests.kill.recorder import NO_TRACING
from tests.kill.smith import ROOT
from tests.kill.story import Event, Taken

_INTENTS = """
    SELECT touchpoint.key, message.attempt FROM message JOIN touchpoint ON touchpoint.id = message.touchpoint_id
"""
NEVER = 1_000_000
"""More acts than any story has: only what was promised makes an image."""

_SEQ = "SELECT COALESCE(MAX(seq), 0) FROM entry"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was done to a database's files, from what they were at first, and how it is kept."""

    mode: str
    base: Path
    story: list[Event]

    def images(self, seed: int, every: int, torn: int) -> Iterator[Image]:
        """Return what the disk may hold at each moment."""
        return images(self.base, self.story, seed, every, torn)


@pytest.fixture(scope="module", params=["rollback", "wal"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A recording with a database that is kept as Duly keeps it, by one version of SQLite and by another."""
    return recorded(tmp_path_factory.mktemp(request.param), request.param)


def recorded(folder: Path, mode: str) -> Recorded:
    """Record a morning's work in a process of its own; skips where SQLite cannot be reached."""
    command = [sys.executable, "-m", "tests.kill.recorder", str(folder), mode]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == NO_TRACING:
        pytest.skip("this Python's SQLite is built in, so that its file system cannot be stood before")
    assert done.returncode == 0, done.stderr
    story: list[Event] = pickle.loads((folder / "story").read_bytes())
    assert sum(isinstance(each, Taken) for each in story) > 10
    return Recorded(mode, folder / "base", story)


def wrong_with(image: Image, folder: Path) -> Iterator[str]:
    """Say what is wrong with an image."""
    with closing(sqlite3.connect(image.write(folder))) as connection:
        try:
            connection.execute("PRAGMA synchronous = OFF")
            ((said,), *_) = connection.execute("PRAGMA integrity_check").fetchall()
            intents = {Taken(*row) for row in connection.execute(_INTENTS)}
            ((seq,),) = connection.execute(_SEQ).fetchall()
        except sqlite3.DatabaseError as error:
            yield f"it does not open: {error}"
            return
    if said != "ok":
        yield f"it is damaged: {said}"
    if lost := image.taken - intents:
        yield f"intents of messages that were taken are gone: {len(lost)}"
    if seq < image.seq:
        yield f"the log had been committed to {image.seq} and ends at {seq}"


def all_wrong(found: Iterator[Image], folder: Path) -> tuple[int, list[str]]:
    """Look at every image; return how many there were, and what is wrong with which."""
    place, number, wrong = folder / "image", 0, list[str]()
    place.mkdir()
    for image in found:
        number += 1
        wrong += [f"moment {image.moment}, {image.how}: {each}" for each in wrong_with(image, place)]
    return number, wrong


def test_after_a_power_loss_the_database_is_sound_and_has_every_intent_that_was_called(
    kept: Recorded, tmp_path: Path
) -> None:
    number, wrong = all_wrong(kept.images(seed=1, every=30, torn=1), tmp_path)

    print(f"{kept.mode}: {number} images of {len(kept.story)} acts")
    assert wrong == []
    assert number > 300


def test_a_database_that_is_not_synced_would_be_found_out(tmp_path: Path) -> None:
    careless = recorded(tmp_path, "careless")

    _, wrong = all_wrong(careless.images(seed=1, every=100, torn=1), tmp_path)

    assert any("intents" in each for each in wrong)
    assert any("log" in each for each in wrong)
    assert any("damaged" in each or "open" in each for each in wrong)


async def test_after_a_power_loss_nothing_that_was_taken_is_sent_again(
    kept: Recorded, tmp_path: Path
) -> None:
    found = [each for each in kept.images(seed=2, every=NEVER, torn=1) if each.how == "torn-0"]
    for image in found[:: len(found) // 6]:
        database = open_database(f"sqlite:///{image.write(tmp_path)}")
        clock = HandClock(HandClock().instant + timedelta(days=1))
        world = World(SqlStore(database, secrets.token_bytes), clock=clock, channel=FakeChannel())
        for _ in range(6):
            while await world.reconciler.run_once():
                pass
            await turn(world)
            world.clock.move(hours=7)
        sent = {each.touchpoint for each in world.channel.sent}
        assert sent.isdisjoint(each.touchpoint for each in image.taken)
        assert verify_store(SqlLog(database)).is_sound
        database.close()


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(4))
def test_after_a_power_loss_at_every_single_act(kept: Recorded, seed: int, tmp_path: Path) -> None:
    number, wrong = all_wrong(kept.images(seed, every=1, torn=4), tmp_path)

    print(f"{kept.mode}: {number} images of {len(kept.story)} acts")
    assert wrong == []
