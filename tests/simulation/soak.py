"""Goes on for as long as asked, in two processes: one on SQLite and one on PostgreSQL, each with four workers."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context

from tests.fakes.postgres import postgres_url
from tests.simulation.memory import MEMORY
from tests.simulation.mutants import MUTANTS
from tests.simulation.rare_states import REACHED, too_rare
from tests.simulation.seeds import Tally, killed_after, replay, tally

SEEDS_TO_KILL = 120
"""A planted fault that outlives so many seeds has survived."""

_APART = 10_000_000
"""How far the two databases' seeds are apart."""

_TOLD_EVERY = 100
"""After how many seeds it says how far it is."""

Killed = dict[str, tuple[int, str] | None]


def soak(minutes: float, first: int, workers: int) -> int:
    """Plant every fault, then live through seeds until the time is up; print the figures and return 1 for a failure.

    A failure is a planted fault that survives, an invariant that breaks, or a rare state that is hardly reached.
    """
    names = sorted(MUTANTS)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        killing = [pool.submit(_kill, half, first) for half in (names[::2], names[1::2])]
        killed = {name: found for each in killing for name, found in each.result().items()}
        _print_killed(killed)
        until = time.time() + minutes * 60
        living = {
            kind: pool.submit(_live, kind, first + index * _APART, workers, until)
            for index, kind in enumerate(("sqlite", "postgresql"))
        }
        tallies = {kind: each.result() for kind, each in living.items()}
    for kind, found in tallies.items():
        _print_tally(kind, found, workers)
    whole = Tally()
    for found in tallies.values():
        whole.merge(found)
    _print_rare(whole)
    survived = [name for name, found in killed.items() if found is None]
    return 1 if survived or whole.broken or too_rare(whole.rare) else 0


def _kill(names: Sequence[str], first: int) -> Killed:
    killed: Killed = {}
    for name in names:
        found = killed_after(MUTANTS[name], range(first, first + SEEDS_TO_KILL))
        is_named = found is not None and found[1].invariant in MUTANTS[name].breaks
        killed[name] = (found[0], found[1].invariant) if found and is_named else None
    return killed


def _live(kind: str, first: int, workers: int, until: float) -> Tally:
    total = Tally()
    url = postgres_url() if kind == "postgresql" else MEMORY
    for total in tally(_until(first, until), url, workers):
        if total.broken and total.broken[-1][0] == first + total.seeds - 1:
            seed, broken = total.broken[-1]
            command = replay(seed, url, workers)
            print(
                f"{broken.invariant} broke in seed {seed} on {kind}: {broken.words}\n  {command}", flush=True
            )
        if total.seeds % _TOLD_EVERY == 0:
            print(f"{kind}: {total.seeds} seeds, {total.debtor_years:.1f} debtor-years", flush=True)
    return total


def _until(first: int, until: float) -> Iterable[int]:
    for seed in count(first):
        if time.time() > until:
            return
        yield seed


def _print_killed(killed: Killed) -> None:
    print(f"{sum(each is not None for each in killed.values())} of {len(killed)} planted faults killed:")
    for name, found in sorted(killed.items()):
        told = f"{found[1]} after {found[0]} seeds" if found else f"SURVIVED {SEEDS_TO_KILL} seeds"
        print(f"  {name:45} {told}", flush=True)


def _print_tally(kind: str, found: Tally, workers: int) -> None:
    speed = found.debtor_years / found.took_s if found.took_s else 0.0
    print(
        f"{kind}, {workers} workers: {found.seeds} seeds, {found.debtor_years:.1f} debtor-years"
        f" ({speed:.2f} a second), {found.calls} calls, {found.messages} messages taken,"
        f" {len(found.broken)} violations"
    )


def _print_rare(whole: Tally) -> None:
    print("rare states reached:")
    for name in sorted(REACHED, key=lambda each: whole.rare[each]):
        print(f"  {name:35} {whole.rare[name]}")
    for name in too_rare(whole.rare):
        print(f"  {name} was reached less than twenty times")
