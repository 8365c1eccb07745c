"""Notices and deadlines as the auditor reads them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.ledger.audited import DAY, HOUR, SECOND, UPCOMING, Ink, broken, write_law


@pytest.mark.parametrize(("wait", "found"), [(6 * DAY - SECOND, 1), (6 * DAY, 0)], ids=["before", "at"])
def test_a_notice_has_waited_long_enough_at_its_wait(
    ink: Ink, law: Path, wait: timedelta, found: int
) -> None:
    ink.call(UPCOMING, kind="first_contact_notice", channel="letter", reached="sent")
    ink.message(UPCOMING + wait, facts={"products": ["card"]})
    assert len(broken(ink, law)) == found


@pytest.mark.parametrize(("minutes", "found"), [(5, 0), (6, 1)])
def test_a_deadline_lets_through_what_is_on_time(ink: Ink, law: Path, minutes: int, found: int) -> None:
    ink.entry("planned", UPCOMING, touchpoint="stop", kind="opt_out_confirmation")
    ink.message(UPCOMING + timedelta(minutes=minutes), kind="opt_out_confirmation", touchpoint="stop")
    assert len(broken(ink, law)) == found


WITHIN = """\
id: within
title: A notice soon after the first contact
status: draft
rules:
  - {rule: hours, kinds: all, hours: {mon-sun: ["00:00-24:00"]}, citation: Act 1, confidence: V1}
  - rule: notice
    kinds: asking
    notice_first: {kinds: [validation_notice], by: [email], within: 5 days}
    citation: Act 2
    confidence: V1
"""


def test_contact_may_begin_before_the_notice_and_stops_until_it_is_out(ink: Ink, tmp_path: Path) -> None:
    law = write_law(tmp_path, within=WITHIN)
    ink.message(UPCOMING - HOUR, policy="within", outcome="rejected")
    ink.message(UPCOMING, policy="within")
    ink.message(UPCOMING + 5 * DAY - SECOND, policy="within")
    late = ink.message(UPCOMING + 5 * DAY, policy="within")
    ink.message(UPCOMING + 6 * DAY, kind="validation_notice", channel="email", policy="within")
    ink.message(UPCOMING + 7 * DAY, policy="within")
    assert broken(ink, law) == [(late, "within/notice")]
