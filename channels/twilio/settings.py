"""What Twilio's users know it by: account, token and sender, and what it does not carry."""

import re
from dataclasses import dataclass, field

from channels.tools import Tools, Variables, missing, web_address
from channels.twilio.hooks import STATUS
from scheduler.domain.errors import UsageError
from scheduler.domain.plan import Role
from scheduler.domain.restriction import Restriction
from scheduler.domain.rule import Confidence

RESTRICTIONS = (
    Restriction(
        id="third-party-sms",
        channels=frozenset({"sms"}),
        roles=frozenset({Role.THIRD_PARTY}),
        countries=frozenset({"US", "CA"}),
        detail="Twilio carries no SMS of a third-party collector to the United States or Canada",
        citation="Twilio error pages 30460, 30863 and 30869",
        confidence=Confidence.READ,
        prefixes=("+1",),
    ),
)

SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
"""What Twilio names a message by."""

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """Credentials and senders. At least one of `sender` and `messaging_service` is given."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str | None
    messaging_service: str | None
    base_url: str | None
    callback_url: str | None

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "TwilioSettings":
        """Read the variables; raises UsageError that names what is missing or unusable, never a value."""
        account, token = get("TWILIO_ACCOUNT_SID"), get("TWILIO_AUTH_TOKEN")
        sender, service = get("TWILIO_FROM"), get("TWILIO_MESSAGING_SERVICE_SID")
        if not (account and token and (sender or service)):
            raise missing(
                "twilio",
                *(() if account else ("TWILIO_ACCOUNT_SID",)),
                *(() if token else ("TWILIO_AUTH_TOKEN",)),
                *(() if sender or service else ("TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID",)),
            )
        _check("TWILIO_ACCOUNT_SID", account, _ACCOUNT, "AC")
        if service:
            _check("TWILIO_MESSAGING_SERVICE_SID", service, _SERVICE, "MG")
        base = get("DULY_TWILIO_BASE_URL")
        public = tools.public_url
        return cls(
            account_sid=account,
            auth_token=token,
            sender=sender,
            messaging_service=service,
            base_url=web_address("DULY_TWILIO_BASE_URL", base) if base else None,
            callback_url=f"{web_address('DULY_PUBLIC_URL', public)}/webhooks/twilio/{STATUS.name}"
            if public
            else None,
        )


@dataclass(frozen=True, slots=True)
class TwilioSignatures:
    """The tokens that requests to us may be signed with, newest first: two while one takes over from the other."""

    auth_tokens: tuple[str, ...] = field(repr=False)

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "TwilioSignatures":
        """Read the variables; raises UsageError that names the one that is missing."""
        token, previous = get("TWILIO_AUTH_TOKEN"), get("TWILIO_AUTH_TOKEN_PREVIOUS")
        if not token:
            raise missing("twilio", "TWILIO_AUTH_TOKEN")
        return cls((token, previous) if previous else (token,))


def _check(variable: str, value: str, shape: re.Pattern[str], prefix: str) -> None:
    if not shape.fullmatch(value):
        raise UsageError(
            f"{variable} is not a SID; copy the one that begins with {prefix} from Twilio's console"
        )
