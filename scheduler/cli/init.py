"""`duly init`: writes the starting set for an operator to edit."""

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.defaults import starting_set
from scheduler.domain.errors import UsageError

_MOST_NAMED = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where config/ and templates/ shall lie.")],
) -> None:
    """Write config/ and templates/, commented, for you to edit. What exists is never overwritten."""
    files = starting_set()
    _refuse_existing(folder, [each for each in files if (folder / each).exists()])
    _write({folder / name: source.read_bytes() for name, source in files.items()})
    typer.echo(f"{len(files)} files written to {folder / 'config'} and {folder / 'templates'}.")
    typer.echo(f"Edit them, then run: duly --config {folder / 'config'} check")


def _refuse_existing(folder: Path, existing: list[Path]) -> None:
    if not existing:
        return
    named = ", ".join(str(folder / each) for each in existing[:_MOST_NAMED])
    more = f" and {len(existing) - _MOST_NAMED} more" if len(existing) > _MOST_NAMED else ""
    raise UsageError(
        f"nothing was written, because these exist: {named}{more}; move them away or name another folder"
    )


def _write(contents: dict[Path, bytes]) -> None:
    """Write all files or none: what fails half way takes back what it wrote."""
    written: list[Path] = []
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
