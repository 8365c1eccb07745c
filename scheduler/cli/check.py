"""`duly check`: validates the configuration, the words and the providers' settings."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scheduler.catalogue import Catalogue, Mistake
    from scheduler.cli.parts import Globals
    from scheduler.clock import SystemClock


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is wrong with the configuration, one line for each mistake, or else what it amounts to."""
    from scheduler.catalogue import CatalogueError
    from scheduler.cli.summary import as_facts, summary
    from scheduler.clock import SystemClock

    given: Globals = context.obj
    try:
        catalogue = _load(given)
        clock = SystemClock()
        if mistakes := [*catalogue.approved_ahead(clock.now()), *_unready(given, catalogue, clock)]:
            raise CatalogueError(mistakes)
    except CatalogueError as error:
        fields = {"ok": False, "mistakes": [_as_fields(each) for each in error.mistakes]}
        _print([str(error)], fields, as_json)
        raise typer.Exit(1) from None
    warnings = list(_warnings(given, catalogue))
    lines = [*summary(given.config_dir, catalogue), *warnings]
    _print(lines, {"ok": True, "mistakes": [], "warnings": warnings, **as_facts(catalogue)}, as_json)


def _load(given: "Globals") -> "Catalogue":
    from channels.registry import ROOMS
    from scheduler.catalogue import load

    return load(given.config_dir, ROOMS)


def _unready(given: "Globals", catalogue: "Catalogue", clock: "SystemClock") -> Iterator["Mistake"]:
    """Open each room, which connects to nothing, and find those whose variables are missing or unusable."""
    from channels.registry import Tools, open_channel
    from scheduler.catalogue import Mistake
    from scheduler.domain.errors import UsageError

    settings = given.settings
    tools = Tools(settings.outbox_dir, settings.public_url, clock.now)
    for channel, providers in catalogue.channels.items():
        for provider in providers:
            try:
                open_channel(provider, channel, settings.environment.get, tools)
            except UsageError as error:
                yield Mistake(str(given.config_dir / "duly.yaml"), None, str(error))


def _warnings(given: "Globals", catalogue: "Catalogue") -> Iterator[str]:
    """Say what is not wrong and still unwise; a message that cannot leave the machine need not be remembered twice."""
    from scheduler.cli.journal_place import shared_place

    providers = {each for providers in catalogue.channels.values() for each in providers}
    if providers != {"outbox"} and (sentence := shared_place(given)) is not None:
        yield sentence


def _print(lines: Iterable[str], fields: dict[str, object], as_json: bool) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else "\n".join(lines))


def _as_fields(mistake: "Mistake") -> dict[str, str | int | None]:
    line, column = (mistake.place.line, mistake.place.column) if mistake.place else (None, None)
    return {"file": mistake.file, "line": line, "column": column, "sentence": mistake.sentence}
