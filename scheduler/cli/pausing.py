"""Stop switches: `duly pause`, `duly resume`."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import LARGEST, Author, Channel, end, minute
from scheduler.domain.entry import instant_text
from scheduler.domain.errors import UsageError

if TYPE_CHECKING:
    from scheduler.intake.switches import Asked, Resumed
    from scheduler.ports import KnownPause

OfCreditor = Annotated[str | None, typer.Option("--creditor", help="Only this creditor's messages.")]
ByChannel = Annotated[Channel | None, typer.Option("--channel", help="Only messages on this channel.")]
ToDebtor = Annotated[
    str | None,
    typer.Option("--debtor", metavar="DEBTOR", help="Only this person, whoever shares an address included."),
]
Everybody = Annotated[bool, typer.Option("--everybody", help="All of it, where nothing narrower is named.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pause")(pause)
    app.command("resume")(resume)


def pause(
    context: typer.Context,
    creditor: OfCreditor = None,
    channel: ByChannel = None,
    debtor: ToDebtor = None,
    everybody: Everybody = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="In words, for whoever decides when to resume.")
    ] = None,
    author: Annotated[
        str | None, typer.Option("--as", metavar="NAME", envvar="DULY_USER", help="Who does this.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="INSTANT", help="RFC 3339 with an offset; else until resumed."),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show what stands, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop messages at once, whatever is decided for each: all, or of one creditor, on one channel, to one debtor."""
    from scheduler.cli.parts import at_hand
    from scheduler.store.patience import patiently

    asked = _asked(creditor, channel, debtor, everybody, "pause")
    if show:
        if asked is not None or reason or until:
            raise UsageError("--list shows every pause that stands; leave the rest out")
        _list(context, as_json)
        return
    if asked is None:
        raise UsageError("Say what to stop: --creditor, --channel, --debtor, or --everybody for all of it")
    why = _said("--reason", reason, "say why, for whoever decides later whether to resume")
    who = _said("--as", author, "name the person who does this")
    panel = at_hand(context)
    now = panel.clock.now()
    ends = end(until, now, "to stop until somebody resumes it")
    found, is_new = patiently(panel.switches.pause, asked, who, why, now, ends)
    if as_json:
        typer.echo(json.dumps({"pause": _fields(found), "was_set": is_new}, ensure_ascii=False))
    else:
        typer.echo(_paused_words(found, is_new=is_new))


def resume(
    context: typer.Context,
    author: Author,
    number: Annotated[
        int | None, typer.Argument(min=1, max=LARGEST, help="The pause's number; `duly pause --list`.")
    ] = None,
    creditor: OfCreditor = None,
    channel: ByChannel = None,
    debtor: ToDebtor = None,
    everybody: Everybody = False,
    as_json: AsJson = False,
) -> None:
    """Let go on what a pause stopped, by its number or by what it names; what waits is decided afresh at once."""
    from scheduler.cli.parts import at_hand
    from scheduler.store.patience import patiently

    asked = _asked(creditor, channel, debtor, everybody, "resume")
    if (number is None) == (asked is None):
        raise UsageError(
            "Name one pause by its number, or by what it stops; `duly pause --list` shows what stands"
        )
    panel = at_hand(context)
    now = panel.clock.now()
    wanted = number if asked is None else asked
    done = patiently(panel.switches.resume, wanted, author, now)  # type: ignore[arg-type]  # one of them is there
    if as_json:
        typer.echo(json.dumps(_resumed_fields(done), ensure_ascii=False))
    else:
        typer.echo("\n".join(_resumed_words(done, quarantined=panel.store.gate(now).quarantined)))


def _asked(
    creditor: str | None, channel: Channel | None, debtor: str | None, everybody: bool, what: str
) -> "Asked | None":
    """Return what was named; None when nothing was. Raises UsageError when it contradicts itself."""
    from scheduler.intake.switches import Asked

    named = any(each is not None for each in (creditor, channel, debtor))
    if everybody and (creditor, debtor) != (None, None):
        raise UsageError(
            f"--everybody contradicts --creditor and --debtor; name what to {what}, or everybody"
        )
    by = None if channel is None else channel.value
    return Asked(creditor, by, debtor) if named or everybody else None


def _said(option: str, text: str | None, what: str) -> str:
    if text is None or not text.strip():
        raise UsageError(f"{option} is {'needed' if text is None else 'empty'}; {what}")
    return text.strip()


def _list(context: typer.Context, as_json: bool) -> None:
    from scheduler.cli.parts import at_hand

    panel = at_hand(context)
    standing = panel.switches.standing(panel.clock.now())
    if as_json:
        typer.echo(json.dumps({"pauses": [_fields(each) for each in standing]}, ensure_ascii=False))
    else:
        typer.echo("\n".join(map(pause_words, standing)) or "No pause stands")


def pause_words(known: "KnownPause") -> str:
    """Say a pause on one line: what it stops, since when and until when, who set it and why."""
    return (
        f"Pause {known.number} stops {known.stopped.words} since {minute(known.since)}{_ends(known.until)}, "
        f"by {known.author}: {known.reason}"
    )


def _ends(until: datetime | None) -> str:
    return "" if until is None else f" until {minute(until)}"


def _paused_words(known: "KnownPause", *, is_new: bool) -> str:
    if not is_new:
        return f"{pause_words(known)}. It stands already; nothing is changed"
    ends = _ends(known.until) or f" until `duly resume {known.number}`"
    return f"Pause {known.number} stops {known.stopped.words}{ends}; it takes effect within a second"


def _resumed_words(done: "Resumed", *, quarantined: bool) -> Iterator[str]:
    if (known := done.before) is not None:
        yield f"Pause {known.number} of {known.stopped.words} {_over(known)}; nothing is changed"
    for each in done.pauses:
        yield f"Pause {each.number} resumed: {each.stopped.words}"
    if done.pauses:
        yield f"{done.woken:,} waiting touchpoint{'' if done.woken == 1 else 's'} will be decided afresh now"
    for each in done.standing:
        yield f"Still: {pause_words(each)}"
    if quarantined:
        yield "Still: nothing is sent in quarantine; `duly quarantine status` says why"


def _over(known: "KnownPause") -> str:
    if known.resumed_at is not None:
        return f"was resumed by {known.resumed_by} on {minute(known.resumed_at)}"
    return f"ended by itself on {minute(known.until)}" if known.until else "is over"


def _resumed_fields(done: "Resumed") -> dict[str, object]:
    return {
        "resumed": [each.number for each in done.pauses],
        "woken": done.woken,
        "standing": _all_fields(done.standing),
    }


def _all_fields(pauses: "Sequence[KnownPause]") -> list[dict[str, object]]:
    return [_fields(each) for each in pauses]


def _fields(known: "KnownPause") -> dict[str, object]:
    creditor, debtor_ref = known.stopped.debtor or (known.stopped.creditor, None)
    return {
        "number": known.number,
        "creditor": creditor,
        "channel": known.stopped.channel,
        "debtor_ref": debtor_ref,
        "author": known.author,
        "reason": known.reason,
        "since": instant_text(known.since),
        "until": instant_text(known.until) if known.until else None,
    }
