"""Runs seeds one after another and adds up what they were: for the command line, and for the tests."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from tests.simulation.adapting import adapted
from tests.simulation.ground import Violation
from tests.simulation.memory import MEMORY
from tests.simulation.planting import Mutant
from tests.simulation.world import QUIET_S, World

YEAR_S = 365.25 * 86_400


@dataclass(slots=True)
class Tally:
    """What many seeds came to; `broken` are the seeds in which an invariant broke, with the first that did."""

    seeds: int = 0
    debtor_years: float = 0.0
    messages: int = 0
    calls: int = 0
    took_s: float = 0.0
    rare: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[int, Violation]] = field(default_factory=list)

    def add(self, world: World, took_s: float) -> None:
        """Add one seed."""
        lived_s = world.scene.days * 86_400 + QUIET_S
        self.seeds += 1
        self.debtor_years += len(world.scene.parties) * lived_s / YEAR_S
        self.messages += sum(len(far.taken) for far in world.far)
        self.calls += sum(len(far.calls) for far in world.far)
        self.took_s += took_s
        self.rare.update(world.rare.counts)
        if world.violations:
            self.broken.append((world.seed, world.violations[0]))

    def merge(self, other: "Tally") -> None:
        """Add what another came to."""
        self.seeds += other.seeds
        self.debtor_years += other.debtor_years
        self.messages += other.messages
        self.calls += other.calls
        self.took_s += other.took_s
        self.rare.update(other.rare)
        self.broken += other.broken


def live(
    seed: int, url: str = MEMORY, workers: int | None = None, fault: Mutant | None = None, trace: bool = False
) -> World:
    """Live through one seed, with a planted fault or without."""
    planted: AbstractContextManager[None] = fault.plant() if fault else nullcontext()
    with adapted(), planted:
        world = World(seed, url, workers, trace)
        world.run()
    return world


def tally(seeds: Iterable[int], url: str = MEMORY, workers: int | None = None) -> Iterator[Tally]:
    """Live through seeds, and return after each what all of them so far came to."""
    total = Tally()
    for seed in seeds:
        began_s = time.perf_counter()
        world = live(seed, url, workers)
        total.add(world, time.perf_counter() - began_s)
        yield total


def killed_after(fault: Mutant, seeds: Iterable[int], url: str = MEMORY) -> tuple[int, Violation] | None:
    """Return after how many seeds a planted fault broke an invariant, and which; None when it survives them all."""
    for number, seed in enumerate(seeds, start=1):
        if (world := live(seed, url, fault=fault)).violations:
            return number, world.violations[0]
    return None


def replay(seed: int, url: str = MEMORY, workers: int | None = None, fault: Mutant | None = None) -> str:
    """Return the command that lives through a seed once more; of a PostgreSQL it has another one started."""
    words = ["python -m tests.simulation", f"--seed {seed}"]
    if workers is not None:
        words.append(f"--workers {workers}")
    if url != MEMORY:
        words.append("--database postgresql")
    if fault is not None:
        words.append(f"--mutant {fault.name}")
    return " ".join([*words, "--trace"])
