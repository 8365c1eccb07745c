"""What Twilio tells us by itself, in our words: what became of a message, and what people write back.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from multidict import MultiDict
from twilio.request_validator import HMAC_SHA1, RequestValidator

from channels.tools import Tools, Variables
from channels.twilio.hooks import INBOUND, STATUS
from channels.twilio.settings import SID, TwilioSignatures
from channels.webhook import Report, Webhook
from scheduler.domain.inbound import Inbound, keyword
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

_CODE = re.compile(r"\d{5}")
_WORD = re.compile(r"[a-z_]{1,32}")
_LONGEST_TEXT = 1600  # what Twilio passes on at most; the rest of anything longer is not looked at
_NUMBER = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_KEY = re.compile(r"[!-~]{1,200}")
_ATTEMPT = re.compile(r"[1-9][0-9]{0,8}")
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class TwilioReader:
    """Believes what Twilio signed with one of our tokens, and reads it by what it says.

    The address that it came to does not matter, so that a STOP is heard although somebody has entered the other one in
    Twilio's console.
    """

    signatures: TwilioSignatures

    def read(self, webhook: Webhook) -> tuple[Report, ...] | None:
        """Return the one report, or none for what is neither; None when Twilio did not sign it. Never raises.

        Twilio repeats and reorders its requests, and the signature bears no time: `event_id` tells a repetition.
        """
        form = _form(webhook)
        if form is None or not any(_is_signed(webhook, form, token) for token in self.signatures.auth_tokens):
            return None
        return _receipt(form, webhook.url) if "MessageStatus" in form else _inbound(form)


def open_reader(get: Variables, tools: Tools) -> TwilioReader:
    """Return the reader; raises UsageError that names the variable it lacks."""
    return TwilioReader(TwilioSignatures.read(get, tools))


def _receipt(form: MultiDict[str], url: str) -> tuple[DeliveryReceipt, ...]:
    sid, status = _only(form, "MessageSid"), _only(form, "MessageStatus")
    if not (SID.fullmatch(sid) and _WORD.fullmatch(status)):
        return ()
    code = _only(form, "ErrorCode")
    touchpoint, attempt = _key(url)
    receipt = DeliveryReceipt(
        kind=_KINDS.get(status, ReceiptKind.UNKNOWN),
        provider_id=sid,
        event_id=f"{sid}:{status}",
        touchpoint=touchpoint,
        attempt=attempt,
        code=code if _CODE.fullmatch(code) else None,
        at=None,  # RawDlrDoneDate has minutes, no zone, and is often absent
        invalid_address=code in _INVALID_ADDRESS,
        opted_out=code in _OPTED_OUT,
    )
    return (receipt,)


def _inbound(form: MultiDict[str]) -> tuple[Inbound, ...]:
    sid, sender, to = (_only(form, name) for name in ("MessageSid", "From", "To"))
    texts = form.getall("Body", [])
    if not (SID.fullmatch(sid) and _NUMBER.fullmatch(sender)) or len(texts) != 1:
        return ()
    text = texts[0][:_LONGEST_TEXT].replace("\0", " ")  # which PostgreSQL cannot keep
    asked = keyword(text, _only(form, "OptOutType"))
    return (Inbound("twilio", sid, "sms", sender, text, asked, to if _NUMBER.fullmatch(to) else ""),)


def _form(webhook: Webhook) -> MultiDict[str] | None:
    content_type = webhook.headers.get("content-type", "").partition(";")[0].strip().lower()
    longest = max(STATUS.largest_body, INBOUND.largest_body)
    if content_type != STATUS.content_type or len(webhook.body) > longest:
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
    if _KEY.fullmatch(touchpoint) and _ATTEMPT.fullmatch(attempt):
        return touchpoint, int(attempt)
    return None, None
