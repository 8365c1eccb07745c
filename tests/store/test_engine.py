"""How databases are opened, and what is said of those that cannot be."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler.domain.errors import UsageError
from scheduler.store.engine import Database, open_database, refuse_unreachable, wal_is_safe


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
    ids=str,
)
def test_wal_is_used_only_where_its_bug_is_fixed(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_sqlite_commits_are_durable_and_keys_are_enforced(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    wal = wal_is_safe(sqlite3.sqlite_version_info[:3])
    with database.read() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "secure_delete")
        }
    database.close()
    assert found == {
        "journal_mode": "wal" if wal else "truncate",
        "synchronous": 2 if wal else 3,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,
    }


def test_writers_of_one_process_take_turns(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("CREATE TABLE turn (number INTEGER)"))
        connection.execute(text("INSERT INTO turn VALUES (0)"))

    def count() -> None:
        for _ in range(20):
            with database.write() as connection:
                lock = "" if database.is_sqlite else " FOR UPDATE"
                before = connection.execute(text(f"SELECT number FROM turn{lock}")).scalar_one()
                connection.execute(text("UPDATE turn SET number = :next"), {"next": before + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with database.write() as connection:
        assert connection.execute(text("SELECT number FROM turn")).scalar_one() == 80
        connection.execute(text("DROP TABLE turn"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://localhost/duly", "not 'mysql'"),
        ("sqlite:////proc/nowhere/duly.db", "cannot be created"),
    ],
)
def test_a_url_that_cannot_be_used_gets_a_sentence(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_database(url)


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    database = open_database("postgresql://duly:secret@127.0.0.1:1/duly")
    with pytest.raises(UsageError, match="cannot be opened") as refused:
        refuse_unreachable(database)
    assert "secret" not in str(refused.value)
    database.close()
