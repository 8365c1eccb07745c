"""One small file for each mistake, and the exact sentences with which it is refused.

The first line of a file in mistakes/ says whose place it takes in a sound configuration; the lines after it are
the sentences that are expected.
"""

from pathlib import Path

import pytest

from scheduler.catalogue import CatalogueError, load
from tests.catalogue.configuration import PROVIDERS, add_file, write_configuration

MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))


def expected_of(text: str) -> tuple[str, list[str]]:
    """Return the file whose place it takes, and the sentences."""
    lines = text.splitlines()
    sentences = [each.removeprefix("#! ") for each in lines if each.startswith("#! ")]
    return lines[0].removeprefix("# in place of "), sentences


def found_in(config: Path) -> list[str]:
    """Return what is wrong, one sentence each, with files seen from the configuration."""
    with pytest.raises(CatalogueError) as refusal:
        load(config, PROVIDERS)
    return [str(each).removeprefix(f"{config}/") for each in refusal.value.mistakes]


def test_there_are_mistakes_to_look_at() -> None:
    assert len(MISTAKES) > 50


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda path: path.stem)
def test_a_mistake_is_one_sentence_with_its_place_and_a_remedy(mistake: Path, tmp_path: Path) -> None:
    text = mistake.read_text(encoding="utf-8")
    name, sentences = expected_of(text)
    config = add_file(write_configuration(tmp_path), name, text)

    assert found_in(config) == sentences
