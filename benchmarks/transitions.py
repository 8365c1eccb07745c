"""Every clock change of every zone from 2024 to 2037: an hour to each side, minute by minute, against a wall clock."""

import time
from zoneinfo import available_timezones

from benchmarks.report import row
from tests.domain.transitions import INSTANTS, changes, disagreements, rules_around

YEARS = (2024, 2037)


def run(quick: bool) -> None:
    """Ask hours, days of rest and limits at every minute, and count what disagrees with the wall: nothing may."""
    zones = sorted(available_timezones())[:: 10 if quick else 1]
    began, found, asked, wrong = time.perf_counter(), 0, 0, list[str]()
    for zone in zones:
        for change in changes(zone, *YEARS):
            found += 1
            asked += INSTANTS * len(rules_around(zone, change))
            wrong += disagreements(zone, change)
    row("zones", f"{len(zones):,}")
    row(f"clock changes, {YEARS[0]} to {YEARS[1]}", f"{found:,}")
    row("instants checked, for each rule", f"{asked:,} in {time.perf_counter() - began:.0f} s")
    row("disagreements", f"{len(wrong)} (must be 0)")
    for each in wrong[:10]:
        print(f"  {each}")
