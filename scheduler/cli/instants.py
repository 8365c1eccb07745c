"""Instants as an operator writes them on the command line."""

from datetime import datetime

from scheduler.domain.errors import UsageError


def an_instant(option: str, text: str) -> datetime:
    """Read an instant with an offset. Raises UsageError that names the option."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(
            f"{option} is {text!r}; write an instant with an offset, such as 2027-03-01T09:00:00+01:00"
        )
    return instant
