"""Writers of several processes take turns at a SQLite file, and none of them depends on the others' courtesy."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text

from scheduler.store.engine import Database, open_database
from scheduler.store.turns import Turns

if sys.platform == "win32":
    pytest.skip("there the system keeps no such locks", allow_module_level=True)

WRITES = 10


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with one empty table."""
    found = f"sqlite:///{tmp_path / 'duly.db'}"
    database = open_database(found)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE word (who TEXT)"))
    database.close()
    return found


def write(database: Database, who: str) -> None:
    """Write one row, and hold the database for a moment."""
    with database.write() as connection:
        connection.execute(text("INSERT INTO word VALUES (:who)"), {"who": who})
        sleep(0.01)


@contextmanager
def busy(url: str) -> Iterator[None]:
    """Write without a break, as a service does that has a lot to send."""
    stopping, database = threading.Event(), open_database(url)

    def work() -> None:
        while not stopping.is_set():
            write(database, "service")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stopping.set()
        for each in threads:
            each.join(10)
        database.close()


def words(url: str) -> list[str]:
    """Return who has written, the first one first."""
    database = open_database(url)
    with database.read() as connection:
        found = list(connection.execute(text("SELECT who FROM word ORDER BY rowid")).scalars())
    database.close()
    return found


def test_whoever_waits_comes_before_whoever_has_just_written(url: str) -> None:
    other = open_database(url)
    with busy(url):
        for _ in range(WRITES):
            write(other, "person")
            sleep(0.02)
    other.close()
    written = words(url)
    places = [place for place, who in enumerate(written) if who == "person"]
    between = sorted(after - before for before, after in pairwise(places))
    assert len(places) == WRITES
    assert between[len(between) // 2] <= 10, written


def test_nobody_waits_for_ever_for_whoever_does_not_come(url: str, tmp_path: Path) -> None:
    suspended, other = Turns(tmp_path / "duly.db"), open_database(url)
    with suspended.wait():
        write(other, "person")
    assert words(url) == ["person"]
    suspended.close()
    other.close()


def test_who_may_not_wait_there_writes_all_the_same(url: str, tmp_path: Path) -> None:
    (tmp_path / "duly.db-turns").unlink()
    (tmp_path / "duly.db-turns" / "no-file").mkdir(parents=True)
    other = open_database(url)
    write(other, "person")
    assert words(url) == ["person"]
    other.close()


def test_what_is_no_file_has_no_turns() -> None:
    database = open_database("sqlite://")
    with database.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    database.close()
