"""Holds and consent: `duly hold`, `duly release`, `duly consent`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from scheduler.domain.errors import UsageError
from scheduler.domain.facts import HoldKind


class Channel(StrEnum):
    """How somebody is written to."""

    SMS = "sms"
    EMAIL = "email"


def _named(text: str) -> str:
    """Return a name without surrounding white space; somebody must stand for what is changed."""
    if not text.strip():
        raise UsageError("--as is empty; name the person who does this")
    return text.strip()


Author = Annotated[
    str,
    typer.Option("--as", metavar="NAME", envvar="DULY_USER", callback=_named, help="Who does this."),
]
Creditor = Annotated[str | None, typer.Option("--creditor", help="Needed where there is more than one.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("hold")(hold)
    app.command("release")(release)
    app.command("consent")(consent)


def hold(
    context: typer.Context,
    debtor: Annotated[str, typer.Argument(help="The debtor's reference.")],
    kind: Annotated[HoldKind, typer.Option("--kind", help="Why this person must not be contacted.")],
    reason: Annotated[str, typer.Option("--reason", help="In words, for whoever reads it later.")],
    author: Author,
    plan: Annotated[str | None, typer.Option("--plan", help="Hold one plan only.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="RFC 3339 with an offset; else until lifted.")
    ] = None,
    creditor: Creditor = None,
) -> None:
    """Stop contact with a debtor, or about one plan, for a stated reason."""
    from scheduler.cli.parts import assembled
    from scheduler.ports import NewHold
    from scheduler.store.patience import patiently

    app = assembled(context)
    now = app.clock.now()
    new = NewHold(kind, author, reason, now, _instant(until, now))
    number = patiently(app.desk.hold, creditor, debtor, plan, new)
    typer.echo(f"Hold {number} placed on {debtor}: {kind.value}")


def release(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The hold's number.")],
    author: Author,
) -> None:
    """Lift a hold; what it stopped is decided afresh."""
    from scheduler.cli.parts import assembled
    from scheduler.store.patience import patiently

    app = assembled(context)
    kind = patiently(app.desk.release, number, author, app.clock.now())
    typer.echo(f"Hold {number} lifted: {kind.value}")


def consent(
    context: typer.Context,
    debtor: Annotated[str, typer.Argument(help="The debtor's reference.")],
    channel: Annotated[Channel, typer.Option("--channel", help="Which of the debtor's addresses.")],
    opt_out: Annotated[bool, typer.Option("--opt-out/--opt-in", help="Close the address, or open it again.")],
    author: Author,
    creditor: Creditor = None,
) -> None:
    """Note that a debtor's address must not, or may again, be written to. It holds for whoever shares it."""
    from scheduler.cli.parts import assembled
    from scheduler.store.patience import patiently

    app = assembled(context)
    count = patiently(app.desk.consent, creditor, debtor, channel.value, opt_out, author, app.clock.now())
    others = f" (and {count - 1} more who share the address)" if count > 1 else ""
    typer.echo(f"{'Opted out' if opt_out else 'Opted in'}: {debtor} on {channel.value}{others}")


def _instant(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(
            f"--until is {text!r}; write an instant with an offset, such as 2027-03-01T09:00:00+01:00"
        )
    if instant <= now:
        raise UsageError(
            "--until lies in the past; give a later instant, or leave it out to hold until lifted"
        )
    return instant
