"""The names of intended contacts, worked out again from what was agreed: an edit must not mint another."""

import hashlib

from tests.simulation.scene import Part


def instalment_key(plan: tuple[str, str], part: Part, offset: int) -> str:
    """Return the name of one step of one instalment with its due date."""
    return _key(plan, part.number, f"d{offset}", part.due_date.isoformat())


def last_day(offset: int, following: int | None) -> int | None:
    """Return on which day from the due date a step ends as it begins; None when it has no end.

    It ends when the next one comes due, and one that is not after the due date ends with that date.
    """
    if offset > 0:
        return following
    return 1 if following is None else min(following, 1)


def payment_key(plan: tuple[str, str], ref: str) -> str:
    """Return the name of a payment's confirmation."""
    return _key(plan, f"payment {ref}", "receipt", "1")


def _key(plan: tuple[str, str], subject: str, step: str, occurrence: str) -> str:
    return hashlib.sha256("\x1f".join((*plan, subject, step, occurrence)).encode()).hexdigest()[:32]
