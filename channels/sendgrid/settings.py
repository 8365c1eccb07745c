"""What SendGrid's users know it by: an API key, and the key that its webhooks are signed with."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from sendgrid.helpers.eventwebhook import EventWebhook

from channels.tools import Tools, Variables, missing, web_address
from scheduler.domain.errors import UsageError

_HOST = "https://api.sendgrid.com"
_PUBLIC_KEY = "SENDGRID_WEBHOOK_PUBLIC_KEY"
_PREVIOUS_KEY = "SENDGRID_WEBHOOK_PUBLIC_KEY_PREVIOUS"


@dataclass(frozen=True, slots=True)
class SendGridSettings:
    """The key to send with."""

    api_key: str = field(repr=False)
    base_url: str

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "SendGridSettings":
        """Read the variables; raises UsageError that names what is missing or unusable, never a value."""
        api_key = get("SENDGRID_API_KEY")
        if not api_key:
            raise missing("sendgrid", "SENDGRID_API_KEY")
        for name in (_PUBLIC_KEY, _PREVIOUS_KEY):  # what only a receiver needs is refused by the sender too
            _key(name, get(name))
        return cls(api_key, web_address("DULY_SENDGRID_BASE_URL", get("DULY_SENDGRID_BASE_URL") or _HOST))


@dataclass(frozen=True, slots=True)
class SendGridSignatures:
    """The keys that events may be signed with, newest first: two while one takes over from the other."""

    public_keys: tuple[EllipticCurvePublicKey, ...]

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "SendGridSignatures":
        """Read the variables; raises UsageError that names what is missing or unusable, never a value."""
        newest = _key(_PUBLIC_KEY, get(_PUBLIC_KEY))
        if newest is None:
            raise missing("sendgrid", _PUBLIC_KEY)
        previous = _key(_PREVIOUS_KEY, get(_PREVIOUS_KEY))
        return cls((newest, previous) if previous else (newest,))


def _key(variable: str, text: str | None) -> EllipticCurvePublicKey | None:
    if not text:
        return None
    try:
        key = EventWebhook(text).public_key
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise UsageError(
            f"{variable} is not a public key; copy the verification key from SendGrid's mail settings"
        )
    return key
