"""SendGrid's event webhook: believed only when signed, and then in our words."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sendgrid.receipts import read
from channels.sendgrid.settings import SendGridSettings
from channels.webhook import Webhook
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from tests.channels.messages import TOUCHPOINT, VARIABLES, some_tools

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
SETTINGS = SendGridSettings.read({**VARIABLES, "SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY}.get, some_tools())
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


def signed(body: bytes, *, at: str = "1804586400", key: ec.EllipticCurvePrivateKey = KEY) -> Webhook:
    """A request as SendGrid signs it."""
    signature = key.sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {SIGNATURE: b64encode(signature).decode(), TIMESTAMP: at}
    return Webhook("https://duly.example.com/webhooks/sendgrid/events", headers, body)


def events(*told: Mapping[str, object]) -> Webhook:
    return signed(json.dumps([{**EVENT, **each} for each in told]).encode() + b"\r\n")


def test_a_signed_event_is_a_receipt() -> None:
    assert read(events({}), SETTINGS) == (
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


@pytest.mark.parametrize(
    ("told", "kind", "code", "invalid"),
    [
        ({"event": "processed"}, ReceiptKind.QUEUED, None, False),
        ({"event": "deferred", "status": "4.2.1 busy"}, ReceiptKind.QUEUED, "4.2.1", False),
        ({"event": "delivered"}, ReceiptKind.DELIVERED, None, False),
        ({"event": "bounce", "type": "bounce"}, ReceiptKind.UNDELIVERED, "bounce", True),
        ({"event": "bounce"}, ReceiptKind.UNDELIVERED, "bounce", True),
        ({"event": "bounce", "type": "blocked"}, ReceiptKind.UNDELIVERED, "blocked", False),
        ({"event": "dropped", "reason": "Bounced Address"}, ReceiptKind.UNDELIVERED, "bounced_before", True),
        ({"event": "dropped", "reason": "Invalid"}, ReceiptKind.UNDELIVERED, "invalid", True),
        (
            {"event": "dropped", "reason": "Unsubscribed Address"},
            ReceiptKind.OPTED_OUT,
            "unsubscribed",
            False,
        ),
        (
            {"event": "dropped", "reason": "Spam Reporting Address"},
            ReceiptKind.COMPLAINED,
            "spam_reported",
            False,
        ),
        ({"event": "dropped", "reason": "maria.santos said no"}, ReceiptKind.UNDELIVERED, "dropped", False),
        ({"event": "spamreport"}, ReceiptKind.COMPLAINED, None, False),
        ({"event": "unsubscribe"}, ReceiptKind.OPTED_OUT, None, False),
        ({"event": "group_unsubscribe"}, ReceiptKind.OPTED_OUT, None, False),
        ({"event": "teleported"}, ReceiptKind.UNKNOWN, None, False),
        ({"event": None}, ReceiptKind.UNKNOWN, None, False),
    ],
)
def test_their_words_become_ours(
    told: Mapping[str, object], kind: ReceiptKind, code: str | None, invalid: bool
) -> None:
    (receipt,) = read(events(told), SETTINGS) or ()
    assert (receipt.kind, receipt.code, receipt.invalid_address) == (kind, code, invalid)


@pytest.mark.parametrize("event", ["open", "click", "group_resubscribe"])
def test_what_a_machine_may_have_done_is_no_receipt(event: str) -> None:
    assert read(events({"event": event}), SETTINGS) == ()


def test_a_batch_is_read_whole_and_in_order() -> None:
    batch = events(*({"sg_event_id": f"event-{number}"} for number in range(50)))
    receipts = read(batch, SETTINGS) or ()
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
    (receipt,) = read(events({"sg_message_id": message_id}), SETTINGS) or ()
    assert receipt.provider_id == provider_id


@pytest.mark.parametrize(
    "told",
    [
        {"attempt": "two"},
        {"attempt": 2},
        {"attempt": None},
        {"touchpoint": None},
        {"attempt": "12345678901"},
    ],
)
def test_an_event_without_our_key_still_names_its_message(told: Mapping[str, object]) -> None:
    (receipt,) = read(events(told), SETTINGS) or ()
    assert (receipt.touchpoint, receipt.attempt) == (None, None)


@pytest.mark.parametrize("timestamp", ["1804586400", None, 10**20, -(10**20), 1.5])
def test_a_strange_time_is_no_time(timestamp: object) -> None:
    (receipt,) = read(events({"timestamp": timestamp}), SETTINGS) or ()
    assert receipt.at is None


@pytest.mark.parametrize("told", [{"sg_event_id": None}, {"sg_message_id": None, "touchpoint": None}])
def test_an_event_that_names_nothing_is_left_out(told: Mapping[str, object]) -> None:
    receipts = read(events(told, {"sg_event_id": "event-2"}), SETTINGS) or ()
    assert [receipt.event_id for receipt in receipts] == ["event-2"]


@pytest.mark.parametrize("body", [b"[", b"[1, null, []]", b"[]", b"[" * 100_000])
def test_a_signed_body_of_another_shape_holds_no_receipt(body: bytes) -> None:
    assert read(signed(body), SETTINGS) == ()


def without(webhook: Webhook, header: str) -> Webhook:
    return replace(webhook, headers={name: each for name, each in webhook.headers.items() if name != header})


def with_(webhook: Webhook, header: str, value: str) -> Webhook:
    return replace(webhook, headers={**webhook.headers, header: value})


@pytest.mark.parametrize(
    "webhook",
    [
        pytest.param(signed(b"[{}]", key=ec.generate_private_key(ec.SECP256R1())), id="another key"),
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
    assert read(webhook, SETTINGS) is None


def test_nothing_is_believed_without_a_key() -> None:
    assert read(events({}), replace(SETTINGS, webhook_public_key=None)) is None


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
    assert read(webhook, SETTINGS) is None
