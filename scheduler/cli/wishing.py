"""Hours that debtors ask for: `duly hours`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import LARGEST, Author, Channel, Creditor, Debtor, end, minute
from scheduler.domain.errors import UsageError

if TYPE_CHECKING:
    from scheduler.bootstrap import App

_HOURS = "HOURS"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hours")(hours)


def hours(
    context: typer.Context,
    debtor: Debtor,
    author: Author,
    closed: Annotated[
        list[str] | None,
        typer.Option("--not", metavar=_HOURS, help='Not then, every week: "mon-fri 09:00-17:00", "sun".'),
    ] = None,
    opened: Annotated[
        list[str] | None, typer.Option("--only", metavar=_HOURS, help='Only then: "mon-fri 18:00-20:00".')
    ] = None,
    channel: Annotated[
        list[Channel] | None, typer.Option("--channel", help="On this channel; else on all.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="INSTANT", help="RFC 3339 with an offset; else until withdrawn."),
    ] = None,
    said: Annotated[bool, typer.Option("--said/--written", help="How the debtor asked for it.")] = False,
    withdraw: Annotated[
        int | None,
        typer.Option("--withdraw", max=LARGEST, metavar="NUMBER", help="End hours that were noted before."),
    ] = None,
    creditor: Creditor = None,
) -> None:
    """Note hours at which a debtor asked not to be written to, or the only ones at which that is welcome.

    They are meant where the debtor lives. Without days it is every day, without hours the whole day.
    """
    if sum(bool(each) for each in (closed, opened, withdraw)) != 1:
        raise UsageError("Say one thing at a time: --not HOURS, --only HOURS or --withdraw NUMBER")
    from scheduler.cli.parts import assembled

    app = assembled(context)
    if withdraw is not None:
        _withdraw(app, creditor, debtor, withdraw, author)
        return
    channels = tuple(each.value for each in channel or Channel)
    asked = _Asked(tuple(closed or ()), tuple(opened or ()), channels, said, author)
    now = app.clock.now()
    asked_until = end(until, now, "to let it hold until it is withdrawn")
    for each in _state(app, creditor, debtor, asked, asked_until, now):
        typer.echo(each)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the debtor asked for, as the options say it: either hours to be closed, or the only ones to be open."""

    closed: tuple[str, ...]
    opened: tuple[str, ...]
    channels: tuple[str, ...]
    said: bool
    author: str

    @property
    def words(self) -> str:
        """The hours as they are kept: in small letters, such as `not mon-fri 09:00-17:00, sun`."""
        hours = (" ".join(each.lower().split()) for each in self.closed or self.opened)
        return f"{'not' if self.closed else 'only'} {', '.join(hours)}"


def _state(
    app: "App", creditor: str | None, debtor: str, asked: _Asked, until: datetime | None, now: datetime
) -> Iterator[str]:
    """Note the hours, and yield what to say of it."""
    from scheduler.cli.governed import rules_for
    from scheduler.cli.week_words import only, without
    from scheduler.intake.advice import beyond_duty, oral_limit
    from scheduler.ports import NewStated
    from scheduler.store.patience import patiently

    week = without(asked.closed) if asked.closed else only(asked.opened)
    rules = rules_for(app, creditor, debtor)
    limit = oral_limit(rules, now) if asked.said and until is None else None
    until = now + limit[0] if limit else until
    source = "oral" if asked.said else "written"
    new = NewStated(week, asked.channels, now, until, source, asked.author)
    number = patiently(app.desk.wishes.state, creditor, debtor, new, asked.words)
    ends = f"until {minute(until)}" if until else f"until `duly hours {debtor} --withdraw {number}`"
    yield f"Stated hours {number} noted for {debtor}: {asked.words}, by {' and '.join(asked.channels)}, {ends}"
    if limit:
        yield limit[1]
    yield from beyond_duty(rules, week, asked.channels, now)


def _withdraw(app: "App", creditor: str | None, debtor: str, number: int, author: str) -> None:
    from scheduler.store.patience import patiently

    patiently(app.desk.wishes.withdraw, creditor, debtor, number, author, app.clock.now())
    typer.echo(f"Stated hours {number} of {debtor} withdrawn")
