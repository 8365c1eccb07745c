"""`duly log audit`, as an operator types it."""

import json
from pathlib import Path

import pytest

from scheduler.cli import run
from tests.cli.log.usual import PERSONAL, Capture, lay_hands_on, lines

COURTESY_FILE = "config/policies/courtesy.yaml"
COURTESY = """\
id: courtesy
rules:
  - {rule: asking-hours, kinds: asking, hours: {mon-fri: ["09:00-18:00"], holidays: like any day}}
  - {rule: confirming-hours, kinds: confirming, hours: {mon-sun: ["08:00-20:00"], holidays: like any day}}
  - {rule: two-a-week, kinds: asking, at_most: {count: 2, in: 7 days}}
  - {rule: gap, kinds: asking, gap: 48 hours}
"""


@pytest.fixture
def _courteous(_lived_in: None) -> None:
    """The policy that the usual database was lived in under, as a file."""
    Path("config/policies").mkdir(parents=True)
    Path(COURTESY_FILE).write_text(COURTESY, encoding="utf-8")


def export_with_a_message_at_night(capsys: Capture) -> None:
    """Write log.jsonl, with the first message moved to shortly before dawn."""
    assert run(["log", "export", "--out", "log.jsonl"]) == 0
    entries = [json.loads(each) for each in Path("log.jsonl").read_bytes().splitlines()]
    next(each for each in entries if each["event"] == "armed")["at"] = "2027-03-09T05:30:00.000000Z"
    Path("log.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries), encoding="utf-8")
    capsys.readouterr()


@pytest.mark.usefixtures("_courteous")
def test_a_log_that_kept_to_the_policy_has_no_violations(capsys: Capture) -> None:
    assert run(["log", "audit"]) == 0
    assert lines(capsys) == [
        "5 messages audited; 5 contacts counted, 0 by hand",
        "sent from 2027-03-09 to 2027-03-09 (UTC)",
        "by the policy courtesy",
        "No message went out against contact hours or limits",
        "violations: 0",
    ]


@pytest.mark.usefixtures("_courteous")
def test_a_message_that_broke_a_rule_is_one_line_and_the_answer_is_no(capsys: Capture) -> None:
    export_with_a_message_at_night(capsys)
    Path("var/duly.db").unlink()
    assert run(["log", "audit", "log.jsonl"]) == 1
    first, *rest = lines(capsys)
    assert first == (
        "seq 10, 2027-03-09 05:30 in Europe/London, debtor D-1: courtesy/asking-hours: "
        "Tuesday 05:30 in Europe/London lies outside the hours (09:00-18:00)"
    )
    assert rest == [
        "5 messages audited; 5 contacts counted, 0 by hand",
        "sent from 2027-03-09 to 2027-03-09 (UTC)",
        "by the policy courtesy",
        "  courtesy/asking-hours: 1",
        "violations: 1",
    ]


@pytest.mark.usefixtures("_courteous")
def test_an_audit_as_json(capsys: Capture) -> None:
    export_with_a_message_at_night(capsys)
    assert run(["log", "audit", "log.jsonl", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (finding,) = found.pop("findings")
    assert found == {
        "ok": False,
        "messages": 5,
        "audited": 5,
        "not_auditable": {"erased": 0, "unrecorded": 0},
        "from": "2027-03-09T05:30:00.000000Z",
        "to": "2027-03-09T10:00:00.000000Z",
        "contacts": 5,
        "by_hand": 0,
        "policy_versions": {"courtesy": ["v1"]},
        "violations": 1,
        "by_rule": {"courtesy/asking-hours": 1},
    }
    assert finding["local"] == {"Europe/London": "2027-03-09T05:30:00+00:00"}
    assert (finding["seq"], finding["rule"]) == (10, "courtesy/asking-hours")
    assert (finding["creditor"], finding["debtor_ref"]) == ("northwind", "D-1")


@pytest.mark.usefixtures("_courteous")
def test_what_was_erased_is_told_as_not_auditable(capsys: Capture) -> None:
    lay_hands_on("DELETE FROM payload WHERE chain = 'northwind/D-1'")
    assert run(["log", "audit"]) == 0
    assert lines(capsys) == [
        "2 messages audited; 5 contacts counted, 0 by hand",
        "sent from 2027-03-09 to 2027-03-09 (UTC)",
        "by the policy courtesy",
        "3 not auditable (erased)",
        "No audited message went out against contact hours or limits",
        "violations: 0",
    ]


@pytest.mark.usefixtures("_courteous")
def test_an_audit_shows_neither_addresses_nor_words(capsys: Capture) -> None:
    Path(COURTESY_FILE).write_text(COURTESY.replace("09:00", "17:00"), encoding="utf-8")
    assert run(["log", "audit"]) == 1
    shown = capsys.readouterr().out
    assert [each for each in PERSONAL if each in shown] == []


@pytest.mark.usefixtures("_courteous")
def test_a_policy_that_changed_meanwhile_is_told(capsys: Capture) -> None:
    assert run(["log", "export", "--out", "log.jsonl"]) == 0
    before, armed, after = Path("log.jsonl").read_bytes().partition(b'"event":"armed"')
    edited = before + armed + after.replace(b'"policy_version":"v1"', b'"policy_version":"v0"', 1)
    Path("log.jsonl").write_bytes(edited)
    capsys.readouterr()
    assert run(["log", "audit", "log.jsonl"]) == 0
    assert lines(capsys)[3] == "courtesy was changed meanwhile; all is judged by its file as it is now"


@pytest.mark.usefixtures("_courteous")
@pytest.mark.parametrize(
    ("spoilt", "content", "said"),
    [
        ("log.jsonl", "rules: [", "log.jsonl, line 1: it is not a JSON object as the log writes it; "),
        ("log.jsonl", None, "log.jsonl cannot be read (No such file or directory); name a file"),
        (COURTESY_FILE, "rules: [", f"{COURTESY_FILE} is no YAML that the auditor can read; "),
        (COURTESY_FILE, None, "log.jsonl, line 10: the policy 'courtesy' is not among those"),
    ],
    ids=["no log", "log missing", "no policy", "policy missing"],
)
def test_what_cannot_be_audited_is_one_sentence(
    capsys: Capture, spoilt: str, content: str | None, said: str
) -> None:
    assert run(["log", "export", "--out", "log.jsonl"]) == 0
    Path(spoilt).unlink()
    if content is not None:
        Path(spoilt).write_text(content, encoding="utf-8")
    capsys.readouterr()
    assert run(["log", "audit", "log.jsonl"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(said)
    assert error.count("\n") == 1


def test_an_audit_without_a_configuration_is_one_sentence(capsys: Capture) -> None:
    Path("log.jsonl").write_bytes(b"")
    assert run(["--config", "nowhere", "log", "audit", "log.jsonl"]) == 2
    assert capsys.readouterr().err.startswith("nowhere/policies is no folder; ")
