"""`duly explain`, from what was decided to what can be read out."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from scheduler import bootstrap
from scheduler.catalogue import Catalogue
from tests.cli.commands import Duly, answer, refusal
from tests.fakes.world import HandClock
from tests.intake.reading.files import PLAN, as_csv, written

Capture = pytest.CaptureFixture[str]

NIGHT = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
MORNING = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
EVENING = datetime(2027, 3, 9, 18, 30, tzinfo=UTC)
"""A Tuesday in London, on which the default plan's instalment is due."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, duly: Duly) -> HandClock:
    """A clock that is set by hand, and one debtor whose instalment is due today."""
    hand = HandClock(NIGHT)
    monkeypatch.setattr(bootstrap, "SystemClock", lambda: hand)
    monkeypatch.setenv("DULY_OUTBOX", str(tmp_path / "outbox"))
    row = PLAN | {"due_date": "2027-03-09", "country": "GB", "region": "ENG", "consent_sms": "contract"}
    duly("import", "plans", written(tmp_path, as_csv(row)))
    return hand


@pytest.fixture
def work(duly: Duly, clock: HandClock) -> Callable[[datetime], None]:
    """Let the service do what is due at an instant."""

    def at(instant: datetime) -> None:
        clock.instant = instant
        assert duly("run", "--until-idle", "--no-web", "--quiet") == 0

    return at


def _touchpoint(duly: Duly, capsys: Capture) -> str:
    capsys.readouterr()
    assert duly("log", "--event", "planned", "--json") == 0
    (entry,) = json.loads(capsys.readouterr().out)["entries"]
    return str(entry["touchpoint"])


def _story(duly: Duly, capsys: Capture, key: str) -> dict[str, Any]:
    (line,) = answer(duly, capsys, "explain", key, "--json")
    found: dict[str, Any] = json.loads(line)
    return found


def test_what_waits_says_which_rule_closes_its_source_and_when_contact_is_possible(
    duly: Duly, work: Callable[[datetime], None], clock: HandClock, capsys: Capture
) -> None:
    work(EVENING)
    clock.instant = EVENING
    lines = answer(duly, capsys, "explain", _touchpoint(duly, capsys))

    assert lines[1].startswith("reminder on the due date, step due-today of cadence standard, to debtor D-1")
    assert lines[2] == "Today it is planned"
    told = " ".join(" ".join(lines).split())
    assert "Planned: the step came due on Tue 9 Mar 2027, 09:00 (Europe/London)" in told
    ends = "Will not be sent as things stand: its step ends Wed 10 Mar 2027, 00:00, before the rules allow it"
    assert ends in told
    assert ends.replace("Will", "it will") in told
    assert "step_end" not in told
    assert lines[-1] == "U our own caution or unverified"
    assert "contact hours are closed in Europe/London" in told
    assert "rule: Mon–Fri 09:00–18:00, not on public holidays source: The hours that all" in told
    assert "next possible on Wed 10 Mar 2027, 09:00 (Europe/London); this step ends before" in told


def test_the_same_answer_is_told_once_and_counted(
    duly: Duly, work: Callable[[datetime], None], capsys: Capture
) -> None:
    work(EVENING)
    call = ("contact", "D-1", "--channel", "call", "--outcome", "no-answer", "--as", "ann")
    for _ in range(2):
        answer(duly, capsys, *call)
        work(EVENING)
    key = _touchpoint(duly, capsys)
    story = _story(duly, capsys, key)

    assert [each["event"] for each in story["story"]] == ["planned", "deferred"]
    assert story["repeats"] == 2
    assert "  Looked at 2 more times with the same answer." in answer(duly, capsys, "explain", key)


def test_a_message_of_the_night_waits_for_the_morning_and_says_so(
    duly: Duly, work: Callable[[datetime], None], clock: HandClock, capsys: Capture
) -> None:
    work(NIGHT)
    clock.instant = NIGHT
    found = json.loads(answer(duly, capsys, "explain", "--debtor", "D-1", "--json")[0])

    by_sms = found["channels"]["sms"]
    assert (by_sms["answer"], by_sms["next_at"]) == ("defer", "2027-03-09T09:00:00.000000Z")
    closed = next(each for each in by_sms["findings"] if each["verdict"] == "defer")
    assert closed["rule"] == "strict-fallback/asking-hours"
    assert closed["says"] == "Mon–Fri 09:00–18:00, not on public holidays"
    assert (closed["confidence"], bool(closed["citation"])) == ("U", True)
    assert found["channels"]["email"]["answer"] == "defer"


def test_what_was_sent_names_every_rule_that_allowed_it_and_the_facts(
    duly: Duly, work: Callable[[datetime], None], capsys: Capture
) -> None:
    work(MORNING)
    key = _touchpoint(duly, capsys)
    story = _story(duly, capsys, key)

    armed = next(each for each in story["story"] if each["event"] == "armed")
    assert {each["verdict"] for each in armed["findings"]} == {"allow"}
    assert {"strict-fallback/asking-hours", "strict-fallback/asking-per-week"} <= {
        each["rule"] for each in armed["findings"]
    }
    assert armed["facts"]["zones"] == ["Europe/London"]
    assert (story["state"], story["now"]["answer"]) == ("accepted", "defer")
    told = "\n".join(answer(duly, capsys, "explain", key[:8]))
    assert "Every rule allowed it:" in told
    outbox = "Written to the outbox; nothing was sent to the debtor"
    assert f"Tue 9 Mar 2027, 09:00 (Europe/London): {outbox}" in told
    assert "Contact is next possible on Thu 11 Mar 2027, 09:00 (Europe/London), by sms." in told
    assert told.count("Facts:") == 1


def test_what_was_refused_and_has_ended_says_one_thing(
    duly: Duly, work: Callable[[datetime], None], clock: HandClock, capsys: Capture
) -> None:
    hold = ("hold", "D-1", "--kind", "dispute", "--reason", "x", "--as", "ann")
    answer(duly, capsys, *hold)
    work(MORNING)
    key = _touchpoint(duly, capsys)
    waiting = answer(duly, capsys, "explain", key)
    clock.move(hours=48)
    over = answer(duly, capsys, "explain", key)

    assert waiting[2] == "Today it is refused"
    assert over[2] == "Refused on Tue 9 Mar 2027, 09:00 (Europe/London); its step has since ended"
    assert "This step is over; nothing of it will be sent." in over
    assert "Contact is not possible as things stand." in over


def test_nothing_is_decided_for_a_creditor_that_is_no_longer_configured(
    duly: Duly,
    work: Callable[[datetime], None],
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    work(MORNING)
    key = _touchpoint(duly, capsys)
    quay = replace(catalogue.creditors["harbour"], id="quay")
    other = replace(catalogue, creditors={"quay": quay})
    monkeypatch.setattr(bootstrap, "load", lambda *_, **__: other)

    gone = "Nothing is decided for creditor harbour any more: the configuration does not have it."
    assert gone in answer(duly, capsys, "explain", key)


def test_an_instant_of_the_past_is_answered_with_what_had_happened_by_then(
    duly: Duly, work: Callable[[datetime], None], clock: HandClock, capsys: Capture
) -> None:
    work(MORNING)
    asked = ("explain", "--debtor", "D-1", "--json", "--at")
    before = json.loads(answer(duly, capsys, *asked, "2027-03-09T08:59:59+00:00")[0])
    clock.move(hours=1)
    after = json.loads(answer(duly, capsys, *asked, "2027-03-09T10:00:00+00:00")[0])

    assert before["channels"]["sms"]["facts"]["contacts"]["counted"] == 0
    assert after["channels"]["sms"]["facts"]["contacts"]["counted"] == 1
    assert before["channels"]["sms"]["next_at"] == "2027-03-09T09:00:00.000000Z"
    assert after["channels"]["sms"]["next_at"] == "2027-03-11T09:00:00.000000Z"


def test_what_was_erased_is_said_to_be_erased(
    duly: Duly, work: Callable[[datetime], None], tmp_path: Path, capsys: Capture
) -> None:
    work(MORNING)
    key = _touchpoint(duly, capsys)
    engine = create_engine(f"sqlite:///{tmp_path / 'duly.db'}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM payload"))
    engine.dispose()

    told = "\n".join(answer(duly, capsys, "explain", key))
    assert "The facts and the words were erased with the person's data." in told
    assert "[strict-fallback/asking-hours]" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name either a touchpoint, or a debtor with --debtor"),
        (("abcdef12", "--debtor", "D-1"), "Name either a touchpoint, or a debtor with --debtor"),
        (("abcdef12",), "There is no touchpoint 'abcdef12'"),
        (("abc",), "'abc' is no touchpoint; write its key"),
        (("zzzzzzzz",), "'zzzzzzzz' is no touchpoint; write its key"),
        (("--debtor", "D-9"), "harbour has no debtor 'D-9' with a plan"),
        (("--debtor", "D-1", "--at", "tomorrow"), "--at is 'tomorrow'; write an instant with an offset"),
        (("--debtor", "D-1", "--at", "2027-03-09T10:00:00"), "--at is '2027-03-09T10:00:00'; write an"),
        (("--debtor", "D-1", "--creditor", "nobody"), "--creditor 'nobody' is unknown; there is harbour"),
    ],
    ids=["nothing", "both", "unknown", "short", "no-key", "debtor", "no-instant", "no-offset", "creditor"],
)
@pytest.mark.usefixtures("clock")
def test_a_question_that_cannot_be_answered_gets_one_sentence(
    duly: Duly, capsys: Capture, arguments: tuple[str, ...], said: str
) -> None:
    assert refusal(duly, capsys, "explain", *arguments).startswith(said)
