"""`duly policy list` and `duly policy schema`."""

from pathlib import Path

import pytest

from scheduler.catalogue.schema import schema_text
from scheduler.cli import run
from tests.catalogue.configuration import add_file
from tests.cli.policy.answers import BAD, GOOD, Capture, as_json, said, write_scenarios


def test_the_list_shows_each_policy_at_a_glance(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD, BAD)

    assert said(capsys, 0, "list") == [
        "careful",
        "  A careful policy",
        "  anywhere; rules: 2 (2 U); draft; 0 scenarios; used by nobody",
        "rules",
        "  A rule of each kind",
        "  GB; rules: 18 (17 V1, 1 V2); approved by R. Advocate on 2027-01-15; 2",
        "  scenarios; used by harbour",
        "strict-fallback",
        "  Anywhere",
        "  anywhere; rules: 1 (1 U); draft; 0 scenarios; used by harbour as fallback",
    ]


def test_a_wide_terminal_gets_a_table(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")

    head, first, second, _ = said(capsys, 0, "list")

    assert head.split() == ["policy", "title", "where", "rules", "status", "scenarios", "used", "by"]
    assert first.split() == ["careful", *"A careful policy anywhere 2 (2 U) draft 0 nobody".split()]
    assert second.endswith("approved by R. Advocate on 2027-01-15  0          harbour")


def test_a_policy_that_cannot_be_read_is_in_the_list(config: Path, capsys: Capture) -> None:
    add_file(config, "policies/rules.yaml", "id: rules\napplies: {residence: [GB]}\n")

    found = {each["policy"]: each for each in as_json(capsys, 0, "list")["policies"]}

    assert (found["rules"]["status"], found["rules"]["used_by"]) == ("unreadable", ["harbour"])
    assert (found["rules"]["where"], found["rules"]["rules"]) == ("GB", {})
    assert found["strict-fallback"]["stands_in_for"] == ["harbour"]


def test_the_schema_is_printed_as_it_is_shipped(capsys: Capture) -> None:
    assert run(["policy", "schema"]) == 0
    assert capsys.readouterr().out == schema_text()
