"""Takes a file in, batch by batch: what can be used goes to the intake, the rest to the rejects file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from scheduler.domain.news import Outcome, PaymentRow, PlanRow, RowResult
from scheduler.intake.reading.batches import Batch, Row, batches
from scheduler.intake.reading.columns import PAYMENTS, PLANS, Layout
from scheduler.intake.reading.opening import open_table
from scheduler.intake.reading.payments import read_payments
from scheduler.intake.reading.plans import read_plans
from scheduler.intake.reading.references import References
from scheduler.intake.reading.rejects import RejectsFile
from scheduler.intake.reading.rows import Fault, RawRow, Table

SHOWN = 10
"""How many rejected rows are kept to be shown; all of them are in the rejects file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to take in; without a format its ending says it, without an encoding it is UTF-8."""

    path: Path
    format_name: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Kind(Generic[Row]):
    """A kind of file: its columns, and what makes its rows."""

    layout: Layout
    read: Callable[[Iterator[RawRow], References], Iterator[tuple[RawRow, Row | Fault]]]


PLAN_FILE: Kind[PlanRow] = Kind(PLANS, read_plans)
PAYMENT_FILE: Kind[PaymentRow] = Kind(PAYMENTS, read_payments)


@dataclass(slots=True)
class Report:
    """How many rows were read and what became of them; `first_rejected` are line, column and reason."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    first_rejected: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many rows are in the rejects file."""
        return self.outcomes[Outcome.REJECTED]

    def counts(self) -> dict[str, int]:
        """Return the counts by name: read, added, amended, unchanged, rejected."""
        return {"read": self.outcomes.total()} | {each.value: self.outcomes[each] for each in Outcome}

    def note_rejected(self, raw: RawRow, fault: Fault) -> None:
        """Keep the first few."""
        if len(self.first_rejected) < SHOWN:
            self.first_rejected.append((raw.line, fault.column, fault.reason))


Watch = Callable[[Table], AbstractContextManager[Callable[[Report], None]]]
"""Makes, of an open table, what is told of the progress after each batch."""


def take_in(
    source: Source,
    kind: Kind[Row],
    references: References,
    take: Callable[[Sequence[Row]], Sequence[RowResult]],
    watch: Watch,
) -> Report:
    """Hand every usable row to `take`, one call and so one transaction for each batch; keep the others.

    Raises UsageError when the file cannot be read. What was taken until then stays in; taking the file in again
    changes nothing of it.
    """
    report = Report()
    with (
        open_table(
            source.path, kind.layout, format_name=source.format_name, encoding=source.encoding
        ) as table,
        RejectsFile(source.path, table.columns) as rejects,
        watch(table) as tell,
    ):
        for batch in batches(kind.read(table.rows, references)):
            results = take(batch.rows) if batch.rows else ()
            report.outcomes.update(each.outcome for each in results)
            report.outcomes[Outcome.REJECTED] += len(batch.faults)
            for raw, fault in _rejected(batch, results):
                rejects.write(raw, fault)
                report.note_rejected(raw, fault)
            tell(report)
    return report


def _rejected(batch: Batch[Row], results: Iterable[RowResult]) -> list[tuple[RawRow, Fault]]:
    """Return what the reader and the intake rejected, in the order of the file."""
    no = Outcome.REJECTED
    refused = {each.line: Fault(each.column, each.reason) for each in results if each.outcome is no}
    both = batch.faults + [(raw, refused[raw.line]) for raw in batch.raw if raw.line in refused]
    return sorted(both, key=lambda each: each[0].line)
