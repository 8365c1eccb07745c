"""`duly hours`, from the command line to the log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue
from scheduler.domain.duties import StatedTimes
from tests.cli.commands import Duly, answer, entries, refusal
from tests.cli.ruled import DAYS, IN_JAPAN, rules_also_say
from tests.intake.reading.files import PLAN, as_csv, written

HOURS = ("hours", "D-1", "--as", "ann")
FAR_AHEAD = "2999-01-01T01:00:00+01:00"


@pytest.fixture(autouse=True)
def plans(tmp_path: Path, duly: Duly) -> None:
    """One debtor with one plan."""
    duly("import", "plans", written(tmp_path, as_csv(PLAN)))


def test_hours_are_noted_and_withdrawn(duly: Duly, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(duly, capsys, *HOURS, "--not", "mon-fri 09:00-12:00 13:00-17:00", "--not", "SUN") == [
        "Stated hours 1 noted for D-1: not mon-fri 09:00-12:00 13:00-17:00, sun, by sms and email, "
        "until `duly hours D-1 --withdraw 1`"
    ]
    only = ("--only", " 18:00-20:00", "--channel", "sms", "--until", FAR_AHEAD)
    assert answer(duly, capsys, *HOURS, *only) == [
        "Stated hours 2 noted for D-1: only 18:00-20:00, by sms, until 2999-01-01 00:00Z"
    ]
    assert answer(duly, capsys, *HOURS, "--withdraw", "1") == ["Stated hours 1 of D-1 withdrawn"]
    first, second, ended = entries(duly, capsys, "consent_changed")
    assert (first["stated_hours"], first["channels"], first["source"]) == (1, ["sms", "email"], "written")
    assert (second["channels"], second["personal"]) == (["sms"], {"hours": "only 18:00-20:00"})
    assert (ended["stated_hours"], ended["withdrawn"]) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say one thing at a time: --not HOURS, --only HOURS or --withdraw NUMBER"),
        (("--not", "sun", "--only", "mon"), "Say one thing at a time"),
        (("--withdraw", "1", "--not", "sun"), "Say one thing at a time"),
        (
            ("--not", "someday 09:00-10:00"),
            "--not is 'someday 09:00-10:00': \"someday\" is no day of the week",
        ),
        (("--only", "mon 9-17"), "--only is 'mon 9-17': \"9-17\" is no opening"),
        (("--not", "mon 22:00-08:00"), "--not is 'mon 22:00-08:00': \"22:00-08:00\" does not end after it"),
        (("--not", " "), "--not is empty; write days and hours"),
        (("--not", "holidays"), "--not cannot name holidays"),
        (("--not", "mon-fri", "--not", "sat-sun"), "--not leaves no hour of the week; to stop contact use"),
        (("--not", "sun", "--until", "2020-01-01T00:00:00Z"), "--until lies in the past"),
        (("--withdraw", str(2**63)), "Invalid value for '--withdraw'"),
        (("--withdraw", "7"), "No stated hours 7 of debtor D-1 stand"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(duly, capsys, *HOURS, *arguments).startswith(said)
    assert entries(duly, capsys, "consent_changed") == []


def ends_in_days(until: str | None) -> float | None:
    """For how many days from now, more or less."""
    return None if until is None else (datetime.fromisoformat(until) - datetime.now(UTC)) / timedelta(days=1)


def test_what_was_only_said_ends_when_the_policy_says_so_and_the_answer_tells(
    duly: Duly, catalogue: Catalogue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules_also_say(monkeypatch, catalogue, StatedTimes(oral_binds=10 * DAYS, written_within=7 * DAYS))
    _, advice = answer(duly, capsys, *HOURS, "--not", "sun", "--said")
    assert advice == (
        "local/duty: what is only said binds for 10 days, and for good once it is written within 7 days: "
        "note it then with --written"
    )
    answer(duly, capsys, *HOURS, "--not", "sun", "--written")
    answer(duly, capsys, *HOURS, "--not", "sun", "--said", "--until", FAR_AHEAD)
    said, wrote, until = entries(duly, capsys, "consent_changed")
    assert ends_in_days(said["until"]) == pytest.approx(10, abs=0.01)
    assert (said["source"], wrote.get("until")) == ("oral", None)
    assert until["until"].startswith("2999-01-01")


def test_the_rules_of_another_place_shorten_nothing(
    duly: Duly, catalogue: Catalogue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules_also_say(monkeypatch, catalogue, StatedTimes(oral_binds=10 * DAYS), IN_JAPAN)
    (noted,) = answer(duly, capsys, *HOURS, "--not", "sun", "--said")
    assert noted.endswith("until `duly hours D-1 --withdraw 1`")


def test_more_than_the_policy_asks_for_is_honoured_and_the_answer_tells(
    duly: Duly, catalogue: Catalogue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules_also_say(monkeypatch, catalogue, StatedTimes(weekly=28 * DAYS / 24))
    assert answer(duly, capsys, *HOURS, "--not", "mon-fri 09:00-17:00")[1:] == [
        "local/duty asks for no more than 28 hours a week (these are 40 hours); all of it is honoured"
    ]
    assert len(answer(duly, capsys, *HOURS, "--not", "mon-fri 09:00-12:00")) == 1
