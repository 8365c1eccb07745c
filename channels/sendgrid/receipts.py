"""What SendGrid reports afterwards, in our words.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from sendgrid.helpers.eventwebhook import EventWebhook

from channels.sendgrid.hooks import EVENTS
from channels.sendgrid.settings import SendGridSignatures
from channels.tools import Tools, Variables
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

_WHY_DROPPED: Mapping[str, str] = {
    "Unsubscribed Address": "unsubscribed",
    "Spam Reporting Address": "spam_reported",
    "Bounced Address": "bounced_before",
    "Invalid": "invalid",
}
_INVALID_ADDRESS = frozenset({"bounced_before", "invalid", "bounce"})
_OPTED_OUT = frozenset({"unsubscribed", "spam_reported"})

_TIMESTAMP = re.compile(r"\d{10}")
_ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NAME = re.compile(r"[!-~]{1,200}")
_ATTEMPT = re.compile(r"[1-9][0-9]{0,8}")
_FILTER = re.compile(r"\.(?:filter|recv)")


@dataclass(frozen=True, slots=True)
class SendGridReader:
    """Believes what SendGrid signed with one of our keys."""

    signatures: SendGridSignatures

    def read(self, webhook: Webhook) -> tuple[DeliveryReceipt, ...] | None:
        """Return the reports of an event webhook; None when SendGrid did not sign it. Never raises.

        SendGrid repeats events for a day and in any order: `event_id` tells a repetition. Events that are not about
        delivery, or that name neither themselves nor a message, are left out.
        """
        if not any(_is_signed(webhook, key) for key in self.signatures.public_keys):
            return None
        try:
            events = json.loads(webhook.body)
        except (ValueError, RecursionError):
            return ()
        if not isinstance(events, list):
            return ()
        receipts = (_receipt(event) for event in events if isinstance(event, dict))
        return tuple(receipt for receipt in receipts if receipt is not None)


def open_reader(get: Variables, tools: Tools) -> SendGridReader:
    """Return the reader; raises UsageError that names the variable it lacks."""
    return SendGridReader(SendGridSignatures.read(get, tools))


def _is_signed(webhook: Webhook, public_key: EllipticCurvePublicKey) -> bool:
    signature = webhook.headers.get("x-twilio-email-event-webhook-signature")
    timestamp = webhook.headers.get("x-twilio-email-event-webhook-timestamp", "")
    # Nothing separates timestamp and body under the signature, so each must keep to its shape.
    shaped = _TIMESTAMP.fullmatch(timestamp) and webhook.body.startswith(b"[")
    if not (signature and shaped) or len(webhook.body) > EVENTS.largest_body:
        return False
    try:
        payload = webhook.body.decode("utf-8")
        return bool(EventWebhook().verify_signature(payload, signature, timestamp, public_key))
    except (ValueError, TypeError, AttributeError):
        return False


def _receipt(event: Mapping[str, object]) -> DeliveryReceipt | None:
    name, event_id = event.get("event"), _name(event.get("sg_event_id"))
    message_id = _FILTER.split(_name(event.get("sg_message_id")))[0]
    touchpoint, attempt = _key(event)
    if name in _NOT_ABOUT_DELIVERY or not event_id or not (message_id or touchpoint):
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
        opted_out=code in _OPTED_OUT,
    )


def _kind(name: str, event: Mapping[str, object]) -> tuple[ReceiptKind, str | None]:
    """Return the kind and, for what failed, a word of ours for why; their own words may name the address."""
    if name == "dropped":
        return ReceiptKind.UNDELIVERED, _WHY_DROPPED.get(_text(event.get("reason")), "dropped")
    if name == "bounce":
        return ReceiptKind.UNDELIVERED, "blocked" if event.get("type") == "blocked" else "bounce"
    return _KINDS.get(name, ReceiptKind.UNKNOWN), None


def _key(event: Mapping[str, object]) -> tuple[str | None, int | None]:
    """Return the touchpoint and attempt that we sent as custom arguments."""
    touchpoint, attempt = _name(event.get("touchpoint")), _text(event.get("attempt"))
    if touchpoint and _ATTEMPT.fullmatch(attempt):
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


def _name(value: object) -> str:
    """Return an identifier, or nothing for what is none: every store can keep it, whatever was signed."""
    name = _text(value)
    return name if _NAME.fullmatch(name) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
