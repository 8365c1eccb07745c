"""`duly unknown` and `duly unknown settle`: what an operator reads in the morning, and what follows from a word."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler import bootstrap
from scheduler.domain.delivery import Delivery, Unknown
from tests.cli.commands import Duly, answer, entries, refusal
from tests.fakes.world import FakeChannel, HandClock
from tests.intake.reading.files import PLAN, as_csv, written

Capture = pytest.CaptureFixture[str]

NINE = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
WORD = ("--as", "ann", "--note", "seen in the console")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, duly: Duly, capsys: Capture) -> HandClock:
    """A clock that is set by hand, and two debtors of whose messages nobody knows what became."""
    hand = HandClock(NINE)
    answers: list[Delivery] = [Unknown("no_answer"), Unknown("no_answer")]
    provider = FakeChannel(answers=answers)
    monkeypatch.setattr(bootstrap, "SystemClock", lambda: hand)
    monkeypatch.setenv("DULY_LOG_LEVEL", "warning")
    monkeypatch.setattr(bootstrap, "open_channel", lambda *_: provider)
    known = {
        "email": "",
        "due_date": "2027-03-09",
        "country": "GB",
        "region": "ENG",
        "consent_sms": "contract",
    }
    rows = (
        PLAN | known | {"plan_ref": f"P-{n}", "debtor_ref": f"D-{n}", "phone": f"+44207946001{n}"}
        for n in (1, 2)
    )
    duly("import", "plans", written(tmp_path, as_csv(*rows)))
    work(duly, capsys)
    return hand


def work(duly: Duly, capsys: Capture) -> list[str]:
    """Let the service do what is due now and return what it says."""
    return answer(duly, capsys, "run", "--until-idle", "--no-web")


def listed(duly: Duly, capsys: Capture, *arguments: str, code: int = 0) -> list[str]:
    """Return the list's lines, with single spaces."""
    capsys.readouterr()
    assert duly("unknown", *arguments) == code
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def as_json(duly: Duly, capsys: Capture, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """Return the list for a program."""
    (line,) = listed(duly, capsys, "--json", *arguments, code=code)
    found: list[dict[str, Any]] = json.loads(line)["messages"]
    return found


def key_of(duly: Duly, capsys: Capture, debtor: str, code: int = 0) -> str:
    """Return the short key of a debtor's message."""
    (found,) = as_json(duly, capsys, "--debtor", debtor, code=code)
    return str(found["key"])


def presume(clock: HandClock, duly: Duly, capsys: Capture) -> None:
    """Let the time pass in which proof could have come."""
    clock.move(hours=27)
    work(duly, capsys)


def test_what_is_looked_up_says_since_when_why_and_what_happens_next(
    clock: HandClock, duly: Duly, capsys: Capture
) -> None:
    clock.move(minutes=1)
    header, *lines = listed(duly, capsys)
    assert header == "key debtor by since state why what happens next"
    said = (
        "sms by outbox Tue 9 Mar 2027, 09:00 (Europe/London) unknown the provider did not answer in time "
        "looked up again on Tue 9 Mar 2027, 09:02; presumed sent on Wed 10 Mar 2027, 11:00 if nothing turns up"
    )
    assert sorted(each.partition(" ")[2] for each in lines) == [f"D-1 {said}", f"D-2 {said}"]


def test_what_was_presumed_awaits_a_person_which_the_exit_code_says(
    clock: HandClock, duly: Duly, capsys: Capture
) -> None:
    presume(clock, duly, capsys)
    *lines, last = listed(duly, capsys, code=1)
    assert all(
        each.endswith(
            "presumed sent no evidence came by the deadline counts as sent for good, unless you settle it"
        )
        for each in lines[1:]
    )
    assert last == "2 await a person: duly unknown settle KEY --went-out | --never-sent --as NAME --note TEXT"
    assert {each["awaits_person"] for each in as_json(duly, capsys, code=1)} == {True}
    assert listed(duly, capsys, "--limit", "1", code=1)[-2:] == [
        "There are more; --limit shows them",
        "1 awaits a person: duly unknown settle KEY --went-out | --never-sent --as NAME --note TEXT",
    ]
    clock.move(days=7, seconds=1)
    assert listed(duly, capsys) == ["No message is in doubt"]


def test_what_nobody_is_in_doubt_about_is_not_shown(duly: Duly, capsys: Capture) -> None:
    for debtor in ("D-1", "D-2"):
        answer(duly, capsys, "unknown", "settle", key_of(duly, capsys, debtor), "--went-out", *WORD)
    assert listed(duly, capsys) == ["No message is in doubt"]


def test_a_word_that_it_went_out_is_taken_and_kept_with_its_note(duly: Duly, capsys: Capture) -> None:
    key = key_of(duly, capsys, "D-1")
    (said,) = answer(duly, capsys, "unknown", "settle", key, "--went-out", *WORD)
    assert said.startswith(f"Message {key}")
    assert said.endswith("went out, by your word: it stays in every limit, and nothing is sent again")
    *_, entry = entries(duly, capsys, "accepted")
    assert (entry["author"], entry["evidence"], entry["personal"]) == (
        "ann",
        "by_hand",
        {"note": "seen in the console"},
    )
    assert refusal(duly, capsys, "unknown", "settle", key, "--never-sent", *WORD).endswith(
        "-sms-1: the provider took it"
    )


def test_a_word_that_it_was_never_sent_releases_it_and_is_shown(
    clock: HandClock, duly: Duly, capsys: Capture
) -> None:
    presume(clock, duly, capsys)
    key = key_of(duly, capsys, "D-2", code=1)
    (said,) = answer(duly, capsys, "unknown", "settle", key, "--never-sent", *WORD)
    assert (
        "was never sent, by your word: no limit counts it any more, and its step is over for debtor D-2"
        in said
    )
    (line,) = listed(duly, capsys, "--debtor", "D-2")[1:]
    assert line.endswith(
        "released somebody settled it by hand nothing: it counts for no limit, and its step is over"
    )


def test_nothing_is_sent_again_unless_the_creditor_says_so(duly: Duly, capsys: Capture) -> None:
    settle = ("unknown", "settle", key_of(duly, capsys, "D-1"), *WORD)
    assert refusal(duly, capsys, *settle, "--never-sent", "--send-again").startswith(
        "Creditor harbour lets nothing go out again (`resend: never`)"
    )
    assert refusal(duly, capsys, *settle, "--went-out", "--send-again").startswith("--send-again contradicts")
    assert {each["state"] for each in as_json(duly, capsys)} == {"unknown"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("settle", "KEY", *WORD), "Say what became of it: --went-out or --never-sent"),
        (("settle", "KEY", "--went-out", "--as", "ann", "--note", " "), "--note is empty; say how you know"),
        (("settle", "KEY", "--went-out", "--note", "x"), "Missing option '--as'"),
        (("settle", "KEY-email", "--went-out", *WORD), "No message 'KEY-email' was ever armed"),
        (("settle", "KEY-sms-2", "--went-out", *WORD), "No message 'KEY-sms-2' was ever armed"),
        (("settle", "0123456789", "--went-out", *WORD), "There is no touchpoint '0123456789'"),
        (("--debtor", "D-9"), "There is no debtor 'D-9'; check the reference"),
        (("--creditor", "harbor"), "--creditor 'harbor' has no debtor here; there is harbour"),
    ],
    ids=lambda case: "-".join(case)[:60] if isinstance(case, tuple) else "",
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: Capture
) -> None:
    key = key_of(duly, capsys, "D-1")
    written_out = [each.replace("KEY", key) for each in arguments]
    assert refusal(duly, capsys, "unknown", *written_out).startswith(said.replace("KEY", key))


def test_a_messages_own_key_names_it_too(duly: Duly, capsys: Capture) -> None:
    (found,) = as_json(duly, capsys, "--debtor", "D-1")
    whole = f"{found['touchpoint']}-sms-1"
    (said,) = answer(duly, capsys, "unknown", "settle", whole, "--went-out", *WORD)
    assert said.startswith(f"Message {whole} went out")


def test_an_explanation_says_what_happens_next_and_by_whose_word_it_was_settled(
    clock: HandClock, duly: Duly, capsys: Capture
) -> None:
    key = key_of(duly, capsys, "D-1")
    clock.move(minutes=1)
    told = " ".join(" ".join(answer(duly, capsys, "explain", key)).split())
    assert "Today it is in doubt" in told
    assert "it counts as sent and is never repeated (sms by outbox) Because: the provider" in told
    assert "Message sms-1: looked up again on Tue 9 Mar 2027, 09:02; presumed sent on" in told
    assert f"If you know better: `duly unknown settle {key}" in told
    presume(clock, duly, capsys)
    told = " ".join(answer(duly, capsys, "explain", key))
    assert "Presumed sent: no proof came in time; it counts as sent for good (sms by outbox)" in told
    assert "  Because: no evidence came by the deadline [no_evidence]" in told
    answer(duly, capsys, "unknown", "settle", key, "--never-sent", *WORD)
    told = " ".join(answer(duly, capsys, "explain", key))
    assert "Never sent, by the word of ann" in told
    assert "If you know better" not in told


def test_a_service_tells_doubt_in_words(clock: HandClock, duly: Duly, capsys: Capture) -> None:
    clock.move(hours=27)
    lines = work(duly, capsys)
    assert sum("presumed due-today" in " ".join(each.split()) for each in lines) == 2
    assert all(
        "no evidence came by the deadline (no_evidence)" in each for each in lines if "presumed" in each
    )
    assert "Presumed sent within a week, without proof: 2; `duly unknown` lists them" in work(duly, capsys)
    log = "\n".join(answer(duly, capsys, "log", "--event", "presumed"))
    assert "no evidence came by the deadline (no_evidence); by outbox" in log
