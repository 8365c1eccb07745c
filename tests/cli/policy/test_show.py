"""`duly policy show`: the rules that hold, in plain words and with their sources."""

from pathlib import Path

import pytest

from scheduler.cli import run
from tests.catalogue.configuration import add_file
from tests.cli.policy.answers import HARBOUR, Capture, as_json, refused, said
from tests.rehearsal.shelves import FILES


def test_the_rules_of_a_creditor_are_shown_with_layers_and_sources(capsys: Capture) -> None:
    lines = said(capsys, 0, "show", "--kind", "receipt")

    assert lines == [
        "Every rule that can hold for debtors of harbour",
        "Layer rules [approved by R. Advocate on 2027-01-15]: A rule of each kind; in GB",
        "",
        "rules/confirming",
        "  every day 08:00–21:00; an answer on the debtor's own medium at any hour",
        "  about confirming",
        "  V2: A 2",
        "rules/insolvency",
        "  nothing during a hold of kind insolvency",
        "  about receipt",
        "  V1: A 14",
        "rules/records",
        "  records are kept 3 years after the last activity",
        "  about all",
        "  V1: A 18",
    ]


def test_a_wide_terminal_shows_the_rules_in_columns(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")

    lines = said(capsys, 0, "show", "--kind", "mediation_offer", "--channel", "sms")

    rows = [each.split("  ") for each in lines[lines.index("") + 1 :]]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0] == ["rule", "what it says", "about", "source"]
    group = next(each for each in cells if each[0] == "rules/group")
    assert group[1:3] == ["at most 2 a week from a group of senders", "asking"]
    assert group[3] == "V1: A 4 (The whole group counts as one)"
    number = next(each for each in cells if each[0] == "rules/number")
    assert number[2] == "asking by sms"


def test_what_a_rule_adds_to_its_layer_stands_beside_it(capsys: Capture) -> None:
    lines = said(capsys, 0, "show", "--kind", "reminder_due")

    assert "  nothing on 2027-03-11 [only by a third party; from 2027-01-01]" in lines
    assert "Layer strict-fallback [DRAFT]: Anywhere; where no local law gives hours" in lines


def test_what_is_not_in_force_is_left_out(capsys: Capture) -> None:
    begins = "rules/agencies"

    assert begins in said(capsys, 0, "show", "--at", "2027-01-01T12:00:00Z")
    assert begins not in said(capsys, 0, "show", "--at", "2026-12-30T12:00:00Z")


def test_where_no_rule_is_about_it_that_is_said(config: Path, capsys: Capture) -> None:
    add_file(
        config,
        "policies/rules.yaml",
        (FILES / "policies" / "rules.yaml").read_text().split("  - rule: records")[0],
    )

    assert said(capsys, 0, "show", "--kind", "legal_notice") == [
        "Every rule that can hold for debtors of harbour",
        "",
        "No rule is about this: what no rule gives hours for is never sent",
    ]


def test_among_several_creditors_one_is_chosen(config: Path, capsys: Capture) -> None:
    quay = HARBOUR.replace("id: harbour", "id: quay").replace("[rules]", "[careful]")
    add_file(config, "creditors/quay.yaml", quay)

    assert refused(capsys, "show") == "There are several creditors; choose harbour or quay with --creditor"
    assert refused(capsys, "show", "--creditor", "quai") == 'There is no creditor quai; did you mean "quay"?'
    assert said(capsys, 0, "show", "--creditor", "quay")[0] == "Every rule that can hold for debtors of quay"


@pytest.mark.usefixtures("_portfolio")
def test_for_a_debtor_only_what_holds_is_shown_under_a_heading_that_says_who_and_where(
    capsys: Capture,
) -> None:
    assert run(["hold", "D-1", "--kind", "dispute", "--reason", "x", "--as", "ann"]) == 0
    assert run(["hours", "D-1", "--only", "mon-fri 18:00-20:00", "--as", "ann"]) == 0

    lines = said(capsys, 0, "show", "--debtor", "D-1", "--kind", "reminder_due")

    assert lines[:6] == [
        "D-1 of harbour (original creditor)",
        "Lives in GB-ENG; clock Europe/London",
        "Plan P-1: product credit-card, status open",
        "Hold 1: dispute, until it is lifted",
        "Stated hours 1: only Mon–Fri 18:00–20:00 by sms, email",
        "Layer rules [approved by R. Advocate on 2027-01-15]: A rule of each kind; in GB",
    ]
    assert "rules/hours" in lines
    assert not {"rules/microfinance", "rules/agencies", "strict-fallback/hours"} & set(lines)


@pytest.mark.usefixtures("_portfolio")
def test_what_is_unknown_of_a_debtor_cannot_be_ruled_out(capsys: Capture) -> None:
    lines = said(capsys, 0, "show", "--debtor", "D-2")

    assert "Lives in GB, region unknown; clock Europe/London" in lines
    assert "rules/microfinance" in lines


@pytest.mark.usefixtures("_portfolio")
def test_a_debtor_whom_no_local_law_governs_has_the_fallback(capsys: Capture) -> None:
    lines = said(capsys, 0, "show", "--debtor", "D-3")

    assert "strict-fallback/hours" in lines
    assert "rules/hours" not in lines


@pytest.mark.usefixtures("_portfolio")
def test_rules_as_json_have_their_layers_and_their_debtor(capsys: Capture) -> None:
    found = as_json(capsys, 0, "show", "--debtor", "D-1", "--kind", "reminder_due")

    assert (found["creditor"], found["debtor"]["ref"], found["debtor"]["zones"]) == (
        "harbour",
        "D-1",
        ["Europe/London"],
    )
    assert [each["policy"] for each in found["layers"]] == ["rules"]
    assert found["rules"][0]["rule"] == "rules/address"
    assert found["rules"][0]["confidence"] == "V1"
    assert as_json(capsys, 0, "show")["debtor"] is None


@pytest.mark.usefixtures("_portfolio")
@pytest.mark.parametrize("how", [["show"], ["why-closed", "--on", "2027-03-09"]], ids=["show", "why-closed"])
def test_a_debtor_who_is_not_known_is_an_error(how: list[str], capsys: Capture) -> None:
    assert refused(capsys, *how, "--debtor", "D-9") == (
        "harbour has no debtor D-9 with a plan; `duly log` shows the references"
    )
