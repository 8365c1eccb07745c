"""What SendGrid's users know it by: an API key, and the key that its webhooks are signed with."""

from dataclasses import dataclass, field

from sendgrid.helpers.eventwebhook import EventWebhook

from channels.tools import Tools, Variables, missing, web_address
from scheduler.domain.errors import UsageError

_HOST = "https://api.sendgrid.com"


@dataclass(frozen=True, slots=True)
class SendGridSettings:
    """The key to send with and, where webhooks are received, the public key to believe them by."""

    api_key: str = field(repr=False)
    base_url: str
    webhook_public_key: str | None

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "SendGridSettings":
        """Read the variables; raises UsageError that names what is missing or unusable, never a value."""
        api_key = get("SENDGRID_API_KEY")
        if not api_key:
            raise missing("sendgrid", "SENDGRID_API_KEY")
        public_key = get("SENDGRID_WEBHOOK_PUBLIC_KEY")
        return cls(
            api_key=api_key,
            base_url=web_address("DULY_SENDGRID_BASE_URL", get("DULY_SENDGRID_BASE_URL") or _HOST),
            webhook_public_key=_checked(public_key) if public_key else None,
        )


def _checked(public_key: str) -> str:
    try:
        EventWebhook(public_key)
    except ValueError as error:
        raise UsageError(
            "SENDGRID_WEBHOOK_PUBLIC_KEY is not a public key; "
            "copy the verification key from SendGrid's mail settings"
        ) from error
    return public_key
