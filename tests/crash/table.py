"""The crash table: for every combination, every boundary at which a process may end, and every one of its successor.

A crash leaves what is on disk and nothing else, so a case goes on from a copy of that with a process that knows
nothing. What is on disk is the same at many boundaries, and then so is all that follows: it is played once.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

from tests.crash.case import Case, How, Interruption, Kind
from tests.crash.disk import Snapshot
from tests.crash.invariants import violations
from tests.crash.stage import Stage

Disk = TypeVar("Disk")

OCCURRENCES = 2
"""How many times a process is interrupted at a boundary that it comes to again and again; its successor, once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case and what does not hold of it."""

    case: Case
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Played:
    """What came of going on from one state of the disk; boundaries are those at which work was done, with the disk."""

    wrong: tuple[str, ...]
    boundaries: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Explorer:
    """Plays one combination from every state that the disk may be in when a process ends, each state once."""

    case: Case
    played: dict[bytes, _Played] = field(default_factory=dict)
    disks: dict[bytes, Snapshot] = field(default_factory=dict)

    async def crashes(self, twice: bool) -> AsyncIterator[Verdict]:
        """Yield the undisturbed case, one crash at every boundary, and a second one at every boundary of recovery."""
        whole = await self._from(None)
        yield Verdict(self.case, whole.wrong)
        for at, disk in whole.boundaries:
            first = replace(self.case, first=Interruption(at, How.CRASH))
            recovery = await self._from(disk)
            yield Verdict(first, recovery.wrong)
            for again, disk_then in _first_ones(recovery.boundaries, 1) if twice else ():
                second = replace(first, second=Interruption(again, How.CRASH))
                yield Verdict(second, (await self._from(disk_then)).wrong)

    async def _from(self, disk: bytes | None) -> _Played:
        """Go on from what is on disk, to the end; what was played before is known."""
        if disk is None or disk not in self.played:
            stage = Stage(self.case, snapshot=None if disk is None else self.disks[disk], keeps=True)
            await stage.play()
            busy = set(stage.processes[0].busy)
            named = [(at, self._keep(each)) for at, each in stage.kept if at in busy]
            played = _Played(tuple(violations(stage)), tuple(_first_ones(named, OCCURRENCES)))
            if disk is None:
                return played
            self.played[disk] = played
        return self.played[disk]

    def _keep(self, snapshot: Snapshot) -> bytes:
        key = snapshot.key
        self.disks.setdefault(key, snapshot)
        return key


def may_stand_still(case: Case, at: str, how: How) -> bool:
    """Whether the protocol promises anything for a process that stands still at a boundary.

    Between its last look and its first byte a process cannot be watched. Who stands still there until others hold it to
    be proved that nothing was sent, and then sends, defeats every protocol; see `test_the_gap_that_nothing_closes`.
    """
    if not at.startswith("call.before"):
        return True
    return how is How.OVERTAKEN or (how is How.TWO_MINUTES and case.kind is not Kind.KNOWS)


async def suspensions(
    case: Case, hows: Iterable[How], times: int = OCCURRENCES, twice: bool = False
) -> AsyncIterator[Verdict]:
    """Yield every boundary at which the first process may stand still while another does everything that comes due.

    If `twice`, the other one ends at every boundary that it comes to meanwhile, and a third one steps in.
    """
    undisturbed = await _played(case)
    named = [(at, None) for at in undisturbed.processes[0].busy]
    places = [at for at, _ in _first_ones(named, times) if not at.partition("#")[0].endswith(".commit")]
    for at, how in product(places, hows):
        if not may_stand_still(case, at, how):
            continue
        stage = await _played(replace(case, first=Interruption(at, how)))
        yield Verdict(stage.case, tuple(violations(stage)))
        others = [(at, None) for each in stage.processes[1:2] for at in each.busy] if twice else []
        for again, _ in _first_ones(others, 1):
            yield await played(replace(stage.case, second=Interruption(again, How.CRASH)))


async def played(case: Case) -> Verdict:
    """Play one case as it stands, from its beginning, with crashes that are raised."""
    return Verdict(case, tuple(violations(await _played(case))))


async def _played(case: Case) -> Stage:
    stage = Stage(case)
    await stage.play()
    return stage


def _first_ones(named: Iterable[tuple[str, Disk]], times: int) -> Iterator[tuple[str, Disk]]:
    """Leave out a boundary that was come to so many times before."""
    seen: Counter[str] = Counter()
    for at, disk in named:
        name = at.partition("#")[0]
        seen[name] += 1
        if seen[name] <= times:
            yield at, disk
