"""`duly check`, and how the command finds its configuration and says what is wrong."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.catalogue import load
from scheduler.cli import run
from tests.catalogue.configuration import CREDITOR, DULY, POLICY, add_file, write_configuration


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder and with none of Duly's variables."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_PORT", "TWILIO_ACCOUNT_SID", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)


# -------------------------------------------------------------------------------------------------- check


def test_a_sound_configuration_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"))

    assert run(["check"]) == 0

    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("config is sound, version ")
    assert lines == [
        "  creditor harbour: cadence standard, policy careful",
        "  cadence standard: upcoming, late",
        "  policy careful: 2 rules, U 2; a draft",
        "  channel sms: outbox",
        "  channel email: outbox",
    ]


def test_the_summary_tells_what_stands_in_what_is_approved_and_what_nobody_lists(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = POLICY.replace("confidence: U", "confidence: V1", 1)
    approved = known.replace("status: draft", "status: approved\napproved: {by: A. Counsel, on: 2020-01-31}")
    config = write_configuration(Path("config"), policy=approved)
    add_file(config, "policies/strict-fallback.yaml", POLICY.replace("careful", "strict-fallback"))
    add_file(config, "policies/spare.yaml", POLICY.replace("careful", "spare"))
    none_listed = CREDITOR.replace("id: harbour", "id: quay").replace("policies: [careful]\n", "")
    add_file(config, "creditors/quay.yaml", none_listed)

    assert run(["check"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert (
        "  creditor harbour: cadence standard, policy careful; where it gives no hours, strict-fallback"
        in lines
    )
    assert "  creditor quay: cadence standard, policy strict-fallback, since none is listed" in lines
    assert "  policy careful: 2 rules, V1 1, U 1; approved by A. Counsel on 2020-01-31" in lines
    assert "  policy strict-fallback: 2 rules, U 2; a draft" in lines
    assert "  1 more policy that no creditor lists" in lines


def test_the_summary_names_what_a_provider_refuses_the_creditor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("ACCOUNT_SID", f"AC{'a' * 32}"), ("AUTH_TOKEN", "token"), ("FROM", "+15005550006")):
        monkeypatch.setenv(f"TWILIO_{name}", value)
    write_configuration(
        Path("config"),
        duly=DULY.replace("sms: outbox", "sms: twilio"),
        policy=POLICY.replace("status:", "applies: {residence: [GB]}\nstatus:"),
        creditor=CREDITOR.replace("original_creditor", "third_party"),
    )

    assert run(["check"]) == 0

    theirs = "twilio/third-party-sms, twilio/third-party-sms-number"
    line = f"  creditor harbour: cadence standard, policy careful; and {theirs}"
    assert line in capsys.readouterr().out.splitlines()


def test_the_summary_ends_with_what_drafts_keep_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:2525")
    write_configuration(Path("config"), duly=DULY.replace("email: [outbox]", "email: [smtp]"))

    assert run(["check"]) == 0
    *_, held_back, remedy, _journal = capsys.readouterr().out.splitlines()
    write_configuration(Path("config"), duly=DULY.replace("[outbox]", "[smtp]") + "drafts: sent\n")
    assert run(["check"]) == 0
    last = capsys.readouterr().out.splitlines()[-2]

    assert held_back == "Nothing goes out by email to anybody whom these drafts govern: careful."
    assert remedy == "Let somebody approve them in their files, or say `drafts: sent` in duly.yaml."
    assert last == "  channel email: smtp"


def test_each_mistake_is_one_line_and_the_answer_is_no(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(
        Path("config"), creditor=CREDITOR.replace("Europe/London", "London").replace("standard", "standart")
    )

    assert run(["check"]) == 1

    zone, cadence = capsys.readouterr().out.splitlines()
    assert zone.startswith('config/creditors/harbour.yaml:6:1: "London" is no time zone')
    assert cadence.startswith('config/creditors/harbour.yaml:7:1: there is no cadence "standart"')


def test_a_provider_without_its_variables_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"), duly=DULY.replace("sms: outbox", "sms: twilio"))

    assert run(["check"]) == 1
    assert capsys.readouterr().out.startswith("config/duly.yaml: Provider twilio is not configured: set ")


def test_a_provider_that_does_not_exist_is_named_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"), duly=DULY.replace("sms: outbox", "sms: twillio"))

    assert run(["check"]) == 1
    sentence = 'config/duly.yaml:2:3: "twillio" is no provider of sms; did you mean "twilio"?\n'
    assert capsys.readouterr().out == sentence


def approved_on(day: str) -> str:
    """Return a policy that was approved on that day."""
    return POLICY.replace("status: draft", f"status: approved\napproved: {{by: A. Counsel, on: {day}}}")


def test_an_approval_on_a_day_that_lies_ahead_is_a_mistake_with_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = write_configuration(Path("config"), policy=approved_on("2199-01-01"))

    assert run(["check"]) == 1
    sentence = (
        "config/policies/careful.yaml:4:28: 2199-01-01 lies ahead, and careful is taken for approved already; "
        "correct the day, or say `status: draft` until then\n"
    )
    assert capsys.readouterr().out == sentence
    assert run(["check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["mistakes"][0]["line"] == 4

    write_configuration(config, policy=approved_on("2020-01-31"))
    assert run(["check"]) == 0


@pytest.mark.parametrize(
    ("now", "is_ahead"),
    [
        (datetime(2027, 1, 30, 9, 59, 59, tzinfo=UTC), True),
        (datetime(2027, 1, 30, 10, 0, tzinfo=UTC), False),
    ],
)
def test_a_day_lies_ahead_until_it_begins_where_the_sun_is_furthest(now: datetime, is_ahead: bool) -> None:
    catalogue = load(write_configuration(Path("config"), policy=approved_on("2027-01-31")))

    assert bool(list(catalogue.approved_ahead(now))) is is_ahead


CONSENT = """\
  - rule: sms-on-consent
    kinds: asking
    channels: [sms]
    consent: {bases: [consent]}
    citation: house rule
    confidence: U
"""

ADVICE = (
    "Creditor harbour writes on contract by default, and careful/sms-on-consent lets sms out on consent only: "
    "whoever careful governs gets none unless the import says consent in consent_sms; ask them, and fill that column."
)


def test_a_policy_that_wants_another_basis_of_consent_than_the_creditors_own_is_advised_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    creditor = f"{CREDITOR}default_consent_basis: contract\n"
    write_configuration(Path("config"), policy=POLICY + CONSENT, creditor=creditor)

    assert run(["check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == ADVICE

    assert run(["check", "--json"]) == 0
    (advice,) = json.loads(capsys.readouterr().out)["advice"]
    assert advice == {
        "creditor": "harbour",
        "policy": "careful",
        "rule": "careful/sms-on-consent",
        "channel": "sms",
        "default_consent_basis": "contract",
        "bases": ["consent"],
        "sentence": ADVICE,
    }


@pytest.mark.parametrize(
    ("rule", "basis"),
    [
        (CONSENT, "default_consent_basis: consent\n"),
        (CONSENT, ""),
        (CONSENT.replace("[consent]", "[contract, consent]"), "default_consent_basis: contract\n"),
        (CONSENT.replace("bases: [consent]", "grants: [written]"), "default_consent_basis: contract\n"),
        (f"{CONSENT}    applies: {{role: [third_party]}}\n", "default_consent_basis: contract\n"),
    ],
    ids=["same", "none-by-default", "among-them", "another-condition", "another-role"],
)
def test_no_advice_is_given_where_the_default_is_enough_or_the_rule_is_not_for_it(
    capsys: pytest.CaptureFixture[str], rule: str, basis: str
) -> None:
    write_configuration(Path("config"), policy=POLICY + rule, creditor=CREDITOR + basis)

    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["advice"] == []


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"))
    assert run(["check", "--json"]) == 0
    sound = json.loads(capsys.readouterr().out)
    policy = sound["policies"]["careful"]

    write_configuration(Path("config"), creditor=CREDITOR.replace("Europe/London", "London"))
    assert run(["check", "--json"]) == 1
    wrong = json.loads(capsys.readouterr().out)

    assert sound["ok"] is True
    assert sound["drafts_in_use"] == ["careful"]
    assert (policy["rules"], policy["confidence"], policy["status"]) == (2, {"U": 2}, "draft")
    assert (policy["used_by"], policy["fallback_of"]) == (["harbour"], [])
    assert sound["creditors"]["harbour"] == {
        "cadence": "standard",
        "policies": ["careful"],
        "fallback": None,
        "providers_with_rules": [],
        "held_back": {},
        "policy_version": policy["version"],
    }
    assert sound["channels"] == {"sms": ["outbox"], "email": ["outbox"]}
    assert wrong["ok"] is False
    assert {key: wrong["mistakes"][0][key] for key in ("file", "line", "column")} == {
        "file": "config/creditors/harbour.yaml",
        "line": 6,
        "column": 1,
    }


# ------------------------------------------------------------------------------ which configuration it is


def test_the_option_wins_over_the_variable_and_the_variable_over_the_folder_at_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("option", "variable", "config"):
        write_configuration(Path(name))

    def checked(*options: str) -> str:
        assert run([*options, "check"]) == 0
        return capsys.readouterr().out.partition(" ")[0]

    assert checked() == "config"
    monkeypatch.setenv("DULY_CONFIG", "variable")
    assert checked() == "variable"
    assert checked("--config", "option") == "option"


def test_without_any_the_shipped_configuration_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == 0
    assert "  creditor harbour: cadence standard, policy strict-fallback" in capsys.readouterr().out


def test_a_folder_at_hand_that_lacks_its_entrance_is_refused_and_not_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("config").mkdir()

    assert run(["check"]) == 2
    assert capsys.readouterr().err.startswith("config holds no duly.yaml; ")
