"""Watches over everything that goes out, and stops it when it gets out of hand; only a person resumes.

A breaker does not trip again on what it tripped on before: evidence counts from when it was resumed.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event
from scheduler.domain.watch import AUTHOR, Limits, Trip, tripped
from scheduler.ports import Clock, NewPause, Runner, Stopped, WatchStore

_DROP_EVERY = timedelta(hours=1)

_log = structlog.get_logger("duly.watch")


@dataclass(slots=True)
class Watch:
    """Looks at volume, duplicates and bounces on these channels; any number of workers may."""

    store: WatchStore
    clock: Clock
    limits: Limits
    channels: Collection[str]
    run: Runner = asyncio.to_thread
    _dropped_at: datetime | None = None

    async def run_once(self) -> int:
        """Look once; return how many breakers tripped."""
        now = self.clock.now()
        evidence = await self.run(self.store.evidence, self.channels, self.limits, now)
        trips = list(tripped(evidence, self.limits))
        if trips:
            await self.run(self.stop, trips, now)
        if self._dropped_at is None or not timedelta(0) <= now - self._dropped_at < _DROP_EVERY:
            await self.run(self.store.drop_counts, now)
            self._dropped_at = now
        return len(trips)

    def stop(self, trips: Sequence[Trip], now: datetime) -> None:
        """Set a switch for each, and say so; one that another worker has just set stays as it is."""
        with self.store.switching(now) as transaction:
            standing = {
                (each.reason.partition(":")[0], each.stopped)
                for each in transaction.standing()
                if each.author == AUTHOR
            }
            for trip in trips:
                stopped = Stopped(channel=trip.channel)
                if (trip.breaker, stopped) not in standing:
                    number = transaction.pause(NewPause(stopped, AUTHOR, trip.reason, now, None))
                    transaction.append(list(_entries(trip, number, now)))
                    _log.error("breaker_tripped", breaker=trip.breaker, channel=trip.channel, why=trip.why)


def _entries(trip: Trip, number: int, now: datetime) -> Iterator[Draft]:
    said = {"pause": number, "channel": trip.channel, "reason": trip.reason}
    yield Draft(SYSTEM_CHAIN, Event.PAUSED, now, {**said, "author": AUTHOR})
    yield Draft(SYSTEM_CHAIN, Event.ALARM, now, {**said, "alarm": trip.breaker})
