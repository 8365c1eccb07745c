"""The simulator on a few seeds: no invariant breaks, a seed replays exactly, and planted faults are found."""

import pytest

from tests.simulation.adapting import adapted
from tests.simulation.mutants import MUTANTS
from tests.simulation.world import World

SEEDS = range(1, 13)

KILLED_WITHIN = {
    "asks_the_first_zone_only": 12,
    "counts_accepted_only": 3,
    "counts_by_record": 12,
    "decides_when_planning_only": 12,
    "has_no_fence": 8,
    "ignores_retry_after": 4,
    "ignores_switches": 6,
    "ignores_validity": 12,
    "never_looks_again": 12,
    "sends_then_commits": 12,
    "settles_without_comparing": 4,
    "takes_an_exception_for_failure": 12,
    "takes_doubt_for_failure": 12,
}
"""Faults that break an invariant early, and the number of seeds within which that must show."""


def run(seed: int) -> World:
    """Live through one seed."""
    world = World(seed)
    with adapted():
        world.run()
    return world


@pytest.mark.parametrize("seed", SEEDS)
def test_no_invariant_breaks(seed: int) -> None:
    world = run(seed)
    assert world.violations == [], f"python -m tests.simulation --seed {seed} --trace"


def test_a_seed_replays_exactly() -> None:
    assert run(1).trace_hash == run(1).trace_hash


@pytest.mark.parametrize("name", sorted(KILLED_WITHIN))
def test_a_planted_fault_breaks_the_invariant_that_it_is_named_for(name: str) -> None:
    fault = MUTANTS[name]
    for seed in range(1, KILLED_WITHIN[name] + 1):
        with fault.plant():
            world = run(seed)
        if world.violations:
            assert world.violations[0].invariant in fault.breaks
            return
    pytest.fail(f"{name} survived {KILLED_WITHIN[name]} seeds")
