"""Everything of one seed: the loop, the database, the providers, the processes, the people, and what went wrong."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError

from scheduler import worker as service
from scheduler.store.store import SqlStore
from tests.simulation.audit import Audit
from tests.simulation.delays import Delays
from tests.simulation.diary import Diary
from tests.simulation.journal import SharedJournal
from tests.simulation.keeper import Keeper
from tests.simulation.keys import instalment_key, last_day, payment_key
from tests.simulation.loop import Numbered, VirtualLoop
from tests.simulation.memory import MEMORY, empty_database
from tests.simulation.people import People
from tests.simulation.post import Post
from tests.simulation.process import LIFE, Clock, Life
from tests.simulation.provider import Provider, Report, Taken
from tests.simulation.rare import Rare
from tests.simulation.scene import Agreed, Part, Party, drawn_scene
from tests.simulation.server import Server
from tests.simulation.weather import CALM, Chance, drawn_weather
from tests.simulation.witness import CLOCKS_S, Witness

OWNER: ContextVar[Life | None] = ContextVar("owner", default=None)
"""Whose task this is."""

RUNNING: ContextVar["World | None"] = ContextVar("running", default=None)
"""The world that a planted fault finds itself in."""

QUIET_S = 4 * 86_400.0
"""How long nothing fails at the end: longer than the deadline of a doubt."""

KIN_FOR_S = 10.0
"""How long two records must have shared an address to be one person for sure: an intent is at most so old."""

KEPT_LINES = 40
_INSTANT_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken invariant, and when."""

    invariant: str
    at: datetime
    words: str


class Broken(Exception):
    """An invariant broke: nothing after it is worth looking at."""


class World:
    """One seed's world. Raises nothing of its own: `violations` tells."""

    def __init__(self, seed: int, url: str = MEMORY, workers: int | None = None, trace: bool = False) -> None:
        """Draw everything from the seed."""
        self.seed, self.trace = seed, trace
        self.chance = Chance(seed)
        self.scene = drawn_scene(self.chance, workers)
        self.weather = drawn_weather(self.chance)
        self.loop = VirtualLoop(self._born)
        self.delays = Delays(self.chance)
        self.rare = Rare()
        self.diary = Diary()
        self.violations: list[Violation] = []
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._digest = hashlib.sha256()
        self.epoch = 0
        self._dues: tuple[int, tuple[Any, Any, Any]] = (-1, (None, None, None))
        self._changed = asyncio.Event()
        self._instant = (0.0, 0)
        self._owners: dict[str, Party] = {}
        self._ends: dict[str, float] = {}
        self.database = empty_database(url, self._database_fails, self.wrote)
        self.store = SqlStore(self.database, self.chance.random_bytes)
        self.policy = self.scene.policy
        self.server = Server()
        self.journal = SharedJournal(lambda: self.chance.happens(self.weather.journal_full))
        self.is_quiet = False
        self.canary: Party | None = None
        self.ruled: set[str] = set()
        self._alarmed = asyncio.Event()
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
        if self.trace:
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

    # ------------------------------------------------------------------------------------------ database

    def _database_fails(self, moment: str) -> bool:
        if LIFE.get() is None:
            return False
        rate = self.weather.forgets_to_answer if moment == "answer" else self.weather.refuses / 2
        fails = self.chance.happens(rate)
        if fails:
            self.rare.hit("database_forgot_to_answer" if moment == "answer" else "database_refused")
        return fails

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

    # ---------------------------------------------------------------------------------- whose is what

    def know(self, plan: Agreed, part: Part) -> None:
        """Know whose every step of an instalment is."""
        offsets = self.scene.offsets[plan.cadence]
        for offset, following in zip(offsets, (*offsets[1:], None), strict=True):
            key = instalment_key(plan.key, part, offset)
            self._owners[key] = plan.party
            if (end := last_day(offset, following)) is not None:
                day = part.due_date + timedelta(days=end)
                midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(plan.party.stated_zone))
                self._ends[key] = self.seconds(midnight)

    def know_payment(self, plan: Agreed, ref: str) -> None:
        """Know whose a receipt is."""
        self._owners[payment_key(plan.key, ref)] = plan.party

    def owner(self, touchpoint: str) -> Party | None:
        """Return whose an intended contact is."""
        return self._owners.get(touchpoint)

    def ends_s(self, touchpoint: str) -> float | None:
        """Return when a step ends; None for what has no end."""
        return self._ends.get(touchpoint)

    def kin(self, party: Party, at_s: float) -> frozenset[tuple[str, str]]:
        """Return who shared an address with a party for some while up to an instant."""
        mine = self._addresses(party, at_s)
        return frozenset(each.key for each in self.scene.parties if mine & self._addresses(each, at_s))

    def _addresses(self, party: Party, at_s: float) -> frozenset[str | None]:
        phones = self.diary.phones[party.key].during(at_s - KIN_FOR_S, at_s)
        return (
            frozenset({*phones[:1], party.email} - {None})
            if len(phones) < 2
            else frozenset({party.email} - {None})
        )

    def restored_since(self, at_s: float | None) -> bool:
        """Whether the database was put back to an older state since an instant."""
        return any(at_s is None or each >= at_s for each in self.diary.restores)

    # ------------------------------------------------------------------------------------------ running

    def run(self) -> None:
        """Run the faulty phase, the quiet phase, and look back at the end."""
        asyncio.set_event_loop(self.loop)
        self.stopped = asyncio.Event()
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

    async def _all(self) -> None:
        self.people.import_everything()
        for _ in range(self.scene.workers):
            self.raise_process()
        keeper = self.keeper
        self.loop.create_task(keeper.watch())
        faults = [
            self.loop.create_task(each)
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


async def _or_later(event: asyncio.Event, within_s: float) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return
