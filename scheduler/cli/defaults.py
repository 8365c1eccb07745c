"""The configuration and the words that Duly comes with: what `duly init` writes out, and what holds without it."""

from pathlib import Path

from scheduler.domain.errors import UsageError

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = ("config", "templates")


def defaults_dir() -> Path:
    """Return the folder that holds the default `config` and `templates`.

    In an installed copy they lie inside the package, in a checkout beside it. Raises UsageError when neither does.
    """
    for folder in (_PACKAGE / "_defaults", _PACKAGE.parent):
        if all((folder / each).is_dir() for each in _FOLDERS):
            return folder
    raise UsageError(
        "Duly's own config/ and templates/ are missing; install it again, or name yours with --config"
    )


def starting_set() -> dict[Path, Path]:
    """Return every file of the starting set: where it belongs, and where it lies."""
    root = defaults_dir()
    files = (path for folder in _FOLDERS for path in sorted((root / folder).rglob("*")))
    return {path.relative_to(root): path for path in files if path.is_file() and _belongs(path)}


def _belongs(path: Path) -> bool:
    return path.suffix in (".yaml", ".json", ".txt", ".html", ".md") and not path.name.startswith(".")
