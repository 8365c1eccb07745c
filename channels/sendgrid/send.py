"""Hands email to SendGrid: the body its SDK would build, posted over connections and time-outs of ours.

The SDK opens a connection per message, has no time-out and follows redirects; its Mail helper takes ten
times as long as this dictionary. The tests hold the two bodies equal.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

from channels.http import Answer, HttpPool, retry_after_s
from channels.mail import Envelope, Mailbox, envelope, one_line
from channels.sendgrid.settings import SendGridSettings
from channels.tools import Tools, Variables
from scheduler.domain.delivery import Accepted, Delivery, Finding, NotSent, Rejected, Unknown
from scheduler.domain.message import Inquiry, Message

# https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors
_BY_STATUS: Mapping[int, Delivery] = {
    **{status: Rejected(f"http_{status}") for status in (400, 404, 405, 413, 415, 422)},
    # The key, the sender's identity or the credits: every other message would fare the same.
    **{status: NotSent(f"http_{status}", channel_down=True) for status in (401, 403)},
}


class SendGrid:
    """SendGrid's v3 mail/send. It takes no idempotency key, so one message is one call and no more."""

    provider = "sendgrid"
    absence_proves_after: timedelta | None = None
    """That no event came proves nothing: SendGrid repeats events for a day, and only to whom it reaches."""

    def __init__(self, settings: SendGridSettings, tools: Tools) -> None:
        self._settings = settings
        self._now = tools.now
        self._pool = HttpPool(tools.in_flight, tools.timeouts)

    async def send(self, message: Message) -> Delivery:
        """Make one call, unless an address cannot be used."""
        parties = envelope(message)
        if not isinstance(parties, Envelope):
            return parties
        body = json.dumps(mail_body(message, parties)).encode()
        answer = await self._pool.post(f"{self._settings.base_url}/v3/mail/send", self._headers(), body)
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 429:
            return NotSent("http_429", retry_after_s(answer.headers, self._now()))
        return _outcome(answer)

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Return Unknown: only SendGrid's events can tell; its search by recipient is a paid extra."""
        return Unknown("only_events_tell")

    async def check(self) -> tuple[str, ...]:
        """Ask SendGrid whether the key is good and may send mail."""
        answer = await self._pool.get(f"{self._settings.base_url}/v3/scopes", self._headers())
        if isinstance(answer, Unknown):
            return (
                f"SendGrid cannot be reached ({answer.code}); check the network and DULY_SENDGRID_BASE_URL",
            )
        if answer.status in (401, 403):
            return (
                "SendGrid does not accept SENDGRID_API_KEY; create a key and give it the scope Mail Send",
            )
        scopes = _scopes(answer)
        if scopes is None:
            return (
                f"SendGrid did not say what SENDGRID_API_KEY may do (http_{answer.status}); try again later",
            )
        may_send = "mail.send" in scopes
        return () if may_send else ("SENDGRID_API_KEY may not send mail; give the key the scope Mail Send",)

    async def close(self) -> None:
        """Let go of connections."""
        await self._pool.close()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.api_key}", "Content-Type": "application/json"}


def open_room(channel: str, get: Variables, tools: Tools) -> SendGrid:
    """Return the room; raises UsageError that names the variables it lacks."""
    return SendGrid(SendGridSettings.read(get, tools), tools)


def mail_body(message: Message, parties: Envelope) -> dict[str, object]:
    """Return the body of one v3 mail/send call.

    Its custom arguments come back in every event; SendGrid keeps them for long, so they hold only our key.
    Clicks and opens are not tracked: rewritten payment links look like fraud.
    """
    words = message.words
    content = [{"type": "text/plain", "value": words.text}]
    if words.html is not None:
        content.append({"type": "text/html", "value": words.html})
    addressee = {
        "to": [_mailbox(parties.to)],
        "custom_args": {"touchpoint": message.touchpoint, "attempt": str(message.attempt)},
    }
    return {
        "personalizations": [addressee],
        "from": _mailbox(parties.sender),
        **({"reply_to": _mailbox(parties.reply_to)} if parties.reply_to else {}),
        "subject": one_line(words.subject or ""),
        "content": content,
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
        },
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"email": mailbox.address, **({"name": mailbox.name} if mailbox.name else {})}


def _outcome(answer: Answer) -> Delivery:
    if 200 <= answer.status < 300:
        message_id = answer.headers.get("X-Message-Id", "")
        return Accepted(message_id) if message_id else Unknown("no_message_id")
    if answer.status == 400 and _blames_address(answer.body):
        return Rejected("http_400", blames_address=True)
    return _BY_STATUS.get(answer.status, Unknown(f"http_{answer.status}"))


def _scopes(answer: Answer) -> list[object] | None:
    """Return what a key may do; None for any other answer."""
    try:
        scopes = json.loads(answer.body)["scopes"] if answer.status == 200 else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return scopes if isinstance(scopes, list) else None


def _blames_address(body: bytes) -> bool:
    """Whether an error answer points at the recipient, as in `personalizations.0.to.0.email`."""
    try:
        errors = json.loads(body)["errors"]
        fields = [str(error["field"]) for error in errors]
    except (ValueError, KeyError, TypeError):
        return False
    return any(field.startswith("personalizations.0.to") and field.endswith("email") for field in fields)
