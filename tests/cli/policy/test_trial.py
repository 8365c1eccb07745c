"""`duly policy test`: scenarios are run, what fails is explained, and what nobody tries is named."""

import re
from pathlib import Path

import pytest

from tests.catalogue.configuration import add_file
from tests.cli.policy.answers import BAD, DUE, GOOD, LATE, Capture, as_json, refused, said, write_scenarios
from tests.rehearsal.shelves import FILES, GIVEN


def test_scenarios_that_come_as_expected_are_summed_up_in_one_line(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD)

    summary, hint = said(capsys, 0, "test")

    assert re.fullmatch(r"1 scenario of 1 policy: all as expected \(\d+\.\d s\)", summary)
    assert hint == "Not tried both ways: 15 rules of rules; see --coverage"


def test_a_scenario_that_fails_says_where_it_stands_and_what_was_decided_instead(
    config: Path, capsys: Capture
) -> None:
    write_scenarios(config, GOOD, BAD)

    lines = said(capsys, 1, "test")

    assert lines[:6] == [
        "config/tests/policies/rules.yaml:8: Eight at night is open",
        "  at        Tue 2027-03-09 20:00 Europe/London (20:00Z)",
        "  expected  send",
        "  decided   defer until Wed 2027-03-10 08:00 Europe/London (08:00Z)",
        "            against: rules/hours: contact hours are closed in Europe/London,",
        "            until Wed 2027-03-10 08:00 Europe/London (08:00Z)",
    ]
    assert lines[6].startswith("            for: rules/calls: ")
    assert lines[-2].startswith("2 scenarios of 1 policy: 1 not as expected")


def test_what_else_differs_is_said_too(config: Path, capsys: Capture) -> None:
    phrases = (
        f"  - {{scenario: Phrases, {DUE}, then: {{send: email, saying: [rules/later, A sum is due.]}}}}\n"
    )
    early = f"  - {{scenario: Early, {LATE}, then: {{defer: 2027-03-10T08:00:01Z, because: rules/hours}}}}\n"
    notice = f"  - {{scenario: No, {DUE}, then: {{refuse: [hold, rules/calls]}}}}\n"
    write_scenarios(config, phrases, early, notice)

    lines = said(capsys, 1, "test")

    assert "  expected  send by email, saying rules/later, “A sum is due.”" in lines
    assert "  decided   send by sms, saying what rules/first asks for" in lines
    assert "  but       it goes out by sms" in lines
    assert "  but       it is put off until another instant" in lines
    assert "  expected  refuse, because of hold, rules/calls" in lines


def test_a_holiday_is_named_where_a_scenario_fails(config: Path, capsys: Capture) -> None:
    at = "2027-03-29T12:00:00Z"
    write_scenarios(
        config, f"  - {{scenario: x, when: {{kind: reminder_due, at: {at}}}, then: {{refuse: hold}}}}\n"
    )

    told = " ".join(each.strip() for each in said(capsys, 1, "test"))
    assert "; Easter Monday (public holiday in GB) expected" in told


def test_json_says_the_same(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD, BAD)

    found = as_json(capsys, 1, "test")
    (failed,) = found["failed"]

    assert (found["ok"], found["scenarios"], found["policies"]) == (False, 2, 1)
    assert (failed["file"], failed["line"]) == ("config/tests/policies/rules.yaml", 8)
    assert failed["expected"] == {"decision": "send", "channel": None, "saying": None}
    assert failed["decided"] == {"decision": "defer", "until": "2027-03-10T08:00:00.000000Z"}
    assert failed["reasons"][0]["rule"] == "rules/hours"
    assert failed["differences"] == ["the decision is another one"]


def test_policies_and_files_may_be_named(config: Path, capsys: Capture) -> None:
    write_scenarios(config, BAD)
    elsewhere = config.parent / "mine.yaml"
    elsewhere.write_text(GIVEN + GOOD, encoding="utf-8")

    assert said(capsys, 0, "test", "mine.yaml")[-1].startswith("1 scenario of 1 policy: all as expected")
    assert said(capsys, 1, "test", "rules")[-2].startswith("1 scenario of 1 policy: 1 not as expected")
    assert said(capsys, 1, "test", "rules", "mine.yaml")[-2].startswith("2 scenarios of 1 policy: 1 not")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ruels", 'There is no policy "ruels"; did you mean "rules"?'),
        (
            "careful",
            "The policy careful has no scenarios yet; write some into config/tests/policies/careful.yaml",
        ),
        ("mine.yaml", "There is no file mine.yaml; name a file of scenarios, or a policy"),
    ],
    ids=["policy", "without-scenarios", "file"],
)
def test_what_cannot_be_found_is_named(name: str, sentence: str, capsys: Capture) -> None:
    assert refused(capsys, "test", name) == sentence


def test_without_any_scenario_it_is_said_where_they_belong(capsys: Capture) -> None:
    assert refused(capsys, "test").startswith("config/tests/policies holds no scenarios; write some")


def test_a_file_with_a_mistake_is_unusable(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD.replace("then: send", "then: sent"))

    sentence = '"sent" is no decision; write send, or a mapping with send, defer or refuse'
    assert refused(capsys, "test") == f"config/tests/policies/rules.yaml:7:84: {sentence}"


def test_a_broken_policy_keeps_only_its_own_scenarios_from_being_run(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD)
    add_file(config, "policies/broken.yaml", "id: broken\n")
    own = config / "tests" / "policies" / "broken.yaml"
    own.write_text(GIVEN.replace("[rules]", "[broken]") + GOOD, encoding="utf-8")

    assert said(capsys, 0, "test", "rules")
    assert "config/policies/broken.yaml:1:1: title is missing" in refused(capsys, "test", "broken")


def test_coverage_shows_for_each_rule_what_it_stops_and_lets_through(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD)

    lines = said(capsys, 0, "test", "--coverage")

    assert lines[0].split() == ["rule", "stopped", "let", "through"]
    cells = {each.split()[0]: each.split(maxsplit=1)[1] for each in lines[1:19]}
    assert cells["rules/hours"].split() == ["0", "1"]
    assert cells["rules/first"].split(maxsplit=2)[2] == "said in 0, left out in 0"
    assert cells["rules/records"].split(maxsplit=2)[2] == "a duty that stops no message"
    assert "rules/hours has no scenario that it stops" in lines


def test_of_a_policy_that_is_named_every_rule_must_be_covered(config: Path, capsys: Capture) -> None:
    whole = (FILES / "tests" / "as-expected.yaml").read_text(encoding="utf-8")
    write_scenarios(config).write_text(whole, encoding="utf-8")
    assert said(capsys, 0, "test", "rules", "--coverage")[-1].startswith("54 scenarios of 1 policy: all as")
    assert as_json(capsys, 0, "test", "rules", "--coverage")["ok"] is True

    write_scenarios(config, GOOD)
    lines = said(capsys, 1, "test", "rules", "--coverage")
    assert "rules/charged-off has no scenario that it stops" in lines
    assert "rules/charged-off has no scenario that it lets through" not in lines
    found = as_json(capsys, 1, "test", "rules", "--coverage")
    assert found["ok"] is False
    assert found["coverage"][0]["rule"] == "rules/address"
    assert said(capsys, 0, "test", "rules")
