"""Consent, and where addresses come from: `duly consent`, `duly origin`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import Author, Creditor, Debtor, Point, end, minute
from scheduler.cli.instants import an_instant
from scheduler.domain.errors import UsageError
from scheduler.domain.plan import Origin, Purpose, Source

if TYPE_CHECKING:
    from scheduler.bootstrap import App


class Granted(StrEnum):
    """What a debtor may let be done beyond being written to at all."""

    ELECTRONIC = "electronic"
    WRITTEN = "written"
    OUTSIDE_HOURS = "outside-hours"
    DEBT_DETAILS = "debt-details"

    @property
    def purpose(self) -> Purpose:
        """The purpose of this name."""
        return Purpose[self.name]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("consent")(consent)
    app.command("origin")(origin)


def consent(
    context: typer.Context,
    debtor: Debtor,
    channel: Point,
    author: Author,
    opt_out: Annotated[bool, typer.Option("--opt-out", help="Close the address.")] = False,
    opt_in: Annotated[bool, typer.Option("--opt-in", help="Open it again, if its owner wants that.")] = False,
    grant: Annotated[Granted | None, typer.Option("--grant", help="What the debtor consents to.")] = None,
    revoke: Annotated[Granted | None, typer.Option("--revoke", help="What the debtor takes back.")] = None,
    evidence: Annotated[
        str | None, typer.Option("--evidence", help="With --grant: when and how it was given, in words.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="INSTANT", help="With --grant: RFC 3339; else until revoked."),
    ] = None,
    creditor: Creditor = None,
) -> None:
    """Note what a debtor lets be done with an address: nothing any more, or more than before.

    An opt-out holds for whoever shares the address; a consent is the debtor's alone.
    """
    _refuse_mixture((opt_out, opt_in), grant, revoke, evidence, until)
    from scheduler.cli.parts import assembled

    app, whose = assembled(context), (creditor, debtor, channel.value)
    if opt_out or opt_in:
        _opt(app, whose, opt_out, author)
    elif grant is not None:
        _grant(app, whose, grant, evidence or "", until, author)
    elif revoke is not None:
        _revoke(app, whose, revoke, author)


_Whose = tuple[str | None, str, str]


def _refuse_mixture(
    opts: tuple[bool, bool],
    grant: Granted | None,
    revoke: Granted | None,
    evidence: str | None,
    until: str | None,
) -> None:
    if sum((*opts, grant is not None, revoke is not None)) != 1:
        raise UsageError("Say one thing at a time: --opt-out, --opt-in, --grant or --revoke")
    if grant is not None and not (evidence or "").strip():
        raise UsageError("--evidence is missing; say when and how the debtor gave this consent")
    if grant is None and (evidence is not None or until is not None):
        raise UsageError("--evidence and --until belong to --grant; leave them out")


def _opt(app: "App", whose: _Whose, opt_out: bool, author: str) -> None:
    from scheduler.store.patience import patiently

    count = patiently(app.desk.consent, *whose, opt_out, author, app.clock.now())
    others = f" (and {count - 1} more who share the address)" if count > 1 else ""
    typer.echo(f"{'Opted out' if opt_out else 'Opted in'}: {whose[1]} on {whose[2]}{others}")


def _grant(
    app: "App", whose: _Whose, granted: Granted, evidence: str, until: str | None, author: str
) -> None:
    from scheduler.ports import NewGrant
    from scheduler.store.patience import patiently

    now = app.clock.now()
    new = NewGrant(
        granted.purpose, evidence.strip(), author, now, end(until, now, "to let it hold until it is revoked")
    )
    number = patiently(app.desk.consents.grant, *whose, new)
    holds = f"until {minute(new.until)}" if new.until else "until it is revoked"
    typer.echo(f"Consent {number} noted: {granted.value}, from {whose[1]} on {whose[2]}, {holds}")


def _revoke(app: "App", whose: _Whose, revoked: Granted, author: str) -> None:
    from scheduler.store.patience import patiently

    patiently(app.desk.consents.revoke, *whose, revoked.purpose, author, app.clock.now())
    typer.echo(f"Consent revoked: {revoked.value}, by {whose[1]} on {whose[2]}")


def origin(
    context: typer.Context,
    debtor: Debtor,
    channel: Point,
    author: Author,
    source: Annotated[Source | None, typer.Option("--source", help="Who gave the address.")] = None,
    used_at: Annotated[
        str | None,
        typer.Option(
            "--used-at",
            metavar="INSTANT",
            help="When the debtor last wrote from it or renewed consent. RFC 3339.",
        ),
    ] = None,
    checked_at: Annotated[
        str | None,
        typer.Option(
            "--checked-at", metavar="INSTANT", help="When it was last confirmed to be the debtor's. RFC 3339."
        ),
    ] = None,
    work: Annotated[bool | None, typer.Option("--work/--no-work", help="An address at work.")] = None,
    shared: Annotated[bool | None, typer.Option("--shared/--no-shared", help="Others read it too.")] = None,
    creditor: Creditor = None,
) -> None:
    """Note where a debtor's address comes from; what is not said stays as it is."""
    from scheduler.cli.parts import assembled
    from scheduler.intake.consents import SaidOfOrigin
    from scheduler.store.patience import patiently

    app = assembled(context)
    used, checked = _instant(used_at, "--used-at"), _instant(checked_at, "--checked-at")
    said = SaidOfOrigin(source, used, checked, work, shared)
    known = patiently(
        app.desk.consents.set_origin, creditor, debtor, channel.value, said, author, app.clock.now()
    )
    typer.echo(f"Origin noted: {debtor} on {channel.value}, {', '.join(_facts(known))}")


def _instant(text: str | None, option: str) -> datetime | None:
    return an_instant(option, text).astimezone(UTC) if text is not None else None


def _facts(origin: Origin) -> Iterator[str]:
    yield _GIVEN_BY[origin.source]
    if origin.used_at is not None:
        yield f"last used {minute(origin.used_at)}"
    if origin.checked_at is not None:
        yield f"last checked {minute(origin.checked_at)}"
    if origin.work:
        yield "at work"
    if origin.shared:
        yield "shared with others"


_GIVEN_BY = {
    None: "nobody knows who gave it",
    Source.DEBTOR: "given by the debtor",
    Source.CREDITOR: "given by the creditor",
    Source.COLLECTOR: "given by a collector",
    Source.FOUND: "found",
}
