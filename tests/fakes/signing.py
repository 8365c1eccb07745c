"""Signs requests as Twilio and SendGrid do, with fictional secrets."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twilio.request_validator import RequestValidator


@cache
def a_key(name: str = "newest") -> ec.EllipticCurvePrivateKey:
    """Return the private key of a name, the same in every process."""
    return ec.derive_private_key(int.from_bytes(sha256(name.encode()).digest()), ec.SECP256R1())


def public_key(name: str = "newest") -> str:
    """Return what SENDGRID_WEBHOOK_PUBLIC_KEY is for requests that are signed with the key of that name."""
    key = a_key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(key).decode()


PUBLIC_KEY = public_key()


def twilio_headers(url: str, form: Mapping[str, str], token: str) -> dict[str, str]:
    """Return the headers of a form that Twilio posts to an address."""
    return {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, form),
    }


def sendgrid_headers(
    body: bytes, at: int | str, key: ec.EllipticCurvePrivateKey | None = None
) -> dict[str, str]:
    """Return the headers of a batch of events that SendGrid posts; `at` is in Unix seconds."""
    signature = (key or a_key()).sign(f"{at}".encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": str(at),
    }
