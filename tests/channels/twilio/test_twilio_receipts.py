"""What Twilio tells us: believed only when signed, and then in our words."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.registry import open_reader
from channels.webhook import Webhook
from scheduler.domain.inbound import Inbound, Keyword
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from tests.channels.messages import TOUCHPOINT, VARIABLES, some_tools
from tests.fakes.signing import twilio_headers

READER = open_reader("twilio", VARIABLES.get, some_tools())
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
    usual: dict[str, str | None] = {**twilio_headers(url, form, token)}
    usual |= {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in usual.items() if value is not None}
    return Webhook(url, given, urlencode(form).encode())


def the_receipt(webhook: Webhook) -> DeliveryReceipt:
    (receipt,) = READER.read(webhook) or ()
    assert isinstance(receipt, DeliveryReceipt)
    return receipt


def test_a_signed_callback_is_a_receipt() -> None:
    assert READER.read(a_callback()) == (
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
    receipt = the_receipt(a_callback({**FORM, "MessageStatus": status}))
    assert receipt.kind is kind


@pytest.mark.parametrize(
    ("code", "opted_out", "invalid"),
    [
        ("21610", True, False),
        ("63014", True, False),
        ("30005", False, True),
        ("30006", False, True),
        ("30003", False, False),
        ("30007", False, False),
    ],
)
def test_a_failure_says_why(code: str, opted_out: bool, invalid: bool) -> None:
    form = {**FORM, "MessageStatus": "undelivered", "ErrorCode": code}
    receipt = the_receipt(a_callback(form))
    assert (receipt.kind, receipt.code) == (ReceiptKind.UNDELIVERED, code)
    assert (receipt.opted_out, receipt.invalid_address) == (opted_out, invalid)


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
    assert READER.read(webhook) is None


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
    assert READER.read(Webhook(url, signed.headers, signed.body)) is None


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
    assert READER.read(Webhook(URL, a_callback().headers, body)) is None


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
    assert READER.read(a_callback(form)) == (() if bearable else None)


def test_a_body_signed_as_json_does_not_pass_for_a_form() -> None:
    url = f"{URL}&bodySHA256=" + RequestValidator("").compute_hash("{}")
    signed = a_callback({}, url=url)
    assert READER.read(Webhook(url, signed.headers, b"{}")) is None


def test_a_port_that_twilio_leaves_away_makes_no_difference() -> None:
    signed = a_callback()
    url = URL.replace("example.com", "example.com:443")
    assert READER.read(Webhook(url, signed.headers, signed.body))


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
    assert READER.read(webhook) == ()


def test_a_field_said_twice_is_not_believed() -> None:
    signed = a_callback()
    webhook = Webhook(URL, signed.headers, signed.body + b"&MessageStatus=delivered")
    assert READER.read(webhook) == ()


@pytest.mark.parametrize(
    "query",
    [
        *("", "?t=x", "?a=1&t=x", "?t=x&a=1&a=2", "?t=&a=1", "?t=x%00&a=1", f"?t={'x' * 201}&a=1"),
        *("?t=x&a=one", "?t=x&a=-1", "?t=x&a=0", "?t=x&a=12345678901", "?t=x&a=%C2%B2"),
    ],
)
def test_a_callback_without_our_key_still_names_its_message(query: str) -> None:
    receipt = the_receipt(a_callback(url=f"https://duly.example.com/webhooks/twilio/status{query}"))
    assert (receipt.provider_id, receipt.touchpoint, receipt.attempt) == (SID, None, None)


BOTH = open_reader(
    "twilio",
    {"TWILIO_AUTH_TOKEN": "newest", "TWILIO_AUTH_TOKEN_PREVIOUS": "old"}.get,
    some_tools(),
)


@pytest.mark.parametrize(("token", "believed"), [("newest", True), ("old", True), ("older", False)])
def test_while_one_token_takes_over_from_another_both_are_believed(token: str, believed: bool) -> None:
    assert (BOTH.read(a_callback(token=token)) is not None) is believed


def test_a_header_that_names_a_shared_key_changes_nothing_about_what_is_believed() -> None:
    settings_header = "key=k,algorithm=HMAC_SHA1"
    named = a_callback(x_twilio_webhooks_signature_settings=settings_header)
    forged = a_callback(token="", x_twilio_webhooks_signature_settings=settings_header)
    assert READER.read(named) == READER.read(a_callback())
    assert READER.read(forged) is None


INBOUND_URL = "https://duly.example.com/webhooks/twilio/inbound"
WRITTEN = {
    "MessageSid": SID,
    "SmsStatus": "received",
    "From": "+447700900123",
    "To": "+15550100",
    "Body": "Stop, please",
    "NumMedia": "0",
}


def written(url: str = INBOUND_URL, **more: str) -> Webhook:
    """What Twilio tells of a message to one of our numbers."""
    return a_callback({**WRITTEN, **more}, url=url)


def the_inbound(webhook: Webhook) -> Inbound:
    (inbound,) = READER.read(webhook) or ()
    assert isinstance(inbound, Inbound)
    return inbound


@pytest.mark.parametrize("url", [INBOUND_URL, URL])
def test_what_a_debtor_writes_is_heard_at_whichever_address(url: str) -> None:
    assert the_inbound(written(url)) == Inbound(
        "twilio", SID, "sms", "+447700900123", "Stop, please", Keyword.STOP, "+15550100"
    )


def test_who_wrote_and_what_is_not_shown() -> None:
    shown = repr(the_inbound(written(Body="a-word-of-the-body")))
    assert [each for each in ("a-word-of-the-body", "447700900123", "15550100") if each in shown] == []


@pytest.mark.parametrize(
    ("text", "opt_out_type", "keyword"),
    [
        ("basta", "STOP", Keyword.STOP),
        ("yes", "START", Keyword.START),
        ("?", "HELP", Keyword.HELP),
        ("STOP", "START", Keyword.STOP),
        ("help", "", Keyword.HELP),
        ("yes", "", None),
        ("yes", "PERHAPS", None),
        ("", "", None),
    ],
)
def test_what_twilio_made_of_the_words_counts_beside_what_we_do(
    text: str, opt_out_type: str, keyword: Keyword | None
) -> None:
    assert the_inbound(written(Body=text, OptOutType=opt_out_type)).keyword is keyword


@pytest.mark.parametrize("length", [1600, 1601, 30_000])
def test_no_more_of_a_text_is_kept_than_twilio_passes_on(length: int) -> None:
    assert the_inbound(written(Body="x" * length)).text == "x" * 1600


def test_a_character_that_a_store_could_not_keep_is_a_space() -> None:
    assert the_inbound(written(Body="sto\0p")).text == "sto p"


@pytest.mark.parametrize(
    "more",
    [
        {"MessageSid": "SM12"},
        {"From": ""},
        {"From": "x" * 65},
        {"From": "+1555\n0100"},
        {"MessageStatus": "received!"},
    ],
)
def test_a_signed_text_that_names_nobody_is_not_heard(more: dict[str, str]) -> None:
    assert READER.read(written(**more)) == ()


@pytest.mark.parametrize("to", ["", "x" * 65, "\0"])
def test_a_number_of_ours_that_cannot_be_one_is_left_out(to: str) -> None:
    assert the_inbound(written(To=to)).to == ""


@pytest.mark.parametrize("field", ["Body", "From", "MessageSid"])
def test_a_field_of_a_text_said_twice_is_not_believed(field: str) -> None:
    signed = written()
    again = urlencode({field: WRITTEN[field]}).encode()
    assert READER.read(Webhook(INBOUND_URL, signed.headers, signed.body + b"&" + again)) == ()


def test_a_text_without_words_is_a_text() -> None:
    assert the_inbound(written(Body="", NumMedia="1")).text == ""


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
    assert READER.read(webhook) is None
