"""Lengths of time as the policies write them, such as 48 hours."""

from datetime import timedelta

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}
_SPOKEN = ("day", "hour", "minute")


def length(text: str) -> timedelta:
    """Read a length; a month counts 31 days, a year 366. Raises KeyError or ValueError for what is none."""
    count, unit = text.split()
    return int(count) * _UNITS[unit.removesuffix("s")]


def in_words(length: timedelta) -> str:
    """Return a length in whole days, hours or minutes, whichever fits; what is left of a minute is not told."""
    for unit in _SPOKEN:
        count, rest = divmod(length, _UNITS[unit])
        if count and (not rest or unit == "minute"):
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "less than a minute"
