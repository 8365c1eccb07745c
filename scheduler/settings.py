"""The environment and nothing else: where Duly keeps things and which secrets it was given. Secrets never print."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scheduler.domain.errors import UsageError


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables by name. Each may instead be given as a file, by the same name with `_FILE` at its end."""

    variables: Mapping[str, str]

    @classmethod
    def of_process(cls) -> "Environment":
        """Return the variables that this process was started with."""
        return cls(dict(os.environ))

    def get(self, name: str) -> str | None:
        """Return a variable's value without surrounding white space, or None when it is unset or empty.

        Raises UsageError when `NAME_FILE` names a file that cannot be read.
        """
        if path := self.variables.get(f"{name}_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip() or None
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(
                    f"{name}_FILE names a file that cannot be read ({type(error).__name__}); "
                    f"check the path and its permissions"
                ) from error
        return self.variables.get(name, "").strip() or None

    def __repr__(self) -> str:
        return f"Environment({len(self.variables)} variables)"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where Duly keeps and serves things; see the README for each variable."""

    environment: Environment
    database_url: str
    config_dir: Path | None
    outbox_dir: Path
    journal: Path | None
    host: str
    port: int
    public_url: str | None
    log_level: str

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """Read every variable once. Raises UsageError for a value that cannot be used."""
        get = environment.get
        config_dir, journal = get("DULY_CONFIG"), get("DULY_JOURNAL")
        return cls(
            environment=environment,
            database_url=get("DULY_DATABASE_URL") or "sqlite:///var/duly.db",
            config_dir=Path(config_dir) if config_dir else None,
            outbox_dir=Path(get("DULY_OUTBOX") or "var/outbox"),
            journal=Path(journal) if journal else None,
            host=get("DULY_HOST") or "127.0.0.1",
            port=_port(get("DULY_PORT") or "8400"),
            public_url=get("DULY_PUBLIC_URL"),
            log_level=(get("DULY_LOG_LEVEL") or "info").lower(),
        )

    def __repr__(self) -> str:
        return "Settings(…)"


def _port(text: str) -> int:
    if text.isdecimal() and 0 <= int(text) <= 65_535:
        return int(text)
    raise UsageError(f"DULY_PORT is {text!r}; give a number from 0 to 65535")
