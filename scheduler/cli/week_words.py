"""Reads the hours that a debtor asked for: days, then openings, such as "mon-fri 09:00-12:00 13:00-17:00"."""

from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from scheduler.catalogue.models_hours import HOLIDAYS, Hours, week
from scheduler.domain.errors import UsageError
from scheduler.domain.hours import Week
from scheduler.intake.weeks import joined, outside

_EVERY_DAY, _ALL_DAY = "mon-sun", ["00:00-24:00"]


def only(texts: Iterable[str]) -> Week:
    """Return the week that is open at these hours. Raises UsageError for what cannot be read."""
    return joined(_read(each, "--only") for each in texts)


def without(texts: Iterable[str]) -> Week:
    """Return the week that is closed at these hours. Raises UsageError for what cannot be read, or closes it all."""
    left = outside(joined(_read(each, "--not") for each in texts))
    if not left.days:
        raise UsageError(
            "--not leaves no hour of the week; to stop contact use `duly hold`, or `duly consent --opt-out`"
        )
    return left


def _read(text: str, option: str) -> Week:
    """Read days and openings; without days it is every day, without openings the whole day."""
    first, *rest = text.lower().split() or [""]
    days, openings = (_EVERY_DAY, [first, *rest]) if first[:1].isdigit() else (first, rest)
    if not text.strip():
        raise UsageError(f'{option} is empty; write days and hours, such as "mon-fri 09:00-17:00"')
    if days == HOLIDAYS:
        raise UsageError(f"{option} cannot name holidays; name days of the week, such as sat-sun")
    try:
        return week(TypeAdapter(Hours).validate_python({days: openings or _ALL_DAY}))
    except ValidationError as error:
        sentence = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"{option} is {text!r}: {sentence}") from None
