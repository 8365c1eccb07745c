"""What must come first and what must come soon: notices with a wait, notices that may follow, deadlines."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scheduler.domain.facts import Contact, Facts, History, Unit
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import DAY, HOUR, MINUTE, NO_HOLIDAYS, POINT, SECOND, earliest

NOTICE = frozenset({Kind.FIRST_CONTACT_NOTICE})
IN_WRITING = frozenset({"letter", "email"})
FIVE_DAYS, SIX_DAYS = 5 * DAY, 6 * DAY

WAITING = NoticeFirst(NOTICE, IN_WRITING, wait=SIX_DAYS)
"""ca-on: six days after a written notice."""

FOLLOWING = NoticeFirst(NOTICE, IN_WRITING, within=FIVE_DAYS)
"""15 USC 1692g: the notice within five days after the first communication."""


def notice(
    at: datetime,
    channel: str = "letter",
    kind: Kind = Kind.FIRST_CONTACT_NOTICE,
    plan_ids: tuple[int, ...] = (1,),
) -> Contact:
    """A formal notice about the default plan."""
    return builders.a_contact(at, kind, channel, plan_ids=plan_ids)


OUT_ON = "the first-contact notice went out by letter on"


def after(*notices: Contact, first_contact_at: dict[int, datetime] | None = None) -> Facts:
    """Facts about a plan for which these notices have gone out."""
    return builders.facts(history=History(first_contact_at or {}, notices))


def about_two(*notices: Contact, first_contact_at: dict[int, datetime] | None = None) -> Facts:
    """Facts about a message that speaks of two plans."""
    plans = (builders.a_plan(id=1), builders.a_plan(id=2, ref="P-2"))
    history = History(first_contact_at or {}, notices)
    return builders.facts(plan=plans[0], claims=[builders.a_claim(each) for each in plans], history=history)


# ---------------------------------------------------------------------------------------------- notice first


def test_nothing_goes_out_before_the_notice() -> None:
    said = "no first-contact notice has gone out by email or letter for plan NW-2027-0042"

    assert earliest(WAITING, after()) == said
    assert earliest(WAITING, after(first_contact_at={1: NOW - DAY})) == said


def test_the_wait_after_a_notice_ends_at_its_end_and_not_before() -> None:
    # ca-on: notice by email on day 0; SMS on day 5 waits, on day 7 goes out.
    facts = after(notice(NOW, "email"))

    assert earliest(WAITING, facts, NOW + 5 * DAY) == NOW + SIX_DAYS
    assert earliest(WAITING, facts, NOW + SIX_DAYS - SECOND) == NOW + SIX_DAYS
    assert earliest(WAITING, facts, NOW + SIX_DAYS) == NOW + SIX_DAYS
    assert earliest(WAITING, facts, NOW + 7 * DAY) == NOW + 7 * DAY


def test_a_notice_without_a_wait_opens_at_once() -> None:
    at_once = NoticeFirst(NOTICE, IN_WRITING)

    assert earliest(at_once, after(notice(NOW))) == NOW


def test_a_notice_that_is_sent_again_starts_the_wait_again() -> None:
    facts = after(notice(NOW - 7 * DAY), notice(NOW - DAY))

    assert earliest(WAITING, facts) == NOW - DAY + SIX_DAYS


@pytest.mark.parametrize(
    "other",
    [
        notice(NOW - 9 * DAY, "sms"),
        notice(NOW - 9 * DAY, kind=Kind.LEGAL_NOTICE),
        notice(NOW - 9 * DAY, plan_ids=(2,)),
    ],
    ids=["another channel", "another kind", "another plan"],
)
def test_only_a_notice_of_the_kind_by_the_channel_about_the_plan_is_one(other: Contact) -> None:
    assert isinstance(earliest(WAITING, after(other)), str)


def test_a_notice_that_was_only_attempted_is_none() -> None:
    attempted = replace(notice(NOW - 9 * DAY), reached=Unit.ATTEMPT)
    sent = replace(attempted, reached=Unit.SENT)

    assert isinstance(earliest(WAITING, after(attempted)), str)
    assert earliest(WAITING, after(sent)) == NOW


def test_a_notice_by_word_of_mouth_is_one_when_somebody_heard_it() -> None:
    by_call = NoticeFirst(NOTICE, frozenset({"call"}))
    rang, heard = (replace(notice(NOW - DAY, "call"), reached=each) for each in (Unit.SENT, Unit.DELIVERED))

    assert isinstance(earliest(by_call, after(rang)), str)
    assert earliest(by_call, after(heard)) == NOW


def test_every_debt_that_is_spoken_of_needs_its_notice_and_its_wait() -> None:
    first, second = notice(NOW - 9 * DAY), notice(NOW - 2 * DAY, plan_ids=(2,))

    assert earliest(WAITING, about_two(first)) == (
        "no first-contact notice has gone out by email or letter for plan P-2"
    )
    assert earliest(WAITING, about_two(first, second)) == NOW + 4 * DAY
    assert earliest(WAITING, about_two(notice(NOW - 9 * DAY, plan_ids=(1, 2)))) == NOW


# ----------------------------------------------------------------------------------------- notice that follows


def test_contact_may_begin_before_a_notice_that_may_follow() -> None:
    assert earliest(FOLLOWING, after()) == NOW


def test_contact_stops_when_the_notice_did_not_follow_in_time() -> None:
    facts = after(first_contact_at={1: NOW})

    assert earliest(FOLLOWING, facts, NOW + FIVE_DAYS - SECOND) == NOW + FIVE_DAYS - SECOND
    assert isinstance(earliest(FOLLOWING, facts, NOW + FIVE_DAYS), str)


def test_contact_goes_on_once_the_notice_is_out_however_late() -> None:
    facts = after(notice(NOW + 6 * DAY), first_contact_at={1: NOW})

    assert earliest(FOLLOWING, facts, NOW + 6 * DAY) == NOW + 6 * DAY


def test_a_debt_without_its_notice_stops_a_message_about_two() -> None:
    firsts = {1: NOW - 6 * DAY, 2: NOW - 6 * DAY}

    assert isinstance(earliest(FOLLOWING, about_two(notice(NOW - 5 * DAY), first_contact_at=firsts)), str)
    assert earliest(FOLLOWING, about_two(notice(NOW - 5 * DAY), first_contact_at={1: firsts[1]})) == NOW


@pytest.mark.parametrize(
    ("form", "facts", "words"),
    [
        (
            WAITING,
            after(notice(NOW - DAY)),
            "the first-contact notice went out by letter on 2027-03-08, and 6 days have not passed",
        ),
        (
            WAITING,
            after(notice(NOW - SIX_DAYS)),
            "the first-contact notice went out by letter on 2027-03-03, and 6 days have passed",
        ),
        (FOLLOWING, after(), "the first notice may still follow"),
    ],
    ids=["waiting", "passed", "following"],
)
def test_what_is_said_of_a_notice_is_true(form: NoticeFirst, facts: Facts, words: str) -> None:
    assert form.earliest(facts, POINT, NO_HOLIDAYS, NOW).detail == words


# ------------------------------------------------------------------------------------------------- deadlines


def test_what_must_come_within_five_minutes_comes_then_or_not_at_all() -> None:
    # 47 CFR 64.1200(a)(12): one confirmation of an opt-out, within five minutes.
    form, due = Deadline(5 * MINUTE), builders.facts()

    assert earliest(form, due, NOW) == NOW
    assert earliest(form, due, NOW + 5 * MINUTE) == NOW + 5 * MINUTE
    assert earliest(form, due, NOW + 5 * MINUTE + SECOND) == "it had to go out within 5 minutes"


@pytest.mark.parametrize(("within", "words"), [(2 * HOUR, "within 2 hours"), (10 * DAY, "within 10 days")])
def test_a_deadline_says_what_it_is(within: timedelta, words: str) -> None:
    form = Deadline(within)

    assert form.earliest(builders.facts(), POINT, NO_HOLIDAYS, NOW).detail == words
