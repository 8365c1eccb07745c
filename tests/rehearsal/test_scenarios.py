"""Scenarios: what a file gives becomes facts, the real engine decides, and the file's `then` is held against it."""

from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue, CatalogueError, load
from scheduler.cli.defaults import defaults_dir
from scheduler.domain.decision import Send
from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Role, Source
from scheduler.rehearsal.expectation import differences
from scheduler.rehearsal.scenario_files import all_files
from scheduler.rehearsal.scenarios import read_scenarios, run
from tests.rehearsal.shelves import FILES, GIVEN, results_of, scenarios_of

NOON = "2027-03-09T12:00:00+00:00"
DUE = f"when: {{kind: reminder_due, at: {NOON}}}"
LATE = f"when: {{kind: overdue_notice, at: {NOON}}}"

AS_EXPECTED = FILES / "tests" / "as-expected.yaml"


def test_every_scenario_of_a_file_in_which_all_is_well_comes_as_it_says(shelf: Catalogue) -> None:
    (file,) = read_scenarios([AS_EXPECTED], shelf)

    results = [run(each, shelf.calendar) for each in file.scenarios]

    assert len(results) == 54
    assert [(each.scenario.name, each.decision) for each in results if not each.is_met] == []


UNEXPECTED = {
    "another decision": (f"{DUE}, then: {{refuse: rules/hours}}", ["the decision is another one"]),
    "another channel": (f"{DUE}, then: {{send: email}}", ["it goes out by sms"]),
    "another instant": (
        "when: {kind: reminder_due, at: 2027-03-09T20:00:00Z},"
        " then: {defer: 2027-03-10T08:00:01Z, because: rules/hours}",
        ["it is put off until another instant"],
    ),
    "another reason to defer": (
        "when: {kind: reminder_due, at: 2027-03-09T20:00:00Z},"
        " then: {defer: 2027-03-10T08:00:00Z, because: [rules/hours, rules/calls]}",
        ["rules/calls has nothing against it"],
    ),
    "another reason to refuse": (
        f"{LATE}, then: {{refuse: hold}}",
        ["hold has nothing against it"],
    ),
    "a phrase too many": (
        f"{DUE}, then: {{send: sms, saying: []}}",
        ["it must also say what rules/first asks for"],
    ),
    "a phrase that is not asked for": (
        f"{DUE}, then: {{send: sms, saying: [rules/first, From a debt collector.]}}",
        ["it need not say “From a debt collector.”"],
    ),
}


@pytest.mark.parametrize("name", UNEXPECTED)
def test_what_does_not_come_as_expected_is_said_in_words(name: str, shelf: Catalogue, tmp_path: Path) -> None:
    body, words = UNEXPECTED[name]

    (result,) = results_of(tmp_path, shelf, f"{GIVEN}  - {{scenario: {name}, {body}}}\n")

    assert not result.is_met
    assert list(differences(result.scenario.expected, result.decision)) == words


# ------------------------------------------------------------------------------------------------- layers

ABROAD = """\
given:
  plan: {product: credit-card, debt_status: open}
  debtor: {country: FR, zones: [Europe/Paris]}
  sms: {consent: contract}
scenarios:
  - {scenario: Nine at night, when: {kind: reminder_due, at: 2027-03-09T19:00:00+01:00}, then: send}
"""
AT_HOME = ABROAD.replace("FR", "GB").replace("Europe/Paris", "Europe/London").replace("+01:00", "+00:00")


def test_only_the_layers_of_the_file_hold(shelf: Catalogue, tmp_path: Path) -> None:
    (alone,) = results_of(tmp_path, shelf, "policies: [rules]\n" + ABROAD)
    (fallback,) = results_of(tmp_path, shelf, "policies: [rules, strict-fallback]\n" + ABROAD)

    assert [each.rule for each in alone.decision.reasons] == ["policy"]
    assert [each.rule for each in fallback.decision.reasons] == ["strict-fallback/hours"]


def test_the_fallback_gives_way_to_local_hours_unless_the_file_makes_it_a_layer_like_any_other(
    shelf: Catalogue, tmp_path: Path
) -> None:
    (gives_way,) = results_of(tmp_path, shelf, "policies: [rules, strict-fallback]\n" + AT_HOME)
    (stays,) = results_of(tmp_path, shelf, "policies: [rules, strict-fallback]\nfallback: no\n" + AT_HOME)

    assert isinstance(gives_way.decision, Send)
    assert [each.rule for each in stays.decision.reasons] == ["strict-fallback/hours"]


def test_contacts_count_as_far_back_as_they_do_in_earnest(shelf: Catalogue, tmp_path: Path) -> None:
    long_ago = "contacts: [{at: 2026-03-09T10:00:00Z, channel: call}]"

    (scenario,) = scenarios_of(
        tmp_path, shelf, f"{GIVEN}  - {{scenario: x, {long_ago}, {DUE}, then: send}}\n"
    )

    assert scenario.facts.contacts == ()
    assert [at.year for at in scenario.facts.history.first_contact_at.values()] == [2026]


def test_what_is_left_out_is_unknown(shelf: Catalogue, tmp_path: Path) -> None:
    text = f"policies: [rules]\nscenarios: [{{scenario: Nothing, {DUE}, then: {{refuse: zones}}}}]\n"

    (scenario,) = scenarios_of(tmp_path, shelf, text)

    facts = scenario.facts
    debtor = facts.debtor
    assert (debtor.country, debtor.region, debtor.postal_code, debtor.zones) == (None, None, None, ())
    assert (facts.plan.product, facts.plan.debt_status, debtor.contact_points) == (None, None, ())
    assert (facts.creditor.role, facts.payment, facts.history.notices) == (Role.ORIGINAL_CREDITOR, None, ())


def test_everything_that_a_file_gives_arrives(shelf: Catalogue, tmp_path: Path) -> None:
    text = f"""\
policies: [rules]
scenarios:
  - scenario: Everything
    given:
      creditor: {{id: quay, role: third_party, group: seaside}}
      debtor: {{country: US, region: NY, postal_code: "10001", zones: [America/New_York], locale: es-US}}
      plan: {{product: microfinance, debt_status: charged-off}}
      sms: {{consent: written, source: collector, used_at: 2027-02-20T10:00:00Z, checked_at: 2027-02-21T10:00:00Z,
            work: yes, shared: yes, opted_out: yes}}
    holds: [{{kind: moratorium, plan: same}}]
    payment: {{medium: web, at: 2027-03-08T10:00:00Z}}
    when: {{kind: receipt, channels: [sms], at: {NOON}, due_at: 2027-03-08T11:00:00Z}}
    then: {{refuse: contact_point}}
"""
    (scenario,) = scenarios_of(tmp_path, shelf, text)

    facts, point = scenario.facts, scenario.facts.debtor.contact_points[0]
    assert (facts.creditor.id, facts.creditor.sender_group) == ("quay", "seaside")
    assert (facts.debtor.region, facts.debtor.postal_code, facts.debtor.locale) == ("NY", "10001", "es-US")
    assert (point.consent_basis, point.origin.source, point.opted_out) == ("written", Source.COLLECTOR, True)
    assert (point.origin.work, point.origin.shared) == (True, True)
    assert [(each.kind, each.plan_id) for each in facts.holds] == [(HoldKind.MORATORIUM, facts.plan.id)]
    assert facts.payment is not None
    assert (facts.payment.medium, facts.payment.received_at.day) == ("web", 8)
    assert facts.touchpoint.due_at.hour == 11


# ----------------------------------------------------------------------------------------------- mistakes

MISTAKES = {
    "unknown-key": ("{schenario: x}", ':7:6: "schenario" is not known here; did you mean "scenario"?'),
    "unknown-policy": ("", ':1:12: there is no policy "rulez"; did you mean "rules"?'),
    "no-instant": (
        "{scenario: x, when: {kind: reminder_due, at: 2027-03-09T12:00}, then: send}",
        '"2027-03-09T12:00" is no instant; write it with an offset, such as 2027-03-02T10:30:00-05:00',
    ),
    "two-decisions": (
        f"{{scenario: x, {DUE}, then: {{send: sms, refuse: hold}}}}",
        "say one of send, defer or refuse",
    ),
    "no-reason": (
        f"{{scenario: x, {DUE}, then: {{defer: {NOON}}}}}",
        "`because` belongs to `defer`, and to nothing else; name the rule that puts it off",
    ),
    "saying-nothing-sent": (
        f"{{scenario: x, {DUE}, then: {{refuse: hold, saying: [x]}}}}",
        "`saying` belongs to `send`; take it away here",
    ),
    "unknown-rule": (
        f"{{scenario: x, {DUE}, then: {{refuse: rules/houres}}}}",
        'there is no rule "rules/houres" in these policies; did you mean "rules/hours"?',
    ),
    "later-contact": (
        f"{{scenario: x, contacts: [{{at: 2027-03-09T12:00:01Z, channel: sms}}], {DUE}, then: send}}",
        "this contact comes after the scenario's own instant; move one of them",
    ),
    "wish-without-hours": (
        f"{{scenario: x, stated: [{{channels: [sms]}}], {DUE}, then: send}}",
        "say either when not (`not`) or when only (`only`)",
    ),
    "no-country": (
        f"{{scenario: x, given: {{debtor: {{country: England}}}}, {DUE}, then: send}}",
        '"England" is no country code; write it as GB, or none where it is unknown',
    ),
    "no-stage": (
        f"{{scenario: x, contacts: [{{at: {NOON}, channel: call, reached: conversatoin}}], {DUE}, then: send}}",
        '"conversatoin" is no stage of contact; did you mean "conversation"?',
    ),
    "name-twice": (
        f"{{scenario: x, {DUE}, then: send}}\n  - {{scenario: x, {DUE}, then: send}}",
        ':8:6: "x" is the name of two scenarios; rename one of them',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_with_its_line_and_a_remedy(
    name: str, shelf: Catalogue, tmp_path: Path
) -> None:
    body, sentence = MISTAKES[name]
    head = GIVEN.replace("[rules]", "[rulez]") if name == "unknown-policy" else GIVEN
    text = head + (f"  - {body}\n" if body else f"  - {{scenario: x, {DUE}, then: send}}\n")

    with pytest.raises(CatalogueError) as caught:
        scenarios_of(tmp_path, shelf, text)

    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'scenarios.yaml'}:")


def test_the_mistakes_of_all_files_are_told_together(shelf: Catalogue, tmp_path: Path) -> None:
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for each in paths:
        each.write_text("policies: [rules]\nscenarios: []\n", encoding="utf-8")

    with pytest.raises(CatalogueError) as caught:
        read_scenarios(paths, shelf)

    assert str(caught.value).count("there is no scenario here; add one") == 2


def test_a_policy_that_cannot_be_read_is_not_tried(shelf: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as broken:
        scenarios_of(tmp_path, shelf, "policies: [rules]\nscenarios: []\n")
    mistakes = tuple(broken.value.mistakes)
    text = f"{GIVEN}  - {{scenario: x, {DUE}, then: {{refuse: no/rule}}}}\n"

    with pytest.raises(CatalogueError) as caught:
        scenarios_of(tmp_path, replace(shelf, broken={"rules": mistakes}), text)

    assert caught.value.mistakes == mistakes


# ------------------------------------------------------------------------------------------------ shipped


def test_every_scenario_that_is_shipped_comes_as_it_says() -> None:
    config = defaults_dir() / "config"
    catalogue = load(config)
    files = read_scenarios(all_files(config), catalogue)

    results = [run(each, catalogue.calendar) for file in files for each in file.scenarios]

    assert [f"{each.scenario.file}:{each.scenario.line}" for each in results if not each.is_met] == []
    assert len(results) >= 28
