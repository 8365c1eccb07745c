"""Twilio's status callbacks: believed only when signed, and then in our words."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.twilio.receipts import read
from channels.twilio.settings import TwilioSettings
from channels.webhook import Webhook
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from tests.channels.messages import TOUCHPOINT, VARIABLES, some_tools

SETTINGS = TwilioSettings.read(VARIABLES.get, some_tools())
URL = f"https://duly.example.com/webhooks/twilio/status?t={TOUCHPOINT}&a=2"
SID = "SM" + "0123456789abcdef" * 2
FORM = {"MessageSid": SID, "MessageStatus": "delivered", "To": "+447700900123", "ErrorMessage": ""}


def a_callback(
    form: Mapping[str, str] | None = None,
    *,
    url: str = URL,
    token: str = VARIABLES["TWILIO_AUTH_TOKEN"],
    **headers: str | None,
) -> Webhook:
    """A callback as Twilio signs it; a header given as None is left away."""
    form = FORM if form is None else form
    usual: dict[str, str | None] = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, form),
    }
    usual |= {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in usual.items() if value is not None}
    return Webhook(url, given, urlencode(form).encode())


def test_a_signed_callback_is_a_receipt() -> None:
    assert read(a_callback(), SETTINGS) == (
        DeliveryReceipt(
            kind=ReceiptKind.DELIVERED,
            provider_id=SID,
            event_id=f"{SID}:delivered",
            touchpoint=TOUCHPOINT,
            attempt=2,
            code=None,
            at=None,
        ),
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("accepted", ReceiptKind.QUEUED),
        ("scheduled", ReceiptKind.QUEUED),
        ("queued", ReceiptKind.QUEUED),
        ("sending", ReceiptKind.QUEUED),
        ("sent", ReceiptKind.SENT),
        ("delivered", ReceiptKind.DELIVERED),
        ("read", ReceiptKind.DELIVERED),
        ("undelivered", ReceiptKind.UNDELIVERED),
        ("failed", ReceiptKind.UNDELIVERED),
        ("canceled", ReceiptKind.UNDELIVERED),
        ("partially_delivered", ReceiptKind.UNKNOWN),
        ("teleported", ReceiptKind.UNKNOWN),
    ],
)
def test_their_words_become_ours(status: str, kind: ReceiptKind) -> None:
    (receipt,) = read(a_callback({**FORM, "MessageStatus": status}), SETTINGS) or ()
    assert receipt.kind is kind


@pytest.mark.parametrize(
    ("code", "kind", "invalid"),
    [
        ("21610", ReceiptKind.OPTED_OUT, False),
        ("63014", ReceiptKind.OPTED_OUT, False),
        ("30005", ReceiptKind.UNDELIVERED, True),
        ("30006", ReceiptKind.UNDELIVERED, True),
        ("30003", ReceiptKind.UNDELIVERED, False),
        ("30007", ReceiptKind.UNDELIVERED, False),
    ],
)
def test_a_failure_says_why(code: str, kind: ReceiptKind, invalid: bool) -> None:
    form = {**FORM, "MessageStatus": "undelivered", "ErrorCode": code}
    (receipt,) = read(a_callback(form), SETTINGS) or ()
    assert (receipt.kind, receipt.code, receipt.invalid_address) == (kind, code, invalid)


@pytest.mark.parametrize(
    "webhook",
    [
        pytest.param(a_callback(token="another"), id="another token"),
        pytest.param(a_callback(x_twilio_signature=None), id="no signature"),
        pytest.param(a_callback(x_twilio_signature=""), id="an empty signature"),
        pytest.param(a_callback(x_twilio_signature="ü"), id="a signature of letters"),
        pytest.param(a_callback(content_type="application/json"), id="JSON"),
        pytest.param(a_callback(content_type=None), id="no content type"),
        pytest.param(
            a_callback(x_twilio_signature=RequestValidator("").compute_signature(URL, FORM)), id="no key"
        ),
        pytest.param(
            a_callback(
                x_twilio_signature=RequestValidator(VARIABLES["TWILIO_AUTH_TOKEN"]).compute_signature(
                    URL, FORM, "HMAC_SHA256"
                ),
                x_twilio_webhooks_signature_settings="key=k,algorithm=HMAC_SHA256",
            ),
            id="an algorithm of the caller's choice",
        ),
    ],
)
def test_what_twilio_did_not_sign_is_refused(webhook: Webhook) -> None:
    assert read(webhook, SETTINGS) is None


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("a=2", "a=3"),
        URL.replace("https", "http"),
        URL.replace("status", "status/"),
        URL.replace("duly", "evil"),
        URL + "&bodySHA256=" + "0" * 64,
        "https://duly.example.com:port/",
        "https://[duly/",
        "",
    ],
)
def test_a_signature_is_good_for_one_address_only(url: str) -> None:
    signed = a_callback()
    assert read(Webhook(url, signed.headers, signed.body), SETTINGS) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"MessageSid",
        b"{}",
        b"\xff=\xff",
        b"a=%ff",
        urlencode({**FORM, "MessageStatus": "failed"}).encode(),
        urlencode({name: value for name, value in FORM.items() if value}).encode(),
    ],
)
def test_a_signature_is_good_for_one_body_only(body: bytes) -> None:
    assert read(Webhook(URL, a_callback().headers, body), SETTINGS) is None


@pytest.mark.parametrize(
    ("form", "bearable"),
    [
        pytest.param({f"f{number}": "1" for number in range(100)}, True, id="100 fields"),
        pytest.param({f"f{number}": "1" for number in range(101)}, False, id="101 fields"),
        pytest.param({"f": "x" * (65_536 - 2)}, True, id="64 KiB"),
        pytest.param({"f": "x" * (65_536 - 1)}, False, id="a byte more"),
    ],
)
def test_even_a_signed_body_has_its_limits(form: dict[str, str], bearable: bool) -> None:
    assert read(a_callback(form), SETTINGS) == (() if bearable else None)


def test_a_body_signed_as_json_does_not_pass_for_a_form() -> None:
    url = f"{URL}&bodySHA256=" + RequestValidator("").compute_hash("{}")
    signed = a_callback({}, url=url)
    assert read(Webhook(url, signed.headers, b"{}"), SETTINGS) is None


def test_a_port_that_twilio_leaves_away_makes_no_difference() -> None:
    signed = a_callback()
    url = URL.replace("example.com", "example.com:443")
    assert read(Webhook(url, signed.headers, signed.body), SETTINGS)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageStatus": "sent"},
        {"MessageSid": SID},
        {**FORM, "MessageSid": "SM12"},
        {**FORM, "MessageSid": SID + "\n"},
        {**FORM, "MessageStatus": "Sent!"},
    ],
)
def test_a_signed_request_of_another_shape_is_no_receipt(form: dict[str, str]) -> None:
    webhook = a_callback({**form, "AccountSid": "AC"})
    assert read(webhook, SETTINGS) == ()


def test_a_field_said_twice_is_not_believed() -> None:
    signed = a_callback()
    webhook = Webhook(URL, signed.headers, signed.body + b"&MessageStatus=delivered")
    assert read(webhook, SETTINGS) == ()


@pytest.mark.parametrize(
    "query", ["", "?t=x", "?a=1&t=x", "?t=x&a=one", "?t=x&a=-1", "?t=x&a=1&a=2", "?t=x&a=12345678901"]
)
def test_a_callback_without_our_key_still_names_its_message(query: str) -> None:
    (receipt,) = (
        read(a_callback(url=f"https://duly.example.com/webhooks/twilio/status{query}"), SETTINGS) or ()
    )
    assert (receipt.provider_id, receipt.touchpoint, receipt.attempt) == (SID, None, None)


@settings(deadline=None)
@given(
    st.builds(
        Webhook,
        url=st.text(max_size=80) | st.just(URL),
        headers=st.dictionaries(
            st.sampled_from(["content-type", "x-twilio-signature"]),
            st.text(max_size=40) | st.just("application/x-www-form-urlencoded"),
        ),
        body=st.binary(max_size=80) | st.just(urlencode(FORM).encode()),
    )
)
def test_no_request_whatever_raises_or_is_believed(webhook: Webhook) -> None:
    assert read(webhook, SETTINGS) is None
