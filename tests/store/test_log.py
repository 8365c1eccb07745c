"""The log as the ledger reads it: in pages, with payloads opened, and nothing left out that is written meanwhile."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from scheduler.domain.entry import GENESIS, Draft, Event
from scheduler.store.engine import Database
from scheduler.store.entries import Log
from scheduler.store.log import SqlLog

NOW = datetime(2027, 3, 9, 10, 0, 0, 1, tzinfo=UTC)


def a_draft(chain: str = "c/D-1", number: int = 0, words: str = "") -> Draft:
    personal = {"to": "+15550100", "text": words} if words else {}
    return Draft(chain, Event.ARMED, NOW, {"n": number}, personal)


def append(database: Database, *drafts: Draft) -> None:
    with database.write() as connection:
        Log(connection, secrets.token_bytes).append(drafts)


def give_up(database: Database) -> None:
    """Write an entry and take it back: that leaves a gap in PostgreSQL's numbers, and none in SQLite's."""
    with suppress(RuntimeError), database.write() as connection:
        Log(connection, secrets.token_bytes).append([a_draft("c/never")])
        raise RuntimeError


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_entries_come_oldest_first_after_a_seq_and_no_more_than_asked(database: Database) -> None:
    append(database, *(a_draft(f"c/D-{n % 3}", n) for n in range(7)))
    log = SqlLog(database)
    assert [each.body["n"] for each in log.entries(0, 3)] == [0, 1, 2]
    assert [each.body["n"] for each in log.entries(3, 3)] == [3, 4, 5]
    assert [each.body["n"] for each in log.entries(6, 3)] == [6]
    assert log.entries(7, 3) == []


def test_an_entry_is_what_was_hashed_with_its_payload_opened(database: Database) -> None:
    append(database, a_draft(number=4, words="Bonjour €"))
    (entry,) = SqlLog(database).entries(0, 10)
    assert dict(entry.body) == {
        "n": 4,
        "chain": "c/D-1",
        "chain_seq": 1,
        "at": "2027-03-09T10:00:00.000001Z",
        "event": "armed",
        "commitment": entry.body["commitment"],
        "prev_hash": GENESIS,
    }
    assert entry.personal == {"to": "+15550100", "text": "Bonjour €"}
    assert entry.salt is not None
    assert len(entry.salt) == 16


def test_an_entry_without_a_payload_has_neither_salt_nor_commitment(database: Database) -> None:
    append(database, a_draft())
    (entry,) = SqlLog(database).entries(0, 10)
    assert (entry.salt, entry.personal, entry.body["commitment"]) == (None, None, None)


@pytest.mark.parametrize("erasure", ["DELETE FROM payload", "UPDATE chain SET key = NULL"])
def test_an_erased_payload_is_gone_with_its_salt(database: Database, erasure: str) -> None:
    append(database, a_draft(words="Hello"))
    with database.write() as connection:
        connection.execute(text(erasure))
    (entry,) = SqlLog(database).entries(0, 10)
    assert (entry.salt, entry.personal) == (None, None)
    assert entry.body["commitment"] is not None


def test_a_payload_that_its_key_does_not_open_leaves_its_salt(database: Database) -> None:
    append(database, a_draft(words="Hello"))
    with database.write() as connection:
        connection.execute(text("UPDATE chain SET key = :key"), {"key": bytes(32)})
    (entry,) = SqlLog(database).entries(0, 10)
    assert entry.salt is not None
    assert entry.personal is None


def test_heads_are_the_last_entries_of_their_chains(database: Database) -> None:
    append(database, a_draft(), a_draft("_system"), a_draft())
    log = SqlLog(database)
    first, system, second = log.entries(0, 10)
    assert second.body["prev_hash"] == first.hash
    assert log.heads() == {"c/D-1": (2, second.hash), "_system": (1, system.hash)}


def test_heads_are_read_a_page_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"c/{ref}" for ref in ("a", "B", "ä", "Z", "1", "_", "-", "aa")]
    append(database, *(a_draft(each) for each in names))
    for size in (1, 3, len(names), 100):
        monkeypatch.setattr("scheduler.store.log._HEADS_AT_ONCE", size)
        assert set(SqlLog(database).heads()) == set(names)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_entry_whose_elder_is_not_committed_yet_waits_for_it(
    database: Database, executor: ThreadPoolExecutor
) -> None:
    """Entries are numbered before they are committed: the later may be seen first, except by SQLite's one writer."""
    with database.write() as slow:
        Log(slow, secrets.token_bytes).append([a_draft("c/slow")])
        append(database, a_draft("c/fast"))
        reading = executor.submit(SqlLog(database).entries, 0, 10)
        with pytest.raises(TimeoutError):
            reading.result(timeout=0.1)
    assert [each.body["chain"] for each in reading.result(timeout=10)] == ["c/slow", "c/fast"]


def test_a_number_that_was_given_up_holds_nobody_up_for_long(database: Database) -> None:
    append(database, a_draft("c/first"))
    give_up(database)
    append(database, a_draft("c/last"))
    log = SqlLog(database)
    for _ in range(2):
        assert [each.body["chain"] for each in log.entries(0, 10)] == ["c/first", "c/last"]


def test_a_page_does_not_go_beyond_what_is_settled(database: Database) -> None:
    """A gap is waited for once, and what was written since then is waited for again."""
    append(database, a_draft("c/first"))
    give_up(database)
    append(database, a_draft("c/second"))
    log = SqlLog(database)
    (_, second) = log.entries(0, 10)
    append(database, a_draft("c/third"))
    assert [each.body["chain"] for each in log.entries(second.seq, 10)] == ["c/third"]
