"""Small files of plans and payments, and what is read from them."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from scheduler.domain.news import Outcome, PaymentRow, PlanRow, RowResult
from scheduler.intake.reading.columns import PLANS, Layout
from scheduler.intake.reading.importing import PAYMENT_FILE, PLAN_FILE, Report, Source, take_in
from scheduler.intake.reading.opening import open_table
from scheduler.intake.reading.payments import read_payments
from scheduler.intake.reading.plans import read_plans
from scheduler.intake.reading.references import References
from scheduler.intake.reading.rows import Fault, RawRow

KNOWN = References.of(["northwind"], ["standard", "gentle"], None)
SEVERAL = References.of(["northwind", "southwind"], ["standard"], None)

PLAN = {
    "plan_ref": "P-1",
    "debtor_ref": "D-1",
    "debtor_name": "Maria Fairweather",
    "phone": "+442079460018",
    "email": "maria@example.com",
    "currency": "GBP",
    "instalment_no": "1",
    "due_date": "2027-03-12",
    "amount": "120.50",
}
PAYMENT = {
    "payment_ref": "R-1",
    "plan_ref": "P-1",
    "amount": "120.50",
    "currency": "GBP",
    "received_at": "2027-03-09T10:00:00+01:00",
}


def as_csv(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    """A CSV text whose columns are those of the first row."""
    columns = list(rows[0])
    lines = [columns, *([row[each] for each in columns] for row in rows)]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def written(folder: Path, text: str | bytes, name: str = "plans.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def raw_rows(path: Path, layout: Layout = PLANS, encoding: str | None = None) -> list[RawRow]:
    with open_table(path, layout, encoding=encoding) as table:
        return list(table.rows)


def plan(**cells: str) -> PlanRow | Fault:
    """What the reader makes of the usual plan row with these cells."""
    return plans(PLAN | cells)[0]


def plans(*rows: Mapping[str, str], references: References = KNOWN) -> list[PlanRow | Fault]:
    raw = (RawRow(line, row, ()) for line, row in enumerate(rows, start=2))
    return [made for _, made in read_plans(raw, references)]


def payment(references: References = KNOWN, **cells: str) -> PaymentRow | Fault:
    """What the reader makes of the usual payment row with these cells."""
    ((_, made),) = read_payments(iter([RawRow(2, PAYMENT | cells, ())]), references)
    return made


def row_of(made: PlanRow | Fault) -> PlanRow:
    assert isinstance(made, PlanRow), made
    return made


def fault_of(made: PlanRow | PaymentRow | Fault) -> Fault:
    assert isinstance(made, Fault), made
    return made


@dataclass(slots=True)
class Notebook:
    """An intake that writes down each batch it is given, and refuses the lines it is told to refuse."""

    refused: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    plan_batches: list[list[PlanRow]] = field(default_factory=list)
    payment_batches: list[list[PaymentRow]] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)

    def take_plans(self, rows: Sequence[PlanRow], now: datetime) -> Sequence[RowResult]:
        self.plan_batches.append(list(rows))
        self.instants.append(now)
        return [self._result(each.line) for each in rows]

    def take_payments(self, rows: Sequence[PaymentRow], now: datetime) -> Sequence[RowResult]:
        self.payment_batches.append(list(rows))
        self.instants.append(now)
        return [self._result(each.line) for each in rows]

    def _result(self, line: int) -> RowResult:
        if line in self.refused:
            return RowResult(line, Outcome.REJECTED, *self.refused[line])
        return RowResult(line, Outcome.ADDED)


NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)


def take_plans(path: Path, notebook: Notebook, encoding: str | None = None) -> Report:
    """Take a file of plans in."""
    source = Source(path, encoding=encoding)
    return take_in(
        source,
        PLAN_FILE,
        KNOWN,
        lambda rows: notebook.take_plans(rows, NOW),
        lambda _: nullcontext(lambda _: None),
    )


def take_payments(path: Path, notebook: Notebook) -> Report:
    """Take a file of payments in."""
    return take_in(
        Source(path),
        PAYMENT_FILE,
        KNOWN,
        lambda rows: notebook.take_payments(rows, NOW),
        lambda _: nullcontext(lambda _: None),
    )
