"""Gathers readings into batches, one transaction each; rows of one plan that stand together stay together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from scheduler.domain.news import PaymentRow, PlanRow
from scheduler.intake.reading.rows import Fault, RawRow

Row = TypeVar("Row", PlanRow, PaymentRow)

BATCH = 1_000
"""How many rows one transaction takes, more or less."""

TOGETHER_LIMIT = 10_000
"""No plan has more instalments: a file in which every row names the same one must not fill the memory."""


@dataclass(slots=True)
class Batch(Generic[Row]):
    """Rows for one transaction, with themselves as they stand in the file, and those that cannot be used."""

    rows: list[Row] = field(default_factory=list)
    raw: list[RawRow] = field(default_factory=list)
    faults: list[tuple[RawRow, Fault]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows of the file are in it."""
        return len(self.rows) + len(self.faults)


def batches(readings: Iterable[tuple[RawRow, Row | Fault]], size: int = BATCH) -> Iterator[Batch[Row]]:
    """Yield batches of about `size` rows."""
    batch = Batch[Row]()
    for raw, made in readings:
        if batch.size >= size and _may_end(batch, made):
            yield batch
            batch = Batch[Row]()
        if isinstance(made, Fault):
            batch.faults.append((raw, made))
        else:
            batch.rows.append(made)
            batch.raw.append(raw)
    if batch.size:
        yield batch


def _may_end(batch: Batch[Row], following: Row | Fault) -> bool:
    """Whether the batch may end before what follows: not within a plan, nor where a row of it is faulty."""
    if not batch.rows or batch.size >= TOGETHER_LIMIT:
        return True
    if isinstance(following, Fault):
        return False
    return following.plan_ref != batch.rows[-1].plan_ref or not isinstance(following, PlanRow)
