"""Faults planted around the call: what somebody writes who has not thought of a provider that does not answer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from scheduler.domain.delivery import Delivery, NotSent, Unknown
from scheduler.pipeline import Pipeline
from scheduler.ports import Armed, Settlement
from tests.simulation.planting import mutant

_call = Pipeline._call


@mutant("INV-03", "INV-07", "INV-08", "INV-09")
def retries_on_time_out() -> Iterator[None]:
    """What tenacity around a POST does."""

    async def call(self: Pipeline, armed: Armed) -> Delivery:
        delivery = await _call(self, armed)
        return await _call(self, armed) if isinstance(delivery, Unknown) else delivery

    with patch.object(Pipeline, "_call", call):
        yield


def _taken_for_not_sent(codes: Callable[[str], bool]) -> AbstractContextManager[Any]:
    async def call(self: Pipeline, armed: Armed) -> Delivery:
        delivery = await _call(self, armed)
        is_meant = isinstance(delivery, Unknown) and codes(delivery.code)
        return NotSent(delivery.code) if isinstance(delivery, Unknown) and is_meant else delivery

    return patch.object(Pipeline, "_call", call)


@mutant("INV-03", "INV-07", "INV-08")
def takes_doubt_for_failure() -> Iterator[None]:
    """Whatever is not a yes was not sent."""
    with _taken_for_not_sent(lambda _code: True):
        yield


@mutant("INV-03", "INV-07", "INV-08")
def takes_a_server_error_for_failure() -> Iterator[None]:
    """A 5xx is thought to mean that nothing was taken."""
    with _taken_for_not_sent(lambda code: code.startswith("http_5")):
        yield


@mutant("INV-03", "INV-07", "INV-08")
def takes_an_exception_for_failure() -> Iterator[None]:
    """Whatever is raised is thought to have come before the call."""
    with _taken_for_not_sent(lambda code: code.startswith("exception")):
        yield


class _Undone(Exception):
    def __init__(self, armed: Sequence[Armed]) -> None:
        self.armed = armed


@mutant("INV-06")
def sends_then_commits() -> Iterator[None]:
    """The outcome is written when it is known, and nothing before."""

    def foresee(self: Pipeline, now: datetime) -> Sequence[Armed]:
        rules = self.rules
        try:
            with self.store.arming(now, rules.creditors, rules.lookback, self.batch_size) as batch:
                for group in batch.groups:
                    self._consider(batch, group, now)
                batch.flush()  # type: ignore[attr-defined]  # the real one has it
                raise _Undone(batch.armed())
        except _Undone as undone:
            return undone.armed

    async def run_batch(self: Pipeline) -> int:
        now = self.clock.now()
        foreseen = await self.run(foresee, self, now)
        answers = {each.message.key: await _call(self, each) for each in foreseen}
        looked_at, armed = await self.run(self.store.patiently, self.arm, now)
        done = self.clock.now()
        settlements = [
            Settlement(each.message_id, answers.get(each.message.key, Unknown("never_called")), done)
            for each in armed
        ]
        if settlements:
            await self.run(self.store.settle, settlements)
        return looked_at

    with patch.object(Pipeline, "run_batch", run_batch):
        yield
