"""The small configuration of these tests, loaded once."""

import pytest

from scheduler.catalogue import Catalogue
from tests.rehearsal.shelves import load_shelf, write_shelf


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """A catalogue with one policy that has a rule of each kind, and a fallback."""
    return load_shelf(write_shelf(tmp_path_factory.mktemp("shelf")))
