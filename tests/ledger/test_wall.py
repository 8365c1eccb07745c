"""Contact hours as the auditor reads them: by the clock on the wall, at each of their edges."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.domain.entry import Json
from tests.ledger.audited import DAY, UPCOMING, Ink, broken, write_law
from tests.ledger.plants import a_receipt_at_night


@pytest.mark.parametrize(
    ("hour", "minute", "second", "found"),
    [(7, 59, 59, 1), (8, 0, 0, 0), (16, 54, 59, 0), (16, 55, 0, 1), (16, 59, 59, 1), (17, 0, 0, 1)],
    ids=["before", "start", "before the margin", "margin", "in the margin", "end"],
)
def test_the_hours_open_at_their_start_and_close_by_the_margin_before_their_end(
    ink: Ink, law: Path, hour: int, minute: int, second: int, found: int
) -> None:
    ink.message(UPCOMING.replace(hour=hour, minute=minute, second=second))
    assert len(broken(ink, law)) == found


def test_each_side_of_a_change_of_the_clock_has_its_own_wall_time(ink: Ink, law: Path) -> None:
    ink.message(datetime(2027, 3, 27, 10, 0, tzinfo=UTC), "X-1")  # Saturday, ten in London
    ink.message(datetime(2027, 4, 3, 9, 0, tzinfo=UTC), "X-2")  # a week later it is ten an hour earlier
    early = ink.message(datetime(2027, 4, 3, 8, 59, 59, tzinfo=UTC), "X-3")
    assert broken(ink, law) == [(early, "northern/hours")]


def test_a_receipt_at_night_on_the_medium_that_the_debtor_used_is_no_violation(ink: Ink, law: Path) -> None:
    a_receipt_at_night(ink, "X-1", "sms")
    assert broken(ink, law) == []


def test_a_consent_opens_the_wider_hours_for_its_address_while_it_holds(ink: Ink, law: Path) -> None:
    early = UPCOMING.replace(hour=5, minute=30)
    said: dict[str, Json] = {
        "channel": "sms",
        "purpose": "outside_hours",
        "until": "2027-04-08T00:00:00.000000Z",
    }
    ink.entry("consent_changed", early, "X-1", grant=1, personal={"address": "X-1 by sms"}, **said)
    ink.message(early, kind="plan_update")
    elsewhere = ink.message(early, kind="plan_update", channel="email")
    too_late = ink.message(early + 2 * DAY, kind="plan_update")
    ink.entry("consent_changed", early + 2 * DAY, "X-1", grant=2, **said | {"until": None})
    ink.message(early + 2 * DAY, kind="plan_update")
    ink.entry("consent_changed", early + 2 * DAY, channel="sms", purpose="outside_hours", revoked=True)
    revoked = ink.message(early + 2 * DAY, kind="plan_update")
    rule = "northern/answering-hours"
    assert broken(ink, law) == [(elsewhere, rule), (too_late, rule), (revoked, rule)]


QUIET = """\
id: quiet
title: Quiet at night
status: draft
rules:
  - {rule: nights, kinds: all, quiet: ["22:00-08:00", "12:00-13:00"], citation: Act 1, confidence: V1}
"""


@pytest.mark.parametrize(
    ("hour", "minute", "found"),
    [(6, 59, 1), (7, 0, 0), (10, 59, 0), (11, 0, 1), (12, 0, 0), (20, 59, 0), (21, 0, 1), (23, 30, 1)],
)
def test_quiet_hours_go_past_midnight(ink: Ink, tmp_path: Path, hour: int, minute: int, found: int) -> None:
    law = write_law(tmp_path, quiet=QUIET)
    ink.message(UPCOMING.replace(hour=hour, minute=minute), policy="quiet")
    assert len(broken(ink, law)) == found
