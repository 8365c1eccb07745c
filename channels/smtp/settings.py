"""One address says all about a mail server: SMTP_URL."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from channels.tools import Tools, Variables, missing
from scheduler.domain.errors import UsageError

_PORTS = {"smtp": 587, "smtps": 465}
_STARTTLS = {"always": True, "never": False}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where the server listens and how it is spoken to.

    `starttls` is True for always, False for never, None for where it is offered.
    """

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool
    starttls: bool | None

    @classmethod
    def read(cls, get: Variables, tools: Tools) -> "SmtpSettings":
        """Read SMTP_URL: smtp(s)://user:password@host:port, and ?starttls=always or never.

        With a password, smtp:// insists on STARTTLS unless `never` is said; without one it takes what is
        offered. Raises UsageError, without the address itself, for anything else.
        """
        text = get("SMTP_URL")
        if not text:
            raise missing("smtp", "SMTP_URL")
        try:
            return cls._parse(text)
        except (ValueError, KeyError):
            raise UsageError(
                "SMTP_URL cannot be used; write smtp://user:password@host:587 or "
                "smtps://user:password@host:465, percent-encode special characters, "
                "and add ?starttls=always or never if needed"
            ) from None

    @classmethod
    def _parse(cls, text: str) -> "SmtpSettings":
        url = urlsplit(text)
        options = parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
        if not url.hostname or url.path.strip("/") or url.fragment or options.keys() - {"starttls"}:
            raise ValueError
        user = unquote(url.username) if url.username else None
        default = True if user else None
        return cls(
            host=url.hostname,
            port=url.port or _PORTS[url.scheme],
            user=user,
            password=unquote(url.password or "") if user else None,
            tls=url.scheme == "smtps",
            starttls=_starttls(url.scheme, options.get("starttls", []), default),
        )


def _starttls(scheme: str, wishes: list[str], default: bool | None) -> bool | None:
    if scheme == "smtps":  # it is encrypted from the first byte
        if wishes:
            raise ValueError
        return False
    return _STARTTLS[wishes[-1]] if wishes else default
