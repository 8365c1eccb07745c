"""A small configuration with policies and scenarios of a test's own."""

from pathlib import Path

from scheduler.catalogue import Catalogue, load
from scheduler.rehearsal.scenarios import Result, Scenario, read_scenarios, run
from tests.catalogue.configuration import PROVIDERS, add_file, write_configuration

FILES = Path(__file__).parent / "shelf"
"""Policies with a rule of each kind, and scenarios about them."""

GIVEN = """\
policies: [rules]
given:
  debtor: {country: GB, region: ENG, zones: [Europe/London]}
  plan: {product: credit-card, debt_status: open}
  sms: {consent: contract}
scenarios:
"""
"""The head of a file of scenarios about the policy `rules`."""


def write_shelf(folder: Path) -> Path:
    """Write the configuration into a folder, and return it."""
    config = write_configuration(folder)
    for each in (FILES / "policies").iterdir():
        add_file(config, f"policies/{each.name}", each.read_text(encoding="utf-8"))
    return config


def load_shelf(folder: Path) -> Catalogue:
    """Return the catalogue of a folder that `write_shelf` wrote."""
    return load(folder, PROVIDERS)


def scenarios_of(folder: Path, catalogue: Catalogue, text: str) -> tuple[Scenario, ...]:
    """Read a file with this text."""
    path = folder / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    return read_scenarios([path], catalogue)[0].scenarios


def results_of(folder: Path, catalogue: Catalogue, text: str) -> tuple[Result, ...]:
    """Run the scenarios of a file with this text."""
    return tuple(run(each, catalogue.calendar) for each in scenarios_of(folder, catalogue, text))
