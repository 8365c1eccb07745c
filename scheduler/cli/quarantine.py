"""Quarantine: `duly quarantine status`, `duly quarantine start`, `duly quarantine release`."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import Author, minute
from scheduler.domain.entry import instant_text
from scheduler.domain.errors import UsageError

if TYPE_CHECKING:
    from scheduler.store.custody import Standing

_CAUSES: Mapping[str, str] = {
    "lost_tail": "the database has lost what was written last",
    "another_database": "this is not the database that was written to last",
    "failed_over": "another database server has taken over",
    "clock_jump": "the clock has jumped",
    "clock_behind": "the clock lies behind what was noted",
    "by_hand": "it was started by hand",
}
_RELEASE = "duly quarantine release --as NAME --note TEXT"
_OF_THE_CLOCK = (
    "Set the machine's clock right, and have it kept right from outside (NTP)",
    "Look with `duly log` at what was sent while it was wrong, and tell those whom that concerns",
    f"Let go on: `{_RELEASE}`",
)
_OF_THE_DATABASE = (
    "Keep `duly run` running on every machine where it runs: it sends nothing, takes in what providers report, "
    "and looks for what is in doubt",
    "Import plans, then payments, up to today: what was sent for them before becomes unknown, not planned",
    "Note again what people have told you since the copy was made: `duly consent`, `duly hold`, `duly hours`, "
    "`duly contact`, `duly pause`",
    "Settle with `duly unknown` what you know of the messages in doubt; the rest stays unknown and is never repeated",
    f"Let go on: `{_RELEASE}`",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Show, start or end a stop of all sending.")
    group.command("status")(status)
    group.command("start")(start)
    group.command("release")(release)
    app.add_typer(group, name="quarantine")


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether a quarantine stands, why, and what to do next; exit 1 when one does."""
    from scheduler.cli.parts import at_hand

    standing = at_hand(context).custody.standing()
    if as_json:
        fields = {"quarantine": None if standing is None else _fields(standing)}
        typer.echo(json.dumps(fields, ensure_ascii=False))
    else:
        typer.echo("No quarantine stands" if standing is None else "\n".join(quarantine_words(standing)))
    if standing is not None:
        raise typer.Exit(1)


def start(
    context: typer.Context,
    author: Author,
    reason: Annotated[str, typer.Option("--reason", help="In words, for whoever releases it.")],
) -> None:
    """Send nothing until somebody releases it: for a copy of the database that you have put back knowingly."""
    said = _said("--reason", reason, "say why, for whoever decides later whether to release it")
    from scheduler.cli.parts import at_hand

    panel = at_hand(context)
    is_new = panel.custody.start(author, said, panel.clock.now())
    typer.echo(
        "In quarantine from now on: no call begins a second from now. `duly quarantine status` says what to do next"
        if is_new
        else "A quarantine stands already, and stays as it is; `duly quarantine status` shows it"
    )


def release(
    context: typer.Context,
    author: Author,
    note: Annotated[str, typer.Option("--note", help="What was checked, for whoever asks later.")],
    although_unknown: Annotated[
        bool, typer.Option("--although-unknown", help="Do not wait for lost messages that are looked for.")
    ] = False,
) -> None:
    """Let sending go on; the database, its server and the clock are taken as they are now."""
    said = _said("--note", note, "say what was checked, for whoever asks later")
    from scheduler.cli.parts import at_hand

    panel = at_hand(context)
    standing = panel.custody.release(author, said, panel.clock.now(), although_unknown=although_unknown)
    if standing is None:
        raise UsageError("No quarantine stands, so there is none to release")
    if standing.lost and not although_unknown:
        raise UsageError(_still_looked_for(standing))
    typer.echo("Released: what is due and allowed goes out at the next turn")
    for line in _left(standing):
        typer.echo(line)


def _said(option: str, text: str, what: str) -> str:
    if not text.strip():
        raise UsageError(f"{option} is empty; {what}")
    return text.strip()


def _still_looked_for(standing: "Standing") -> str:
    until = f" until {minute(standing.looked_for_until)} at the latest" if standing.looked_for_until else ""
    return (
        f"{_count(standing.lost, 'message')} that the database had lost {_are(standing.lost)} still looked for{until}; "
        f"wait, settle them with `duly unknown settle`, or add --although-unknown: "
        f"they stay unknown and are not sent again"
    )


def _left(standing: "Standing") -> Iterator[str]:
    """Say what stays in doubt after a release."""
    if standing.unknown:
        in_doubt = f"{_count(standing.unknown, 'message')} in doubt {_are(standing.unknown)}"
        yield f"{in_doubt} looked for as before: `duly unknown`"
    if standing.forgotten:
        yield f"{_unplaced(standing)}; none of them is sent again"


def quarantine_words(standing: "Standing") -> Iterator[str]:
    """Yield why a quarantine stands, what is in doubt, and what to do, numbered."""
    found = standing.quarantine
    yield f"In quarantine since {minute(found.since)}: {_CAUSES.get(found.cause, found.cause)} ({found.detail})"
    yield "Nothing is sent. Everything is taken in, and what is in doubt is looked for."
    yield from _in_doubt(standing)
    yield "What to do:"
    for number, step in enumerate(_steps(found.cause), 1):
        yield f"  {number}. {step}"


def _in_doubt(standing: "Standing") -> Iterator[str]:
    if standing.unknown:
        lost = f", {standing.lost:,} of them lost by the database" if standing.lost else ""
        yield f"{_count(standing.unknown, 'message')} {_are(standing.unknown)} unknown{lost}"
    if standing.looked_for_until is not None:
        yield f"What was lost is looked for until {minute(standing.looked_for_until)} at the latest"
    if standing.forgotten:
        yield _unplaced(standing)


def _unplaced(standing: "Standing") -> str:
    return (
        f"{_count(standing.forgotten, 'message')} went out for what is not planned yet; "
        f"that becomes unknown once its plans and payments are imported and it comes due again"
    )


def _steps(cause: str) -> tuple[str, ...]:
    return _OF_THE_CLOCK if cause.startswith("clock_") else _OF_THE_DATABASE


def _fields(standing: "Standing") -> dict[str, object]:
    until = standing.looked_for_until
    return {
        "cause": standing.quarantine.cause,
        "detail": standing.quarantine.detail,
        "since": instant_text(standing.quarantine.since),
        "unknown": standing.unknown,
        "lost": standing.lost,
        "looked_for_until": None if until is None else instant_text(until),
        "forgotten": standing.forgotten,
        "next": _steps(standing.quarantine.cause),
    }


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
