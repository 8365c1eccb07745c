"""The policies that Duly comes with: each loads, cites, and does what its scenarios say, on every edge."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue, load
from scheduler.domain.decision import Send
from scheduler.rehearsal.coverage import coverage, lacking
from scheduler.rehearsal.scenario_files import all_files
from scheduler.rehearsal.scenarios import Result, read_scenarios, run

CONFIG = Path(__file__).parents[2] / "config"
COMPLETE = (
    "us-regf us-tcpa-sms us-nyc us-ma us-dc us-fl cn uk in-rbi au ca-on kr co cl fr strict-fallback"
).split()
"""Every rule of these that can stop a message is seen to stop one and to let one through."""

POLICIES = sorted(each.stem for each in (CONFIG / "policies").glob("*.yaml"))


@lru_cache(maxsize=1)
def shipped() -> tuple[Catalogue, Mapping[str, Sequence[Result]]]:
    """Return the configuration and what came of its scenarios, by the policies that they are about."""
    catalogue = load(CONFIG)
    results: dict[str, list[Result]] = {}
    for file in read_scenarios(all_files(CONFIG), catalogue):
        for name in file.policies:
            results.setdefault(name, []).extend(run(each, catalogue.calendar) for each in file.scenarios)
    return catalogue, results


@pytest.mark.parametrize("policy", POLICIES)
def test_every_scenario_comes_as_it_says(policy: str) -> None:
    _, results = shipped()
    assert [each.scenario.name for each in results[policy] if not each.is_met] == []


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_lets_something_through_and_stops_something(policy: str) -> None:
    _, results = shipped()
    sent = [isinstance(each.decision, Send) for each in results[policy]]
    assert {True, False} == set(sent)


@pytest.mark.parametrize("policy", COMPLETE)
def test_a_complete_policy_has_a_scenario_on_each_edge_of_each_rule(policy: str) -> None:
    catalogue, results = shipped()
    assert lacking(coverage(catalogue.policies[policy], results[policy])) == ()


@pytest.mark.parametrize("policy", POLICIES)
def test_every_rule_cites_its_source(policy: str) -> None:
    catalogue, _ = shipped()
    assert [each.id for each in catalogue.policies[policy].rules if len(each.citation) < 5] == []


def test_nobody_has_approved_what_is_shipped() -> None:
    catalogue, _ = shipped()
    assert catalogue.drafts == frozenset(POLICIES)
