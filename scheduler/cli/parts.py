"""What a command works with: the application, assembled from the global options."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scheduler.domain.errors import UsageError
from scheduler.settings import Settings

if TYPE_CHECKING:
    from scheduler.bootstrap import App, Panel
    from scheduler.store.store import Listener


@dataclass(frozen=True, slots=True)
class Globals:
    """What holds for every command; commands find it in their context's `obj`."""

    settings: Settings
    config_dir: Path
    database_url: str = field(repr=False)


def assembled(context: typer.Context, listener: "Listener | None" = None) -> "App":
    """Load the configuration and open the database that the global options name. Raises UsageError."""
    from scheduler.bootstrap import assemble
    from scheduler.store.store import nobody

    options: Globals = context.find_root().obj
    return assemble(options.settings, options.config_dir, options.database_url, listener=listener or nobody)


def at_hand(context: typer.Context) -> "Panel":
    """Open the database that the global options name, without the configuration.

    Raises UsageError where there is none yet: a new one would only say that all is well.
    """
    from scheduler.bootstrap import panel

    options: Globals = context.find_root().obj
    refuse_missing(options.database_url)
    return panel(options.config_dir, options.database_url)


def refuse_missing(url_text: str) -> None:
    """Raise UsageError for a database that is a file which is not there."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(url_text)
    except ArgumentError:
        return  # whoever opens it says what is wrong with it
    path = url.database if url.get_backend_name() == "sqlite" else None
    if path and path != ":memory:" and not path.startswith("file:") and not Path(path).exists():
        raise UsageError(f"There is no database {path}; name yours with --database, or import plans first")
