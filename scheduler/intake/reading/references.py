"""The creditors and cadences that rows may name."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from scheduler.domain.errors import UsageError
from scheduler.intake.reading.rows import Fault


@dataclass(frozen=True, slots=True)
class References:
    """What the configuration has; `creditor` is meant where a row names none, None if unclear."""

    creditors: frozenset[str]
    cadences: frozenset[str]
    creditor: str | None

    @classmethod
    def of(cls, creditors: Iterable[str], cadences: Iterable[str], chosen: str | None) -> "References":
        """Return them with the creditor that was chosen, else the only one there is. Raises UsageError."""
        known = frozenset(creditors)
        if chosen is not None and chosen not in known:
            raise UsageError(f"--creditor: {chosen!r} is not in config/creditors; {_remedy(chosen, known)}")
        return cls(known, frozenset(cadences), chosen or (min(known) if len(known) == 1 else None))

    def creditor_named(self, name: str | None) -> str:
        """Return the creditor of a plan. Raises Fault."""
        if name is None and self.creditor is None:
            raise Fault(
                "creditor", "there are several creditors; fill the column creditor, or give --creditor"
            )
        return self.creditor_of_payment(name) or ""

    def creditor_of_payment(self, name: str | None) -> str | None:
        """Return the creditor, or None when neither the row nor the configuration says it. Raises Fault."""
        if name is not None and name not in self.creditors:
            raise Fault(
                "creditor", f"there is no such creditor in config/creditors; {_remedy(name, self.creditors)}"
            )
        return name or self.creditor

    def cadence_named(self, name: str | None) -> str | None:
        """Return the cadence, or None when the row names none. Raises Fault."""
        if name is not None and name not in self.cadences:
            raise Fault(
                "cadence", f"there is no such cadence in config/cadences; {_remedy(name, self.cadences)}"
            )
        return name


def _remedy(name: str, known: frozenset[str]) -> str:
    near = get_close_matches(name[:40], sorted(known), n=1)
    return (
        f"did you mean {near[0]}?"
        if near
        else f"write one of: {', '.join(sorted(known)) or 'none is configured'}"
    )
