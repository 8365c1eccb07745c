"""Arguments that several commands share."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from scheduler.cli.instants import an_instant
from scheduler.domain.errors import UsageError

LARGEST = 2**63 - 1
"""The largest number that the database can give to anything."""


class Channel(StrEnum):
    """How Duly writes to somebody."""

    SMS = "sms"
    EMAIL = "email"


def _named(text: str) -> str:
    """Return a name without surrounding white space; somebody must stand for what is changed."""
    if not text.strip():
        raise UsageError("--as is empty; name the person who does this")
    return text.strip()


Author = Annotated[
    str,
    typer.Option("--as", metavar="NAME", envvar="DULY_USER", callback=_named, help="Who does this."),
]
Creditor = Annotated[str | None, typer.Option("--creditor", help="Needed where there is more than one.")]
Debtor = Annotated[str, typer.Argument(metavar="DEBTOR", help="The debtor's reference.")]
Point = Annotated[Channel, typer.Option("--channel", help="Which of the debtor's addresses.")]


def end(text: str | None, now: datetime, without: str) -> datetime | None:
    """Return the instant of --until. Raises UsageError when it is past; `without` says what leaving it out means."""
    if text is None:
        return None
    found = an_instant("--until", text).astimezone(UTC)
    if found <= now:
        raise UsageError(f"--until lies in the past; give a later instant, or leave it out {without}")
    return found


def minute(at: datetime) -> str:
    """Return an instant as the commands tell it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
