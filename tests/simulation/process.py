"""One simulated process of the service, from its start until it crashes; every boundary is a place where it may."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from scheduler.breakers import Breakers
from scheduler.custodian import Custodian
from scheduler.pipeline import Pipeline, Rules
from scheduler.ports import Armed, Channel
from scheduler.reconciler import Reconciler
from scheduler.store.custody import SqlCustody
from scheduler.store.store import SqlStore
from scheduler.worker import GUARD_EVERY_S, TICK_S, Worker
from tests.fakes.world import NoHolidays
from tests.simulation.machine import Clock, Line
from tests.simulation.words import PlainestWords

if TYPE_CHECKING:
    from tests.simulation.world import World

Given = ParamSpec("Given")
Result = TypeVar("Result")

LIFE: ContextVar["Life | None"] = ContextVar("life", default=None)
"""Whose transaction is running."""

NEVER_S = 30 * 86_400.0
LONGEST_IDLE_S = 4 * 3600.0
LOOKS_AGAIN_S = 3 * 86_400.0
"""How often custody looks without a cause; after anything that concerns it, it looks within its usual time."""

_BETWEEN = frozenset({"arm:after", "note:after", "last_look:after"})


@dataclass(eq=False)
class Life:
    """One process. `armed_s` is when the transaction of each of its intents truly began."""

    world: "World"
    name: str
    offset_s: float
    dead: bool = False
    frozen_until_s: float = 0.0
    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)
    armed_s: dict[str, float] = field(default_factory=dict)
    limited_s: dict[str, float] = field(default_factory=dict)
    in_hand: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Plug the product's own parts together."""
        world, scene = self.world, self.world.scene
        self.clock = Clock(world, self.offset_s)
        self.born_s = world.loop.time()
        lines: Mapping[tuple[str, str], Channel] = {
            (each.name, channel): Line(self, each) for channel, each in world.providers.items()
        }
        rules = Rules(
            creditors=scene.creditors,
            policy_for=lambda _: world.policy,
            lookback=world.policy.lookback,
            calendar=NoHolidays(),
            composer=PlainestWords(),
            providers={channel: [each.name] for channel, each in world.providers.items()},
        )
        store = SqlStore(world.database, world.chance.random_bytes)
        pipeline = Pipeline(
            store,
            self.clock,
            rules,
            lines,
            Breakers(),
            batch_size=scene.batch_size,
            run=self.run,
            journal=world.journal,
        )
        custodian = Custodian(SqlCustody(store), world.journal, self.clock, run=self.run)
        self.worker = Worker(
            store,
            pipeline,
            Reconciler(
                store, self.clock, lines, scene.creditors, run=self.run, is_steady=custodian.is_steady
            ),
            scene.cadences,
            self.clock,
            custodian,
        )

    # ------------------------------------------------------------------------------------------ boundaries

    async def run(
        self, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Run a piece of blocking work as one instant, with a boundary before it and one after it."""
        inner = given[0] if work.__name__ == "patiently" and callable(given[0]) else work
        site = getattr(inner, "__name__", "work").lstrip("_")
        await self.at(f"{site}:before")
        began_s = self.world.loop.time()
        try:
            result = self._inside(work, *given, **named)
        except Exception as error:
            self.world.note(f"{self.name} {site} {type(error).__name__}")
            await self.at(f"{site}:failed")
            raise
        if site == "arm":
            self._note_armed(result, began_s)
        self.world.note(f"{self.name} {site}")
        await self.at(f"{site}:after")
        return result

    def _inside(self, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
        """Run it as this process, whose database may fail."""
        token = LIFE.set(self)
        try:
            return work(*given, **named)
        finally:
            LIFE.reset(token)

    def _note_armed(self, result: Any, began_s: float) -> None:
        armed: list[Armed] = list(result[1])
        self.in_hand = [each.message.touchpoint for each in armed]
        for each in armed:
            self.armed_s[each.message.key] = began_s
            self.world.note(f"{self.name} armed {each.message.key}")

    async def at(self, site: str) -> None:
        """Stand at a boundary: here the process may be late, be suspended, or end, and the world may move on."""
        world = self.world
        if self.dead or world.stopped.is_set():
            await self.end()
        if world.chance.happens(world.weather.crash):
            self.crash(site)
            await self.end()
        if world.chance.happens(world.weather.suspend):
            self.suspend(site)
        if site in _BETWEEN and self.in_hand and self._something_happens():
            await asyncio.sleep(world.chance.one_of((0.0, 0.6, 1.0, 3.0)))
        if (delay_s := world.delays.at(site)) > 0:
            await asyncio.sleep(delay_s)
        while self.frozen_until_s > world.loop.time():
            await asyncio.sleep(self.frozen_until_s - world.loop.time())
        if self.dead:
            await self.end()

    def _something_happens(self) -> bool:
        world = self.world
        try:
            return world.people.perhaps_between(self.in_hand) or world.keeper.perhaps_between()
        except Exception as error:  # the product must not catch what is no fault of the world's
            world.broke(error)
            return False

    def crash(self, site: str) -> None:
        """End here and now: nothing of this process ever happens again."""
        self.dead = True
        world = self.world
        world.note(f"{self.name} crashes at {site}")
        world.rare.hit("crashed")
        if not self.worker.custodian.has_looked or site.startswith(
            ("in_doubt", "look_up", "note_lost", "recall")
        ):
            world.rare.hit("crash_in_recovery")
        for task in sorted(self.tasks, key=hash):
            task.cancel()
        world.buried(self)

    async def end(self) -> None:
        """Go nowhere any more."""
        raise asyncio.CancelledError

    def suspend(self, site: str) -> None:
        """Stand still for between seconds and days; a laptop's other clock stands still too."""
        for_s = self.world.chance.around(10.0, 3 * 86_400.0)
        self.frozen_until_s = max(self.frozen_until_s, self.world.loop.time() + for_s)
        if self.world.chance.happens(0.08):
            self.clock.slept_s += for_s
            self.world.rare.hit("laptop_slept")
        self.world.note(f"{self.name} is suspended at {site} for {for_s:.0f}")
        self.world.rare.hit("suspended")

    def jump(self) -> None:
        """Have the clock on the wall leap, until somebody sets it right again."""
        chance, world = self.world.chance, self.world
        by_s = chance.around(31.0, 3 * 86_400.0) * chance.one_of((-1, 1))
        self.clock.jumped_s = by_s
        world.note(f"{self.name} has its clock jump by {by_s:.0f}")
        world.rare.hit("clock_jumped")
        world.loop.call_later(chance.around(600.0, 36 * 3600.0), self._set_right)
        world.alarm()
        world.wrote()  # whoever asks each second what is due sees at once that more is

    def _set_right(self) -> None:
        self.clock.jumped_s = 0.0
        self.world.alarm()

    # --------------------------------------------------------------------------------------------- duties

    def begin(self) -> None:
        """Start the duties; each is a task of this process."""
        worker = self.worker
        self.world.start(self, self._guard())
        for which, duty in enumerate((worker.plan, worker.dispatch, worker.reconcile)):
            self.world.start(self, self._keep_on(which, duty))

    async def _keep_on(self, which: int, duty: Callable[[], Awaitable[None]]) -> None:
        """Do a duty whenever something is due for it, at ticks a little apart."""
        idle_s = 0.0
        world = self.world
        while True:
            epoch = world.epoch
            if world.wait_s(which, self.clock) <= 0 or world.chance.happens(0.02):
                await self._try(duty)
            idle_s = 0.0 if world.epoch != epoch else min(idle_s * 4 + 1, LONGEST_IDLE_S)
            until_due = world.wait_s(which, self.clock)
            await world.changed(min(until_due if until_due > 0 else idle_s, NEVER_S))
            await asyncio.sleep(world.chance.between(0, TICK_S))
            await self.at("tick")

    async def _guard(self) -> None:
        """Keep custody as often as anything concerns it; looking in between finds nothing."""
        while True:
            await self._try(self.worker.guard)
            await self.world.alarmed(LOOKS_AGAIN_S)
            await asyncio.sleep(self.world.chance.between(0, GUARD_EVERY_S))
            await self.at("tick")

    async def _try(self, duty: Callable[[], Awaitable[None]]) -> None:
        try:
            await duty()
        except (DBAPIError, OSError):
            self.world.rare.hit("duty_failed")
        except Exception as error:
            self.world.violated("INV-35", f"{self.name}: {type(error).__name__}: {error}")
