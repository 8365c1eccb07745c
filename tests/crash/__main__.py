"""`python -m tests.crash COORDINATES` plays one case of the crash table and tells its story."""

import asyncio
import sys

from tests.crash.case import case_of
from tests.crash.invariants import violations
from tests.crash.stage import Stage


async def main(text: str) -> int:
    """Play a case and return 1 when something does not hold."""
    stage = Stage(case_of(text), told=[])
    await stage.play()
    wrong = violations(stage)
    log = [f"{each['event']} {each.get('plan_refs')} {each.get('attempt') or ''}" for each in stage.log()]
    print("\n".join([*(stage.told or ()), "", *log, "", *(wrong or ["everything holds"])]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(" ".join(sys.argv[1:]))))
