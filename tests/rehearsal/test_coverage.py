"""Coverage: which rules are seen to stop a message and to let one through."""

from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue
from scheduler.rehearsal.coverage import Covered, coverage, lacking
from scheduler.rehearsal.scenarios import read_scenarios, run
from tests.rehearsal.shelves import FILES, GIVEN, results_of

NOON = "2027-03-09T12:00:00Z"


@pytest.fixture
def everything(shelf: Catalogue) -> dict[str, Covered]:
    """What the file of scenarios about each kind of rule covers."""
    (file,) = read_scenarios([FILES / "tests" / "as-expected.yaml"], shelf)
    results = [run(each, shelf.calendar) for each in file.scenarios]
    return {each.rule.id: each for each in coverage(shelf.policies["rules"], results)}


def covered(shelf: Catalogue, folder: Path, *scenarios: str) -> dict[str, Covered]:
    """What these scenarios cover, each without its name."""
    lines = (f"  - {{scenario: number {number}, {each}}}\n" for number, each in enumerate(scenarios))
    results = results_of(folder, shelf, GIVEN + "".join(lines))
    return {each.rule.id: each for each in coverage(shelf.policies["rules"], results)}


def test_every_form_can_be_seen_both_ways(everything: dict[str, Covered]) -> None:
    assert lacking(list(everything.values())) == ()


def test_a_rule_that_no_scenario_tries_lacks_both(shelf: Catalogue, tmp_path: Path) -> None:
    found = covered(shelf, tmp_path, f"when: {{kind: receipt, at: {NOON}}}, then: send")

    assert found["rules/hours"].lacking == (
        "rules/hours has no scenario that it stops",
        "rules/hours has no scenario that it lets through",
    )
    assert found["rules/confirming"].lacking == ("rules/confirming has no scenario that it stops",)


def test_a_rule_that_never_lets_anything_through_needs_no_scenario_for_it(
    shelf: Catalogue, tmp_path: Path
) -> None:
    charged_off = "given: {plan: {debt_status: charged-off}}"
    found = covered(
        shelf,
        tmp_path,
        f"{charged_off}, when: {{kind: reminder_due, at: {NOON}}}, then: {{refuse: rules/charged-off}}",
    )

    assert (found["rules/charged-off"].stopped, found["rules/charged-off"].passed) == (1, 0)
    assert found["rules/charged-off"].lacking == ()


def test_a_scenario_that_fails_shows_nothing(shelf: Catalogue, tmp_path: Path) -> None:
    found = covered(
        shelf,
        tmp_path,
        f"when: {{kind: reminder_due, at: {NOON}}}, then: {{send: email}}",
        "when: {kind: reminder_due, at: 2027-03-09T20:00:00Z},"
        " then: {defer: 2027-03-10T09:00:00Z, because: rules/hours}",
    )

    assert (found["rules/hours"].stopped, found["rules/hours"].passed) == (0, 0)


def test_what_is_not_in_force_or_not_about_the_message_lets_nothing_through(
    shelf: Catalogue, tmp_path: Path
) -> None:
    third_party = "given: {creditor: {role: third_party}}"
    found = covered(
        shelf,
        tmp_path,
        f"{third_party}, when: {{kind: reminder_due, at: 2026-03-09T12:00:00Z}}, then: send",
        f"when: {{kind: reminder_due, at: {NOON}}}, then: send",
    )

    assert found["rules/agencies"].passed == 0
    assert found["rules/address"].passed == 0
    assert found["rules/hours"].passed == 2


def test_words_let_through_are_only_those_that_were_looked_at(shelf: Catalogue, tmp_path: Path) -> None:
    due = f"when: {{kind: reminder_due, at: {NOON}}}, then: send"

    unread = covered(shelf, tmp_path, due)
    read = covered(shelf, tmp_path, f"words: It is due., {due}")

    assert (unread["rules/words"].passed, read["rules/words"].passed) == (0, 1)


def test_a_hold_counts_for_the_rule_that_is_about_it(shelf: Catalogue, tmp_path: Path) -> None:
    receipt = f"when: {{kind: receipt, at: {NOON}}}, then"
    found = covered(
        shelf,
        tmp_path,
        f"holds: [{{kind: insolvency}}], {receipt}: {{refuse: hold}}",
        f"holds: [{{kind: deceased}}], {receipt}: {{refuse: hold}}",
    )

    assert found["rules/insolvency"].stopped == 1


def test_a_phrase_counts_where_a_scenario_says_what_is_said(shelf: Catalogue, tmp_path: Path) -> None:
    due = f"when: {{kind: reminder_due, at: {NOON}}}, then"
    found = covered(shelf, tmp_path, f"{due}: send", f"{due}: {{send: sms, saying: [rules/first]}}")

    assert (found["rules/first"].stopped, found["rules/later"].stopped) == (1, 0)
    assert found["rules/later"].passed == 2
    assert found["rules/first"].lacking == found["rules/records"].lacking == ()
