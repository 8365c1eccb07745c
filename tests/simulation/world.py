"""Everything of one seed: the loop, the database, the providers, the processes, the people, and what went wrong."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any
from unittest.mock import patch

from sqlalchemy.exc import DBAPIError

from scheduler import worker as service
from scheduler.store.store import SqlStore
from tests.simulation.audit import Audit
from tests.simulation.ground import Ground
from tests.simulation.journal import SharedJournal
from tests.simulation.keeper import Keeper
from tests.simulation.loop import Numbered
from tests.simulation.machine import Clock
from tests.simulation.memory import MEMORY, empty_database
from tests.simulation.people import People
from tests.simulation.post import Post
from tests.simulation.process import LIFE, Life
from tests.simulation.provider import Provider, Report, Taken
from tests.simulation.register import Register
from tests.simulation.scene import Party
from tests.simulation.server import Server
from tests.simulation.weather import CALM
from tests.simulation.witness import CLOCKS_S, Witness

OWNER: ContextVar[Life | None] = ContextVar("owner", default=None)
"""Whose task this is."""

RUNNING: ContextVar["World | None"] = ContextVar("running", default=None)
"""The world that a planted fault finds itself in."""

QUIET_S = 4 * 86_400.0
"""How long nothing fails at the end: longer than the deadline of a doubt."""


class World(Ground):
    """One seed's world. Raises nothing of its own: `violations` tells."""

    def __init__(self, seed: int, url: str = MEMORY, workers: int | None = None, trace: bool = False) -> None:
        """Draw everything from the seed."""
        super().__init__(seed, workers, trace, self._born)
        self.register = Register(self)
        self._dues: tuple[int, tuple[Any, Any, Any]] = (-1, (None, None, None))
        self.database = empty_database(url, self._database_fails, self.wrote)
        self.store = SqlStore(self.database, self.chance.random_bytes)
        self.policy = self.scene.policy
        self.server = Server()
        self.journal = SharedJournal(lambda: self.chance.happens(self.weather.journal_full))
        self.is_quiet = False
        self.canary: Party | None = None
        self.fault: BaseException | None = None
        self.ruled: set[str] = set()
        self.providers = {"sms": self._provider("texts", True), "email": self._provider("mails", False)}
        self.far = list(self.providers.values())
        self.witness = Witness(self)
        self.people = People(self)
        self.post = Post(self)
        self.keeper = Keeper(self)
        self.lives: list[Life] = []
        self.born = 0

    def _provider(self, name: str, lists: bool) -> Provider:
        scene = self.scene
        return Provider(
            name, lists, scene.listed_after_s, self.chance, self.loop, self._told, self._took, self.weather
        )

    # ------------------------------------------------------------------------------------------ database

    def _database_fails(self, moment: str) -> bool:
        if LIFE.get() is None:
            return False
        rate = self.weather.forgets_to_answer if moment == "answer" else self.weather.refuses / 2
        fails = self.chance.happens(rate)
        if fails:
            self.rare.hit("database_forgot_to_answer" if moment == "answer" else "database_refused")
        return fails

    def wait_s(self, which: int, clock: Clock) -> float:
        """Return in how many seconds a duty has something due, by a process's own clock."""
        if self._dues[0] != self.epoch:
            self._dues = (self.epoch, self.database.dues())
        due = self._dues[1][which]
        if due is None:
            return 30 * 86_400.0
        return self.seconds_of(due) - (self.loop.time() + clock.ahead_s)

    # ---------------------------------------------------------------------------------------- processes

    def _born(self, task: Numbered[Any], context: Context | None) -> None:
        life = OWNER.get() if context is None else context.get(OWNER)
        if life is not None:
            life.tasks.add(task)
            task.add_done_callback(life.tasks.discard)

    def start(self, life: Life, work: Coroutine[Any, Any, None]) -> None:
        """Start a task of a process."""
        context = copy_context()
        context.run(OWNER.set, life)
        self.loop.create_task(work, context=context)

    def raise_process(self) -> None:
        """Start another process."""
        self.born += 1
        life = Life(self, f"w{self.born}", self.chance.between(-CLOCKS_S, CLOCKS_S) / 2)
        self.lives.append(life)
        life.begin()

    def buried(self, life: Life) -> None:
        """Have another process started in place of one that has ended."""
        self.lives.remove(life)
        wait = self.chance.around(1.0, 6 * 3600.0)
        self.loop.call_later(wait if self.weather is not CALM else 1.0, self._replace)

    def _replace(self) -> None:
        if not self.stopped.is_set():
            self.raise_process()

    def restored_since(self, at_s: float | None) -> bool:
        """Whether the database was put back to an older state since an instant."""
        return any(at_s is None or each >= at_s for each in self.diary.restores)

    # ------------------------------------------------------------------------------------------ running

    def run(self) -> None:
        """Run the faulty phase, the quiet phase, and look back at the end; raises what is a fault of its own."""
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda _loop, told: self.broke(told.get("exception")))
        RUNNING.set(self)
        try:
            with (
                patch.object(service, "LANES", self.scene.lanes),
                self.rare.watching(),
                self.server.telling(),
            ):
                self.loop.run_until_complete(self._all())
        finally:
            self._bury_all()
            self.loop.close()
            asyncio.set_event_loop(None)
        if self.fault is not None:
            raise self.fault

    async def _all(self) -> None:
        self.people.import_everything()
        for _ in range(self.scene.workers):
            self.raise_process()
        keeper = self.keeper
        self._have(keeper.watch())
        faults = [
            self._have(each)
            for each in (
                self.people.live(),
                keeper.take_backups(),
                keeper.put_back(),
                self._now_and_then("clock_jump_a_day", self._jump),
                self._now_and_then("locked_out_a_day", self._lock_out),
            )
        ]
        await self._pass(self.scene.days * 86_400.0)
        for each in faults:
            each.cancel()
        if not self.stopped.is_set():
            self._calm_down()
            self.canary = self.people.come_anew()
            await self._pass(QUIET_S)
        if not self.stopped.is_set():
            audit = Audit.of(self)
            self.rare.read_log(audit.entries)
            for invariant, words in audit.findings():
                self.violated(invariant, words)

    def _have(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Have something done beside everything else; what it raises is a fault of the simulation's own."""
        task = self.loop.create_task(work)
        task.add_done_callback(lambda done: None if done.cancelled() else self.broke(done.exception()))
        return task

    def broke(self, error: BaseException | None) -> None:
        """Stop, because the simulation itself is at fault."""
        if error is not None and self.fault is None:
            self.fault = error
            self.stopped.set()

    async def _now_and_then(self, name: str, happens: Callable[[], None]) -> None:
        """Have something happen so many times a day on average."""
        rate = getattr(self.weather, name)
        while rate > 0:
            await asyncio.sleep(self.chance.between(0, 2 * 86_400.0 / rate))
            happens()

    def _jump(self) -> None:
        if self.lives:
            self.chance.one_of(self.lives).jump()

    def _lock_out(self) -> None:
        self.chance.one_of(self.far).locked_until_s = self.loop.time() + self.chance.around(60.0, 86_400.0)

    async def _pass(self, seconds: float) -> None:
        """Let time pass, unless something goes wrong."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopped.wait()
        except TimeoutError:
            return

    def _calm_down(self) -> None:
        """End all faults: what is suspended goes on, what was delayed has been delayed."""
        self.note("quiet")
        self.weather, self.is_quiet = CALM, True
        self.delays.off = True
        while self.diary.standing_switches():
            self.people.resume()
        for far in self.far:
            far.weather, far.locked_until_s = CALM, -1.0
        for life in self.lives:
            life.frozen_until_s, life.clock.jumped_s = self.loop.time(), 0.0
        self.alarm()

    def _bury_all(self) -> None:
        for life in list(self.lives):
            life.dead = True
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    # ---------------------------------------------------------------------------------------- callbacks

    def _took(self, taken: Taken) -> None:
        self.note(f"{taken.call.provider} takes {taken.call.key} as {taken.name}")
        self.witness.message_is_taken(taken)

    def _told(self, far: Provider, report: Report) -> None:
        """Receive a callback: durable, or made again later."""
        if self.stopped.is_set():
            return
        try:
            self.post.receive(far, report)
        except DBAPIError:
            self.loop.call_later(self.chance.around(5.0, 900.0), self._told, far, report)
