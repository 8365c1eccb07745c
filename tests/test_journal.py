"""The dispatch journal: what is in it survives a crash at any byte, and is found again from the end."""

import errno
import fcntl
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from scheduler.domain.errors import UsageError
from scheduler.domain.message import Message, Words
from scheduler.journal import FileJournal, open_journal
from scheduler.ports import Armed, Intent, Mark

AT = datetime(2027, 3, 9, 10, 0, 0, 123456, tzinfo=UTC)


def armed(number: int, at: datetime = AT, channel: str = "sms", attempt: int = 1) -> Armed:
    """An intent for an invented debtor, whose words and address the journal must not keep."""
    message = Message(
        touchpoint=f"{number:032x}",
        attempt=attempt,
        channel=channel,
        to="+447700900123",
        to_name="Ada Example",
        sender="",
        reply_to=None,
        words=Words("Dear Ada Example"),
        locale="en",
        not_after=at,
    )
    return Armed(number, message, "twilio", at, "northwind", 1, 1)


def intent(number: int, at: datetime = AT, channel: str = "sms", attempt: int = 1) -> Intent:
    return Intent(f"{number:032x}", channel, attempt, "twilio", number, at)


def numbers(batches: Sequence[Sequence[Intent]]) -> list[list[int]]:
    return [[each.message_id for each in batch] for batch in batches]


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    """A journal in a folder of its own."""
    return open_journal(tmp_path / "second" / "dispatch.journal")


def test_what_was_noted_is_read_again_exactly(journal: FileJournal) -> None:
    journal.note([armed(57, channel="email", attempt=3), armed(58)])
    assert journal.tail(5) == [(intent(57, channel="email", attempt=3), intent(58))]


def test_a_line_names_no_person_and_only_its_owner_may_read_it(journal: FileJournal) -> None:
    journal.note([armed(57)])
    line = journal.path.read_text("utf-8")
    assert line == (
        '{"at":"2027-03-09T10:00:00.123456Z","intents":[["' + f"{57:032x}" + '-sms-1","twilio",57]]}\n'
    )
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_intents_of_several_batches_are_written_at_once_a_line_for_each(journal: FileJournal) -> None:
    later = AT + timedelta(seconds=1)
    journal.note([armed(1), armed(2, later), armed(3)])
    assert journal.tail(5) == [(intent(1), intent(3)), (intent(2, later),)]


def test_the_tail_is_the_newest_lines_and_no_more(journal: FileJournal) -> None:
    for number in range(10):
        journal.note([armed(number)])
    assert numbers(journal.tail(3)) == [[7], [8], [9]]
    assert numbers(journal.tail(10)) == numbers(journal.tail(11)) == [[each] for each in range(10)]


def test_an_empty_journal_has_no_tail_and_no_mark(journal: FileJournal) -> None:
    assert journal.tail(3) == []
    assert journal.newest_mark() is None


def test_the_newest_mark_is_found_among_the_intents_and_is_none_of_them(journal: FileJournal) -> None:
    journal.mark(Mark(7, "aa"), AT)
    journal.note([armed(1)])
    journal.mark(Mark(9, "bb"), AT)
    journal.note([armed(2)])
    assert journal.newest_mark() == Mark(9, "bb")
    assert numbers(journal.tail(5)) == [[1], [2]]


def test_lines_longer_than_what_is_read_at_once_are_read_whole(journal: FileJournal) -> None:
    journal.note([armed(each) for each in range(3_000)])
    journal.note([armed(9_000)])
    assert journal.path.stat().st_size > 2 * 64 * 1024
    assert numbers(journal.tail(2)) == [list(range(3_000)), [9_000]]


# --------------------------------------------------------------------------------------------- torn lines


@pytest.mark.parametrize("kept", [0, 1, 20, 60, -1])
def test_a_line_that_a_crash_tore_is_not_read_and_the_next_one_is(journal: FileJournal, kept: int) -> None:
    journal.note([armed(1)])
    whole = journal.path.read_bytes()
    journal.note([armed(2)])
    torn = journal.path.read_bytes()[len(whole) :][:kept]
    journal.path.write_bytes(whole + torn)
    assert numbers(journal.tail(5)) == [[1]]
    journal.note([armed(3)])
    survived = [[2]] if kept == -1 else []  # all but its end: what was never sent may be there or not
    assert numbers(journal.tail(5)) == [[1], *survived, [3]]


def test_a_file_that_is_nothing_but_torn_has_no_tail(journal: FileJournal) -> None:
    journal.path.write_bytes(b'{"at":"2027-03-09T10:00')
    assert journal.tail(5) == []
    journal.note([armed(1)])
    assert numbers(journal.tail(5)) == [[1]]


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe",
        b"[]",
        b"7",
        b"{}",
        b'{"at":"yesterday","intents":[]}',
        b'{"at":"2027-03-09T10:00:00Z","intents":[["no-key","twilio",1]]}',
        b'{"at":"2027-03-09T10:00:00Z","intents":[["' + b"0" * 32 + b'-sms-1","twilio"]]}',
        b'{"at":"2027-03-09T10:00:00Z","intents":7}',
        b'{"at":"2027-03-09T10:00:00Z","seq":"x","hash":"y"}',
    ],
)
def test_a_line_that_cannot_be_read_hides_no_other(journal: FileJournal, line: bytes) -> None:
    journal.note([armed(1)])
    with journal.path.open("ab") as file:
        file.write(line + b"\n")
    journal.note([armed(2)])
    assert numbers(journal.tail(5)) == [[1], [2]]
    assert journal.newest_mark() is None


# -------------------------------------------------------------------------------------------- a full file


def test_a_file_that_has_grown_too_large_is_kept_beside_and_still_read(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "dispatch.journal", largest=200)
    journal.mark(Mark(7, "aa"), AT)
    for number in range(3):
        journal.note([armed(number)])
    assert (tmp_path / "dispatch.journal.1").exists()
    assert numbers(journal.tail(9)) == [[0], [1], [2]]
    assert journal.newest_mark() == Mark(7, "aa")


def test_what_another_process_put_aside_is_not_written_to_any_more(tmp_path: Path) -> None:
    one = FileJournal(tmp_path / "dispatch.journal", largest=100)
    other = FileJournal(tmp_path / "dispatch.journal", largest=100)
    for number in range(4):
        (one if number % 2 else other).note([armed(number)])
    assert numbers(FileJournal(tmp_path / "dispatch.journal").tail(2)) == [[2], [3]]


def test_whoever_writes_waits_for_whoever_is_at_it(journal: FileJournal) -> None:
    with journal.path.open("rb") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        waiting = Thread(target=journal.note, args=([armed(1)],))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        assert journal.tail(5) == []
    waiting.join(10)
    assert numbers(journal.tail(5)) == [[1]]


def test_a_line_does_not_follow_a_file_that_is_put_aside_while_it_waits(
    journal: FileJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = [journal.path.with_name("dispatch.journal.1")]
    real = fcntl.flock

    def put_aside(file: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX and aside:
            journal.path.rename(aside.pop())
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", put_aside)
    journal.note([armed(1)])
    assert b'"intents"' in journal.path.read_bytes()


def test_many_who_write_at_once_lose_no_line_and_tear_none(journal: FileJournal) -> None:
    def write(first: int) -> None:
        own = FileJournal(journal.path)
        for number in range(first, first + 25):
            own.note([armed(number)])

    threads = [Thread(target=write, args=(each * 100,)) for each in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    wanted = {first * 100 + each for first in range(4) for each in range(25)}
    assert {number for (number,) in numbers(journal.tail(1_000))} == wanted


# -------------------------------------------------------------------------------------------------- faults


def test_intents_are_on_disk_before_it_returns(journal: FileJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: seen.append(os.fstat(file).st_size))
    journal.note([armed(1)])
    journal.note([armed(2)])
    assert seen[-1] == journal.path.stat().st_size
    assert len(seen) == 3, "the first line of a file has its folder on disk, too"


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_is_told(journal: FileJournal, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(_file: int) -> None:
        raise OSError(code, os.strerror(code))

    journal.note([armed(1)])
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError) as caught:  # noqa: PT011  # its number is asked for below
        journal.note([armed(2)])
    assert caught.value.errno == code


def test_a_disk_that_takes_half_a_line_is_told_and_the_half_is_never_read(
    journal: FileJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[: len(data) // 2]))
    with pytest.raises(OSError) as caught:  # noqa: PT011  # its number is asked for below
        journal.note([armed(1)])
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.setattr(os, "write", real)
    journal.note([armed(2)])
    assert numbers(journal.tail(5)) == [[2]]


def test_a_place_that_cannot_be_written_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UsageError, match=r"cannot be written \(File exists\).*DULY_JOURNAL"):
        open_journal(tmp_path / "file" / "dispatch.journal")
    with pytest.raises(UsageError, match="Is a directory"):
        open_journal(tmp_path)
