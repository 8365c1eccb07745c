"""Brings what comes at the same time into one transaction, in a thread, and lets no more wait than can be served."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import InterfaceError, OperationalError

from scheduler.ports import Report, Runner

TOGETHER = 500
"""How many reports one transaction takes, so that it is short; the reports of one request stay together."""

MOST_WAITING = 500
"""How many requests may wait for their transaction."""

PATIENCE_S = 10.0
"""How long a request waits; Twilio itself waits fifteen seconds."""


class Crowded(Exception):
    """Too many wait already."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    reports: Sequence[Report]
    done: "asyncio.Future[None]"


@dataclass(slots=True)
class Lane:
    """One transaction at a time; what arrives meanwhile goes into the next. Flooding one lane holds up no other."""

    take: Callable[[Sequence[Report]], None]
    run: Runner
    _waiting: deque[_Waiting] = field(default_factory=deque)
    _worker: "asyncio.Task[None] | None" = None

    async def through(self, reports: Sequence[Report]) -> None:
        """Return once the reports are on disk.

        Raises Crowded, TimeoutError while they may still get there, and whatever their transaction raised.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Crowded
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(reports, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._drain())
        async with asyncio.timeout(PATIENCE_S):
            await done

    async def _drain(self) -> None:
        while self._waiting:
            batch = self._next()
            fault = await self._taken([report for each in batch for report in each.reports])
            if fault is None or len(batch) == 1 or isinstance(fault, OperationalError | InterfaceError):
                _tell(batch, fault)
                continue
            for each in batch:  # what one of them cannot have must not keep the others from being kept
                _tell([each], await self._taken(each.reports))

    def _next(self) -> list[_Waiting]:
        batch, number = [self._waiting.popleft()], 0
        while self._waiting and (number := number + len(batch[-1].reports)) < TOGETHER:
            batch.append(self._waiting.popleft())
        return batch

    async def _taken(self, reports: Sequence[Report]) -> Exception | None:
        try:
            await self.run(self.take, reports)
        except Exception as fault:  # told to whoever waits
            return fault
        return None


def _tell(batch: Sequence[_Waiting], fault: Exception | None) -> None:
    for each in batch:
        if each.done.done():  # it has given up waiting
            continue
        if fault is None:
            each.done.set_result(None)
        else:
            each.done.set_exception(fault)
