"""The simulator on a few seeds: no invariant breaks, rare states are reached, and planted faults are found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.postgres import postgres_url
from tests.simulation.memory import MEMORY
from tests.simulation.mutants import MUTANTS
from tests.simulation.rare_states import too_rare
from tests.simulation.seeds import Tally, killed_after, live, replay, tally

ROOT = Path(__file__).parents[2]

STANDARD = range(1, 61)
"""The standard run."""

KILLED_FROM = {
    "believes_one_absence": 11,
    "counts_by_record": 4,
    "dates_evidence_by_when_it_acts": 17,
    "forgets_rivals": 62,
    "settles_the_latest_attempt": 6,
    "takes_a_name_that_is_bound": 9,
    "takes_every_report_twice": 7,
    "takes_the_first_of_two": 9,
    "trusts_its_clock": 31,
}
"""From which seed on faults are tried that break nothing in the first ones; `make soak` tries all from one on."""

KILLED_WITHIN = 3
"""How many seeds a planted fault may live through."""


def lived(seeds: range, url: str) -> Tally:
    """Live through seeds."""
    total = Tally()
    for total in tally(seeds, url):
        assert not total.broken, f"{total.broken[0][1]}; {replay(total.broken[0][0], url)}"
    return total


def test_in_the_standard_run_no_invariant_breaks_and_every_rare_state_is_reached() -> None:
    assert too_rare(lived(STANDARD, MEMORY).rare) == []


def test_no_invariant_breaks_on_postgresql() -> None:
    assert lived(range(1, 7), postgres_url()).messages > 0


def test_a_seed_replays_exactly_also_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "1"]
    unlike = os.environ | {"PYTHONHASHSEED": "1"}
    told = subprocess.run(
        command, cwd=ROOT, env=unlike, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.split()[-1] == live(1).trace_hash == live(1).trace_hash


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_planted_fault_breaks_an_invariant_that_it_is_named_for(name: str) -> None:
    fault, first = MUTANTS[name], KILLED_FROM.get(name, 1)
    killed = killed_after(fault, range(first, first + KILLED_WITHIN))
    assert killed is not None, f"{name} survived"
    assert killed[1].invariant in fault.breaks, f"{killed[1]}; {replay(first + killed[0] - 1, fault=fault)}"
