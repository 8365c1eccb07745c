"""One process of the service on the stage: the real flow, and every boundary that it comes to."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from scheduler.domain.delivery import Delivery, Finding
from scheduler.domain.message import Inquiry, Message
from scheduler.domain.receipt import DeliveryReceipt
from scheduler.intake.receipts import ReceiptIntake
from scheduler.pipeline import Pipeline
from scheduler.planner import plan_due
from scheduler.reconciler import Reconciler
from tests.crash.case import How, Interruption
from tests.fakes.world import World

if TYPE_CHECKING:
    from tests.crash.stage import Stage

Given = ParamSpec("Given")
Result = TypeVar("Result")

LONGEST_LIFE = 3000
"""How many boundaries a process may come to: who passes more does one thing without end."""

PROVIDER = "fake"
_NAMES = {"plan_due": "plan", "note": "journal", "take": "callback"}


class Crash(BaseException):
    """The process is gone: nothing of it ever happens again, and nothing may catch this."""


class Endless(BaseException):
    """The process does the same thing over and over."""


@dataclass(slots=True)
class Process:
    """Counts the boundaries that it comes to; `interruption` befalls it at one of them.

    `passed` are the boundaries, and `idle` those of them around work that found nothing to do.
    """

    stage: "Stage"
    interruption: Interruption | None
    dead: bool = False
    suspended: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    passed: list[str] = field(default_factory=list)
    idle: set[str] = field(default_factory=set)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    world: World = field(init=False)
    pipeline: Pipeline = field(init=False)
    reconciler: Reconciler = field(init=False)

    def __post_init__(self) -> None:
        stage = self.stage
        line = Line(self)
        channels = {(PROVIDER, channel): line for channel in ("sms", "email")}
        self.world = stage.world()
        self.pipeline = replace(self.world.pipeline, channels=channels, run=self.run, journal=stage.journal)
        self.reconciler = replace(self.world.reconciler, channels=channels, run=self.run)

    @property
    def busy(self) -> list[str]:
        """The boundaries around work that did something."""
        return [each for each in self.passed if each not in self.idle]

    async def turn(self) -> None:
        """Do what is due now: settle what is in doubt, plan, and send, as the worker's own turn does."""
        stage = self.stage
        while stage.due().doubt and await self.reconciler.run_once():
            pass
        while stage.due().plan and await self._plan_some():
            pass
        while stage.due().touchpoint and await self.pipeline.run_batch():
            pass

    async def _plan_some(self) -> int:
        return await self.run(self.stage.store.patiently, self._plan_due, self.stage.clock.now())

    def _plan_due(self, now: datetime) -> int:
        return plan_due(self.stage.store, self.world.cadences, now)

    async def hear(self, receipts: list[DeliveryReceipt]) -> None:
        """Take callbacks, each in a transaction of its own, and confirm each once it is on disk."""
        intake = ReceiptIntake(self.stage.store, {PROVIDER: "email"})
        for each in receipts:
            await self.run(intake.take, PROVIDER, [each], self.stage.clock.now())
            self.stage.provider.confirm(each)

    # ------------------------------------------------------------------------------------------ boundaries

    async def run(
        self, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Run a piece of blocking work here, with a boundary before it, at its commit and after it."""
        name = _name_of(work, given)
        first = len(self.passed)
        await self.cross(f"{name}.before")
        before, self.stage.at_work = self.stage.at_work, (self, name)
        try:
            result = work(*given, **named)
        finally:
            self.stage.at_work = before
        await self.cross(f"{name}.after")
        if _did_nothing(result):
            self.idle.update(self.passed[first:])
        return result

    async def cross(self, name: str) -> None:
        """Come to a boundary: go on, be suspended, or end."""
        while self.suspended:
            await self.awake.wait()
        interruption = self._come_to(name)
        if interruption is not None:
            self.suspended = True
            await self.stage.meanwhile(interruption.how)
            self.suspended = False
            self.awake.set()

    def cross_at_once(self, name: str) -> None:
        """Come to a boundary within a transaction, where the process can end but nobody else can step in."""
        if self._come_to(name) is not None:
            raise AssertionError(f"nobody steps in at {name}: SQLite has one writer")

    def _come_to(self, name: str) -> Interruption | None:
        """Note a boundary, end there if it is so written, and return what else befalls the process there."""
        if self.dead:
            raise Crash
        self.counts[name] += 1
        here = f"{name}#{self.counts[name]}"
        self.passed.append(here)
        self.stage.come_to(self, here)
        if len(self.passed) > LONGEST_LIFE:
            raise Endless
        if self.interruption is None or self.interruption.at != here:
            return None
        befallen, self.interruption = self.interruption, None
        self.stage.tell(f"--- {befallen}")
        if befallen.how is How.CRASH:
            self.dead = True
            raise Crash
        return befallen


@dataclass(frozen=True, slots=True)
class Line:
    """A process's line to the provider: what the product knows as a channel."""

    process: Process
    provider: str = PROVIDER

    @property
    def absence_proves_after(self) -> timedelta | None:
        """How long after a call a message is surely listed."""
        return self.process.stage.provider.absence_proves_after

    async def send(self, message: Message) -> Delivery:
        """Make a call, with boundaries before its first byte, when the provider has acted, and when it has answered."""
        stage, cross = self.process.stage, self.process.cross
        await cross("call.before")
        answer = stage.provider.receive(message, stage.clock.now(), stage.was_noted(message))
        stage.tell(f"    provider: {message.key} {answer}")
        await self.process.hear(stage.provider.callbacks(stage.clock.now()))
        await cross("call.acted")
        await cross("call.answered")
        return answer

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Ask, with a boundary before the question and one between the answer and whoever acts on it."""
        stage, cross = self.process.stage, self.process.cross
        await cross("look_up.before")
        found = stage.provider.look_up(inquiry, stage.clock.now())
        stage.tell(f"    provider: {inquiry.message_key}? {found}")
        await cross("look_up.after")
        return found

    async def check(self) -> tuple[str, ...]:
        """Find nothing wrong."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""


def _name_of(work: Callable[..., Any], given: tuple[Any, ...]) -> str:
    inner = given[0] if getattr(work, "__name__", "") == "patiently" and given else work
    name = getattr(inner, "__name__", "work").lstrip("_")
    return _NAMES.get(name, name)


def _did_nothing(result: object) -> bool:
    """Whether a piece of work found nothing to do: no plans, no doubts, nobody due."""
    return result in (0, []) or (isinstance(result, tuple) and result[:1] == (0,))
