"""`duly consent` and `duly origin`, from the command line to the log."""

from pathlib import Path

import pytest

from tests.cli.commands import Duly, answer, entries, refusal
from tests.intake.reading.files import PLAN, as_csv, written

SMS = ("D-1", "--channel", "sms", "--as", "ann")
LONG_AGO, FAR_AHEAD = "2020-01-01T00:00:00Z", "2999-01-01T01:00:00+01:00"


@pytest.fixture(autouse=True)
def plans(tmp_path: Path, duly: Duly) -> None:
    """Two debtors who share a phone."""
    duly("import", "plans", written(tmp_path, as_csv(PLAN, PLAN | {"plan_ref": "P-2", "debtor_ref": "D-2"})))


def test_an_opt_out_holds_for_whoever_shares_the_address_and_can_be_taken_back(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    said = answer(duly, capsys, "consent", *SMS, "--opt-out")
    assert said == ["Opted out: D-1 on sms (and 1 more who share the address)"]
    answer(duly, capsys, "consent", *SMS, "--opt-in")
    told = entries(duly, capsys, "consent_changed")
    assert [(each["debtor_ref"], each["opted_out"]) for each in told] == [
        ("D-1", True),
        ("D-2", True),
        ("D-1", False),
        ("D-2", False),
    ]


def test_a_consent_is_noted_with_its_evidence_and_revoked(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("consent", *SMS, "--grant", "outside-hours", "--evidence", "form of 1 March")
    assert answer(duly, capsys, *given) == [
        "Consent 1 noted: outside-hours, from D-1 on sms, until it is revoked"
    ]
    assert answer(duly, capsys, *given, "--until", FAR_AHEAD) == [
        "Consent 2 noted: outside-hours, from D-1 on sms, until 2999-01-01 00:00Z"
    ]
    assert answer(duly, capsys, "consent", *SMS, "--revoke", "outside-hours") == [
        "Consent revoked: outside-hours, by D-1 on sms"
    ]
    first, _, revoked = entries(duly, capsys, "consent_changed")
    assert (first["purpose"], first["personal"]["evidence"]) == ("outside_hours", "form of 1 March")
    assert (revoked["purpose"], revoked["revoked"], revoked["personal"]) == ("outside_hours", True, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say one thing at a time: --opt-out, --opt-in, --grant or --revoke"),
        (("--opt-out", "--revoke", "written"), "Say one thing at a time"),
        (("--opt-out", "--opt-in"), "Say one thing at a time"),
        (("--grant", "written"), "--evidence is missing"),
        (("--grant", "written", "--evidence", " "), "--evidence is missing"),
        (("--opt-in", "--evidence", "a call"), "--evidence and --until belong to --grant"),
        (("--revoke", "written", "--until", FAR_AHEAD), "--evidence and --until belong to --grant"),
        (("--grant", "written", "--evidence", "a form", "--until", LONG_AGO), "--until lies in the past"),
        (("--revoke", "written"), "Debtor D-1 has no such consent for sms that stands"),
    ],
)
def test_one_thing_at_a_time_is_said_and_whole(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(duly, capsys, "consent", *SMS, *arguments).startswith(said)


def test_where_an_address_comes_from_is_noted_bit_by_bit(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(duly, capsys, "origin", *SMS, "--shared") == [
        "Origin noted: D-1 on sms, nobody knows who gave it, shared with others"
    ]
    said = answer(duly, capsys, "origin", *SMS, "--source", "debtor", "--used-at", LONG_AGO, "--no-shared")
    assert said == ["Origin noted: D-1 on sms, given by the debtor, last used 2020-01-01 00:00Z"]
    said = answer(duly, capsys, "origin", *SMS, "--checked-at", LONG_AGO, "--work")
    assert said[0].endswith("last used 2020-01-01 00:00Z, last checked 2020-01-01 00:00Z, at work")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say something of the address: --source"),
        (("--used-at", FAR_AHEAD), "--used-at lies in the future"),
        (("--checked-at", "2020-01-01"), "--checked-at is '2020-01-01'; write an instant with an offset"),
    ],
)
def test_an_origin_that_cannot_be_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(duly, capsys, "origin", *SMS, *arguments).startswith(said)
