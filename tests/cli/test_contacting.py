"""`duly contact`, from the command line to the log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.catalogue.models_kinds import COUNTED_CHANNELS
from scheduler.cli.contacting import Outcome, Way
from scheduler.intake.contacts import OUTCOMES
from tests.cli.commands import Duly, answer, entries, refusal
from tests.intake.reading.files import PLAN, as_csv, written

CALL = ("contact", "D-1", "--channel", "call", "--outcome", "conversation", "--as", "ann")


@pytest.fixture(autouse=True)
def plans(tmp_path: Path, duly: Duly) -> None:
    """One debtor with two plans of which one is active, and another debtor."""
    other = PLAN | {
        "plan_ref": "P-3",
        "debtor_ref": "D-2",
        "phone": "+442079460019",
        "email": "b@example.com",
    }
    duly("import", "plans", written(tmp_path, as_csv(PLAN, PLAN | {"plan_ref": "P-2"}, other)))
    duly("pay", "P-2", "120.50", "GBP", "--ref", "R-1", "--as", "ann")


def test_a_contact_is_about_every_active_plan_unless_said(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(duly, capsys, *CALL, "--note", "will pay on Friday") == [
        "Contact 1 logged: call, conversation, with D-1 about P-1"
    ]
    (entry,) = entries(duly, capsys, "contact_logged")
    assert (entry["kind"], entry["channel"], entry["outcome"]) == ("overdue_notice", "call", "conversation")
    assert (entry["reached"], entry["plan_refs"], entry["author"]) == ("conversation", ["P-1"], "ann")
    assert entry["personal"] == {"to": "+442079460018", "note": "will pay on Friday"}


def test_a_first_notice_by_letter_is_noted_with_its_kind_its_plans_and_its_instant(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    letter = ("contact", "D-1", "--channel", "letter", "--outcome", "sent", "--kind", "first_contact_notice")
    named = ("--plan", "P-2", "--plan", "P-1", "--at", yesterday, "--requested", "--as", "ann")
    assert answer(duly, capsys, *letter, *named) == [
        "Contact 1 logged: letter, sent, with D-1 about P-2, P-1"
    ]
    (entry,) = entries(duly, capsys, "contact_logged")
    assert (entry["kind"], entry["reached"], entry["requested"]) == ("first_contact_notice", "sent", True)
    assert datetime.fromisoformat(entry["made_at"]) == datetime.fromisoformat(yesterday)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at", "2999-01-01T00:00:00Z"), "--at lies in the future"),
        (("--at", "2020-01-01T00:00:00Z"), "--at lies more than a year back"),
        (("--at", "0001-01-01T00:00:00+14:00"), "--at is '0001-01-01T00:00:00+14:00'; write a year from"),
        (("--at", "9999-12-31T23:59:59-12:00"), "--at is '9999-12-31T23:59:59-12:00'; write a year from"),
        (("--note", "a\udcff"), "'a?' is no text in UTF-8"),
        (("--at", "yesterday"), "--at is 'yesterday'; write an instant with an offset"),
        (("--plan", "P-3"), "Debtor D-1 has no plan P-3; check the reference"),
        (("--creditor", "nobody"), "Name a creditor with --creditor; known are: harbour"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(duly, capsys, *CALL, *arguments).startswith(said)


def test_a_debtor_without_an_active_plan_needs_one_named(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    duly("pay", "P-1", "120.50", "GBP", "--ref", "R-2", "--as", "ann")
    assert refusal(duly, capsys, *CALL) == (
        "Debtor D-1 has no active plan; name the one that was spoken of with --plan"
    )
    assert answer(duly, capsys, *CALL, "--plan", "P-1") == [
        "Contact 1 logged: call, conversation, with D-1 about P-1"
    ]


def test_a_contact_can_be_noted_on_every_channel_that_a_policy_counts_and_with_every_outcome() -> None:
    assert {each.value for each in Way} == set(COUNTED_CHANNELS)
    assert {each.value for each in Outcome} == OUTCOMES.keys()


def test_somebody_must_stand_for_it(duly: Duly, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--as" in refusal(duly, capsys, *CALL[:-2])
