"""Messages in doubt: `duly unknown` lists them, `duly unknown settle` takes a person's word for one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import Author
from scheduler.domain.entry import instant_text
from scheduler.domain.errors import UsageError
from scheduler.domain.outcome import SETTLED_BY_HAND, MessageState, Ruling

if TYPE_CHECKING:
    from rich.table import Table

    from scheduler.ports import Doubted
    from scheduler.store.engine import Database

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

_COLUMNS = ("key", "debtor", "by", "since", "state", "why", "what happens next")
_SETTLE = "duly unknown settle KEY --went-out | --never-sent --as NAME --note TEXT"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        invoke_without_command=True, help="List messages of which nobody can tell whether they were sent."
    )
    group.callback()(unknown)
    group.command("settle")(settle)
    app.add_typer(group, name="unknown")


def unknown(
    context: typer.Context,
    debtor: Annotated[str | None, typer.Option("--debtor", metavar="REF", help="To one debtor only.")] = None,
    creditor: Annotated[str | None, typer.Option("--creditor", help="Of one creditor only.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List messages in doubt, and what was presumed or released within a week; exit 1 when some await a person."""
    if context.invoked_subcommand is not None:
        return
    from scheduler.cli.log_tables import show
    from scheduler.cli.parts import at_hand
    from scheduler.store.unsettled import Asked, in_doubt_now, short_keys

    panel = at_hand(context)
    now = panel.clock.now()
    _refuse_nobody(panel.database, creditor, debtor)
    found = in_doubt_now(panel.database, Asked(limit + 1, creditor, debtor), now)
    shown, more = found[:limit], len(found) > limit
    keys = short_keys(panel.database, shown)
    if as_json:
        fields = [_fields(each, keys[each.message_id]) for each in shown]
        typer.echo(json.dumps({"messages": fields, "more": more}, ensure_ascii=False))
    elif shown:
        show(_table(shown, keys, now))
        for line in _below(shown, more):
            typer.echo(line)
    else:
        typer.echo("No message is in doubt")
    if any(each.awaits_person for each in shown):
        raise typer.Exit(1)


def settle(
    context: typer.Context,
    key: Annotated[
        str, typer.Argument(help="A touchpoint's key, or its first digits; or a message's, with its attempt.")
    ],
    author: Author,
    note: Annotated[str, typer.Option("--note", help="How you know, for whoever asks later.")],
    went_out: Annotated[
        bool | None, typer.Option("--went-out/--never-sent", help="What became of the message.")
    ] = None,
    send_again: Annotated[
        bool,
        typer.Option("--send-again", help="Decide afresh what was never sent, if its creditor allows it."),
    ] = False,
) -> None:
    """Settle a message in doubt by your own evidence: it went out, or it was never sent."""
    if went_out is None:
        raise UsageError("Say what became of it: --went-out or --never-sent")
    if not note.strip():
        raise UsageError("--note is empty; say how you know, for whoever asks later")
    from scheduler.cli.parts import assembled

    app = assembled(context)
    doubted = _named(app.database, key)
    ruling = Ruling(went_out, author, note.strip())
    state = app.rulings.settle(doubted, ruling, send_again, app.clock.now())
    typer.echo(f"Message {doubted.message_key} {_settled(state, doubted, again=send_again)}")


def _settled(state: MessageState, doubted: "Doubted", *, again: bool) -> str:
    """Say what follows from a ruling."""
    if state is MessageState.ACCEPTED:
        return "went out, by your word: it stays in every limit, and nothing is sent again"
    if again:
        return (
            "was never sent, by your word: its step is decided afresh, and goes out if every rule allows it"
        )
    return (
        f"was never sent, by your word: no limit counts it any more, and its step is over for debtor "
        f"{doubted.debtor_ref}; the next one comes when it is due"
    )


def _named(database: "Database", text: str) -> "Doubted":
    """Return the message that a person names. Raises UsageError where that is none, or more than one in doubt."""
    from scheduler.store.stories import touchpoint_named
    from scheduler.store.unsettled import attempts_at

    key = touchpoint_named(database, text)
    attempts = attempts_at(database, key)
    named = [each for each in attempts if _fits(each, text.strip().lower())]
    if not named:
        raise UsageError(f"No message {text!r} was ever armed; `duly explain {key[:8]}` tells what was")
    open_ones = [each for each in named if each.state in (*SETTLED_BY_HAND, MessageState.ARMED)]
    if len(open_ones) > 1:
        several = ", ".join(each.message_key for each in open_ones)
        raise UsageError(f"Several messages of {text!r} are in doubt; name one: {several}")
    return (open_ones or named)[-1]


def _fits(doubted: "Doubted", text: str) -> bool:
    """Whether what follows a key, channel and attempt, is this message's, as far as it was written."""
    wanted = text.split("-")[1:]
    return set(wanted) <= {doubted.channel, str(doubted.attempt)}


def _refuse_nobody(database: "Database", creditor: str | None, debtor: str | None) -> None:
    """Raise UsageError for a creditor or debtor who is not known: a slip of the pen would say that all is well."""
    from scheduler.store.debtors import creditors_here, debtors_named

    with database.read() as connection:
        here = creditors_here(connection)
        if creditor is not None and creditor not in here:
            raise UsageError(
                f"--creditor {creditor!r} has no debtor here; there is {', '.join(here) or 'none'}"
            )
        if debtor is not None and not debtors_named(connection, debtor, creditor):
            raise UsageError(f"There is no debtor {debtor!r}; check the reference")


def _table(doubts: "Sequence[Doubted]", keys: Mapping[int, str], now: datetime) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, no_wrap=name in ("key", "state"), overflow="fold")
    for each in doubts:
        table.add_row(*map(Text, _cells(each, keys[each.message_id], now)))
    return table


def _cells(doubted: "Doubted", key: str, now: datetime) -> Iterator[str]:
    from scheduler.cli.doubt_words import STATES, minute_of, next_words, why_words
    from scheduler.cli.explain_times import Times

    times = Times(doubted.zones)
    yield key
    yield doubted.debtor_ref
    yield f"{doubted.channel} by {doubted.provider}"
    yield f"{minute_of(doubted.armed_at, times)} ({times.zone_at(instant_text(doubted.armed_at))})"
    yield STATES[doubted.state]
    yield why_words(doubted.code)
    yield next_words(doubted, times, now)


def _below(shown: "Sequence[Doubted]", more: bool) -> Iterator[str]:
    if more:
        yield "There are more; --limit shows them"
    waiting = sum(each.awaits_person for each in shown)
    if waiting:
        yield f"{waiting} await{'s' if waiting == 1 else ''} a person: {_SETTLE}"


def _fields(doubted: "Doubted", key: str) -> dict[str, object]:
    return {
        "key": key,
        "touchpoint": doubted.touchpoint,
        "attempt": doubted.attempt,
        "creditor": doubted.creditor,
        "debtor_ref": doubted.debtor_ref,
        "channel": doubted.channel,
        "provider": doubted.provider,
        "state": doubted.state.value,
        "code": doubted.code,
        "armed_at": instant_text(doubted.armed_at),
        "settled_at": instant_text(doubted.settled_at) if doubted.settled_at else None,
        "look_at": instant_text(doubted.look_at) if doubted.look_at else None,
        "awaits_person": doubted.awaits_person,
    }
