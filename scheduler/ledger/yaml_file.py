"""One YAML file as plain text in mappings and lists, for the auditor, who reads the configuration by itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from scheduler.domain.errors import UsageError

Tree = dict[str, Any]
"""A mapping of text, lists and mappings: every scalar is text, so that `no` and `09:00` are what they look like."""


def read_tree(path: Path) -> Tree:
    """Return a file's mapping. Raises UsageError where there is none."""
    try:
        found: object = YAML(typ="base", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); name the configuration with --config"
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no YAML that the auditor can read; `duly check` says why") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} holds no mapping; `duly check` says why")
    return found


def leaves(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return one text, or a list of texts, as texts."""
    return (value,) if isinstance(value, str) else tuple(value)
