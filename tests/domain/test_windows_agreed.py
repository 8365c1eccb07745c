"""Hours beyond the usual: by recorded consent, and for what answers the debtor."""

from dataclasses import replace
from datetime import datetime

import pytest

from scheduler.domain.facts import Facts
from scheduler.domain.plan import ContactPoint, Grant, Purpose
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Hours
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    DAY,
    NO_HOLIDAYS,
    POINT,
    SECOND,
    about,
    earliest,
    in_zones,
    utc,
    week,
)

EVERY_DAY = Hours(week("09:00-18:00"))


# ---------------------------------------------------------------------------------- consent to other hours

WIDER = replace(EVERY_DAY, consented=week("06:00-24:00"))


def agreed(
    since: datetime = NOW - DAY, until: datetime | None = None, purpose: Purpose = Purpose.OUTSIDE_HOURS
) -> ContactPoint:
    """A contact point whose owner agreed to other hours, since yesterday unless said otherwise."""
    return builders.a_contact_point(grants=[Grant(purpose, since, until)])


def test_wider_hours_hold_for_a_contact_point_with_a_recorded_consent_to_them() -> None:
    assert earliest(WIDER, at=utc(9, 22), point=agreed()) == utc(9, 22)
    assert earliest(WIDER, at=utc(9, 5), point=agreed()) == utc(9, 6)
    assert earliest(WIDER, at=utc(9, 22)) == utc(10, 9)
    assert earliest(EVERY_DAY, at=utc(9, 22), point=agreed()) == utc(10, 9)


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.OUTSIDE_HOURS}))
def test_consent_to_something_else_does_not_widen_hours(purpose: Purpose) -> None:
    assert earliest(WIDER, at=utc(9, 22), point=agreed(purpose=purpose)) == utc(10, 9)


def test_wider_hours_begin_with_the_consent_and_not_before() -> None:
    point = agreed(since=utc(9, 22))

    assert earliest(WIDER, at=utc(9, 19), point=point) == utc(9, 22)
    assert earliest(WIDER, at=utc(9, 22), point=point) == utc(9, 22)
    assert earliest(WIDER, at=utc(9, 17, 59), point=point) == utc(9, 17, 59)


def test_wider_hours_end_with_the_consent() -> None:
    point = agreed(until=utc(9, 22))

    assert earliest(WIDER, at=utc(9, 22) - SECOND, point=point) == utc(9, 22) - SECOND
    assert earliest(WIDER, at=utc(9, 22), point=point) == utc(10, 9)
    assert earliest(WIDER, at=utc(9, 5), point=agreed(until=utc(9, 6))) == utc(9, 9)
    assert earliest(WIDER, at=utc(9, 5), point=agreed(until=utc(9, 6) + SECOND)) == utc(9, 6)


def test_one_consent_may_follow_another() -> None:
    grants = [
        Grant(Purpose.OUTSIDE_HOURS, utc(9), utc(9, 20)),
        Grant(Purpose.OUTSIDE_HOURS, utc(9, 21), utc(9, 22)),
    ]
    point = builders.a_contact_point(grants=grants)

    assert earliest(WIDER, at=utc(9, 20), point=point) == utc(9, 21)
    assert earliest(WIDER, at=utc(9, 22), point=point) == utc(10, 9)


def test_consent_never_closes_what_is_open_anyway() -> None:
    evenings = replace(EVERY_DAY, consented=week("18:00-22:00"))

    assert earliest(evenings, at=utc(9, 10), point=agreed()) == utc(9, 10)
    assert earliest(evenings, at=utc(9, 18), point=agreed()) == utc(9, 18)
    assert earliest(evenings, at=utc(9, 22), point=agreed()) == utc(10, 9)


def test_wider_hours_must_be_open_in_every_zone_too() -> None:
    both = in_zones("Europe/London", "America/New_York")

    assert earliest(WIDER, both, utc(9, 9), point=agreed()) == utc(9, 11)
    assert earliest(WIDER, both, utc(9, 9)) == utc(9, 14)


def test_what_was_handed_over_by_consent_may_be_delivered_until_the_consent_or_the_wider_hours_end() -> None:
    facts = in_zones("UTC")

    assert WIDER.closes(facts, agreed(), NO_HOLIDAYS, utc(9, 20)) == utc(10)
    assert WIDER.closes(facts, agreed(until=utc(9, 22)), NO_HOLIDAYS, utc(9, 20)) == utc(9, 22)
    assert WIDER.closes(facts, agreed(until=utc(9, 12)), NO_HOLIDAYS, utc(9, 10)) == utc(9, 18)
    assert WIDER.closes(facts, agreed(since=utc(9, 12)), NO_HOLIDAYS, utc(9, 10)) == utc(9, 18)


def test_hours_say_that_they_are_open_by_consent() -> None:
    night, morning = (
        WIDER.earliest(in_zones("UTC"), agreed(), NO_HOLIDAYS, utc(9, each)) for each in (22, 5)
    )

    assert night.detail == "contact hours that the debtor agreed to"
    assert morning.detail == "contact hours are closed in UTC"


# ------------------------------------------------------------------------------------------------- answers

ANSWERS = replace(EVERY_DAY, answers_any_time=True)
NIGHT = utc(9, 2)


def paid(medium: str | None, receipt_by: tuple[str, ...] = (), kind: Kind = Kind.RECEIPT) -> Facts:
    """Facts about a payment that came in on some medium."""
    payment = builders.a_payment(medium=medium, receipt_by=receipt_by)
    return about(kind, builders.facts(debtor=builders.a_debtor(zones=("UTC",)), payment=payment))


def test_a_payment_is_confirmed_at_any_time_on_the_medium_that_the_debtor_used() -> None:
    # comment 6(b)(1)-2 of Regulation F: paid on the web at 02:00, confirmed by email only if agreed there.
    assert earliest(ANSWERS, paid("sms"), NIGHT) == NIGHT
    assert earliest(ANSWERS, paid("web"), NIGHT) == utc(9, 9)
    assert earliest(ANSWERS, paid("web", ("email",)), NIGHT) == utc(9, 9)
    assert earliest(ANSWERS, paid("web", ("sms",)), NIGHT) == NIGHT
    assert earliest(ANSWERS, paid(None), NIGHT) == utc(9, 9)


def test_a_confirmation_keeps_to_hours_that_do_not_let_answers_out() -> None:
    assert earliest(EVERY_DAY, paid("sms"), NIGHT) == utc(9, 9)


def test_a_reply_goes_out_at_any_time() -> None:
    asked = about(Kind.OPT_OUT_CONFIRMATION, in_zones("UTC"))

    assert earliest(ANSWERS, asked, NIGHT) == NIGHT
    assert earliest(EVERY_DAY, asked, NIGHT) == utc(9, 9)


@pytest.mark.parametrize("kind", [Kind.OVERDUE_NOTICE, Kind.LEGAL_NOTICE])
def test_what_is_no_answer_keeps_to_hours_whatever_was_paid(kind: Kind) -> None:
    assert earliest(ANSWERS, paid("sms", kind=kind), NIGHT) == utc(9, 9)


def test_an_answer_at_night_may_be_delivered_for_a_day() -> None:
    assert ANSWERS.closes(paid("sms"), POINT, NO_HOLIDAYS, NIGHT) == NIGHT + DAY
    assert ANSWERS.closes(paid("web"), POINT, NO_HOLIDAYS, utc(9, 10)) == utc(9, 18)
