"""The log and the numbers: `duly log`, `duly log export`, `duly log verify`, `duly log audit`, `duly stats`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from scheduler.domain.entry import Event
from scheduler.domain.errors import UsageError

if TYPE_CHECKING:
    from scheduler.cli.parts import Globals
    from scheduler.ledger.findings import Audit
    from scheduler.ledger.statutes import Book
    from scheduler.ledger.verification import Verification
    from scheduler.store.engine import Database

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Format(StrEnum):
    """What the log can be exported as."""

    JSONL = "jsonl"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(invoke_without_command=True, help="Show what was done and decided, the newest last.")
    group.callback()(log)
    group.command("export")(export)
    group.command("verify")(verify)
    group.command("audit")(audit)
    app.add_typer(group, name="log")
    app.command("stats")(stats)


def log(
    context: typer.Context,
    debtor: Annotated[
        str | None, typer.Option("--debtor", metavar="REF", help="About one debtor only.")
    ] = None,
    plan: Annotated[str | None, typer.Option("--plan", metavar="REF", help="About one plan only.")] = None,
    event: Annotated[Event | None, typer.Option("--event", metavar="EVENT", help="Such as deferred.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many at most.")] = 50,
    personal: Annotated[bool, typer.Option("--personal", help="Show addresses and words, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was done and decided, the newest last."""
    if context.invoked_subcommand is not None:
        return
    from scheduler.cli.log_tables import entries_table, show
    from scheduler.ledger.line import exported, without_personal
    from scheduler.store.latest import Wanted, latest

    wanted = Wanted(limit, debtor, plan, event.value if event else None)
    entries = [exported(each) for each in latest(_database(context), wanted)]
    lines = entries if personal else [without_personal(each) for each in entries]
    if as_json:
        _print_json({"entries": lines})
    elif lines:
        show(entries_table(lines))
    else:
        typer.echo("The log has no such entry")


def export(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Written whole or not at all.")
    ] = None,
    _format: Annotated[Format, typer.Option("--format", help="One JSON object a line.")] = Format.JSONL,
) -> None:
    """Write every entry as one JSON object, oldest first, with what is left of its personal payload."""
    from scheduler.ledger import export as ledger
    from scheduler.store.log import SqlLog

    store = SqlLog(_database(context))
    if out is None:
        ledger.export(store, sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
    else:
        count = ledger.export_to(store, out)
        typer.echo(f"{out}: {count:,} entries")


def verify(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An export; else the database.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that no entry was changed, added or removed; exit 1 with a line for each chain where one was.

    A FILE is verified by itself, without a database. What is missing at the end of a chain, or a whole chain,
    shows only in the database.
    """
    result = _verify_database(context) if file is None else _verify_file(file)
    if as_json:
        findings = [asdict(each) for each in result.findings]
        _print_json({"ok": result.is_sound, **asdict(result), "findings": findings})
    elif result.is_sound:
        typer.echo(_sound(result, file))
    else:
        typer.echo("\n".join(str(each) for each in result.findings))
    if not result.is_sound:
        raise typer.Exit(1)


def audit(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An export; else the database.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count what was sent in spite of contact hours and limits; exit 1 with a line for each message that was.

    The log is read again, without the policy engine, against the policies of the configuration as they are now. A
    FILE is audited without a database.
    """
    from scheduler.cli.audit_report import audit_fields, audit_lines
    from scheduler.ledger.policy_file import read_book

    options: Globals = context.find_root().obj
    book = read_book(options.config_dir)
    found = _audit_database(context, book) if file is None else _audit_file(file, book)
    if as_json:
        _print_json(audit_fields(found))
    else:
        typer.echo("\n".join(audit_lines(found)))
    if found.violations:
        raise typer.Exit(1)


def stats(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how many plans, touchpoints and messages there are, and why what was not sent was not."""
    from scheduler.cli.log_tables import numbers_json, numbers_table, show
    from scheduler.clock import SystemClock
    from scheduler.store.numbers import numbers

    now = SystemClock().now()
    found = numbers(_database(context), now)
    if as_json:
        _print_json(numbers_json(found, now))
    else:
        show(numbers_table(found, now))


def _verify_database(context: typer.Context) -> "Verification":
    from scheduler.ledger.store_check import verify_store
    from scheduler.store.log import SqlLog

    return verify_store(SqlLog(_database(context)))


def _verify_file(file: Path) -> "Verification":
    from scheduler.ledger.verification import verify_export

    with _opened(file) as lines:
        return verify_export(lines, str(file))


def _audit_database(context: typer.Context, book: "Book") -> "Audit":
    from scheduler.ledger.auditor import audit
    from scheduler.ledger.export import exported_lines
    from scheduler.store.log import SqlLog

    return audit(exported_lines(SqlLog(_database(context))), "the log", book)


def _audit_file(file: Path, book: "Book") -> "Audit":
    from scheduler.ledger.auditor import audit

    with _opened(file) as lines:
        return audit(lines, str(file), book)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        with file.open("rb") as lines:
            yield lines
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read ({error.strerror}); name a file that `duly log export` wrote"
        ) from error


def _sound(result: "Verification", file: Path | None) -> str:
    what = "The log" if file is None else str(file)
    erased = f", {result.erased:,} are erased" if result.erased else ""
    sentence = (
        f"{what} is sound: {result.entries:,} entries on {result.chains:,} chain{'s' if result.chains != 1 else ''}; "
        f"{result.payloads:,} personal payloads match{erased}"
    )
    return (
        sentence
        if file is None
        else f"{sentence}. Whether it ends where the log ends, only the database can tell"
    )


def _print_json(fields: dict[str, object]) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False))


def _database(context: typer.Context) -> "Database":
    """Open the database of the global options; the log is read without the configuration.

    Raises UsageError where there is none yet: a new one would only say that all is well.
    """
    from scheduler.bootstrap import ready_database
    from scheduler.cli.parts import refuse_missing

    options: Globals = context.find_root().obj
    refuse_missing(options.database_url)
    return ready_database(options.database_url)
