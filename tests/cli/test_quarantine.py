"""`duly quarantine`: whether one stands, why, what to do about it, and who ends it."""

import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from scheduler.bootstrap import ready_database
from scheduler.clock import SystemClock
from scheduler.journal import open_journal
from scheduler.ports import Intent
from scheduler.store.custody import SqlCustody
from scheduler.store.store import SqlStore
from scheduler.store.tables import touchpoint
from tests.cli.commands import Duly, answer, entries, refusal
from tests.fakes.world import World, a_plan_row
from tests.store.noting import plan_all

START = ("quarantine", "start", "--as", "ann", "--reason", "Monday's copy was put back")
RELEASE = ("quarantine", "release", "--as", "bob", "--note", "compared with the provider's list")
KEY = "0" * 32


@pytest.fixture
def store(duly: Duly, tmp_path: Path) -> SqlStore:
    """The database that the command works on."""
    return SqlStore(ready_database(f"sqlite:///{tmp_path / 'duly.db'}"), secrets.token_bytes)


def lose(store: SqlStore, key: str, now: datetime | None = None) -> None:
    """Let the database have forgotten one message, and find out."""
    at = now or SystemClock().now()
    custody = SqlCustody(store)
    custody.note_lost([Intent(key, "email", 1, "outbox", 7, at)], at)
    custody.quarantine("lost_tail", "intents of the journal that the database has lost: 1", at)
    custody.recall(at)


def a_planned_key(store: SqlStore) -> str:
    """Plan a message, long due, and return its touchpoint's key."""
    world = World(store)
    world.take_plans(a_plan_row())
    plan_all(world)
    with store.database.write() as connection:
        key = connection.execute(update(touchpoint).values(state="planned").returning(touchpoint.c.key))
        return str(key.scalar_one())


def test_without_one_it_says_so(store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(duly, capsys, "quarantine", "status") == ["No quarantine stands"]
    (told,) = answer(duly, capsys, "quarantine", "status", "--json")
    assert json.loads(told) == {"quarantine": None}


def test_one_that_stands_is_explained_with_what_to_do_numbered(
    store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(store, a_planned_key(store))
    lose(store, KEY)
    capsys.readouterr()
    assert duly("quarantine", "status") == 1
    first, *lines = capsys.readouterr().out.splitlines()
    assert re.match(r"In quarantine since \d{4}-\d\d-\d\d \d\d:\d\dZ: the database has lost what", first)
    assert lines[1] == "1 message is unknown, 1 of them lost by the database"
    assert lines[2].startswith("What was lost is looked for until ")
    assert lines[3].startswith("1 message went out for what is not planned yet")
    assert [line[:5] for line in lines[5:]] == [f"  {number}. " for number in range(1, 6)]
    assert "duly quarantine release" in lines[-1]


def test_a_program_reads_the_same(store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
    lose(store, a_planned_key(store), now)
    capsys.readouterr()
    assert duly("quarantine", "status", "--json") == 1
    told = json.loads(capsys.readouterr().out)["quarantine"]
    assert len(told.pop("next")) == 5
    assert told == {
        "cause": "lost_tail",
        "detail": "intents of the journal that the database has lost: 1",
        "since": "2027-03-09T10:00:00.000000Z",
        "unknown": 1,
        "lost": 1,
        "looked_for_until": "2027-03-10T12:00:00.000000Z",
        "forgotten": 0,
    }


def test_a_clock_is_set_right_and_nothing_needs_to_be_imported(
    store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    SqlCustody(store).quarantine("clock_jump", "the clock has moved by +36000 s", SystemClock().now())
    capsys.readouterr()
    assert duly("quarantine", "status") == 1
    told = capsys.readouterr().out
    assert "1. Set the machine's clock right" in told
    assert "Import" not in told


def test_a_person_starts_one_and_another_releases_it(
    store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    (told,) = answer(duly, capsys, *START)
    assert told.startswith("In quarantine from now on")
    (again,) = answer(duly, capsys, *START)
    assert again.startswith("A quarantine stands already")
    assert answer(duly, capsys, *RELEASE) == ["Released: what is due and allowed goes out at the next turn"]
    assert answer(duly, capsys, "quarantine", "status") == ["No quarantine stands"]
    (started,) = entries(duly, capsys, "quarantined")
    assert (started["cause"], started["author"]) == ("by_hand", "ann")
    assert started["personal"] == {"detail": "Monday's copy was put back"}
    (released,) = entries(duly, capsys, "quarantine_released")
    assert (released["chain"], released["author"]) == ("_system", "bob")
    assert released["personal"] == {"note": "compared with the provider's list"}


def test_it_is_not_released_while_lost_messages_are_looked_for(
    store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(store, a_planned_key(store))
    said = refusal(duly, capsys, *RELEASE)
    assert re.match(r"1 message that the database had lost is still looked for until \d{4}-", said)
    assert "--although-unknown" in said
    assert duly("quarantine", "status") == 1
    first, second = answer(duly, capsys, *RELEASE, "--although-unknown")
    assert first.startswith("Released")
    assert second == "1 message in doubt is looked for as before: `duly unknown`"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*RELEASE[:-1], " "), "--note is empty; say what was checked"),
        ((*START[:-1], " "), "--reason is empty; say why"),
        (RELEASE, "No quarantine stands, so there is none to release"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    store: SqlStore, duly: Duly, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert refusal(duly, capsys, *arguments).startswith(said)


def test_a_database_that_is_not_there_is_not_made(
    duly: Duly, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert refusal(duly, capsys, "quarantine", "status").startswith("There is no database")
    assert not (tmp_path / "duly.db").exists()


# ---------------------------------------------------------------------------------------------- `duly run`


def run_once(duly: Duly) -> int:
    return duly("run", "--until-idle", "--no-web", "--quiet")


def test_a_run_keeps_its_journal_beside_the_database(duly: Duly, tmp_path: Path) -> None:
    assert run_once(duly) == 0
    assert (tmp_path / "dispatch.journal").exists()


def test_a_run_says_at_its_start_that_it_sends_nothing_and_what_to_do(
    duly: Duly, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = open_journal(tmp_path / "dispatch.journal")
    now = SystemClock().now() - timedelta(minutes=3)
    journal._append([{"at": now.isoformat(), "intents": [[f"{KEY}-email-1", "outbox", 7]]}])
    capsys.readouterr()
    assert run_once(duly) == 0
    told = capsys.readouterr().out
    assert "In quarantine since" in told
    assert "5. Let go on: `duly quarantine release" in told


def test_a_journal_that_cannot_be_written_is_said_before_anything_is_sent(
    duly: Duly, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dispatch.journal").mkdir()
    capsys.readouterr()
    assert run_once(duly) == 2
    told = capsys.readouterr().err
    assert "cannot be written (Is a directory)" in told
    assert "DULY_JOURNAL" in told


def test_the_journal_lies_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duly: Duly
) -> None:
    monkeypatch.setenv("DULY_JOURNAL", str(tmp_path / "elsewhere" / "journal"))
    assert run_once(duly) == 0
    assert (tmp_path / "elsewhere" / "journal").exists()
    assert not (tmp_path / "dispatch.journal").exists()
