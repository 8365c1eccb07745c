"""SendGrid's event webhook: believed only when signed, and then in our words."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sendgrid.receipts import open_reader
from channels.webhook import Webhook
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from tests.channels.messages import TOUCHPOINT, some_tools
from tests.fakes.signing import PUBLIC_KEY, a_key, public_key, sendgrid_headers

READER = open_reader({"SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY}.get, some_tools())
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
EVENT: Mapping[str, object] = {
    "email": "maria.santos@example.com",
    "timestamp": 1804586400,
    "event": "delivered",
    "sg_event_id": "event-1",
    "sg_message_id": "LKBQuoV4QU-0iTCN9GuHbg.recvd-5645d9c87f-78xz2-1-5FFC4E5E-5.0",
    "touchpoint": TOUCHPOINT,
    "attempt": "2",
}


def signed(body: bytes, *, at: str = "1804586400", key: str = "newest") -> Webhook:
    """A request as SendGrid signs it."""
    headers = sendgrid_headers(body, at, a_key(key))
    return Webhook("https://duly.example.com/webhooks/sendgrid/events", headers, body)


def events(*told: Mapping[str, object]) -> Webhook:
    return signed(json.dumps([{**EVENT, **each} for each in told]).encode() + b"\r\n")


def test_a_signed_event_is_a_receipt() -> None:
    assert READER.read(events({})) == (
        DeliveryReceipt(
            kind=ReceiptKind.DELIVERED,
            provider_id="LKBQuoV4QU-0iTCN9GuHbg",
            event_id="event-1",
            touchpoint=TOUCHPOINT,
            attempt=2,
            code=None,
            at=datetime(2027, 3, 9, 10, 0, tzinfo=UTC),
        ),
    )


QUEUED, UNDELIVERED = ReceiptKind.QUEUED, ReceiptKind.UNDELIVERED


@pytest.mark.parametrize(
    ("told", "kind", "code", "marks"),
    [
        ({"event": "processed"}, QUEUED, None, ""),
        ({"event": "deferred", "status": "4.2.1 busy"}, QUEUED, "4.2.1", ""),
        ({"event": "delivered"}, ReceiptKind.DELIVERED, None, ""),
        ({"event": "bounce", "type": "bounce"}, UNDELIVERED, "bounce", "invalid"),
        ({"event": "bounce"}, UNDELIVERED, "bounce", "invalid"),
        ({"event": "bounce", "type": "blocked"}, UNDELIVERED, "blocked", ""),
        ({"event": "dropped", "reason": "Bounced Address"}, UNDELIVERED, "bounced_before", "invalid"),
        ({"event": "dropped", "reason": "Invalid"}, UNDELIVERED, "invalid", "invalid"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, UNDELIVERED, "unsubscribed", "opted out"),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, UNDELIVERED, "spam_reported", "opted out"),
        ({"event": "dropped", "reason": "maria.santos said no"}, UNDELIVERED, "dropped", ""),
        ({"event": "dropped", "reason": None}, UNDELIVERED, "dropped", ""),
        ({"event": "spamreport"}, ReceiptKind.COMPLAINED, None, ""),
        ({"event": "unsubscribe"}, ReceiptKind.OPTED_OUT, None, ""),
        ({"event": "group_unsubscribe"}, ReceiptKind.OPTED_OUT, None, ""),
        ({"event": "teleported"}, ReceiptKind.UNKNOWN, None, ""),
        ({"event": None}, ReceiptKind.UNKNOWN, None, ""),
    ],
)
def test_their_words_become_ours(
    told: Mapping[str, object], kind: ReceiptKind, code: str | None, marks: str
) -> None:
    (receipt,) = READER.read(events(told)) or ()
    assert (receipt.kind, receipt.code) == (kind, code)
    assert (receipt.invalid_address, receipt.opted_out) == (marks == "invalid", marks == "opted out")


@pytest.mark.parametrize("event", ["open", "click", "group_resubscribe"])
def test_what_a_machine_may_have_done_is_no_receipt(event: str) -> None:
    assert READER.read(events({"event": event})) == ()


def test_a_batch_is_read_whole_and_in_order() -> None:
    batch = events(*({"sg_event_id": f"event-{number}"} for number in range(50)))
    receipts = READER.read(batch) or ()
    assert [receipt.event_id for receipt in receipts] == [f"event-{number}" for number in range(50)]


@pytest.mark.parametrize(
    ("message_id", "provider_id"),
    [
        ("14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "14c5d75ce93.dfd.64b469"),
        ("LKBQuoV4QU-0iTCN9GuHbg.filterdrecv-5645d9c87f-1-5FFC4E5E-5.0", "LKBQuoV4QU-0iTCN9GuHbg"),
        ("LKBQuoV4QU-0iTCN9GuHbg", "LKBQuoV4QU-0iTCN9GuHbg"),
        (None, ""),
    ],
)
def test_a_message_goes_by_the_name_that_its_answer_gave(message_id: str | None, provider_id: str) -> None:
    (receipt,) = READER.read(events({"sg_message_id": message_id})) or ()
    assert receipt.provider_id == provider_id


@pytest.mark.parametrize(
    "told",
    [
        {"attempt": "two"},
        {"attempt": 2},
        {"attempt": None},
        {"touchpoint": None},
        {"attempt": "12345678901"},
        {"attempt": "0"},
        {"attempt": "²"},
    ],
)
def test_an_event_without_our_key_still_names_its_message(told: Mapping[str, object]) -> None:
    (receipt,) = READER.read(events(told)) or ()
    assert (receipt.touchpoint, receipt.attempt) == (None, None)


@pytest.mark.parametrize("timestamp", ["1804586400", None, 10**20, -(10**20), 1.5])
def test_a_strange_time_is_no_time(timestamp: object) -> None:
    (receipt,) = READER.read(events({"timestamp": timestamp})) or ()
    assert receipt.at is None


@pytest.mark.parametrize("told", [{"sg_event_id": None}, {"sg_message_id": None, "touchpoint": None}])
def test_an_event_that_names_nothing_is_left_out(told: Mapping[str, object]) -> None:
    receipts = READER.read(events(told, {"sg_event_id": "event-2"})) or ()
    assert [receipt.event_id for receipt in receipts] == ["event-2"]


@pytest.mark.parametrize("body", [b"[", b"[1, null, []]", b"[]", b"[" * 100_000])
def test_a_signed_body_of_another_shape_holds_no_receipt(body: bytes) -> None:
    assert READER.read(signed(body)) == ()


def without(webhook: Webhook, header: str) -> Webhook:
    return replace(webhook, headers={name: each for name, each in webhook.headers.items() if name != header})


def with_(webhook: Webhook, header: str, value: str) -> Webhook:
    return replace(webhook, headers={**webhook.headers, header: value})


@pytest.mark.parametrize(
    "webhook",
    [
        pytest.param(signed(b"[{}]", key="another"), id="another key"),
        pytest.param(without(events({}), SIGNATURE), id="no signature"),
        pytest.param(without(events({}), TIMESTAMP), id="no timestamp"),
        pytest.param(with_(events({}), SIGNATURE, "a"), id="a letter"),
        pytest.param(with_(events({}), SIGNATURE, ""), id="an empty signature"),
        pytest.param(with_(events({}), SIGNATURE, "ü"), id="not even a letter"),
        pytest.param(with_(events({}), TIMESTAMP, "1804586401"), id="another time"),
        pytest.param(replace(events({}), body=b"[]"), id="another body"),
        pytest.param(signed(b"{}"), id="an object"),
        pytest.param(signed(b"0[]", at="180458640"), id="a digit moved over the border"),
        pytest.param(signed(b"[]", at="18045864000"), id="eleven digits"),
        pytest.param(signed(b"[]", at=""), id="an empty time"),
        pytest.param(signed(b"[\xff]"), id="no text"),
        pytest.param(signed(b"[" + b" " * 4 * 1024 * 1024), id="too large"),
        pytest.param(replace(events({}), body=events({}).body.strip()), id="a line end stripped"),
    ],
)
def test_what_sendgrid_did_not_sign_is_refused(webhook: Webhook) -> None:
    assert READER.read(webhook) is None


BOTH = open_reader(
    {
        "SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY,
        "SENDGRID_WEBHOOK_PUBLIC_KEY_PREVIOUS": public_key("old"),
    }.get,
    some_tools(),
)


@pytest.mark.parametrize("key", ["newest", "old"])
def test_while_one_key_takes_over_from_another_both_are_believed(key: str) -> None:
    assert BOTH.read(signed(b"[]", key=key)) == ()


def test_a_key_that_has_been_taken_over_is_believed_no_longer() -> None:
    assert READER.read(signed(b"[]", key="old")) is None
    assert BOTH.read(signed(b"[]", key="another")) is None


@pytest.mark.parametrize(
    "told",
    [
        {"sg_event_id": "x" * 201},
        {"sg_event_id": "one\0two"},
        {"sg_event_id": "maría"},
        {"sg_event_id": ""},
        {"sg_message_id": "x" * 201, "touchpoint": "x" * 201},
        {"sg_message_id": "\n", "touchpoint": "\0"},
    ],
)
def test_a_name_that_a_store_could_not_keep_is_no_name(told: Mapping[str, object]) -> None:
    assert READER.read(events(told)) == ()


@settings(deadline=None)
@given(
    st.builds(
        Webhook,
        url=st.text(max_size=20),
        headers=st.dictionaries(
            st.sampled_from([SIGNATURE, TIMESTAMP]), st.text(max_size=40) | st.just("1804586400")
        ),
        body=st.binary(max_size=40) | st.just(b"[{}]"),
    )
)
def test_no_request_whatever_raises_or_is_believed(webhook: Webhook) -> None:
    assert READER.read(webhook) is None
