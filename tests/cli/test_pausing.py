"""`duly pause` and `duly resume`, from the command line to the log and the explanation."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler import bootstrap
from scheduler.cli import run
from tests.cli.commands import Duly, answer, entries, refusal
from tests.fakes.world import HandClock
from tests.intake.reading.files import PLAN, as_csv, written

Capture = pytest.CaptureFixture[str]

MORNING = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
WHY = ("--reason", "wrong words", "--as", "ann")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, duly: Duly, capsys: Capture) -> HandClock:
    """A clock that is set by hand, and one debtor whose instalment is due today."""
    hand = HandClock(MORNING)
    monkeypatch.setattr(bootstrap, "SystemClock", lambda: hand)
    monkeypatch.setenv("DULY_OUTBOX", str(tmp_path / "outbox"))
    row = PLAN | {"due_date": "2027-03-09", "country": "GB", "region": "ENG", "consent_sms": "contract"}
    duly("import", "plans", written(tmp_path, as_csv(row)))
    capsys.readouterr()
    return hand


@pytest.fixture
def outbox(duly: Duly, tmp_path: Path, capsys: Capture) -> Callable[[], list[str]]:
    """Let the service do what is due now and return what lies in the outbox."""

    def work() -> list[str]:
        assert duly("run", "--until-idle", "--no-web", "--quiet") == 0
        capsys.readouterr()
        return [each.name for each in (tmp_path / "outbox").glob("*-*")]

    return work


def listed(duly: Duly, capsys: Capture) -> list[dict[str, Any]]:
    """Return the pauses that stand."""
    (line,) = answer(duly, capsys, "pause", "--list", "--json")
    found: list[dict[str, Any]] = json.loads(line)["pauses"]
    return found


def test_nothing_goes_out_while_a_pause_stands_and_everything_once_it_is_resumed(
    duly: Duly, outbox: Callable[[], list[str]], capsys: Capture
) -> None:
    assert answer(duly, capsys, "pause", "--everybody", *WHY) == [
        "Pause 1 stops everything to everybody until `duly resume 1`; it takes effect within a second"
    ]
    assert outbox() == []
    assert answer(duly, capsys, "resume", "1", "--as", "bob") == [
        "Pause 1 resumed: everything to everybody",
        "1 waiting touchpoint will be decided afresh now",
    ]
    assert len(outbox()) == 1
    ((paused,), (resumed,)) = (entries(duly, capsys, each) for each in ("paused", "resumed"))
    assert (paused["reason"], paused["author"], resumed["author"]) == ("wrong words", "ann", "bob")


def test_the_same_pause_twice_stands_already(duly: Duly, capsys: Capture) -> None:
    once = ("pause", "--creditor", "harbour", "--channel", "sms", *WHY)
    answer(duly, capsys, *once)
    assert answer(duly, capsys, *once) == [
        "Pause 1 stops sms from creditor harbour since 2027-03-09 09:00Z, by ann: wrong words. "
        "It stands already; nothing is changed"
    ]
    (line,) = answer(duly, capsys, *once, "--json")
    assert json.loads(line)["was_set"] is False
    assert [each["number"] for each in listed(duly, capsys)] == [1]


def test_what_stands_is_listed_with_its_end_until_it_has_ended(
    duly: Duly, clock: HandClock, capsys: Capture
) -> None:
    assert answer(duly, capsys, "pause", "--list") == ["No pause stands"]
    answer(duly, capsys, "pause", "--debtor", "D-1", "--until", "2027-03-09T12:00:00+01:00", *WHY)
    assert answer(duly, capsys, "pause", "--list") == [
        "Pause 1 stops everything to debtor D-1 of harbour since 2027-03-09 09:00Z until 2027-03-09 11:00Z, "
        "by ann: wrong words"
    ]
    (fields,) = listed(duly, capsys)
    assert (fields["creditor"], fields["debtor_ref"], fields["channel"]) == ("harbour", "D-1", None)
    clock.move(hours=2)
    assert listed(duly, capsys) == []
    (said,) = answer(duly, capsys, "resume", "1", "--as", "bob")
    assert said == (
        "Pause 1 of everything to debtor D-1 of harbour ended by itself on 2027-03-09 11:00Z; nothing is changed"
    )


def test_resuming_says_what_still_stands(duly: Duly, capsys: Capture) -> None:
    answer(duly, capsys, "pause", "--everybody", *WHY)
    answer(duly, capsys, "pause", "--channel", "email", *WHY)
    *_, still = answer(duly, capsys, "resume", "--everybody", "--as", "bob")
    assert still.startswith("Still: Pause 2 stops email to everybody since")
    (line,) = answer(duly, capsys, "resume", "2", "--as", "bob", "--json")
    assert json.loads(line) == {"resumed": [2], "woken": 0, "standing": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pause", *WHY), "Say what to stop: --creditor, --channel, --debtor, or --everybody for all of it"),
        (("pause", "--everybody", "--as", "ann"), "--reason is needed; say why"),
        (("pause", "--everybody", "--reason", " ", "--as", "ann"), "--reason is empty; say why"),
        (("pause", "--everybody", "--reason", "x"), "--as is needed; name the person"),
        (("pause", "--everybody", "--creditor", "harbour", *WHY), "--everybody contradicts --creditor"),
        (("pause", "--everybody", "--until", "2020-01-01T00:00:00Z", *WHY), "--until lies in the past"),
        (("pause", "--creditor", "harbor", *WHY), "--creditor 'harbor' is unknown; there is harbour"),
        (("pause", "--debtor", "D-9", *WHY), "There is no debtor 'D-9'"),
        (("pause", "--list", "--everybody"), "--list shows every pause that stands; leave the rest out"),
        (("resume", "--as", "bob"), "Name one pause by its number, or by what it stops"),
        (("resume", "1", "--everybody", "--as", "bob"), "Name one pause by its number, or by what it stops"),
        (("resume", "7", "--as", "bob"), "There is no pause 7; none stands at all"),
        (("resume", "--channel", "sms", "--as", "bob"), "No pause of sms to everybody stands; none stands"),
    ],
    ids=lambda case: "-".join(case)[:60] if isinstance(case, tuple) else "",
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: Capture
) -> None:
    assert refusal(duly, capsys, *arguments).startswith(said)
    assert listed(duly, capsys) == []


def test_a_pause_where_there_is_no_database_stops_nobody_and_says_so(tmp_path: Path, capsys: Capture) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    assert run(["--database", elsewhere, "pause", "--everybody", *WHY]) == 2
    assert capsys.readouterr().err.startswith(f"There is no database {tmp_path / 'elsewhere.db'}")
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_pause_needs_no_configuration(duly: Duly, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AssertionError("a stop waited for the configuration")

    monkeypatch.setattr(bootstrap, "load", broken)
    for whom in (("--everybody",), ("--creditor", "harbour"), ("--debtor", "D-1")):
        answer(duly, capsys, "pause", *whom, *WHY)
    for number in ("1", "2", "3"):
        answer(duly, capsys, "resume", number, "--as", "bob")
    assert listed(duly, capsys) == []


def test_what_is_paused_says_who_paused_it_why_and_how_it_goes_on(
    duly: Duly, outbox: Callable[[], list[str]], capsys: Capture
) -> None:
    answer(duly, capsys, "pause", "--debtor", "D-1", "--reason", "asked for it", "--as", "ann")
    outbox()
    (deferred,) = entries(duly, capsys, "deferred")
    told = " ".join(" ".join(answer(duly, capsys, "explain", deferred["touchpoint"])).split())
    assert "Not sent yet: stopped until somebody resumes it Not yet: stopped by ann (pause 1) [pause]" in told
    assert (
        "it must wait. Not yet: stopped by ann on 2027-03-09 09:00Z: asked for it (`duly resume 1` lets it"
        in told
    )
    assert "it is decided afresh when somebody lets it go on" in told
    by_debtor = " ".join(answer(duly, capsys, "explain", "--debtor", "D-1"))
    assert "By sms it must wait." in by_debtor
    assert "May" in by_debtor
    assert "possible now" not in by_debtor


def test_a_pause_with_an_end_says_when_contact_is_possible(duly: Duly, capsys: Capture) -> None:
    answer(duly, capsys, "pause", "--channel", "sms", "--until", "2027-03-09T12:00:00+00:00", *WHY)
    (line,) = answer(duly, capsys, "explain", "--debtor", "D-1", "--json")
    channels = json.loads(line)["channels"]
    assert (channels["sms"]["answer"], channels["sms"]["next_at"]) == ("defer", "2027-03-09T12:00:00.000000Z")
    assert channels["email"]["answer"] == "send"


def test_a_service_that_starts_says_what_stands(duly: Duly, capsys: Capture) -> None:
    answer(duly, capsys, "pause", "--everybody", *WHY)
    lines = answer(duly, capsys, "run", "--until-idle", "--no-web")
    stands = "Pause 1 stops everything to everybody since 2027-03-09 09:00Z, by ann: wrong words"
    assert stands in lines
    assert any(
        each.endswith("pause: stopped by ann: wrong words (pause 1); until somebody resumes it")
        for each in lines
    )


def test_the_log_says_what_was_stopped_in_words(duly: Duly, capsys: Capture) -> None:
    answer(duly, capsys, "pause", "--creditor", "harbour", "--channel", "sms", *WHY)
    answer(duly, capsys, "pause", "--debtor", "D-1", *WHY)
    answer(duly, capsys, "resume", "1", "--as", "bob")
    lines = "\n".join(answer(duly, capsys, "log"))
    assert "sms from creditor harbour; author ann; pause 1; reason wrong words" in lines
    assert "everything to debtor D-1 of harbour; author ann; pause 2" in lines
    assert "sms from creditor harbour; author bob; pause 1" in lines
    assert "reason: wrong words" in "\n".join(answer(duly, capsys, "log", "--personal"))


def test_in_quarantine_nothing_may_be_sent_and_resuming_says_so(duly: Duly, capsys: Capture) -> None:
    answer(duly, capsys, "pause", "--everybody", *WHY)
    answer(duly, capsys, "quarantine", "start", "--reason", "a backup was put back", "--as", "ann")
    *_, last = answer(duly, capsys, "resume", "1", "--as", "bob")
    assert last == "Still: nothing is sent in quarantine; `duly quarantine status` says why"
    told = " ".join(" ".join(answer(duly, capsys, "explain", "--debtor", "D-1")).split())
    assert "By sms it must wait. Not yet: Duly is in quarantine; `duly quarantine status` says why" in told
