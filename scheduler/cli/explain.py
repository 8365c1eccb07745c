"""`duly explain`: why a message was sent or not, which rule said what on which facts, and when contact is possible."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.instants import an_instant
from scheduler.domain.entry import Json
from scheduler.domain.errors import UsageError
from scheduler.domain.outcome import SETTLED_BY_HAND
from scheduler.domain.touchpoint import Kind

if TYPE_CHECKING:
    from scheduler.bootstrap import App
    from scheduler.cli.explain_facts import Background
    from scheduler.cli.explain_outcomes import Doubt
    from scheduler.cli.explain_words import Outlook
    from scheduler.domain.entry import Entry
    from scheduler.domain.facts import Facts
    from scheduler.rehearsal.explaining import Told, Verdict
    from scheduler.store.inspecting import Standing

_CHANNELS = ("sms", "email")
_EVER = datetime.min.replace(tzinfo=UTC)
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
    steps = _told(app, story(app.database, chain_of(state.creditor, state.debtor_ref), key))
    outlook = _outlook(app, key, state, steps)
    now = outlook.itself or _soonest(outlook.another.values())
    fields: dict[str, object] = {
        "touchpoint": key,
        "creditor": state.creditor,
        "debtor_ref": state.debtor_ref,
        "state": state.state,
        "repeats": state.repeats,
        "merged_into": state.merged_into,
        "story": [asdict(each) for each in steps],
        "now": None if now is None else asdict(now),
    }
    return fields, list(story_words(key, state, steps, outlook, _background(app, state.creditor)))


def _outlook(app: "App", key: str, state: "Standing", steps: Sequence["Told"]) -> "Outlook":
    """Return what would be decided now: about what waits, and after what is over about another of its kind."""
    from scheduler.cli.explain_words import Outlook
    from scheduler.store.inspecting import facts_of_touchpoint, state_of

    lead = None if state.merged_into is None else state_of(app.database, state.merged_into)
    lead_state = None if lead is None else lead.state.value
    now, creditors = app.clock.now(), app.catalogue.creditors
    if state.creditor not in creditors:
        return Outlook(False, lead_state=lead_state)
    itself = None
    if state.state in _WAITING:
        lookback = app.catalogue.policy_for(state.creditor).lookback
        facts = facts_of_touchpoint(app.database, key, creditors, now, lookback)
        itself = None if facts is None else _verdict(app, facts, now)
    if itself is not None and itself.answer != "skip":
        return Outlook(True, itself, lead_state=lead_state)
    kinds = (str(each.fields["kind"]) for each in steps if "kind" in each.fields)
    kind = Kind(next(kinds, Kind.REMINDER_DUE.value))
    another = _by_channel(app, state.creditor, state.debtor_ref, kind, now)
    return Outlook(True, itself, another, lead_state, _doubt(app, key, now))


def _doubt(app: "App", key: str, now: datetime) -> "Doubt | None":
    """Return the latest attempt at a touchpoint where it is in doubt."""
    from scheduler.cli.explain_outcomes import Doubt
    from scheduler.store.unsettled import attempts_at

    attempts = attempts_at(app.database, key)
    return Doubt(attempts[-1], now) if attempts and attempts[-1].state in SETTLED_BY_HAND else None


def _by_channel(
    app: "App", creditor: str, debtor_ref: str, kind: Kind, at: datetime
) -> "Mapping[str, Verdict]":
    """Return what would be decided about a message that nobody has planned; nothing for a debtor without a plan."""
    from scheduler.store.inspecting import facts_of_debtor

    creditors, lookback = app.catalogue.creditors, app.catalogue.policy_for(creditor).lookback
    found = {
        channel: facts_of_debtor(
            app.database, creditor, debtor_ref, creditors, at, lookback, kind, (channel,)
        )
        for channel in _CHANNELS
    }
    return {channel: _verdict(app, facts, at) for channel, facts in found.items() if facts is not None}


def _soonest(verdicts: "Iterable[Verdict]") -> "Verdict | None":
    """Return the verdict by which contact is possible first."""
    return min(verdicts, key=lambda each: (each.next_at is None, each.next_at or ""), default=None)


def _background(app: "App", creditor: str) -> "Background":
    from scheduler.cli.explain_facts import Background

    if creditor not in app.catalogue.creditors:
        return Background()
    applies = [each.applies for each in app.catalogue.policy_for(creditor).rules]
    return Background(
        app.catalogue.creditors[creditor].zone,
        any(each.products or each.other_products for each in applies),
        any(each.debt_statuses for each in applies),
    )


def _of_debtor(
    app: "App", creditor: str | None, debtor_ref: str, kind: Kind, at: datetime
) -> tuple[dict[str, object], Sequence[str]]:
    from scheduler.cli.explain_words import debtor_words
    from scheduler.store.inspecting import waiting_of

    chosen = the_creditor(creditor, sorted(app.catalogue.creditors))
    verdicts = _by_channel(app, chosen, debtor_ref, kind, at)
    if not verdicts:
        raise UsageError(f"{chosen} has no debtor {debtor_ref!r} with a plan; check the reference")
    waiting = list(waiting_of(app.database, chosen, debtor_ref))
    fields: dict[str, object] = {
        "creditor": chosen,
        "debtor_ref": debtor_ref,
        "kind": kind.value,
        "policy": app.catalogue.policy_for(chosen).id,
        "policy_version": app.catalogue.policy_for(chosen).version,
        "channels": {channel: asdict(each) for channel, each in verdicts.items()},
        "waiting": waiting,
    }
    background = _background(app, chosen)
    return fields, list(debtor_words(chosen, debtor_ref, kind, verdicts, waiting, background))


def the_creditor(given: str | None, known: Sequence[str]) -> str:
    """Return the creditor that is meant. Raises UsageError when it is unknown, or none of several was named."""
    if given is None and len(known) == 1:
        return known[0]
    if given is None:
        raise UsageError(f"--creditor is needed, because there are several: {', '.join(known)}")
    if given not in known:
        raise UsageError(f"--creditor {given!r} is unknown; there is {', '.join(known)}")
    return given


def _told(app: "App", entries: Sequence["Entry"]) -> list["Told"]:
    """Tell a story with the rules that were in force at each entry; each configuration is read once."""
    from scheduler.rehearsal.explaining import told
    from scheduler.store.configuration import configured_rules

    steps: list[Told] = []
    since, rules = datetime.max.replace(tzinfo=UTC), dict[str, Json]()
    for entry in reversed(entries):
        at = datetime.fromisoformat(str(entry.body["at"]))
        if at < since:
            found, known = configured_rules(app.database, at)
            since, rules = found or _EVER, dict(known or app.rules_in_words)
        steps.append(told(entry, rules))
    return steps[::-1]


def _verdict(app: "App", facts: "Facts", at: datetime) -> "Verdict":
    from scheduler.cli.stop_words import stopped
    from scheduler.rehearsal.explaining import verdict

    policy = app.catalogue.policy_for(facts.creditor.id)
    decided = verdict(facts, policy, app.catalogue.calendar, at, app.rules_in_words)
    return stopped(decided, facts, app.store.gate(at))
