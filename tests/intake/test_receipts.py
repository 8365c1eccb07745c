"""Where the reports of a message lead, without a database; tests/store has what they do to one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from scheduler.domain.entry import Event
from scheduler.domain.inbound import Inbound
from scheduler.domain.outcome import MessageState, Seen
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.intake.courses import DELIVERY_DEADLINE, Course, courses
from scheduler.intake.printable import printable
from scheduler.ports import Fresh, Reported
from tests.builders import NOW, a_touchpoint

K = ReceiptKind
KEY = "0123456789abcdef" * 2

MESSAGE = Reported(
    message_id=7,
    channel="sms",
    attempt=1,
    state=MessageState.ACCEPTED,
    reported=None,
    provider_id="SM1",
    address_id=3,
    armed_at=NOW - timedelta(hours=1),
    plan_refs=("P-1",),
    debtor_ref="D-1",
    touchpoint=replace(a_touchpoint(), attempts=1, ends_at=NOW + timedelta(days=2)),
)


def a_receipt(kind: ReceiptKind, event_id: str = "", **more: object) -> DeliveryReceipt:
    plain = DeliveryReceipt(kind, "SM1", event_id or f"e-{kind}", KEY, 1, None, None)
    return replace(plain, **more)  # type: ignore[arg-type]  # a case names real fields


def course(*receipts: DeliveryReceipt, message: Reported = MESSAGE) -> Course:
    """Return where a message's reports lead."""
    fresh = Fresh(receipts, (), dict.fromkeys((each.event_id for each in receipts), message), frozenset(), {})
    (found,) = courses(fresh, "twilio", NOW)
    return found


def told(found: Course) -> Sequence[Event]:
    return [each.event for each in found.drafts]


def test_each_rise_is_told_and_what_does_not_rise_is_not() -> None:
    found = course(a_receipt(K.SENT), a_receipt(K.QUEUED), a_receipt(K.DELIVERED), a_receipt(K.SENT, "again"))
    assert found.after is K.DELIVERED
    assert told(found) == [Event.SENT, Event.DELIVERED]


def test_nothing_rises_above_what_was_known_before() -> None:
    known = replace(MESSAGE, reported=K.DELIVERED)
    found = course(a_receipt(K.SENT), a_receipt(K.UNDELIVERED), message=known)
    assert (found.after, told(found), found.is_undelivered) == (None, [], False)


def test_a_batch_comes_to_the_same_end_in_every_order() -> None:
    receipts = [a_receipt(K.SENT), a_receipt(K.UNDELIVERED, invalid_address=True), a_receipt(K.DELIVERED)]
    ends = {
        (found.after, found.is_undelivered, found.blames_address, found.cause)
        for found in (course(*order) for order in permutations(receipts))
    }
    assert ends == {(K.DELIVERED, False, True, None)}


@pytest.mark.parametrize(
    ("message", "follows"),
    [
        (MESSAGE, True),
        (replace(MESSAGE, armed_at=NOW - DELIVERY_DEADLINE + timedelta(seconds=1)), True),
        (replace(MESSAGE, armed_at=NOW - DELIVERY_DEADLINE), False),
        (replace(MESSAGE, touchpoint=replace(MESSAGE.touchpoint, ends_at=None)), True),
        (replace(MESSAGE, touchpoint=replace(MESSAGE.touchpoint, ends_at=NOW)), False),
        (replace(MESSAGE, touchpoint=replace(MESSAGE.touchpoint, attempts=2)), False),
    ],
    ids=["in time", "just in time", "too late", "without an end", "step over", "not the latest attempt"],
)
def test_another_contact_point_follows_while_that_makes_sense(message: Reported, follows: bool) -> None:
    assert course(a_receipt(K.UNDELIVERED), message=message).is_undelivered is follows


@pytest.mark.parametrize(
    ("receipts", "cause"),
    [
        ([a_receipt(K.DELIVERED)], None),
        ([a_receipt(K.OPTED_OUT)], "opt_out"),
        ([a_receipt(K.UNDELIVERED, opted_out=True)], "opt_out"),
        ([a_receipt(K.COMPLAINED)], "complaint"),
        ([a_receipt(K.OPTED_OUT), a_receipt(K.COMPLAINED)], "complaint"),
    ],
)
def test_an_address_is_closed_for_what_was_said(receipts: list[DeliveryReceipt], cause: str | None) -> None:
    assert course(*receipts).cause == cause


@pytest.mark.parametrize("state", [each for each in MessageState if each is not MessageState.ACCEPTED])
def test_whatever_is_reported_settles_a_message_that_is_not_accepted_yet(state: MessageState) -> None:
    (settlement,) = course(a_receipt(K.QUEUED), message=replace(MESSAGE, state=state)).settlement
    assert (settlement.message_id, settlement.evidence) == (7, Seen("SM1", "callback"))


def test_a_message_that_was_accepted_is_not_settled_again() -> None:
    assert course(a_receipt(K.DELIVERED)).settlement == ()


@pytest.mark.parametrize(
    ("known", "name", "second"),
    [
        ("SM1", "SM1", False),
        ("SM1", "SM2", True),
        ("SM1", "SM1.filter", False),
        ("SM1.filter", "SM1", False),
        ("SM1", "", False),
        (None, "SM2", False),
    ],
)
def test_a_second_message_of_one_attempt_is_known_by_its_name(
    known: str | None, name: str, second: bool
) -> None:
    receipt = a_receipt(K.SENT, provider_id=name)
    fresh = Fresh([receipt], (), {receipt.event_id: replace(MESSAGE, provider_id=known)}, frozenset(), {})
    assert fresh.is_second(receipt) is second


@pytest.mark.parametrize(
    ("touchpoint", "attempt", "named"),
    [
        (KEY, 1, True),
        (KEY, 2**31 - 1, True),
        (KEY, 2**31, False),
        (KEY, 0, False),
        (KEY, -1, False),
        (KEY, None, False),
        (None, 1, False),
        (KEY.upper(), 1, False),
        (KEY[1:], 1, False),
        (f"{KEY}\n", 1, False),
        ("\N{ARABIC-INDIC DIGIT ONE}" * 32, 1, False),
    ],
)
def test_only_what_could_be_an_attempt_of_ours_names_one(
    touchpoint: str | None, attempt: int | None, named: bool
) -> None:
    found = printable(a_receipt(K.SENT, touchpoint=touchpoint, attempt=attempt))
    assert isinstance(found, DeliveryReceipt)
    assert (found.touchpoint, found.attempt) == ((touchpoint, attempt) if named else (None, None))


def test_texts_are_kept_as_a_database_takes_them() -> None:
    found = printable(a_receipt(K.SENT, "a\x00\ud800", provider_id="b\x00" + "x" * 300, code="\ud800"))
    assert isinstance(found, DeliveryReceipt)
    assert (found.event_id, found.code) == ("a\ufffd?", "?")
    assert len(found.provider_id) == 200
    words = printable(Inbound("twilio", "w" * 201, "sms", "+1\x00", "\udfff hello \U0001f600", None))
    assert isinstance(words, Inbound)
    assert (words.sender, words.text) == ("+1\ufffd", "? hello \U0001f600")
    assert len(words.event_id) == 64


def test_two_long_names_are_two_events() -> None:
    first, second = (printable(a_receipt(K.SENT, "x" * 300 + each)) for each in "ab")
    assert first.event_id != second.event_id
