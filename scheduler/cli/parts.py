"""What a command works with: the application, assembled from the global options."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from scheduler.bootstrap import App
    from scheduler.cli.app import Globals
    from scheduler.store.store import Listener


def assembled(context: typer.Context, listener: "Listener | None" = None) -> "App":
    """Load the configuration and open the database that the global options name. Raises UsageError."""
    from scheduler.bootstrap import assemble
    from scheduler.store.store import nobody

    options: Globals = context.find_root().obj
    return assemble(options.settings, options.config_dir, options.database_url, listener=listener or nobody)
