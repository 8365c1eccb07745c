"""Limits as the auditor counts them: whose contacts, which, and for how long."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.domain.entry import Json
from scheduler.ledger.contacts import Contacts
from scheduler.ledger.told import Contact
from tests.ledger.audited import DAY, HOUR, SECOND, UPCOMING, Ink, audited, broken, write_law


def test_a_rolling_limit_is_free_again_at_its_length_and_not_before(ink: Ink, law: Path) -> None:
    for who, gap in (("X-1", 7 * DAY - SECOND), ("X-2", 7 * DAY)):
        ink.message(UPCOMING, who)
        ink.message(UPCOMING + DAY, who)
        ink.message(UPCOMING + gap, who)
    (found,) = audited(ink, law).violations
    assert found.debtor_ref == "X-1"


def test_a_calendar_limit_is_counted_in_every_zone(ink: Ink, law: Path) -> None:
    """A Monday in Auckland is still the Sunday, and so the week before, in London; hours are open in neither."""
    zones = {"zones": ["Pacific/Auckland", "Europe/London"]}
    sunday = datetime(2027, 4, 11, 22, tzinfo=UTC)
    for days in (-2, -1, 0):
        ink.message(sunday + days * DAY, kind="mediation_offer", facts=zones)
    assert [rule for _, rule in broken(ink, law) if rule == "northern/two-a-week"] == ["northern/two-a-week"]


@pytest.mark.parametrize(("seconds", "found"), [(0, 1), (1, 0)])
def test_a_contact_in_another_month_does_not_count(ink: Ink, law: Path, seconds: int, found: int) -> None:
    midnight = datetime(2027, 3, 31, 22, 59, 59, tzinfo=UTC)  # the last second of March in London
    ink.message(midnight + SECOND * (1 - seconds), kind="mediation_offer")
    for days in (1, 8, 9):
        ink.message(datetime(2027, 4, 6, 10, tzinfo=UTC) + days * DAY, kind="mediation_offer")
    assert [rule for _, rule in broken(ink, law)].count("northern/three-a-month") == found


def test_a_call_to_whoever_shares_the_number_is_a_call_to_the_same_person(ink: Ink, tmp_path: Path) -> None:
    law = write_law(tmp_path, senders=SENDERS)
    ink.call(UPCOMING, "X-1", personal={"to": "+442079460018"})
    shared = ink.message(UPCOMING + HOUR, "X-2", to="+442079460018", policy="senders")
    assert broken(ink, law) == [(shared, "senders/address")]


def test_whoever_shares_an_address_is_one_person(ink: Ink, law: Path) -> None:
    for who in ("X-1", "X-2"):
        ink.message(UPCOMING, who, to="+442079460018")
    third = ink.message(UPCOMING + HOUR, "X-3", to="+442079460018")
    ink.message(UPCOMING + HOUR, "X-4", to="+442079460019")
    assert broken(ink, law) == [(third, "northern/two-in-seven-days")]


def test_a_limit_for_a_plan_counts_that_plan_alone(ink: Ink, law: Path) -> None:
    for days, plans in ((0, ["P-1"]), (1, ["P-1", "P-2"]), (2, ["P-2"])):
        ink.message(UPCOMING + days * DAY, kind="mediation_offer", plan_refs=plans)
    assert broken(ink, law) == []
    fourth = ink.message(UPCOMING + 3 * DAY, kind="mediation_offer", plan_refs=["P-2"])
    assert (fourth, "northern/two-a-week") in broken(ink, law)


@pytest.mark.parametrize("outcome", ["rejected", "deferred", "released"])
def test_what_never_went_out_does_not_count(ink: Ink, law: Path, outcome: str) -> None:
    ink.message(UPCOMING, kind="reminder_due", outcome=outcome)
    ink.message(UPCOMING + HOUR, kind="reminder_due")
    assert broken(ink, law) == []


@pytest.mark.parametrize("outcome", ["accepted", "unknown", "presumed", None])
def test_what_may_have_gone_out_counts(ink: Ink, law: Path, outcome: str | None) -> None:
    ink.message(UPCOMING, kind="reminder_due", outcome=outcome)
    second = ink.message(UPCOMING + HOUR, kind="reminder_due")
    assert broken(ink, law) == [(second, "northern/day-between")]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, 1),
        ({"reached": "delivered"}, 0),
        ({"requested": True}, 0),
        ({"channel": "letter"}, 0),
        ({"kind": "legal_notice"}, 0),
        ({"plan_refs": ["P-other"]}, 0),
    ],
    ids=["conversation", "delivered", "asked for", "letter", "another kind", "another plan"],
)
def test_a_contact_by_hand_counts_as_its_rule_says(
    ink: Ink, law: Path, said: dict[str, Json], found: int
) -> None:
    ink.call(UPCOMING, "X-1", **said)
    ink.message(UPCOMING + 3 * DAY, kind="promise_followup")
    assert len(broken(ink, law)) == found


SENDERS = """\
id: senders
title: Limits of senders and of addresses
status: draft
rules:
  - {rule: hours, kinds: all, hours: {mon-sun: ["00:00-24:00"]}, citation: Act 1, confidence: V1}
  - rule: group
    kinds: asking
    at_most: {count: 1, in: 1 days, for: sender_group}
    citation: Act 2
    confidence: V1
  - rule: address
    kinds: asking
    gap: {of: 2 hours, for: contact_point}
    counts: {channels: [sms, email, call]}
    citation: Act 3
    confidence: V1
"""


def test_a_group_of_creditors_is_one_sender(ink: Ink, tmp_path: Path) -> None:
    law = write_law(tmp_path, senders=SENDERS)
    creditor = (law / "creditors/northwind.yaml").read_text(encoding="utf-8")
    for name, group in (("southwind", "winds"), ("northwind", "winds"), ("calm", "seas")):
        text = creditor.replace("id: northwind", f"id: {name}\ngroup: {group}")
        (law / f"creditors/{name}.yaml").write_text(text, encoding="utf-8")
    for place, name in enumerate(("southwind", "calm", "northwind")):
        at = UPCOMING - 5 * HOUR / 2 + place * 5 * HOUR / 2
        ink.message(at.replace(minute=0), chain=f"{name}/X-1", to="one address", policy="senders")
    assert broken(ink, law) == [(5, "senders/group")]


def test_a_call_counts_for_the_number_on_which_the_debtor_gets_sms(ink: Ink, tmp_path: Path) -> None:
    law = write_law(tmp_path, senders=SENDERS)
    ink.call(UPCOMING + HOUR)
    texted = ink.message(UPCOMING + 2 * HOUR, policy="senders")
    ink.message(UPCOMING + 27 * HOUR, policy="senders", channel="email")
    assert broken(ink, law) == [(texted, "senders/address")]


def test_contacts_are_kept_no_longer_than_the_longest_limit_needs_them() -> None:
    contacts = Contacts(7 * DAY, frozenset())
    for day in range(100):
        contacts.add(a_contact(day))
    assert [each.seq for each in contacts.with_person(a_contact(99))] == list(range(93, 100))


def a_contact(day: int) -> Contact:
    """Return the contact of one of many days with the same person."""
    return Contact(
        seq=day,
        at=UPCOMING + day * DAY,
        chain="northwind/X-1",
        debtor_ref="X-1",
        plan_refs=frozenset({"P-1"}),
        kind="overdue_notice",
        channel="sms",
        to="there",
        reached=2,
    )


DELIVERED = """\
id: delivered
title: Counts what arrived
status: draft
rules:
  - rule: one-a-day
    kinds: asking
    at_most: {count: 1, in: 1 day}
    counts: {kinds: asking, unit: delivered}
    citation: Act 20
    confidence: V1
"""


@pytest.mark.parametrize(("outcome", "found"), [("undelivered", 0), ("delivered", 1)])
def test_what_did_not_arrive_does_not_count_where_arrivals_are_counted(
    ink: Ink, tmp_path: Path, outcome: str, found: int
) -> None:
    law = write_law(tmp_path, delivered=DELIVERED)
    ink.message(UPCOMING, policy="northern+delivered", touchpoint="first")
    ink.entry("undelivered", UPCOMING + HOUR, touchpoint="first", outcome=outcome)
    ink.message(UPCOMING + 2 * HOUR, policy="northern+delivered")
    assert len(broken(ink, law)) == found
