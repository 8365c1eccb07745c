"""Plans and payments come in: `duly import`, `duly pay`, and `duly sample` for made-up ones."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import Author, Creditor
from scheduler.domain.errors import UsageError
from scheduler.domain.news import Outcome

if TYPE_CHECKING:
    from scheduler.bootstrap import App

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON Lines or XLSX.")]
Format = Annotated[
    str | None, typer.Option("--format", help="csv, jsonl or xlsx; else the file's ending says it.")
]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Of CSV and JSON Lines; UTF-8 unless said.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Take in a file of plans or payments.")
    group.command("plans")(import_plans)
    group.command("payments")(import_payments)
    app.add_typer(group, name="import")
    app.command("pay")(pay)
    app.command("sample")(sample)


def import_plans(
    context: typer.Context,
    file: File,
    format_name: Format = None,
    encoding: Encoding = None,
    creditor: Creditor = None,
    as_json: Json = False,
) -> None:
    """Take in plans, one row per instalment; the same file again changes nothing.

    Rows that cannot be used are kept in FILE.rejects.csv, which is written only when there are any; correct them
    there and import that file. The other rows are in, and the command exits 1.
    """
    from scheduler.cli.parts import assembled
    from scheduler.cli.taking import take_in_plans, tell
    from scheduler.intake.reading.importing import Source

    tell(take_in_plans(assembled(context), Source(file, format_name, encoding), creditor), file, as_json)


def import_payments(
    context: typer.Context,
    file: File,
    format_name: Format = None,
    encoding: Encoding = None,
    creditor: Creditor = None,
    as_json: Json = False,
) -> None:
    """Take in payments; each is confirmed to its debtor once, and the same file again changes nothing.

    Rows that cannot be used are kept in FILE.rejects.csv, which is written only when there are any; correct them
    there and import that file. The other rows are in, and the command exits 1.
    """
    from scheduler.cli.parts import assembled
    from scheduler.cli.taking import take_in_payments, tell
    from scheduler.intake.reading.importing import Source

    tell(take_in_payments(assembled(context), Source(file, format_name, encoding), creditor), file, as_json)


def pay(
    context: typer.Context,
    plan_ref: Annotated[str, typer.Argument(metavar="PLAN_REF", help="The plan that is paid.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="In major units, such as 1234.50.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="ISO 4217, such as EUR.")],
    author: Author,
    payment_ref: Annotated[
        str, typer.Option("--ref", help="The payment's own reference; it counts only once.")
    ],
    received_at: Annotated[str | None, typer.Option(help="RFC 3339 with an offset; now unless said.")] = None,
    method: Annotated[str | None, typer.Option(help="How it came, such as card.")] = None,
    medium: Annotated[
        str | None, typer.Option(help="How the debtor was in touch when paying, such as web, sms or call.")
    ] = None,
    receipt_by: Annotated[
        str | None, typer.Option(help="Where the debtor agreed to have it confirmed: sms, email or both.")
    ] = None,
    creditor: Creditor = None,
    as_json: Json = False,
) -> None:
    """Record one payment; the debtor gets one confirmation with the new balance."""
    from scheduler.cli.parts import assembled
    from scheduler.cli.taking import record_payment

    app = assembled(context)
    cells = {"payment_ref": payment_ref, "plan_ref": plan_ref, "amount": amount, "currency": currency}
    cells |= {"received_at": received_at or app.clock.now().isoformat(), "method": method or ""}
    cells |= {"medium": medium or "", "receipt_by": receipt_by or ""}
    outcome = record_payment(app, cells, creditor, author)
    if as_json:
        typer.echo(json.dumps({"payment_ref": payment_ref, "plan_ref": plan_ref, "outcome": outcome.value}))
    elif outcome is Outcome.ADDED:
        typer.echo(f"Payment {payment_ref} recorded on plan {plan_ref}")
    else:
        typer.echo(f"Payment {payment_ref} was recorded before; nothing changed")


def sample(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where plans.csv and payments.csv go.")],
    plans: Annotated[
        int, typer.Option("--plans", help="How many plans, of about twelve instalments each.")
    ] = 234,
    seed: Annotated[int, typer.Option("--seed", help="The same seed and day make the same files.")] = 1,
    today: Annotated[
        str | None, typer.Option("--today", help="YYYY-MM-DD; the day in UTC unless said.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a made-up portfolio: debtors around the world, plans before, at and past their due dates, payments."""
    from scheduler.clock import SystemClock
    from scheduler.rehearsal.sample import write_sample

    day = SystemClock().now().date() if today is None else _day(today)
    plan_file, payment_file = write_sample(out, plans, seed, day)
    if as_json:
        typer.echo(json.dumps({"plans": str(plan_file), "payments": str(payment_file)}))
    else:
        typer.echo(f"{plan_file}\n{payment_file}")


def import_sample_if_empty(app: "App") -> None:
    """Take in a made-up portfolio when there are no plans yet, under the first creditor."""
    from scheduler.cli.taking import take_in_sample

    take_in_sample(app)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--today is {text!r}; write a day as YYYY-MM-DD") from None
