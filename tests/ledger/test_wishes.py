"""Holds, opt-outs and stated hours as the auditor reads them."""

from pathlib import Path

import pytest

from tests.ledger.audited import HOUR, SECOND, UPCOMING, Ink, broken


def test_a_hold_stands_until_it_is_released_or_ends(ink: Ink, law: Path) -> None:
    ink.entry("hold_placed", UPCOMING, plan_refs=[], hold=1, hold_kind="dispute")
    ink.entry("hold_released", UPCOMING + HOUR, plan_refs=[], hold=1, hold_kind="dispute")
    ink.message(UPCOMING + HOUR)
    until = "2027-04-06T11:00:00.000000Z"
    ink.entry("hold_placed", UPCOMING, "X-2", plan_refs=[], hold=2, hold_kind="promise", until=until)
    before = ink.message(UPCOMING + HOUR - SECOND, "X-2")
    ink.message(UPCOMING + HOUR, "X-2")
    assert broken(ink, law) == [(before, "hold")]


def test_a_hold_on_one_plan_lets_messages_about_others_through(ink: Ink, law: Path) -> None:
    ink.entry("hold_placed", UPCOMING, plan_refs=["P-1"], hold=1, hold_kind="dispute")
    ink.message(UPCOMING, plan_refs=["P-2"])
    both = ink.message(UPCOMING, plan_refs=["P-1", "P-2"])
    assert broken(ink, law) == [(both, "hold")]


@pytest.mark.parametrize(
    ("hold", "kind", "found"),
    [
        ("dispute", "receipt", 0),
        ("dispute", "reply", 0),
        ("cease", "receipt", 1),
        ("cease", "opt_out_confirmation", 0),
        ("deceased", "opt_out_confirmation", 1),
    ],
)
def test_a_hold_lets_through_what_is_owed(ink: Ink, law: Path, hold: str, kind: str, found: int) -> None:
    ink.entry("hold_placed", UPCOMING, plan_refs=[], hold=1, hold_kind=hold)
    ink.message(UPCOMING, kind=kind)
    assert [rule for _, rule in broken(ink, law)] == ["hold"] * found


def test_an_opt_out_is_over_once_the_address_is_opened_again_or_another_one(ink: Ink, law: Path) -> None:
    for who, out in (("X-1", True), ("X-1", False), ("X-2", True)):
        said = {"address": f"{who} by sms"}
        ink.entry("consent_changed", UPCOMING, who, channel="sms", opted_out=out, personal=said)
    ink.message(UPCOMING, "X-1")
    ink.message(UPCOMING, "X-2", to="a new number")
    ink.message(UPCOMING, "X-2", kind="opt_out_confirmation")
    assert broken(ink, law) == []


def test_an_opt_out_of_which_the_provider_knew_closes_the_address_just_used(ink: Ink, law: Path) -> None:
    ink.message(UPCOMING, outcome="rejected")
    ink.entry("consent_changed", UPCOMING, channel="sms", opted_out=True, author="fake")
    again = ink.message(UPCOMING + HOUR)
    assert broken(ink, law) == [(again, "contact_point")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("not tue 11:00-12:00", 1),
        ("not tue 10:00-11:00", 0),
        ("not tue", 1),
        ("not 11:00-12:00 14:00-15:00", 1),
        ("not sat-mon, wed", 0),
        ("only tue 11:00-12:00", 0),
        ("only tue 12:00-13:00", 1),
        ("only Mon-Wed, 20:00-22:00", 0),
    ],
)
def test_hours_that_a_debtor_stated_are_honoured(ink: Ink, law: Path, words: str, found: int) -> None:
    said: dict[str, str] = {"hours": words}
    ink.entry("consent_changed", UPCOMING, stated_hours=1, channels=["sms"], personal=said)
    ink.message(UPCOMING)
    ink.message(UPCOMING, kind="reply")
    assert len(broken(ink, law)) == found
    ink.entry("consent_changed", UPCOMING, stated_hours=1, withdrawn=True)
    ink.message(UPCOMING)
    assert len(broken(ink, law)) == found
