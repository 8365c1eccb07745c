"""Lives through seeds from the command line, and says of one that fails how it is lived through once more."""

import argparse
import sys
from collections.abc import Sequence

from tests.fakes.postgres import postgres_url
from tests.simulation.mutants import MUTANTS
from tests.simulation.seeds import live, replay
from tests.simulation.soak import soak


def main(words: Sequence[str] | None = None) -> int:
    """Do what was asked; 1 when an invariant broke or a planted fault survived."""
    asked = _parser().parse_args(words)
    if asked.seed is None:
        return soak(minutes=asked.minutes, first=asked.first, workers=asked.workers or 4)
    url = postgres_url() if asked.database == "postgresql" else asked.database
    fault = MUTANTS[asked.mutant] if asked.mutant else None
    world = live(asked.seed, url, asked.workers, fault, asked.trace)
    for line in () if asked.trace else world.lines:
        print(line)
    for broken in world.violations[:1]:
        print(f"\n{broken.invariant} broke at {broken.at:%Y-%m-%d %H:%M:%S}: {broken.words}")
        print(replay(asked.seed, url, asked.workers, fault))
    print(f"trace {world.trace_hash}")
    return 1 if world.violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Without --seed: plants every fault, then lives through seed after seed in two processes.",
    )
    parser.add_argument("--seed", type=int, help="live through this seed only")
    parser.add_argument(
        "--database", default="sqlite:///:memory:", help="an URL, or postgresql to have one started"
    )
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="with this fault planted")
    parser.add_argument("--trace", action="store_true", help="print every boundary")
    parser.add_argument("--workers", type=int, help="how many processes; drawn from the seed if not said")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to go on")
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
