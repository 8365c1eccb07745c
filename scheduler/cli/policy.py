"""Policies, tried and explained: `duly policy test`, `list`, `show`, `why-closed` and `schema`."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.arguments import Channel
from scheduler.domain.errors import UsageError
from scheduler.domain.touchpoint import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from scheduler.catalogue import Catalogue
    from scheduler.cli.parts import Globals

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Creditor = Annotated[str | None, typer.Option("--creditor", help="Needed where there is more than one.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Try and explain the contact policies.")
    group.command("test")(try_policies)
    group.command("list")(list_policies)
    group.command("show")(show)
    group.command("why-closed")(why_closed)
    group.command("schema")(schema)
    app.add_typer(group, name="policy")


def try_policies(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[POLICY or FILE]...", help="Default: everything in config/tests/policies/."),
    ] = None,
    with_coverage: Annotated[
        bool,
        typer.Option(
            "--coverage", help="Show which rules no scenario tries; of a policy named here, each must be."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the scenarios of policies through the engine; exit 1 when one does not come as expected."""
    from scheduler.cli.policy_trial import Trial, trial_json, trial_tables

    config_dir, catalogue = _catalogue(context)
    trial = Trial.of(config_dir, catalogue, tuple(names or ()))
    if as_json:
        _print_json(trial_json(trial, with_coverage))
    else:
        trial_tables(trial, with_coverage)
    if not trial.all_met or (with_coverage and trial.named_lacking):
        raise typer.Exit(1)


def list_policies(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every policy: where it holds, how well its rules are known, who approved it, and who uses it."""
    from scheduler.cli.policy_tables import overview_json, overviews, print_overviews
    from scheduler.rehearsal.scenario_files import scenario_counts

    config_dir, catalogue = _catalogue(context)
    found = overviews(catalogue, scenario_counts(config_dir, catalogue.policies))
    if as_json:
        _print_json({"policies": [overview_json(each) for each in found]})
    else:
        print_overviews(found)


def show(
    context: typer.Context,
    creditor: Creditor = None,
    debtor: Annotated[
        str | None, typer.Option("--debtor", metavar="REF", help="Only what holds for this debtor.")
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="Only what is about this kind of message.")
    ] = None,
    channel: Annotated[
        Channel | None, typer.Option("--channel", help="Only what is about this channel.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="INSTANT", help="Only what is in force then; else now or later."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules that hold for a creditor, or for one debtor, in plain words and with their sources."""
    from scheduler.cli.instants import an_instant
    from scheduler.cli.policy_heading import print_shown
    from scheduler.cli.policy_show import of_creditor, of_debtor, shown_json
    from scheduler.clock import SystemClock
    from scheduler.rehearsal.rule_sheet import Wanted

    instant = SystemClock().now() if at is None else an_instant("--at", at)
    wanted = Wanted(instant, at is None, kind, None if channel is None else channel.value)
    if debtor is None:
        shown = of_creditor(_catalogue(context)[1], creditor, wanted)
    else:
        from scheduler.cli.parts import assembled

        shown = of_debtor(assembled(context), creditor, debtor, wanted)
    if as_json:
        _print_json(shown_json(shown))
    else:
        print_shown(shown)


def why_closed(
    context: typer.Context,
    debtor: Annotated[str, typer.Option("--debtor", metavar="REF", help="The debtor's reference.")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="A day, such as 2027-01-31.")],
    kind: Annotated[Kind, typer.Option("--kind", help="Which kind of message.")] = Kind.REMINDER_DUE,
    channel: Annotated[Channel, typer.Option("--channel", help="Which way of writing.")] = Channel.SMS,
    creditor: Creditor = None,
    as_json: AsJson = False,
) -> None:
    """Draw one day: when this debtor may be written to, and which rule closes the rest."""
    from datetime import date

    from scheduler.cli.closed_report import day_json, day_title, noon_before, print_day
    from scheduler.cli.parts import assembled
    from scheduler.cli.policy_show import debtor_facts
    from scheduler.rehearsal.day import day_of
    from scheduler.rehearsal.feasts import feasts

    try:
        day_asked = date.fromisoformat(on)
    except ValueError:
        raise UsageError(f"--on is {on!r}; write a day as 2027-01-31") from None
    app = assembled(context)
    facts = debtor_facts(app, creditor, debtor, kind, (channel.value,))
    if (as_of := noon_before(app.clock.now(), day_asked, facts)) is not None:
        facts = debtor_facts(app, creditor, debtor, kind, (channel.value,), as_of)
    policy = app.catalogue.policy_for(facts.creditor.id)
    day = day_of(facts, policy, app.catalogue.calendar, day_asked)
    holidays = feasts(facts, policy, app.catalogue.calendar, day_asked)
    if as_json:
        about = {
            "debtor": debtor,
            "creditor": facts.creditor.id,
            "kind": kind.value,
            "channel": channel.value,
        }
        _print_json({**about, "on": day_asked.isoformat(), "holidays": holidays, **day_json(day, as_of)})
    else:
        title = f"{debtor} of {facts.creditor.id}, {kind.value} by {channel.value}, {day_title(day)}"
        print_day(day, title, holidays, as_of)


def schema() -> None:
    """Print the JSON Schema of a policy's file, for editors."""
    from scheduler.catalogue.schema import schema_text

    sys.stdout.write(schema_text())


def _catalogue(context: typer.Context) -> "tuple[Path, Catalogue]":
    """Load the configuration; a policy that cannot be read does not keep the others from being looked at."""
    from channels.registry import ROOMS
    from scheduler.catalogue import load

    given: Globals = context.find_root().obj
    return given.config_dir, load(given.config_dir, ROOMS, tolerant=True)


def _print_json(fields: dict[str, object]) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False))
