"""Who gave an address, as a file states it."""

from scheduler.domain.plan import Source
from scheduler.intake.reading.rows import Fault


def source(text: str | None, column: str) -> Source | None:
    """Return who gave the address, or None when nothing is said. Raises Fault."""
    if not text:
        return None
    try:
        return Source(text.lower())
    except ValueError:
        names = ", ".join(each.value for each in Source)
        raise Fault(column, f"the cell does not say who gave the address; write one of: {names}") from None
