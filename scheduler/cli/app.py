"""Puts the `duly` command together from its parts, each of which adds its own commands."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli import (
    check,
    consenting,
    contacting,
    explain,
    holding,
    importing,
    init,
    log,
    pausing,
    policy,
    quarantine,
    running,
    unknown,
    wishing,
)
from scheduler.cli.defaults import defaults_dir
from scheduler.cli.parts import Globals
from scheduler.settings import Environment, Settings

_PARTS = (
    init,
    check,
    policy,
    importing,
    running,
    log,
    explain,
    unknown,
    pausing,
    quarantine,
    holding,
    contacting,
    wishing,
    consenting,
)


def build() -> typer.Typer:
    """Return the whole command. Its parts import what is heavy only when one of their commands runs."""
    app = typer.Typer(
        name="duly",
        help="Reminds people of repayments they agreed to, politely, lawfully and traceably.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_begin)
    for part in _PARTS:
        part.register(app)
    return app


def _usual_config_dir() -> Path:
    here = Path("config")
    return here if here.is_dir() else defaults_dir() / "config"


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("duly"))
        raise typer.Exit


def _begin(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="DIR", help="Default: DULY_CONFIG, or config/ if it is here."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="Default: DULY_DATABASE_URL, or var/duly.db."),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Print it and stop.")
    ] = False,
) -> None:
    settings = Settings.read(Environment.of_process())
    config_dir = config or settings.config_dir or _usual_config_dir()
    context.obj = Globals(settings, config_dir, database or settings.database_url)
