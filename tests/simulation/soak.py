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

Killed = dict[str, tuple[int, str]]
"""After how many seeds each fault broke something, and what; those that broke nothing are left out."""


def soak(minutes: float, first: int, workers: int) -> int:
    """Plant every fault, then live through seeds until the time is up; print the figures and return 1 for a failure.

    A failure is a planted fault that survives, an invariant that breaks, or a rare state that is hardly reached.
    """
    names = sorted(MUTANTS)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        killing = [pool.submit(_kill, half, first) for half in (names[::2], names[1::2])]
        killed = {name: found for each in killing for name, found in each.result().items()}
        missed = _print_killed(killed)
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
    return 1 if missed or whole.broken or too_rare(whole.rare) else 0


def _kill(names: Sequence[str], first: int) -> Killed:
    killed: Killed = {}
    for name in names:
        found = killed_after(MUTANTS[name], range(first, first + SEEDS_TO_KILL))
        if found is not None:
            killed[name] = found[0], found[1].invariant
    return killed


def _live(kind: str, first: int, workers: int, until: float) -> Tally:
    total, told = Tally(), 0
    url = postgres_url() if kind == "postgresql" else MEMORY
    for total in tally(_until(first, until), url, workers):
        for seed, broken in total.broken[told:]:
            print(f"{broken.invariant} broke in seed {seed} on {kind}: {broken.words}", flush=True)
            print(f"  {replay(seed, url, workers)}", flush=True)
        told = len(total.broken)
        if total.seeds % _TOLD_EVERY == 0:
            print(f"{kind}: {total.seeds} seeds, {total.debtor_years:.1f} debtor-years", flush=True)
    return total


def _until(first: int, until: float) -> Iterable[int]:
    for seed in count(first):
        if time.time() > until:
            return
        yield seed


def _print_killed(killed: Killed) -> int:
    """Print what became of every fault; return how many broke nothing, or first an invariant they are not named for."""
    lines, missed = [], 0
    for name, fault in sorted(MUTANTS.items()):
        seeds, broke = killed.get(name, (SEEDS_TO_KILL, "SURVIVED"))
        is_named = broke in fault.breaks
        missed += not is_named
        strange = "" if is_named or broke == "SURVIVED" else ", for which it is not named"
        lines.append(f"  {name:45} {broke} after {seeds} seeds{strange}")
    print(
        "\n".join([f"{len(MUTANTS) - missed} of {len(MUTANTS)} planted faults killed:", *lines]), flush=True
    )
    return missed


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
