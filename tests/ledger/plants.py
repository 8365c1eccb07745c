"""Violations to plant into a log: each writes entries about one debtor, and says what must be found."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from scheduler.domain.entry import Json
from tests.ledger.audited import DAY, HOUR, UPCOMING, Ink

Found = list[tuple[int, str]]
"""Which entries break which rules."""

Plant = Callable[[Ink, str], Found]
"""Writes about a debtor, and returns what must be found."""


def outside_the_hours(ink: Ink, who: str) -> Found:
    return [(ink.message(UPCOMING.replace(hour=19), who), "northern/hours")]


def too_early_in_the_west(ink: Ink, who: str) -> Found:
    zones = ["America/New_York", "America/Los_Angeles"]
    at = UPCOMING.replace(hour=14)  # ten in New York, seven in Los Angeles
    return [(ink.message(at, who, facts={"country": "US", "zones": zones}), "northern/hours")]


def on_a_public_holiday(ink: Ink, who: str) -> Found:
    return [(ink.message(datetime(2027, 3, 26, 10, tzinfo=UTC), who), "northern/hours")]


def on_a_day_of_a_calendar(ink: Ink, who: str) -> Found:
    return [(ink.message(datetime(2027, 4, 21, 10, tzinfo=UTC), who), "northern/days-of-rest")]


def on_a_day_of_mourning(ink: Ink, who: str) -> Found:
    return [(ink.message(datetime(2027, 5, 4, 10, tzinfo=UTC), who), "northern/mourning")]


def in_the_margin(ink: Ink, who: str) -> Found:
    return [(ink.message(UPCOMING.replace(hour=16, minute=57), who), "northern/hours")]


def third_in_seven_days(ink: Ink, who: str) -> Found:
    seqs = [ink.message(UPCOMING + days * DAY, who) for days in (0, 1, 2)]
    return [(seqs[2], "northern/two-in-seven-days")]


def too_soon_after_another(ink: Ink, who: str) -> Found:
    ink.message(UPCOMING, who, "reminder_due")
    return [(ink.message(UPCOMING + 23 * HOUR, who, "reminder_due"), "northern/day-between")]


def second_on_a_day(ink: Ink, who: str) -> Found:
    seqs = [ink.message(UPCOMING + hours * HOUR, who, "mediation_offer") for hours in (0, 1)]
    return [(seqs[1], "northern/one-a-day")]


def third_in_a_week(ink: Ink, who: str) -> Found:
    seqs = [ink.message(UPCOMING + days * DAY, who, "mediation_offer") for days in (0, 1, 2)]
    return [(seqs[2], "northern/two-a-week")]


def fourth_in_a_month(ink: Ink, who: str) -> Found:
    seqs = [ink.message(UPCOMING + days * DAY, who, "mediation_offer") for days in (0, 1, 8, 9)]
    return [(seqs[3], "northern/three-a-month")]


def soon_after_a_conversation(ink: Ink, who: str) -> Found:
    ink.call(UPCOMING, who)
    at = UPCOMING + 6 * DAY
    return [(ink.message(at, who, "promise_followup"), "northern/after-a-conversation")]


def on_a_second_channel(ink: Ink, who: str) -> Found:
    ink.message(UPCOMING, who, channel="sms")
    return [(ink.message(UPCOMING + 2 * DAY, who, channel="email"), "northern/one-channel")]


def without_a_notice(ink: Ink, who: str) -> Found:
    return [(ink.message(UPCOMING, who, facts={"products": ["card"]}), "northern/notice-first")]


def before_the_notices_wait_has_passed(ink: Ink, who: str) -> Found:
    ink.message(UPCOMING, who, "first_contact_notice", "email")
    at, card = UPCOMING + 3 * DAY, {"products": ["card"]}
    return [(ink.message(at, who, facts=card), "northern/notice-first")]


def after_the_deadline(ink: Ink, who: str) -> Found:
    ink.entry("planned", UPCOMING, who, touchpoint=f"stop {who}", kind="opt_out_confirmation")
    at = UPCOMING + timedelta(minutes=6)
    seq = ink.message(at, who, "opt_out_confirmation", touchpoint=f"stop {who}")
    return [(seq, "northern/promptly")]


def during_a_hold(ink: Ink, who: str) -> Found:
    ink.entry("hold_placed", UPCOMING, who, plan_refs=[], hold=900, hold_kind="dispute")
    return [(ink.message(UPCOMING + HOUR, who), "hold")]


def receipt_during_a_moratorium(ink: Ink, who: str) -> Found:
    ink.entry("hold_placed", UPCOMING, who, plan_refs=[], hold=901, hold_kind="moratorium")
    return [(ink.message(UPCOMING + HOUR, who, "receipt"), "northern/moratorium")]


def after_an_opt_out(ink: Ink, who: str) -> Found:
    ink.entry(
        "consent_changed", UPCOMING, who, channel="sms", opted_out=True, personal={"address": f"{who} by sms"}
    )
    return [(ink.message(UPCOMING + HOUR, who), "contact_point")]


def after_an_opt_out_on_another_channel(ink: Ink, who: str) -> Found:
    points: list[Json] = [{"channel": "sms", "opted_out": False}, {"channel": "email", "opted_out": True}]
    return [(ink.message(UPCOMING, who, facts={"points": points}), "northern/all-or-none")]


def at_an_unwelcome_hour(ink: Ink, who: str) -> Found:
    said = {"hours": "not mon-wed 09:00-12:00, sun"}
    ink.entry(
        "consent_changed", UPCOMING - DAY, who, stated_hours=77, channels=["sms"], until=None, personal=said
    )
    return [(ink.message(UPCOMING, who), "debtor/stated-hours-77")]


def outside_the_hours_that_stand_in(ink: Ink, who: str) -> Found:
    return [(ink.message(UPCOMING.replace(hour=16), who, "legal_notice"), "strict-fallback/hours")]


def of_a_kind_without_hours(ink: Ink, who: str) -> Found:
    return [(ink.message(UPCOMING, who, "legal_notice", policy="northern", policy_version="1"), "policy")]


def to_nowhere(ink: Ink, who: str) -> Found:
    return [(ink.message(UPCOMING, who, facts={"zones": []}), "zones")]


def receipt_at_night_on_another_medium(ink: Ink, who: str) -> Found:
    return [(a_receipt_at_night(ink, who, "email"), "northern/answering-hours")]


def a_receipt_at_night(ink: Ink, who: str, channel: str) -> int:
    """Write a payment that was made by SMS at night, and its confirmation on a channel."""
    at, key = UPCOMING.replace(hour=1), receipt_key(f"P-{who}", "PAY-1")
    ink.entry(
        "payment_received", at, who, payment_ref="PAY-1", personal={"medium": "sms", "receipt_by": ["web"]}
    )
    ink.entry("planned", at, who, touchpoint=key, kind="receipt")
    return ink.message(at, who, "receipt", channel, touchpoint=key)


def receipt_key(plan_ref: str, payment_ref: str) -> str:
    """Work out the key of a payment's confirmation, as whoever knows the references can."""
    source = "\x1f".join(("northwind", plan_ref, f"payment {payment_ref}", "receipt", "1"))
    return hashlib.sha256(source.encode()).hexdigest()[:32]


PLANTS: tuple[Plant, ...] = (
    outside_the_hours,
    too_early_in_the_west,
    on_a_public_holiday,
    on_a_day_of_a_calendar,
    on_a_day_of_mourning,
    in_the_margin,
    third_in_seven_days,
    too_soon_after_another,
    second_on_a_day,
    third_in_a_week,
    fourth_in_a_month,
    soon_after_a_conversation,
    on_a_second_channel,
    without_a_notice,
    before_the_notices_wait_has_passed,
    after_the_deadline,
    during_a_hold,
    receipt_during_a_moratorium,
    after_an_opt_out,
    after_an_opt_out_on_another_channel,
    at_an_unwelcome_hour,
    outside_the_hours_that_stand_in,
    of_a_kind_without_hours,
    to_nowhere,
    receipt_at_night_on_another_medium,
)
