"""Holds: `duly hold`, `duly release`."""

from typing import Annotated

import typer

from scheduler.cli.arguments import LARGEST, Author, Creditor, Debtor, end
from scheduler.domain.errors import UsageError
from scheduler.domain.facts import HoldKind


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("hold")(hold)
    app.command("release")(release)


def hold(
    context: typer.Context,
    debtor: Debtor,
    kind: Annotated[HoldKind, typer.Option("--kind", help="Why this person must not be contacted.")],
    reason: Annotated[str, typer.Option("--reason", help="In words, for whoever reads it later.")],
    author: Author,
    plan: Annotated[str | None, typer.Option("--plan", help="Hold one plan only.")] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="INSTANT", help="RFC 3339 with an offset; else until lifted."),
    ] = None,
    creditor: Creditor = None,
) -> None:
    """Stop contact with a debtor, or about one plan, for a stated reason."""
    if not reason.strip():
        raise UsageError(
            "--reason is empty; say why, for whoever decides later whether the hold still stands"
        )
    from scheduler.cli.governed import rules_for
    from scheduler.cli.parts import assembled
    from scheduler.intake.advice import lasting
    from scheduler.ports import NewHold
    from scheduler.store.patience import patiently

    app = assembled(context)
    now = app.clock.now()
    new = NewHold(kind, author, reason, now, end(until, now, "to hold until lifted"))
    number = patiently(app.desk.hold, creditor, debtor, plan, new)
    typer.echo(f"Hold {number} placed on {debtor}: {kind.value}")
    if new.until is None:
        for each in lasting(rules_for(app, creditor, debtor), kind, now):
            typer.echo(each)


def release(
    context: typer.Context,
    number: Annotated[int, typer.Argument(max=LARGEST, help="The hold's number.")],
    author: Author,
) -> None:
    """Lift a hold; what it stopped is decided afresh."""
    from scheduler.cli.parts import assembled
    from scheduler.store.patience import patiently

    app = assembled(context)
    kind = patiently(app.desk.release, number, author, app.clock.now())
    typer.echo(f"Hold {number} lifted: {kind.value}")
