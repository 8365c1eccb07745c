"""The stage of one case: a database in memory, a clock set by hand, a provider, and processes one after another."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts
from scheduler.domain.message import Message, Words
from scheduler.store.store import SqlStore
from tests.crash.case import Case, How, Interruption, Kind
from tests.crash.disk import (
    ONE_STEP,
    START,
    RecordingJournal,
    Snapshot,
    StageDatabase,
    engine,
    no_chance,
    put,
    raw,
    template,
)
from tests.crash.process import Crash, Endless, Process
from tests.crash.provider import Provider
from tests.fakes.world import CREDITOR, HandClock, PlainWords, World

END = datetime(2027, 3, 13, 18, 0, tzinfo=UTC)
"""When the last step has expired and every deadline has passed."""

_SECOND = timedelta(seconds=1)
_PROMPT = timedelta(minutes=15)
_ROUND = timedelta(hours=2)
"""After the first minutes somebody comes round every two hours: who is late loses nothing, and the table is quick."""

_MICROSECONDS = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DUE = (
    "SELECT MIN(next_action_at) FROM plan WHERE next_action_at IS NOT NULL",
    "SELECT MIN(look_at) FROM touchpoint WHERE state = 'planned'",
    "SELECT MIN(look_at) FROM message WHERE state IN ('armed', 'unknown')",
)
_NOTED = """
    SELECT COUNT(*) FROM message JOIN touchpoint ON touchpoint.id = message.touchpoint_id
    WHERE touchpoint.key = ? AND message.attempt = ?
"""


def _instant(found: int | None) -> datetime | None:
    """Read an instant as SQLite keeps it."""
    return None if found is None else _EPOCH + found * _MICROSECONDS


class Due(NamedTuple):
    """For which duties something is due."""

    plan: bool
    touchpoint: bool
    doubt: bool


def _coming_round(due: datetime) -> datetime:
    """Return when somebody comes round who looks at what is due."""
    since = due - START
    return due if since <= _PROMPT else START + -(-since // _ROUND) * _ROUND


class PlanWords(PlainWords):
    """Says which plans a message speaks of."""

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return the references of the claims' plans."""
        text = " ".join(claim.plan.ref for claim in facts.claims)
        return Words(text, subject="A note" if channel == "email" else None)


@dataclass(slots=True)
class Stage:
    """Plays one case, from a snapshot if one is given.

    `told` is its story, where somebody wants to read it; `kept` is what is on disk at each boundary that the first
    process comes to, where it `keeps` that.
    """

    case: Case
    told: list[str] | None = None
    snapshot: Snapshot | None = None
    keeps: bool = False
    kept: list[tuple[str, Snapshot]] = field(default_factory=list)
    clock: HandClock = field(default_factory=lambda: HandClock(START))
    journal: RecordingJournal = field(default_factory=RecordingJournal)
    processes: list[Process] = field(default_factory=list)
    at_work: tuple[Process, str] | None = None
    fault: str | None = None
    provider: Provider = field(init=False)
    database: StageDatabase = field(init=False)
    store: SqlStore = field(init=False)
    _interruptions: Iterator[Interruption | None] = field(init=False)
    _version: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        case = self.case
        start = self.snapshot or Snapshot(
            template(case.company), frozenset(), Provider(case.kind, case.fate, case.callback), START
        )
        put(start.disk)
        self.database = StageDatabase(engine(), self._committing)
        self.store = SqlStore(self.database, no_chance)
        self.journal.keys |= start.keys
        self.provider = start.provider.copy()
        self.clock.instant = start.instant
        self._interruptions = iter((case.first, case.second))

    def world(self) -> World:
        """Return the parts of a process that has just been started."""
        creditor = replace(CREDITOR, resends_after_proof=self.case.kind is not Kind.LISTS)
        return World(
            self.store,
            self.clock,
            creditors={creditor.id: creditor},
            cadences={ONE_STEP.id: ONE_STEP},
            composer=PlanWords(),
        )

    async def play(self) -> None:
        """Let one process after another live until nothing is left to do, or to the end."""
        try:
            await self._to(END)
        except Endless:
            self.fault = "a process does the same thing over and over"
        except Exception as error:  # what escapes the worker would end a duty and be shouted about
            self.fault = f"the worker failed: {type(error).__name__}: {error}"

    async def meanwhile(self, how: How) -> None:
        """Let time pass while a process stands still; if only it does, another does everything that comes due."""
        if how is How.ASLEEP:
            self.clock.instant += how.lasts
        else:
            await self._to(self.clock.now() + how.lasts)

    async def _to(self, until: datetime) -> None:
        process = self._process()
        while True:
            try:
                return await self._live(process, until)
            except Crash:
                if not process.dead:
                    raise  # the crash of whoever stands still meanwhile
                process = self._process()

    def _process(self) -> Process:
        process = Process(self, next(self._interruptions, None))
        self.processes.append(process)
        return process

    async def _live(self, process: Process, until: datetime) -> None:
        """Let a process work whenever something is due."""
        while True:
            self.tell(f"{self.clock.instant:%d %H:%M:%S}")
            await process.hear(self.provider.callbacks(self.clock.now()))
            await process.turn()
            dues = [*self._dues(), *(at for at, _ in self.provider.due)]
            next_due = min((each for each in dues if each is not None), default=None)
            if next_due is None:
                return
            if next_due > until or self.clock.instant >= until:
                self.clock.instant = max(until, self.clock.instant)
                return
            self.clock.instant = min(_coming_round(max(next_due, self.clock.instant + _SECOND)), until)

    def due(self) -> Due:
        """Say for which duties something is due now."""
        now = self.clock.now()
        return Due(*(at is not None and at <= now for at in self._dues()))

    def _dues(self) -> tuple[datetime | None, datetime | None, datetime | None]:
        """Return when something is to be done next about plans, touchpoints and messages."""
        plan, touch, doubt = (self.rows(statement)[0][0] for statement in _DUE)
        return _instant(plan), _instant(touch), _instant(doubt)

    # ----------------------------------------------------------------------------------------- what is there

    def rows(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        """Read past everything that is being tested."""
        return raw().execute(statement, given).fetchall()

    def log(self) -> list[dict[str, Any]]:
        """Return the log's entries, oldest first."""
        rows = self.rows("SELECT event, public FROM entry ORDER BY seq")
        return [{"event": event, **json.loads(public)} for event, public in rows]

    def was_noted(self, message: Message) -> bool:
        """Whether an intent is on disk now: committed, and in the journal."""
        ((found,),) = self.rows(_NOTED, message.touchpoint, message.attempt)
        return bool(found) and not self.database.is_open and message.key in self.journal.keys

    def come_to(self, process: Process, here: str) -> None:
        """Keep what is on disk as the first process comes to a boundary."""
        self.tell(f"{self.processes.index(process) + 1} {here}")
        if not self.keeps or process is not self.processes[0]:
            return
        provider = self.provider
        version = (
            self.database.commits,
            provider.calls,
            len(provider.due),
            len(provider.confirmed),
            len(self.journal.keys),
            self.clock.instant,
        )
        if self.kept and (version == self._version or self.database.is_open):
            self.kept.append((here, self.kept[-1][1]))
            return
        self._version = version
        keys = frozenset(self.journal.keys)
        snapshot = Snapshot(raw().serialize(), keys, provider.copy(), self.clock.instant)
        self.kept.append((here, snapshot))

    def tell(self, line: str) -> None:
        """Add to the story."""
        if self.told is not None:
            self.told.append(line)

    def _committing(self) -> None:
        if self.at_work is not None:
            process, name = self.at_work
            process.cross_at_once(f"{name}.commit")
