"""What consent to be written to rests on, as a file states it for one channel."""

import re

from scheduler.intake.reading.rows import Fault

NONE = "none"
"""The basis of somebody who must not be written to on that channel, whatever the creditor's default is."""

_BASIS = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_NO = frozenset("no n false 0 none".split())
_YES = frozenset("yes y true 1 x".split())


def consent(text: str | None, column: str) -> str | None:
    """Return the basis in lower case, NONE where consent is denied, None where nothing is said."""
    if not text:
        return None
    basis = text.lower().replace(" ", "_")
    if basis in _NO:
        return NONE
    if basis in _YES:
        raise Fault(
            column,
            "the cell does not say what the consent rests on; write its basis, such as contract or written",
        )
    if not _BASIS.fullmatch(basis):
        raise Fault(column, "the cell is not a basis of consent; write one word such as contract, or none")
    return basis
