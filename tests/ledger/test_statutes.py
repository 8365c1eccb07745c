"""Whom a rule is for, and since when, as the auditor reads it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.ledger.audited import UPCOMING, Ink, broken, write_law


def test_what_is_unknown_of_a_person_cannot_be_ruled_out(ink: Ink, law: Path) -> None:
    elsewhere = ink.message(UPCOMING.replace(hour=16), "X-1", facts={"country": "DE"})
    unknown = ink.message(UPCOMING, "X-2", facts={"country": None})
    card = ink.message(UPCOMING, "X-3", facts={"products": [None]})
    assert broken(ink, law) == [
        (elsewhere, "strict-fallback/hours"),
        (unknown, "northern/hours"),
        (unknown, "strict-fallback/hours"),
        (card, "northern/notice-first"),
    ]


NARROW = """\
id: narrow
title: A law for some
status: draft
applies: {residence: [US-NY], postal_codes: ["100", "11 2"], role: [third_party]}
effective: {from: 2027-04-01, to: 2027-04-30}
rules:
  - rule: never
    kinds: asking
    applies: {other_than_product: [loan], debt_status: [charged-off]}
    never: Not here
    citation: Act 1
    confidence: U
"""


NARROW = """\
id: narrow
title: A law for some
status: draft
applies: {residence: [US-NY], postal_codes: ["100", "11 2"], role: [third_party]}
effective: {from: 2027-04-01, to: 2027-04-30}
rules:
  - rule: never
    kinds: asking
    applies: {other_than_product: [loan], debt_status: [charged-off]}
    never: Not here
    citation: Act 1
    confidence: U
"""
NEW_YORKER = {
    "country": "US",
    "region": "US-NY",
    "postal_code": "10001",
    "role": "third_party",
    "products": ["rent"],
    "debt_statuses": ["charged-off"],
}


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, 1),
        ({"region": "NY"}, 1),
        ({"region": None}, 1),
        ({"region": "NJ"}, 0),
        ({"country": "CA"}, 0),
        ({"postal_code": "12-207"}, 0),
        ({"postal_code": "11-201"}, 1),
        ({"postal_code": None}, 1),
        ({"role": "original_creditor"}, 0),
        ({"products": ["loan"]}, 0),
        ({"products": ["loan", "rent"], "debt_statuses": [None, None]}, 1),
        ({"products": ["loan", "rent"], "debt_statuses": ["charged-off", "open"]}, 0),
    ],
)
def test_a_rule_holds_for_whom_it_says(
    ink: Ink, tmp_path: Path, facts: dict[str, str | None], found: int
) -> None:
    law = write_law(tmp_path, narrow=NARROW)
    ink.message(facts={**NEW_YORKER, **facts}, policy="narrow+northern")
    assert [rule for _, rule in broken(ink, law) if rule == "narrow/never"] == ["narrow/never"] * found


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (datetime(2027, 3, 31, 9, 59, 59, tzinfo=UTC), 0),
        (datetime(2027, 3, 31, 10, 0, tzinfo=UTC), 1),
        (datetime(2027, 5, 1, 11, 59, 59, tzinfo=UTC), 1),
        (datetime(2027, 5, 1, 12, 0, tzinfo=UTC), 0),
    ],
)
def test_a_rule_is_in_force_while_it_is_one_of_its_days_anywhere(
    ink: Ink, tmp_path: Path, at: datetime, found: int
) -> None:
    law = write_law(tmp_path, narrow=NARROW)
    ink.message(at, facts=NEW_YORKER, policy="narrow+northern")
    assert [rule for _, rule in broken(ink, law)].count("narrow/never") == found
