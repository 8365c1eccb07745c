"""What every room is handed when it is opened, and how it says what it lacks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.domain.errors import UsageError

Variables = Callable[[str], str | None]
"""Looks up one variable of the environment by name; a room never reads the environment itself."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take: until the provider is reached, and in all.

    Twilio itself gives up after about 26 s, so a shorter total would leave outcomes in doubt for nothing
    (twilio-ruby issue 519, seen 2026-11).
    """

    connect_s: float = 5.0
    total_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Tools:
    """The clock, the places and the limits that are not a room's own.

    `in_flight` is how many calls a room may have open at once; one more waits for its turn as long as for a
    connection, and is then not sent.
    """

    outbox_dir: Path
    public_url: str | None
    now: Callable[[], datetime]
    in_flight: int = 32
    timeouts: Timeouts = Timeouts()


def missing(provider: str, *needs: str) -> UsageError:
    """Return the error that names everything a provider still needs."""
    return UsageError(
        f"Provider {provider} is not configured: set {' and '.join(needs)} "
        f"(each may also be given as a file, by the same name with _FILE at its end)"
    )


def web_address(variable: str, text: str) -> str:
    """Return an http(s) address without a slash at its end. Raises UsageError for anything else."""
    if not is_web_address(text):
        raise UsageError(f"{variable} is not an address; give one such as https://example.com")
    return text.rstrip("/")


def is_web_address(text: str) -> bool:
    """Whether it is an http(s) address of a host, with neither user, query nor fragment."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.username or parts.query or parts.fragment)
    )
