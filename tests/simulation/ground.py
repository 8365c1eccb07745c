"""What everything in a simulated world stands on: its time, its chance, its trace, and being woken."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.delays import Delays
from tests.simulation.diary import Diary
from tests.simulation.loop import Numbered, VirtualLoop
from tests.simulation.rare import Rare
from tests.simulation.scene import drawn_scene
from tests.simulation.weather import Chance, drawn_weather

KEPT_LINES = 40
_INSTANT_LIMIT = 2_000
"""So many lines at one instant are a loop that never ends."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken invariant, and when."""

    invariant: str
    at: datetime
    words: str


class Ground:
    """The time, the seed's own chance and weather, and what is told. An invariant that breaks stops everything."""

    def __init__(
        self,
        seed: int,
        workers: int | None,
        trace: bool,
        born: Callable[[Numbered[Any], Context | None], None],
    ) -> None:
        """Draw scene and weather from the seed; `born` is told of every task."""
        self.seed, self._trace = seed, trace
        self.chance = Chance(seed)
        self.scene = drawn_scene(self.chance, workers)
        self.weather = drawn_weather(self.chance)
        self.loop = VirtualLoop(born)
        self.delays = Delays(self.chance)
        self.rare, self.diary = Rare(), Diary()
        self.stopped = asyncio.Event()
        self.violations: list[Violation] = []
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.epoch = 0
        self._digest = hashlib.sha256()
        self._instant = (0.0, 0)
        self._changed, self._alarmed = asyncio.Event(), asyncio.Event()

    # ----------------------------------------------------------------------------------------------- time

    def instant(self, at_s: float) -> datetime:
        """Return virtual seconds as an instant."""
        return self.scene.start + timedelta(seconds=at_s)

    def seconds(self, at: datetime) -> float:
        """Return an instant as virtual seconds."""
        return (at - self.scene.start).total_seconds()

    def seconds_of(self, kept: int | datetime) -> float:
        """Return an instant as a database keeps it as virtual seconds."""
        if isinstance(kept, int):
            return kept / 1e6 - self.scene.start.timestamp()
        return self.seconds(kept)

    def now(self) -> datetime:
        """Return the true time."""
        return self.instant(self.loop.time())

    # -------------------------------------------------------------------------------------------- telling

    def note(self, line: str) -> None:
        """Add a line to the trace."""
        now = self.loop.time()
        whole = f"{self.instant(now):%m-%d %H:%M:%S.%f} {line}"
        self._digest.update(whole.encode())
        self.lines.append(whole)
        if self._trace:
            print(whole)
        self._instant = (now, self._instant[1] + 1 if self._instant[0] == now else 1)
        if self._instant[1] == _INSTANT_LIMIT:
            self.violated("INV-33", "time stands still: something is done over and over at one instant")

    def violated(self, invariant: str, words: str) -> None:
        """Note a broken invariant and stop the world."""
        self.violations.append(Violation(invariant, self.now(), words))
        self.note(f"VIOLATION {invariant}: {words}")
        self.stopped.set()

    @property
    def trace_hash(self) -> str:
        """The digest of everything that happened."""
        return self._digest.hexdigest()

    # ------------------------------------------------------------------------------------------- waking

    def wrote(self) -> None:
        """Wake whoever waits for something new in the database."""
        self.epoch += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def alarm(self) -> None:
        """Wake whoever keeps custody."""
        self._alarmed.set()
        self._alarmed = asyncio.Event()

    async def alarmed(self, within_s: float) -> None:
        """Wait until something concerns custody, at most so long."""
        await _or_later(self._alarmed, within_s)

    async def changed(self, within_s: float) -> None:
        """Wait until somebody has written, at most so long."""
        await _or_later(self._changed, within_s)


async def _or_later(event: asyncio.Event, within_s: float) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return
