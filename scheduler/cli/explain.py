"""`duly explain`: why a message was sent or not, which rule said what on which facts, and when contact is possible."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.instants import an_instant
from scheduler.domain.errors import UsageError
from scheduler.domain.touchpoint import Kind

if TYPE_CHECKING:
    from scheduler.bootstrap import App
    from scheduler.domain.entry import Entry
    from scheduler.domain.facts import Facts
    from scheduler.rehearsal.explaining import Told, Verdict

_CHANNELS = ("sms", "email")
_WAITING = ("planned", "refused")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    context: typer.Context,
    touchpoint: Annotated[
        str | None,
        typer.Argument(help="A touchpoint's key, or its first digits; `duly log --json` shows it."),
    ] = None,
    debtor: Annotated[str | None, typer.Option("--debtor", help="Ask about a debtor instead.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="With --debtor: an instant with an offset; default now.")
    ] = None,
    kind: Annotated[
        Kind, typer.Option("--kind", help="With --debtor: the kind of message that is asked about.")
    ] = Kind.REMINDER_DUE,
    creditor: Annotated[
        str | None, typer.Option("--creditor", help="Needed where there is more than one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say why a message was sent or not, or whether a debtor may be written to at an instant."""
    from scheduler.cli.parts import assembled

    if (touchpoint is None) == (debtor is None):
        raise UsageError("Name either a touchpoint, or a debtor with --debtor; `duly log --json` shows both")
    app = assembled(context)
    if touchpoint is not None:
        fields, lines = _of_touchpoint(app, touchpoint)
    else:
        instant = an_instant("--at", at) if at is not None else app.clock.now()
        fields, lines = _of_debtor(app, creditor, str(debtor), kind, instant)
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else "\n".join(lines))


def _of_touchpoint(app: "App", text: str) -> tuple[dict[str, object], Sequence[str]]:
    from scheduler.cli.explain_words import story_words
    from scheduler.domain.entry import chain_of
    from scheduler.store.inspecting import state_of
    from scheduler.store.stories import story, touchpoint_named

    key = touchpoint_named(app.database, text)
    state = state_of(app.database, key)
    if state is None:
        raise UsageError(f"There is no touchpoint {key!r}; `duly log --json` shows the keys")
    steps = [
        _told(app, each) for each in story(app.database, chain_of(state.creditor, state.debtor_ref), key)
    ]
    waits = state.state in _WAITING
    following = _follows(app, key, steps, state.creditor, state.debtor_ref, waits=waits)
    fields: dict[str, object] = {
        "touchpoint": key,
        "creditor": state.creditor,
        "debtor_ref": state.debtor_ref,
        "state": state.state,
        "repeats": state.repeats,
        "merged_into": state.merged_into,
        "story": [asdict(each) for each in steps],
        "now": None if following is None else asdict(following),
    }
    return fields, list(story_words(key, state, steps, following, waits=waits))


def _follows(
    app: "App", key: str, steps: Sequence["Told"], creditor: str, debtor_ref: str, *, waits: bool
) -> "Verdict | None":
    """Return what would be decided now: about what waits, else about another message of its kind."""
    from scheduler.store.inspecting import facts_of_debtor, facts_of_touchpoint

    now, creditors = app.clock.now(), app.catalogue.creditors
    if creditor not in creditors:
        return None
    lookback = app.catalogue.policy_for(creditor).lookback
    if waits:
        facts = facts_of_touchpoint(app.database, key, creditors, now, lookback)
    else:
        kinds = [str(each.fields["kind"]) for each in steps if "kind" in each.fields]
        kind = Kind(kinds[0]) if kinds else Kind.REMINDER_DUE
        facts = facts_of_debtor(app.database, creditor, debtor_ref, creditors, now, lookback, kind, _CHANNELS)
    return None if facts is None else _verdict(app, facts, now)


def _of_debtor(
    app: "App", creditor: str | None, debtor_ref: str, kind: Kind, at: datetime
) -> tuple[dict[str, object], Sequence[str]]:
    from scheduler.cli.explain_words import debtor_words
    from scheduler.store.inspecting import facts_of_debtor

    creditors = app.catalogue.creditors
    chosen = the_creditor(creditor, sorted(creditors))
    lookback = app.catalogue.policy_for(chosen).lookback
    verdicts: list[Verdict] = []
    for channel in _CHANNELS:
        facts = facts_of_debtor(app.database, chosen, debtor_ref, creditors, at, lookback, kind, (channel,))
        if facts is None:
            raise UsageError(f"{chosen} has no debtor {debtor_ref!r} with a plan; check the reference")
        verdicts.append(_verdict(app, facts, at))
    fields: dict[str, object] = {
        "creditor": chosen,
        "debtor_ref": debtor_ref,
        "kind": kind.value,
        "policy": app.catalogue.policy_for(chosen).id,
        "policy_version": app.catalogue.policy_for(chosen).version,
        "channels": {channel: asdict(each) for channel, each in zip(_CHANNELS, verdicts, strict=True)},
    }
    answers = dict(zip(_CHANNELS, verdicts, strict=True))
    return fields, list(debtor_words(chosen, debtor_ref, kind, answers))


def the_creditor(given: str | None, known: Sequence[str]) -> str:
    """Return the creditor that is meant. Raises UsageError when it is unknown, or none of several was named."""
    if given is None and len(known) == 1:
        return known[0]
    if given is None:
        raise UsageError(f"--creditor is needed, because there are several: {', '.join(known)}")
    if given not in known:
        raise UsageError(f"--creditor {given!r} is unknown; there is {', '.join(known)}")
    return given


def _told(app: "App", entry: "Entry") -> "Told":
    from scheduler.rehearsal.explaining import told
    from scheduler.store.configuration import configured_rules

    at = datetime.fromisoformat(str(entry.body["at"]))
    return told(entry, configured_rules(app.database, at) or app.rules_in_words)


def _verdict(app: "App", facts: "Facts", at: datetime) -> "Verdict":
    from scheduler.rehearsal.explaining import verdict

    policy = app.catalogue.policy_for(facts.creditor.id)
    return verdict(facts, policy, app.catalogue.calendar, at, app.rules_in_words)
