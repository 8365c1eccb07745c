"""`duly log`, `duly log export`, `duly log verify` and `duly stats`, as an operator types them."""

import json
from pathlib import Path

import pytest

from scheduler.cli import run
from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from tests.cli.log.usual import PERSONAL, Capture, lay_hands_on, lines

# ---------------------------------------------------------------------------------------------------- log


@pytest.mark.usefixtures("_lived_in")
def test_the_log_is_a_table_with_the_newest_last_and_reasons_in_words(capsys: Capture) -> None:
    assert run(["log"]) == 0
    head, *rows = lines(capsys)
    assert head.split()[:4] == ["seq", "at", "(UTC)", "event"]
    assert len(rows) == 24
    assert rows[6].split(maxsplit=7) == [
        *("7", "2027-03-09", "05:00:00Z", "deferred", "D-1", "P-1", "upcoming"),
        "contact hours are closed in Europe/London (courtesy/asking-hours); until 2027-03-09 09:00Z",
    ]
    assert rows[-1].endswith("author ann; opted out yes")


@pytest.mark.usefixtures("_lived_in")
@pytest.mark.parametrize("how", [[], ["--json"]], ids=["table", "json"])
def test_what_is_personal_is_shown_only_when_asked_for(capsys: Capture, how: list[str]) -> None:
    assert run(["log", *how]) == 0
    shown = capsys.readouterr().out
    assert [each for each in PERSONAL if each in shown] == []
    assert run(["log", "--personal", *how]) == 0
    shown = capsys.readouterr().out
    assert [each for each in PERSONAL if each not in shown] == []


@pytest.mark.usefixtures("_lived_in")
def test_options_narrow_the_log(capsys: Capture) -> None:
    assert run(["log", "--debtor", "D-1", "--plan", "P-1", "--event", "armed", "--limit", "2", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert [(each["event"], each["step"], each["channel"]) for each in entries] == [
        ("armed", "upcoming", "sms"),
        ("armed", "receipt", "sms"),
    ]


@pytest.mark.usefixtures("_lived_in")
def test_a_search_that_finds_nothing_says_so(capsys: Capture) -> None:
    assert run(["log", "--event", "delivered"]) == 0
    assert lines(capsys) == ["The log has no such entry"]
    assert run(["log", "--event", "delivered", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"entries": []}


@pytest.mark.usefixtures("_lived_in")
@pytest.mark.parametrize(
    "options",
    [["--debtor", "D-9"], ["--plan", "P-9"], ["--event", "dreamt"], ["--limit", "0"], ["--limit", "many"]],
    ids=["debtor", "plan", "event", "zero", "words"],
)
def test_an_option_that_cannot_be_used_is_one_sentence(capsys: Capture, options: list[str]) -> None:
    assert run(["log", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert options[0] in said.err or options[1] in said.err
    assert said.err.count("\n") == 1


@pytest.mark.usefixtures("_lived_in")
def test_what_would_steer_the_terminal_is_not_printed(capsys: Capture) -> None:
    lay_hands_on("UPDATE entry SET public = replace(public, 'P-1', '\\u001b[2J[red]')")
    assert run(["log"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert " [2J[red]" in shown


# ------------------------------------------------------------------------------------------------- export


@pytest.mark.usefixtures("_lived_in")
def test_an_export_to_the_screen_is_the_one_to_a_file(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["log", "export", "--format", "jsonl"]) == 0
    printed = capfdbinary.readouterr().out
    assert run(["log", "export", "--out", "log.jsonl"]) == 0
    assert capfdbinary.readouterr().out == b"log.jsonl: 24 entries\n"
    assert Path("log.jsonl").read_bytes() == printed
    assert len(printed.splitlines()) == 24


@pytest.mark.usefixtures("_lived_in")
@pytest.mark.parametrize("options", [["--format", "csv"], ["--out", "nowhere/log.jsonl"], ["--out", "."]])
def test_an_export_that_cannot_be_made_is_one_sentence(capsys: Capture, options: list[str]) -> None:
    assert run(["log", "export", *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# ------------------------------------------------------------------------------------------------- verify


@pytest.mark.usefixtures("_lived_in")
def test_a_sound_log_is_told_in_one_sentence_with_counts(capsys: Capture) -> None:
    assert run(["log", "verify"]) == 0
    assert lines(capsys) == ["The log is sound: 24 entries on 3 chains; 14 personal payloads match"]
    lay_hands_on("DELETE FROM payload WHERE chain_seq = 1")
    assert run(["log", "verify"]) == 0
    assert lines(capsys) == [
        "The log is sound: 24 entries on 3 chains; 11 personal payloads match, 3 are erased"
    ]


@pytest.mark.usefixtures("_lived_in")
def test_each_finding_is_one_line_and_the_answer_is_no(capsys: Capture) -> None:
    lay_hands_on("UPDATE entry SET event = 'sent' WHERE event = 'deferred' AND chain <> 'northwind/D-2'")
    assert run(["log", "verify"]) == 1
    assert lines(capsys) == [
        "northwind/D-1: entry 3 (seq 7): its hash does not match its fields",
        "northwind/D-3: entry 3 (seq 9): its hash does not match its fields",
    ]


@pytest.mark.usefixtures("_lived_in")
def test_findings_as_json(capsys: Capture) -> None:
    assert run(["log", "verify", "--json"]) == 0
    sound = json.loads(capsys.readouterr().out)
    assert sound == {"ok": True, "entries": 24, "chains": 3, "payloads": 14, "erased": 0, "findings": []}
    lay_hands_on("DELETE FROM entry WHERE seq = 24")
    assert run(["log", "verify", "--json"]) == 1
    broken = json.loads(capsys.readouterr().out)
    assert broken["ok"] is False
    assert broken["findings"] == [
        {"chain": "northwind/D-2", "number": 6, "seq": None, "what": "it is missing; the chain has 6 entries"}
    ]


@pytest.mark.usefixtures("_lived_in")
def test_a_file_is_verified_where_there_is_no_database(capsys: Capture) -> None:
    assert run(["log", "export", "--out", "log.jsonl"]) == 0
    Path("var/duly.db").unlink()
    capsys.readouterr()
    assert run(["log", "verify", "log.jsonl"]) == 0
    assert lines(capsys)[0].startswith(
        "log.jsonl is sound: 24 entries on 3 chains; 14 personal payloads match."
    )
    assert not Path("var/duly.db").exists()


@pytest.mark.usefixtures("_lived_in")
def test_a_file_that_was_tampered_with_is_answered_with_no(capsys: Capture) -> None:
    assert run(["log", "export", "--out", "log.jsonl"]) == 0
    text = Path("log.jsonl").read_text(encoding="utf-8")
    Path("log.jsonl").write_text(text.replace("bob@example.com", "ann@example.com", 1), encoding="utf-8")
    capsys.readouterr()
    assert run(["log", "verify", "log.jsonl"]) == 1
    (line,) = lines(capsys)
    assert line.startswith("northwind/D-2: entry 4 (seq 11): ")
    assert "example.com" not in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"plan_ref,debtor_ref\n", "log.jsonl, line 1: "),
        (b'{"seq":1}\n', "log.jsonl, line 1: "),
        (None, "log.jsonl cannot be read"),
    ],
    ids=["csv", "json", "missing"],
)
def test_a_file_that_is_no_export_is_one_sentence(capsys: Capture, content: bytes | None, said: str) -> None:
    if content is not None:
        Path("log.jsonl").write_bytes(content)
    assert run(["log", "verify", "log.jsonl"]) == 2
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("command", [["log"], ["log", "export"], ["log", "verify"], ["stats"]], ids=" ".join)
def test_a_database_that_is_not_there_is_told_and_not_made(capsys: Capture, command: list[str]) -> None:
    assert run(["--database", "sqlite:///typo.db", *command]) == 2
    assert capsys.readouterr().err.startswith("There is no database typo.db; ")
    assert not Path("typo.db").exists()


# -------------------------------------------------------------------------------------------------- stats


@pytest.mark.usefixtures("_lived_in")
def test_the_numbers_are_a_table(capsys: Capture) -> None:
    assert run(["stats"]) == 0
    rows = [each.split() for each in lines(capsys)]
    assert rows[0] == ["plans", "active", "3"]
    assert ["messages", "email", "accepted", "1"] in rows
    assert ["in", "doubt", "1"] in rows
    assert ["not", "sent", "defer:", "courtesy/asking-hours", "3"] in rows
    assert rows[-1] == ["log", "entries", "24"]


@pytest.mark.usefixtures("_lived_in")
def test_the_numbers_as_json(capsys: Capture) -> None:
    assert run(["stats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.pop("at").endswith("Z")
    assert found == {
        "plans": {"active": 3},
        "touchpoints": {"accepted": 3, "unknown": 1},
        "messages": {"email": {"accepted": 1, "rejected": 1, "unknown": 1}, "sms": {"accepted": 2}},
        "unknown": 1,
        "not_sent": [{"rule": "courtesy/asking-hours", "verdict": "defer", "count": 3}],
        "oldest_due": None,
        "log_entries": 24,
    }


def test_an_empty_database_is_counted_too(capsys: Capture) -> None:
    database = open_database("sqlite:///var/duly.db")
    upgrade(database)
    database.close()
    assert run(["stats"]) == 0
    assert lines(capsys)[-1].split() == ["log", "entries", "0"]
