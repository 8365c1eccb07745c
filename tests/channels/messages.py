"""Fictional messages, variables and tools; every secret and personal datum in them is a canary."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channels.tools import Timeouts, Tools
from scheduler.domain.message import Inquiry, Message, Words
from scheduler.domain.touchpoint import touchpoint_key

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
TOUCHPOINT = touchpoint_key("northwind", "P-1", "1", "gentle")
ACCOUNT = "AC" + "0123456789abcdef" * 2
SERVICE = "MG" + "fedcba9876543210" * 2
PATIENT = Timeouts(connect_s=10.0, total_s=10.0)

VARIABLES: Mapping[str, str] = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "twilio-token-canary",
    "TWILIO_FROM": "+15550100",
    "SENDGRID_API_KEY": "SG.api-key-canary",
    "SMTP_URL": "smtp://post:password-canary@127.0.0.1:1/?starttls=never",
}

CANARIES = (
    "twilio-token-canary",
    "api-key-canary",
    "password-canary",
    "447700900123",
    "maria.santos",
    "Santos",
    "a-word-of-the-body",
    "a-word-of-the-subject",
)
"""What must never be seen in a log line, a repr or an outcome."""


def a_message(
    channel: str = "sms",
    *,
    to: str | None = None,
    to_name: str = "Maria Santos",
    sender: str | None = None,
    reply_to: str | None = None,
    text: str = "Hello Maria, a-word-of-the-body: 12.50 is due on Friday.",
    subject: str | None = "Your instalment, a-word-of-the-subject",
    html: str | None = "<p>Hello Maria, <b>a-word-of-the-body</b>: 12.50 is due on Friday.</p>",
    attempt: int = 1,
    touchpoint: str = TOUCHPOINT,
    left: timedelta = timedelta(hours=3),
) -> Message:
    """A message on its first attempt whose contact window closes in three hours."""
    email = channel == "email"
    return Message(
        touchpoint=touchpoint,
        attempt=attempt,
        channel=channel,
        to=to if to is not None else "maria.santos@example.com" if email else "+447700900123",
        to_name=to_name,
        sender=sender if sender is not None else "Northwind Credit <plans@example.org>" if email else "",
        reply_to=reply_to,
        words=Words(text, subject if email else None, html if email else None),
        locale="en",
        not_after=NOW + left,
    )


def an_inquiry(message: Message, armed_at: datetime = NOW) -> Inquiry:
    """What is left of a message when its outcome is asked for."""
    return Inquiry(
        touchpoint=message.touchpoint,
        attempt=message.attempt,
        channel=message.channel,
        to=message.to,
        sender=message.sender,
        body_sha256=message.words.sha256,
        armed_at=armed_at,
    )


def some_tools(
    outbox_dir: Path = Path("nowhere"),
    *,
    public_url: str | None = "https://duly.example.com",
    in_flight: int = 4,
    timeouts: Timeouts = PATIENT,
) -> Tools:
    """Tools with a clock that stands still, and time-outs that even a busy machine keeps."""
    return Tools(outbox_dir, public_url, lambda: NOW, in_flight, timeouts)
