"""Instants as an operator writes them on the command line."""

from datetime import datetime

from scheduler.domain.errors import UsageError

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
"""What lies outside is a slip of the pen, and decisions could not count on from it."""


def an_instant(option: str, text: str) -> datetime:
    """Read an instant with an offset. Raises UsageError that names the option, also for an unlikely year."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(
            f"{option} is {text!r}; write an instant with an offset, such as 2027-03-01T09:00:00+01:00"
        )
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise UsageError(f"{option} is {text!r}; write a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return instant
