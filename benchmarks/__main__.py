"""`python -m benchmarks [--quick]` runs every figure in turn and prints it."""

import argparse

from benchmarks import decisions, imports, mail, sending, ticks, transitions, ways
from benchmarks.report import heading, machine


def main() -> None:
    """Run what was asked for, all of it by default."""
    parts = {
        "imports": imports.run,
        "ticks": ticks.run,
        "decisions": decisions.run,
        "sending": sending.run,
        "mail": mail.run,
        "ways": ways.run,
        "transitions": transitions.run,
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[*parts, []], help="parts to run; all of them unless named"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, to see that it works")
    options = parser.parse_args()
    print(machine())
    for name in options.only or parts:
        heading(name)
        parts[name](options.quick)


if __name__ == "__main__":
    main()
