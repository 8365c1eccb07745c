"""The custodian: what it looks at, in which order, and when it starts a quarantine."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ParamSpec, TypeVar

import pytest

from scheduler.custodian import AHEAD, LINES, STEP_S, Custodian
from scheduler.ports import Armed, Break, Intent, Mark

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def here(work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs) -> Result:
    """Run blocking work where it is asked for."""
    return work(*given, **named)


@dataclass(slots=True)
class TwoClocks:
    """A clock on the wall and one that never jumps, which a test moves together or apart."""

    instant: datetime = NOW
    steady_s: float = 1_000.0

    def now(self) -> datetime:
        """Return what the wall shows."""
        return self.instant

    def monotonic_s(self) -> float:
        """Return what the other one shows."""
        return self.steady_s

    async def sleep(self, seconds: float) -> None:
        """Let time pass on both."""
        self.passes(seconds)

    def passes(self, seconds: float) -> None:
        """Let time pass on both, as it does for a machine that works or sleeps."""
        self.steady_s += seconds
        self.jumps(seconds)

    def jumps(self, seconds: float) -> None:
        """Move what the wall shows alone."""
        self.instant += timedelta(seconds=seconds)


class CrashError(Exception):
    """The process ends here, or the database is away."""


def intent(number: int) -> Intent:
    return Intent(f"{number:032x}", "sms", 1, "fake", number, NOW)


@dataclass(slots=True)
class Paper:
    """A journal in a list."""

    batches: list[list[Intent]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    full: bool = False
    asked: list[int] = field(default_factory=list)

    def note(self, armed: Sequence[Armed]) -> None:
        """Nobody arms anything here."""

    def tail(self, lines: int) -> Sequence[Sequence[Intent]]:
        """Note how much was asked for."""
        self.asked.append(lines)
        return self.batches[-lines:]

    def newest_mark(self) -> Mark | None:
        """Return the last one."""
        return self.marks[-1] if self.marks else None

    def mark(self, mark: Mark, at: datetime) -> None:
        """Keep it, or fail as a full disk does."""
        if self.full:
            raise OSError(errno.ENOSPC, "no space")
        self.marks.append(mark)


@dataclass(slots=True)
class Memory:
    """A database that knows some intents and entries, and keeps what it is told."""

    known: set[Intent] = field(default_factory=set)
    entries: list[Mark] = field(default_factory=list)
    noted: list[int] = field(default_factory=list)
    found: list[Break] = field(default_factory=list)
    latest: datetime | None = None
    did: list[str] = field(default_factory=list)
    fails_at: str | None = None

    @property
    def causes(self) -> list[str]:
        """The causes of quarantine, in their order."""
        return [each.removeprefix("quarantine ") for each in self.did if each.startswith("quarantine ")]

    def missing(self, intents: Sequence[Intent]) -> Sequence[Intent]:
        """Return those that are not known."""
        return [each for each in intents if each not in self.known]

    def note_lost(self, intents: Sequence[Intent], now: datetime) -> None:
        """Keep them."""
        self._do("note_lost")
        self.noted += [each.message_id for each in intents]
        self.known.update(intents)

    def recall(self, now: datetime) -> None:
        """Note that it was asked."""
        self._do("recall")

    def has(self, mark: Mark) -> bool:
        """Whether it is there."""
        return mark in self.entries

    def newest(self) -> Mark | None:
        """Return the last entry."""
        return self.entries[-1] if self.entries else None

    def breaks(self) -> Sequence[Break]:
        """Return what a test prepared."""
        return self.found

    def latest_instant(self) -> datetime | None:
        """Return what a test prepared."""
        return self.latest

    def stands(self) -> bool:
        """Whether a quarantine was begun that no test has released."""
        return bool(self.causes)

    def quarantine(self, cause: str, detail: str, now: datetime) -> None:
        """Note the cause."""
        self._do(f"quarantine {cause}")

    def _do(self, what: str) -> None:
        if what == self.fails_at:
            raise CrashError
        self.did.append(what)


@dataclass(slots=True)
class Desk:
    """A custodian between fakes."""

    memory: Memory = field(default_factory=Memory)
    paper: Paper = field(default_factory=Paper)
    clock: TwoClocks = field(default_factory=TwoClocks)

    def custodian(self) -> Custodian:
        """A custodian who has just begun."""
        return Custodian(self.memory, self.paper, self.clock, here)


@pytest.fixture
def desk() -> Desk:
    """Everything in order: the database knows what the journal does."""
    desk = Desk()
    desk.paper.batches = [[intent(2 * each), intent(2 * each + 1)] for each in range(3 * LINES)]
    desk.memory.known = {each for batch in desk.paper.batches for each in batch}
    desk.memory.entries = [Mark(number, f"hash-{number}") for number in range(1, 4)]
    return desk


# ------------------------------------------------------------------------------- the age of evidence


@pytest.mark.parametrize("by_s", [STEP_S + 1, -STEP_S - 1])
async def test_a_clock_that_has_jumped_judges_no_evidence_until_it_is_set_right(
    desk: Desk, by_s: float
) -> None:
    custodian = desk.custodian()
    assert await custodian.may_judge()
    desk.clock.jumps(by_s)
    assert not await custodian.may_judge()
    await custodian.run_once()
    assert not await custodian.may_judge()
    desk.clock.jumps(-by_s)
    assert await custodian.may_judge()


async def test_a_clock_that_has_jumped_judges_again_once_somebody_has_vouched_for_it(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    desk.clock.jumps(STEP_S + 1)
    assert not await custodian.may_judge()
    desk.memory.did.clear()
    assert await custodian.may_judge()


async def test_a_clock_that_strays_a_little_judges_on(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    desk.clock.jumps(STEP_S)
    assert await custodian.may_judge()


# ------------------------------------------------------------------------------------------ the journal


async def test_a_database_that_knows_what_the_journal_does_is_left_alone(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    await custodian.run_once()
    assert desk.memory.causes == []
    assert desk.memory.noted == []
    assert desk.paper.asked == [LINES, LINES]


async def test_an_intent_that_is_missing_is_kept_once_nothing_can_be_sent_any_more(desk: Desk) -> None:
    desk.memory.known.remove(lost := desk.paper.batches[-1][0])
    await desk.custodian().run_once()
    assert desk.memory.did[:3] == ["quarantine lost_tail", "note_lost", "recall"]
    assert desk.memory.noted == [lost.message_id]


async def test_it_reads_back_until_it_finds_what_the_database_knows(desk: Desk) -> None:
    lost = [each for batch in desk.paper.batches[-LINES:] for each in batch]
    desk.memory.known.difference_update(lost)
    await desk.custodian().run_once()
    assert desk.paper.asked == [LINES, 2 * LINES]
    assert desk.memory.noted == [each.message_id for each in lost]


async def test_a_database_that_knows_nothing_is_given_everything_the_oldest_first(desk: Desk) -> None:
    desk.memory.known.clear()
    await desk.custodian().run_once()
    assert desk.memory.noted == [each.message_id for batch in desk.paper.batches for each in batch]


async def test_what_was_lost_is_kept_also_while_a_quarantine_stands(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    desk.memory.quarantine("lost_tail", "noted by the pipeline", NOW)
    desk.memory.known.remove(lost := desk.paper.batches[-1][0])
    await custodian.run_once()
    assert desk.memory.noted == [lost.message_id]


async def test_a_crash_half_way_leaves_the_next_look_to_find_the_rest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.custodian._AT_ONCE", 1)
    desk.memory.known.clear()
    lost = [each.message_id for batch in desk.paper.batches for each in batch]
    keep = desk.memory.note_lost

    def crash(intents: Sequence[Intent], now: datetime) -> None:
        if len(desk.memory.noted) == 10:
            raise CrashError
        keep(intents, now)

    custodian = desk.custodian()
    custodian.store = Crashing(desk.memory, crash)
    with pytest.raises(CrashError):
        await custodian.run_once()
    assert desk.memory.noted == lost[:10]
    await desk.custodian().run_once()
    assert desk.memory.noted == lost


class Crashing(Memory):
    """The same memory with one method that fails."""

    def __init__(self, memory: Memory, note_lost: Callable[[Sequence[Intent], datetime], None]) -> None:
        super().__init__(memory.known, memory.entries, memory.noted, memory.found, did=memory.did)
        self.crash = note_lost

    def note_lost(self, intents: Sequence[Intent], now: datetime) -> None:
        """Fail when the time has come."""
        self.crash(intents, now)


# ---------------------------------------------------------------------------------------------- the log


async def test_how_far_the_log_is_is_noted_when_it_has_moved_and_not_again(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    await custodian.run_once()
    assert desk.paper.marks == [Mark(3, "hash-3")]
    desk.memory.entries.append(Mark(4, "hash-4"))
    await custodian.run_once()
    assert desk.paper.marks == [Mark(3, "hash-3"), Mark(4, "hash-4")]


@pytest.mark.parametrize(
    "entries",
    [[Mark(1, "hash-1")], [Mark(1, "hash-1"), Mark(2, "hash-2"), Mark(3, "other"), Mark(4, "other-4")]],
    ids=["shorter", "grown again"],
)
async def test_a_log_without_the_entry_that_was_noted_has_lost_its_tail_though_nothing_was_sent(
    desk: Desk, entries: list[Mark]
) -> None:
    await desk.custodian().run_once()
    desk.memory.entries = entries
    custodian = desk.custodian()
    await custodian.run_once()
    assert desk.memory.causes == ["lost_tail"]
    await custodian.run_once()
    assert desk.memory.causes == ["lost_tail"], "what is there then is noted, so that a release can last"


async def test_a_journal_that_is_full_does_not_end_the_look(desk: Desk) -> None:
    desk.paper.full = True
    custodian = desk.custodian()
    await custodian.run_once()
    assert custodian.has_looked


async def test_whatever_the_database_shows_itself_is_acted_on(desk: Desk) -> None:
    desk.memory.found = [Break("failed_over", "another timeline")]
    await desk.custodian().run_once()
    assert desk.memory.causes == ["failed_over"]


# -------------------------------------------------------------------------------------------- the clocks


@pytest.mark.parametrize("by_s", [STEP_S + 1, -STEP_S - 1, 36_000, -36_000])
async def test_a_clock_that_jumps_starts_a_quarantine_once(desk: Desk, by_s: float) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    desk.clock.passes(30)
    desk.clock.jumps(by_s)
    await custodian.run_once()
    await custodian.run_once()
    assert desk.memory.causes == ["clock_jump"]


@pytest.mark.parametrize("by_s", [STEP_S, -STEP_S])
async def test_a_clock_that_is_set_right_by_a_little_is_followed(desk: Desk, by_s: float) -> None:
    custodian = desk.custodian()
    for _ in range(3):
        desk.clock.passes(30)
        desk.clock.jumps(by_s)
        await custodian.run_once()
    assert desk.memory.causes == []


async def test_a_machine_that_slept_has_no_clock_that_jumped(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.run_once()
    desk.clock.passes(3 * 86_400)
    await custodian.before_arming()
    await custodian.run_once()
    assert desk.memory.causes == []


async def test_a_jump_between_two_looks_is_seen_before_anything_is_armed(desk: Desk) -> None:
    custodian = desk.custodian()
    await custodian.before_arming()
    await custodian.before_arming()
    assert desk.paper.asked == [LINES], "it looks at first, and not again while all is well"
    desk.clock.jumps(36_000)
    await custodian.before_arming()
    assert desk.memory.causes == ["clock_jump"]


async def test_a_look_that_fails_has_not_been_passed(desk: Desk) -> None:
    desk.memory.fails_at = "recall"
    custodian = desk.custodian()
    for _ in range(2):
        with pytest.raises(CrashError):
            await custodian.before_arming()
    assert not custodian.has_looked


@pytest.mark.parametrize(
    ("latest", "causes"),
    [
        (None, []),
        (NOW - timedelta(days=9), []),
        (NOW + AHEAD, []),
        (NOW + AHEAD + timedelta(seconds=1), ["clock_behind"]),
    ],
)
async def test_a_clock_that_lies_behind_what_was_noted_is_seen_at_the_start(
    desk: Desk, latest: datetime | None, causes: list[str]
) -> None:
    desk.memory.latest = latest
    custodian = desk.custodian()
    await custodian.run_once()
    await custodian.run_once()
    assert desk.memory.causes == causes
