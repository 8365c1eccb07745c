"""Words of the creditor's own that a policy may name, such as a product, and lists of channels."""

import re

from scheduler.intake.reading.rows import Fault

CHANNELS = ("sms", "email")

_TERM = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def term(text: str | None, column: str, example: str) -> str | None:
    """Return a word in small letters, digits and hyphens, or None when nothing is said. Raises Fault."""
    if not text:
        return None
    word = text.lower().replace(" ", "-").replace("_", "-")
    if not _TERM.fullmatch(word):
        raise Fault(
            column, f"the cell is not one word of letters, digits and hyphens; write it like {example}"
        )
    return word


def channels(text: str | None, column: str) -> tuple[str, ...]:
    """Return the channels that are named, in a fixed order. Raises Fault."""
    named = (text or "").lower().split()
    if not set(named) <= set(CHANNELS):
        raise Fault(
            column, "the cell names something other than sms and email; write one, or both as sms email"
        )
    return tuple(each for each in CHANNELS if each in named)
