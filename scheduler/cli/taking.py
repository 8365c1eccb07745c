"""Takes files and single payments in for the command line, and says what became of them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy import select

from scheduler.domain.errors import UsageError
from scheduler.domain.news import Outcome, PaymentRow, PlanRow, RowResult
from scheduler.intake.reading.importing import PAYMENT_FILE, PLAN_FILE, Report, Source, take_in
from scheduler.intake.reading.payments import payment_row
from scheduler.intake.reading.references import References
from scheduler.intake.reading.rows import Fault, Table
from scheduler.ports import Clock
from scheduler.rehearsal.sample import write_sample
from scheduler.store.patience import patiently
from scheduler.store.tables import plan

if TYPE_CHECKING:
    from scheduler.bootstrap import App

_SAMPLE_PLANS = 234
_ARGUMENTS = {
    "payment_ref": "--ref",
    "received_at": "--received-at",
    "method": "--method",
    "medium": "--medium",
    "receipt_by": "--receipt-by",
    "creditor": "--creditor",
}


class PlanIntake(Protocol):
    """Takes plan rows, one transaction a call."""

    def take_plans(self, rows: Sequence[PlanRow], now: datetime) -> Sequence[RowResult]:
        """Say what became of each row."""
        ...


class PaymentIntake(Protocol):
    """Takes payment rows, one transaction a call."""

    def take_payments(self, rows: Sequence[PaymentRow], now: datetime) -> Sequence[RowResult]:
        """Say what became of each row."""
        ...


class Known(Protocol):
    """What rows may name."""

    @property
    def creditors(self) -> Mapping[str, object]:
        """The creditors by id."""
        ...

    @property
    def cadences(self) -> Mapping[str, object]:
        """The cadences by id."""
        ...


class Door(Protocol):
    """What these commands need of the assembled application."""

    @property
    def plan_intake(self) -> PlanIntake:
        """Takes plan rows."""
        ...

    @property
    def payment_intake(self) -> PaymentIntake:
        """Takes payment rows."""
        ...

    @property
    def catalogue(self) -> Known:
        """What rows may name."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        ...


def take_in_plans(door: Door, source: Source, creditor: str | None) -> Report:
    """Take in a file of plans. Raises UsageError when it cannot be read."""
    intake, clock = door.plan_intake, door.clock
    references = _references(door, creditor)
    watch = partial(_progress, source.path.name)
    return take_in(
        source, PLAN_FILE, references, lambda rows: patiently(intake.take_plans, rows, clock.now()), watch
    )


def take_in_payments(door: Door, source: Source, creditor: str | None) -> Report:
    """Take in a file of payments. Raises UsageError when it cannot be read."""
    intake, clock = door.payment_intake, door.clock
    references = _references(door, creditor)
    watch = partial(_progress, source.path.name)
    return take_in(
        source,
        PAYMENT_FILE,
        references,
        lambda rows: patiently(intake.take_payments, rows, clock.now()),
        watch,
    )


def record_payment(door: Door, cells: Mapping[str, str], creditor: str | None, author: str) -> Outcome:
    """Record one payment of cells by column in somebody's name. Raises UsageError when it cannot be taken."""
    try:
        row = replace(payment_row(1, cells, _references(door, creditor)), author=author)
    except Fault as fault:
        raise _argument_error(fault.column, fault.reason) from fault
    (result,) = patiently(door.payment_intake.take_payments, [row], door.clock.now())
    if result.outcome is Outcome.REJECTED:
        raise _argument_error(result.column, result.reason)
    return result.outcome


def take_in_sample(app: "App") -> None:
    """Take in a made-up portfolio when there are no plans yet, under the first creditor."""
    with app.database.read() as connection:
        if connection.execute(select(plan.c.id).limit(1)).first() is not None:
            return
    creditor = min(app.catalogue.creditors)
    with TemporaryDirectory() as folder:
        files = write_sample(Path(folder), _SAMPLE_PLANS, seed=1, today=app.clock.now().date())
        plans = take_in_plans(app, Source(files[0]), creditor)
        payments = take_in_payments(app, Source(files[1]), creditor)
    instalments, paid = plans.counts()["added"], payments.counts()["added"]
    typer.echo(
        f"A made-up portfolio is in: {_SAMPLE_PLANS} plans, {instalments:,} instalments, {paid:,} payments"
    )


def tell(report: Report, file: Path, as_json: bool) -> None:
    """Print what became of the rows; exit 1 when some were rejected."""
    counts = report.counts()
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        words = ", ".join(f"{number:,} {name}" for name, number in counts.items())
        typer.echo(f"{file}: {words}")
    if not report.rejected:
        return
    for line, column, reason in report.first_rejected:
        typer.echo(f"{file}, line {line}{f', column {column}' if column else ''}: {reason}", err=True)
    typer.echo(f"Rejected rows are in {file}.rejects.csv; correct them there and import that file", err=True)
    raise typer.Exit(1)


def _references(door: Door, creditor: str | None) -> References:
    return References.of(door.catalogue.creditors, door.catalogue.cadences, creditor)


@contextmanager
def _progress(name: str, table: Table) -> Iterator[Callable[[Report], None]]:
    """Show a bar on standard error while a file is taken in, on a terminal only."""
    console = Console(stderr=True)
    if not console.file.isatty():  # Console.is_terminal also believes FORCE_COLOR
        yield lambda report: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=1.0)

        def advance(report: Report) -> None:
            words = f"{name}: {report.counts()['read']:,} rows"
            bar.update(task, completed=table.fraction(), description=words)

        yield advance


def _argument_error(column: str, reason: str) -> UsageError:
    """Say of an argument what is said of a column."""
    return UsageError(f"{_ARGUMENTS.get(column, column.upper())}: {reason.replace('the cell', 'the value')}")
