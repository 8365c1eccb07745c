"""How a payment is spread over the instalments of its plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.domain.plan import Instalment


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of one payment that pays one instalment, in minor units."""

    instalment_id: int
    amount_minor: int


def allocate(
    amount_minor: int, instalments: Sequence[Instalment], number: str | None = None
) -> tuple[list[Allocation], int]:
    """Spread a payment over open instalments and return the parts and what is left over.

    The instalment labelled `number` comes first when it is given; then the oldest open one first.
    The parts and the rest always add up to the amount.
    """
    order = sorted(instalments, key=lambda each: (each.number != number, each.due_date, each.id))
    parts: list[Allocation] = []
    for each in order:
        part = min(amount_minor, each.open_minor)
        if part > 0:
            parts.append(Allocation(each.id, part))
            amount_minor -= part
    return parts, amount_minor
