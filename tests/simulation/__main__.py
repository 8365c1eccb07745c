"""Runs seeds from the command line, and says of a failing one how it is run again."""

import argparse
import sys
import time

from tests.simulation.adapting import adapted
from tests.simulation.world import World


def main() -> int:
    """Run the seeds that were asked for; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trace", action="store_true")
    asked = parser.parse_args()
    seeds = [asked.seed] if asked.seed is not None else range(asked.first, asked.first + asked.seeds)
    bad = 0
    for seed in seeds:
        began = time.perf_counter()
        world = World(seed, trace=asked.trace)
        with adapted():
            world.run()
        took = time.perf_counter() - began
        taken = sum(len(far.taken) for far in world.far)
        years = len(world.scene.parties) * world.scene.days / 365
        print(seed, f"{took:.2f}s", f"{years:.2f}y", taken, world.trace_hash[:12], dict(world.rare.counts))
        if world.violations:
            bad += 1
            for line in world.lines:
                print("   ", line)
            print(world.violations[0])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
