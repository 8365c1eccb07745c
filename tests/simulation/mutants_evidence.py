"""Faults planted into reconciliation, callbacks and custody, each of which must break an invariant."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from scheduler.custodian import Custodian
from scheduler.domain.delivery import Finding, Listed, NotSent
from scheduler.domain.doubt import Doubt, Later, disputed, judge
from scheduler.domain.gate import Gate
from scheduler.domain.outcome import Absent, Evidence, MessageState, Seen, TimeUp
from scheduler.domain.receipt import ReceiptKind, risen
from scheduler.reconciler import Reconciler
from scheduler.store.custody import SqlCustody
from scheduler.store.doubts import unclaimed
from scheduler.store.gate import enter_quarantine, read_gate
from scheduler.store.receipts import Receiving
from scheduler.store.signs import Watch
from tests.simulation.planting import everywhere, mutant
from tests.simulation.world import RUNNING

# --------------------------------------------------------------------------------------- reconciliation


def _judging(other: Callable[..., Evidence | Later]) -> AbstractContextManager[None]:
    return everywhere(judge, other)


@mutant("INV-33")
def never_looks_for_evidence() -> Iterator[None]:
    """What is in doubt stays so."""

    async def nothing(_self: Reconciler) -> int:
        return 0

    with patch.object(Reconciler, "run_once", nothing):
        yield


@mutant("INV-03", "INV-08", "INV-07")
def rescues_what_is_stuck() -> Iterator[None]:
    """An armed message whose worker is gone is run again, as job queues do."""

    def rescue(doubt: Doubt, *given: Any) -> Evidence | Later:
        return NotSent("rescued") if doubt.state is MessageState.ARMED else judge(doubt, *given)

    with _judging(rescue):
        yield


@mutant("INV-02", "INV-03", "INV-07", "INV-08")
def believes_absence_at_once() -> Iterator[None]:
    """What is not listed now never was."""

    def hasty(doubt: Doubt, finding: Finding, bound: Collection[str], *rest: Any) -> Evidence | Later:
        if isinstance(finding, Listed) and not [each for each in finding.provider_ids if each not in bound]:
            return Absent()
        return judge(doubt, finding, bound, *rest)

    with _judging(hasty):
        yield


@mutant("INV-02", "INV-03", "INV-07", "INV-08")
def believes_one_absence() -> Iterator[None]:
    """One valid look is enough, also at a list that is empty for everybody."""

    def once(*given: Any) -> Evidence | Later:
        verdict = judge(*given)
        return Absent() if isinstance(verdict, Later) and verdict.absent_at is not None else verdict

    with _judging(once):
        yield


@mutant("INV-02", "INV-03", "INV-07", "INV-08")
def dates_evidence_by_when_it_acts() -> Iterator[None]:
    """Negative evidence is as old as the moment at which somebody acts on it, and needs no second look."""

    def late(doubt: Doubt, finding: Finding, bound: Collection[str], _asked: datetime, *rest: Any) -> Any:
        world = RUNNING.get()
        assert world is not None
        verdict = judge(doubt, finding, bound, world.now(), *rest)
        return Absent() if isinstance(verdict, Later) and verdict.absent_at is not None else verdict

    with _judging(late):
        yield


@mutant("INV-07")
def takes_a_name_that_is_bound() -> Iterator[None]:
    """A listed message is ours, whoever it was known to be before."""

    def any_name(doubt: Doubt, finding: Finding, _bound: Collection[str], *rest: Any) -> Evidence | Later:
        return judge(doubt, finding, frozenset(), *rest)

    with _judging(any_name), _claiming():
        yield


def _claiming() -> AbstractContextManager[None]:
    """Let a name be given twice."""
    return everywhere(unclaimed, lambda _connection, settlements, _providers: settlements)


@mutant("INV-07", "INV-03", "INV-08")
def forgets_rivals() -> Iterator[None]:
    """Of two messages with the same words, whoever is looked for first is the one that is listed."""
    with everywhere(disputed, lambda finding, *_: finding):
        yield


@mutant("INV-07")
def takes_the_first_of_two() -> Iterator[None]:
    """Of two candidates the older one will be it."""

    def first(doubt: Doubt, finding: Finding, bound: Collection[str], *rest: Any) -> Evidence | Later:
        if isinstance(finding, Listed) and finding.provider_ids:
            return Seen(finding.provider_ids[0], "look_up")
        return judge(doubt, finding, bound, *rest)

    with _judging(first), _claiming(), everywhere(disputed, lambda finding, *_: finding):
        yield


@mutant("INV-03", "INV-07", "INV-08", "INV-02")
def takes_silence_for_absence() -> Iterator[None]:
    """What nobody could tell by the deadline was not sent."""

    def silent(*given: Any) -> Evidence | Later:
        verdict = judge(*given)
        return Absent() if isinstance(verdict, TimeUp) else verdict

    with _judging(silent):
        yield


@mutant("INV-08")
def resends_without_being_asked() -> Iterator[None]:
    """What was proved absent goes out again, whatever the creditor wants."""
    with patch.object(Reconciler, "_resends", lambda *_: True):
        yield


# -------------------------------------------------------------------------------------------- callbacks


@mutant("INV-18")
def takes_every_report_twice() -> Iterator[None]:
    """A report that comes twice has its effect twice."""

    def keep(self: Receiving, rows: Sequence[Mapping[str, object]]) -> frozenset[str]:
        return _keep(self, rows) | {str(each["event_id"]) for each in rows}

    _keep = Receiving._keep
    with patch.object(Receiving, "_keep", keep):
        yield


@mutant("INV-18")
def believes_the_latest_report() -> Iterator[None]:
    """What was delivered may become undelivered, when reports change places."""

    def latest(before: ReceiptKind | None, report: ReceiptKind) -> ReceiptKind | None:
        return report if risen(None, report) and report is not before else None

    with everywhere(risen, latest):
        yield


# ---------------------------------------------------------------------------------------------- custody


@mutant("INV-02", "INV-03", "INV-04", "INV-05", "INV-08", "INV-12", "INV-13", "INV-14")
def knows_no_quarantine() -> Iterator[None]:
    """A database is a database, wherever it comes from."""
    with (
        everywhere(enter_quarantine, lambda *_: False),
        everywhere(read_gate, _without_quarantine),
        patch.object(Watch, "recognises", lambda *_: True),
    ):
        yield


def _without_quarantine(*given: Any, **named: Any) -> Gate:
    return replace(read_gate(*given, **named), quarantined=False)


@mutant("INV-02", "INV-03", "INV-04", "INV-05", "INV-08", "INV-12", "INV-13", "INV-14")
def never_reads_its_journal() -> Iterator[None]:
    """Only what a process has seen itself can be missed."""

    async def nothing(_self: Custodian) -> None:
        return None

    with ExitStack() as stack:
        stack.enter_context(patch.object(Custodian, "_keep_what_was_lost", nothing))
        stack.enter_context(patch.object(SqlCustody, "has", lambda *_: True))
        yield


@mutant("INV-01", "INV-02", "INV-09", "INV-10", "INV-05")
def trusts_its_clock() -> Iterator[None]:
    """Time is what the clock on the wall says."""

    async def nothing(_self: Custodian) -> None:
        return None

    with (
        patch.object(Custodian, "is_steady", lambda *_: True),
        patch.object(Custodian, "_look_at_the_clock", nothing),
    ):
        yield
