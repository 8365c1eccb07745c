"""What a command works with: the application, assembled from the global options."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scheduler.settings import Settings

if TYPE_CHECKING:
    from scheduler.bootstrap import App
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
