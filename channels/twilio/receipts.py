"""What Twilio reports afterwards, in our words.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from multidict import MultiDict
from twilio.request_validator import HMAC_SHA1, RequestValidator

from channels.twilio.settings import TwilioSettings
from channels.webhook import Webhook
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind

_KINDS: Mapping[str, ReceiptKind] = {
    "accepted": ReceiptKind.QUEUED,
    "scheduled": ReceiptKind.QUEUED,
    "queued": ReceiptKind.QUEUED,
    "sending": ReceiptKind.QUEUED,
    "sent": ReceiptKind.SENT,
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.DELIVERED,
    "undelivered": ReceiptKind.UNDELIVERED,
    "failed": ReceiptKind.UNDELIVERED,
    "canceled": ReceiptKind.UNDELIVERED,
}
_OPTED_OUT = frozenset({"21610", "63014"})
_INVALID_ADDRESS = frozenset({"21211", "21401", "21614", "21635", "30005", "30006"})

_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_CODE = re.compile(r"\d{5}")
_WORD = re.compile(r"[a-z_]{1,32}")
_LONGEST_BODY = 64 * 1024
_MOST_FIELDS = 100


def read(webhook: Webhook, settings: TwilioSettings) -> tuple[DeliveryReceipt, ...] | None:
    """Return the one report of a status callback; None when Twilio did not sign it. Never raises.

    A signed request that is no status callback gives no report. Twilio repeats and reorders callbacks, and
    the signature bears no time: `event_id` tells a repetition.
    """
    form = _form(webhook)
    if form is None or not _is_signed(webhook, form, settings.auth_token):
        return None
    sid, status = _only(form, "MessageSid"), _only(form, "MessageStatus")
    if not (_SID.fullmatch(sid) and _WORD.fullmatch(status)):
        return ()
    code = _only(form, "ErrorCode")
    touchpoint, attempt = _key(webhook.url)
    receipt = DeliveryReceipt(
        kind=ReceiptKind.OPTED_OUT if code in _OPTED_OUT else _KINDS.get(status, ReceiptKind.UNKNOWN),
        provider_id=sid,
        event_id=f"{sid}:{status}",
        touchpoint=touchpoint,
        attempt=attempt,
        code=code if _CODE.fullmatch(code) else None,
        at=None,  # RawDlrDoneDate has minutes, no zone, and is often absent
        invalid_address=code in _INVALID_ADDRESS,
    )
    return (receipt,)


def _form(webhook: Webhook) -> MultiDict[str] | None:
    content_type = webhook.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded" or len(webhook.body) > _LONGEST_BODY:
        return None
    try:
        # Empty parameters are signed too, hence keep_blank_values.
        pairs = parse_qsl(
            webhook.body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return None
    return MultiDict(pairs)


def _is_signed(webhook: Webhook, form: MultiDict[str], auth_token: str) -> bool:
    # The algorithm is ours to choose: the header that names another belongs to keys we were not given.
    signature = webhook.headers.get("x-twilio-signature", "")
    try:
        return bool(RequestValidator(auth_token).validate(webhook.url, form, signature, HMAC_SHA1))
    except (ValueError, TypeError, IndexError, KeyError):
        return False


def _only(form: MultiDict[str], name: str) -> str:
    """Return the field's value where it stands exactly once; equal repetitions would sign alike."""
    values = form.getall(name, [])
    return values[0] if len(values) == 1 else ""


def _key(url: str) -> tuple[str | None, int | None]:
    """Return the touchpoint and attempt that we put into the callback's address."""
    query = parse_qsl(urlsplit(url).query)
    if [name for name, _ in query] != ["t", "a"]:
        return None, None
    touchpoint, attempt = query[0][1], query[1][1]
    return (touchpoint, int(attempt)) if attempt.isdecimal() and len(attempt) < 10 else (None, None)
