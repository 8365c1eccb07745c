"""An event loop on virtual time: one thread, nothing sleeps, and the same seed always takes the same turns."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from itertools import count
from typing import Any, TypeVar

Result = TypeVar("Result")
Work = Generator[Any, None, Result] | Coroutine[Any, Any, Result]


class Stalled(Exception):
    """Everybody waits for something that nobody will do."""


class _Leaping(selectors.SelectSelector):
    """Waits for nothing: where a real one would sleep until the next timer, it moves the time on to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Move on to the next timer. Raises Stalled when there is none."""
        if timeout is None:
            raise Stalled
        self.now_s += max(timeout, 0.0)
        return []


class Numbered(asyncio.Task[Result]):
    """A task that sets keep in the order in which tasks were made, not by where in memory it lies."""

    def __init__(self, work: Work[Result], *, loop: "VirtualLoop", context: Context | None = None) -> None:
        self.number = next(loop.numbers)
        super().__init__(work, loop=loop, context=context)

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self is other


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs callbacks as asyncio does, on a clock that leaps from timer to timer."""

    def __init__(self, born: Callable[["Numbered[Any]", Context | None], None] | None = None) -> None:
        """`born` is told of every new task, with the context that it was made in."""
        self.numbers = count(1)
        self._leaping = _Leaping()
        super().__init__(self._leaping)
        self._clock_resolution = 1e-6  # what floats of a few months of seconds can tell apart
        self._born = born
        self.set_task_factory(self._make)

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._leaping.now_s

    def _make(
        self, _loop: asyncio.AbstractEventLoop, work: Work[Result], context: Context | None = None
    ) -> Numbered[Result]:
        task = Numbered(work, loop=self, context=context)
        if self._born is not None:
            self._born(task, context)
        return task
