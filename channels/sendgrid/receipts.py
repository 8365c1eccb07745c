"""What SendGrid reports afterwards, in our words.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from sendgrid.helpers.eventwebhook import EventWebhook

from channels.sendgrid.settings import SendGridSettings
from channels.webhook import Webhook
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind

_KINDS: Mapping[str, ReceiptKind] = {
    "processed": ReceiptKind.QUEUED,
    "deferred": ReceiptKind.QUEUED,  # SendGrid tries again by itself, for up to 72 hours
    "delivered": ReceiptKind.DELIVERED,
    "spamreport": ReceiptKind.COMPLAINED,
    "unsubscribe": ReceiptKind.OPTED_OUT,
    "group_unsubscribe": ReceiptKind.OPTED_OUT,
}
_NOT_ABOUT_DELIVERY = frozenset({"open", "click", "group_resubscribe"})  # machines open and click too

_WHY_DROPPED: Mapping[str, tuple[ReceiptKind, str]] = {
    "Unsubscribed Address": (ReceiptKind.OPTED_OUT, "unsubscribed"),
    "Spam Reporting Address": (ReceiptKind.COMPLAINED, "spam_reported"),
    "Bounced Address": (ReceiptKind.UNDELIVERED, "bounced_before"),
    "Invalid": (ReceiptKind.UNDELIVERED, "invalid"),
}
_INVALID_ADDRESS = frozenset({"bounced_before", "invalid", "bounce"})

_TIMESTAMP = re.compile(r"\d{10}")
_ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_FILTER = re.compile(r"\.(?:filter|recv)")
_LONGEST_BODY = 4 * 1024 * 1024


def read(webhook: Webhook, settings: SendGridSettings) -> tuple[DeliveryReceipt, ...] | None:
    """Return the reports of an event webhook; None when SendGrid did not sign it. Never raises.

    SendGrid repeats events for a day and in any order: `event_id` tells a repetition. Events that are not
    about delivery, or that name neither themselves nor a message, are left out.
    """
    if not _is_signed(webhook, settings.webhook_public_key):
        return None
    try:
        events = json.loads(webhook.body)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(events, list):
        return ()
    receipts = (_receipt(event) for event in events if isinstance(event, dict))
    return tuple(receipt for receipt in receipts if receipt is not None)


def _is_signed(webhook: Webhook, public_key: str | None) -> bool:
    signature = webhook.headers.get("x-twilio-email-event-webhook-signature")
    timestamp = webhook.headers.get("x-twilio-email-event-webhook-timestamp", "")
    # Nothing separates timestamp and body under the signature, so each must keep to its shape.
    shaped = _TIMESTAMP.fullmatch(timestamp) and webhook.body.startswith(b"[")
    if not (public_key and signature and shaped) or len(webhook.body) > _LONGEST_BODY:
        return False
    try:
        payload = webhook.body.decode("utf-8")
        return bool(EventWebhook(public_key).verify_signature(payload, signature, timestamp))
    except (ValueError, TypeError, AttributeError):
        return False


def _receipt(event: Mapping[str, object]) -> DeliveryReceipt | None:
    name, event_id = event.get("event"), event.get("sg_event_id")
    message_id = _FILTER.split(_text(event.get("sg_message_id")))[0]
    touchpoint, attempt = _key(event)
    if name in _NOT_ABOUT_DELIVERY or not isinstance(event_id, str) or not (message_id or touchpoint):
        return None
    kind, code = _kind(_text(name), event)
    return DeliveryReceipt(
        kind=kind,
        provider_id=message_id,
        event_id=event_id,
        touchpoint=touchpoint,
        attempt=attempt,
        code=code or _enhanced_code(event),
        at=_instant(event.get("timestamp")),
        invalid_address=code in _INVALID_ADDRESS,
    )


def _kind(name: str, event: Mapping[str, object]) -> tuple[ReceiptKind, str | None]:
    """Return the kind and, for what failed, a word of ours for why; their own words may name the address."""
    if name == "dropped":
        return _WHY_DROPPED.get(_text(event.get("reason")), (ReceiptKind.UNDELIVERED, "dropped"))
    if name == "bounce":
        return ReceiptKind.UNDELIVERED, "blocked" if event.get("type") == "blocked" else "bounce"
    return _KINDS.get(name, ReceiptKind.UNKNOWN), None


def _key(event: Mapping[str, object]) -> tuple[str | None, int | None]:
    """Return the touchpoint and attempt that we sent as custom arguments."""
    touchpoint, attempt = event.get("touchpoint"), _text(event.get("attempt"))
    if isinstance(touchpoint, str) and attempt.isdecimal() and len(attempt) < 10:
        return touchpoint, int(attempt)
    return None, None


def _enhanced_code(event: Mapping[str, object]) -> str | None:
    found = _ENHANCED_CODE.match(_text(event.get("status")))
    return found[0] if found else None


def _instant(timestamp: object) -> datetime | None:
    if not isinstance(timestamp, int):
        return None
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
