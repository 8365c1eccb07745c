"""Where scenarios lie: config/tests/policies/<policy>.yaml, or a file that somebody names."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scheduler.catalogue.mistakes import quoted, remedy
from scheduler.catalogue.yaml import Unreadable, read
from scheduler.domain.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files to run, and the policies whose rules they are meant to try."""

    paths: tuple[Path, ...]
    policies: tuple[str, ...]


def folder_of(config_dir: Path) -> Path:
    """Return where the scenarios of a configuration lie."""
    return config_dir / "tests" / "policies"


def all_files(config_dir: Path) -> tuple[Path, ...]:
    """Return every file of scenarios. Raises UsageError when there is none."""
    folder = folder_of(config_dir)
    paths = tuple(sorted(folder.glob("*.yaml"))) if folder.is_dir() else ()
    if not paths:
        raise UsageError(
            f"{folder} holds no scenarios; write some, such as {folder / 'strict-fallback.yaml'}"
        )
    return paths


def chosen_files(config_dir: Path, names: Iterable[str], policies: Collection[str]) -> Chosen:
    """Return the files that are meant: each name is a policy's, or a file's. Raises UsageError for any other."""
    paths: dict[Path, None] = {}
    tried: dict[str, None] = {}
    for name in names:
        path = _path(config_dir, name, policies)
        paths[path] = None
        if path.stem in policies:
            tried[path.stem] = None
    return Chosen(tuple(paths), tuple(tried))


def _path(config_dir: Path, name: str, policies: Collection[str]) -> Path:
    if "/" in name or name.endswith(".yaml"):
        if not Path(name).is_file():
            raise UsageError(f"There is no file {name}; name a file of scenarios, or a policy")
        return Path(name)
    if name not in policies:
        raise UsageError(f"There is no policy {quoted(name)}; {remedy(name, policies)}")
    path = folder_of(config_dir) / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"The policy {name} has no scenarios yet; write some into {path}")
    return path


def scenario_counts(config_dir: Path, policies: Iterable[str]) -> Mapping[str, int]:
    """Return how many scenarios each policy has in its own file; a file that cannot be read has none."""
    return {each: _count(folder_of(config_dir) / f"{each}.yaml") for each in policies}


def _count(path: Path) -> int:
    if not path.is_file():
        return 0
    try:
        root, _ = read(path, str(path))
    except Unreadable:
        return 0
    scenarios = root.content.get("scenarios") if isinstance(root.content, dict) else None
    return len(scenarios.content) if scenarios is not None and isinstance(scenarios.content, list) else 0
