"""What holds for every test: the process's log goes where it goes by default, whatever a test before has set."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """A command that runs within a test binds the log to what the test captures, which is closed after it."""
    yield
    structlog.reset_defaults()
