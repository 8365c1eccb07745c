"""`duly policy test`, `list`, `show`, `why-closed` and `schema`, as a compliance officer types them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scheduler.catalogue.schema import schema_text
from scheduler.cli import run
from tests.catalogue.configuration import CREDITOR, add_file
from tests.rehearsal.shelves import FILES, GIVEN, write_shelf

Capture = pytest.CaptureFixture[str]

PLANS = """\
plan_ref,debtor_ref,debtor_name,phone,country,region,time_zone,locale,currency,instalment_no,due_date,amount,product,debt_status
P-1,D-1,Maria Silva,+442079460018,GB,ENG,Europe/London,en-GB,GBP,1,2027-02-01,120.00,credit-card,open
P-2,D-2,Jo Park,+442079460019,GB,,Europe/London,en-GB,GBP,1,2027-02-01,120.00,,open
P-3,D-3,Ana Lima,+442079460011,US,MA,,en-US,USD,1,2027-02-01,120.00,,
"""
BY_POLICIES = CREDITOR.replace("policies: [careful]", "policies: [rules]").replace(
    "zone: Europe/London", "zone: Europe/London\ndefault_consent_basis: contract"
)
DUE = "when: {kind: reminder_due, at: 2027-03-09T12:00:00Z}"
LATE = "when: {kind: reminder_due, at: 2027-03-09T20:00:00Z}"
GOOD = f"  - {{scenario: Noon is open, {DUE}, then: send}}\n"
BAD = f"  - {{scenario: Eight at night is open, {LATE}, then: send}}\n"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with rules of each kind, in an otherwise empty folder, at eighty columns."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_PORT", "DULY_USER", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    folder = write_shelf(Path("config"))
    return add_file(folder, "creditors/harbour.yaml", BY_POLICIES)


@pytest.fixture
def _portfolio(config: Path) -> None:
    Path("plans.csv").write_text(PLANS, encoding="utf-8")
    assert run(["import", "plans", "plans.csv"]) == 0


def write_scenarios(config: Path, *scenarios: str, name: str = "rules") -> Path:
    """Write scenarios about the policy `rules`."""
    path = config / "tests" / "policies" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GIVEN + "".join(scenarios), encoding="utf-8")
    return path


def said(capsys: Capture, code: int, *arguments: str) -> list[str]:
    """Run the command, which must leave with this code, and return what it printed."""
    capsys.readouterr()
    assert run(["policy", *arguments]) == code
    return [each.rstrip() for each in capsys.readouterr().out.splitlines()]


def as_json(capsys: Capture, code: int, *arguments: str) -> Any:
    """Run the command with --json, and return what it printed."""
    return json.loads("\n".join(said(capsys, code, *arguments, "--json")))


def refused(capsys: Capture, *arguments: str) -> str:
    """Run the command, which must find the input unusable, and return its words."""
    capsys.readouterr()
    assert run(["policy", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.removesuffix("\n")


# --------------------------------------------------------------------------------------------------- test


def test_scenarios_that_come_as_expected_are_summed_up_in_one_line(config: Path, capsys: Capture) -> None:
    write_scenarios(config, GOOD)

    summary, hint = said(capsys, 0, "test")

    assert re.fullmatch(r"1 scenario of 1 policy: all as expected \(\d+\.\d s\)", summary)
    assert hint == "15 rules not tried both ways; see them with --coverage"


def test_a_scenario_that_fails_says_where_it_stands_and_what_was_decided_instead(
    config: Path, capsys: Capture
) -> None:
    write_scenarios(config, GOOD, BAD)

    lines = said(capsys, 1, "test")

    assert lines[:8] == [
        "config/tests/policies/rules.yaml:8: Eight at night is open",
        "  at        Tue 2027-03-09 20:00 Europe/London (20:00Z)",
        "  expected  send",
        "  decided   defer until Wed 2027-03-10 08:00 Europe/London (08:00Z)",
        "            against: rules/hours: contact hours are closed in Europe/London,",
        "            until Wed 2027-03-10 08:00 Europe/London (08:00Z)",
        "            for: rules/calls: 0 used of 7 days from one contact to the next for",
        "            a plan",
    ]
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


# --------------------------------------------------------------------------------------------------- list


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


# --------------------------------------------------------------------------------------------------- show


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
    quay = BY_POLICIES.replace("id: harbour", "id: quay").replace("[rules]", "[careful]")
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


# --------------------------------------------------------------------------------------------- why closed


@pytest.mark.usefixtures("_portfolio")
def test_a_day_is_drawn_with_a_line_for_each_rule_that_closes_something(capsys: Capture) -> None:
    assert run(["hours", "D-1", "--not", "tue 12:10-13:00", "--as", "ann"]) == 0

    assert said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-03-09") == [
        "D-1 of harbour, reminder_due by sms, Tue 2027-03-09",
        "",
        "Europe/London  00  01  02  03  04  05  06  07  08  09  10  11",
        "               ................................################",
        "Europe/London  12  13  14  15  16  17  18  19  20  21  22  23",
        "               +...############################................",
        "# open   + partly open   . closed; one sign is a quarter of an hour",
        "",
        "Open: 08:00-12:10, 13:00-20:00",
        "Closed by rules/hours 00:00-08:00, 20:00-24:00: contact hours are closed in",
        "Europe/London",
        "Closed by debtor/stated-hours-1 12:10-13:00: contact hours are closed in",
        "Europe/London",
        "Next opening after that: Wed 2027-03-10 08:00 Europe/London (08:00Z)",
        "What is known of the debtor today is taken to stay as it is.",
    ]


@pytest.mark.usefixtures("_portfolio")
def test_a_holiday_is_named(capsys: Capture) -> None:
    lines = said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-03-29")

    assert lines[1] == "Holiday: Easter Monday (public holiday in GB)"
    assert "Open: not at all" in lines
    assert lines[-2] == "Next opening: Tue 2027-03-30 08:00 Europe/London (07:00Z)"


@pytest.mark.usefixtures("_portfolio")
def test_a_channel_without_an_address_is_closed_for_good(capsys: Capture) -> None:
    lines = said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-03-09", "--channel", "email")

    assert lines[-4:-1] == [
        "Open: not at all",
        "Closed by contact_point all day: email: no address is known",
        "Next opening: none as things stand",
    ]


@pytest.mark.usefixtures("_portfolio")
def test_a_day_as_json_has_its_instants_in_utc(capsys: Capture) -> None:
    found = as_json(
        capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-07-06", "--kind", "overdue_notice"
    )

    assert (found["kind"], found["channel"], found["on"]) == ("overdue_notice", "sms", "2027-07-06")
    assert (found["start"], found["end"]) == ("2027-07-05T23:00:00.000000Z", "2027-07-06T23:00:00.000000Z")
    assert found["open"] == []
    assert {each["rule"] for each in found["closed_by"]} == {"rules/notice", "rules/hours"}
    assert found["next_opening"] is None


def test_a_day_that_is_none_is_an_error(capsys: Capture) -> None:
    sentence = "--on is '9.3.2027'; write a day as 2027-01-31"
    assert refused(capsys, "why-closed", "--debtor", "D-1", "--on", "9.3.2027") == sentence


# ------------------------------------------------------------------------------------------------- schema


def test_the_schema_is_printed_as_it_is_shipped(capsys: Capture) -> None:
    assert run(["policy", "schema"]) == 0
    assert capsys.readouterr().out == schema_text()
