"""Counts rare states where the product passes them: at its own boundaries, and in its log; it does not know."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from scheduler.domain import doubt as doubts
from scheduler.domain import receipt
from scheduler.domain.delivery import Accepted, Delivery, Finding, Listed, NotSent, Unknown
from scheduler.domain.doubt import Doubt, Later
from scheduler.domain.outcome import Absent, Evidence, MessageState, Ruling, Seen, TimeUp
from scheduler.domain.receipt import ReceiptKind
from scheduler.ports import Settlement
from scheduler.store import settling
from scheduler.store.entries import Log
from scheduler.store.settling import Step
from tests.simulation.planting import everywhere

_STOPPED = {
    "facts_changed": "last_look_saw_news",
    "paused": "last_look_saw_a_switch",
    "quarantined": "last_look_saw_a_quarantine",
    "provider_paused": "last_look_saw_a_breaker",
    "facts_unknown": "last_look_failed",
    "fence": "fence_stopped",
    "window_closing": "window_closed_before_the_call",
    "journal_failed": "journal_failed",
}
_RULES = {
    "sim/most": "cap_deferred",
    "sim/gap": "gap_deferred",
    "sim/asking-hours": "hours_deferred",
    "pause": "switch_deferred",
    "provider": "breaker_deferred",
    "superseded": "superseded",
    "expired": "expired",
    "paid": "paid_before_it_was_sent",
    "merged": "merged",
    "hold": "held",
}
_CAUSES = {
    "lost_tail": "lost_tail_found",
    "clock_jump": "clock_jump_found",
    "clock_behind": "clock_behind_found",
}


class Rare:
    """What one world's run has reached."""

    def __init__(self) -> None:
        """Have reached nothing."""
        self.counts: Counter[str] = Counter()

    def hit(self, name: str) -> None:
        """Count something that the simulation itself brought about or saw."""
        self.counts[name] += 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stand in between for as long as the block lasts, also where a fault is planted."""
        self._settled, self._judged, self._rose = settling.settle, doubts.judge, receipt.risen
        with (
            everywhere(settling.settle, self._settle, "settle"),
            everywhere(doubts.judge, self._judge, "judge"),
            everywhere(receipt.risen, self._risen, "risen"),
        ):
            yield

    def _settle(self, connection: Connection, log: Log, settlements: Sequence[Settlement]) -> list[Step]:
        steps = self._settled(connection, log, settlements)
        moved = {id(each.settlement) for each in steps}
        for each in settlements:
            if id(each) not in moved:
                self.counts[_in_vain(each.evidence)] += 1
        for step in steps:
            self.counts.update(_reached(step))
        return steps

    def _judge(
        self,
        doubt: Doubt,
        finding: Finding,
        bound: Collection[str],
        asked_at: datetime,
        absence_proves_after: timedelta | None,
    ) -> Evidence | Later:
        verdict = self._judged(doubt, finding, bound, asked_at, absence_proves_after)
        self.counts["perhaps_another"] += finding == Unknown("perhaps_another")
        if isinstance(finding, Listed):
            free = [each for each in finding.provider_ids if each not in bound]
            self.counts["bound_name_left_out"] += len(free) < len(finding.provider_ids)
            self.counts["two_candidates"] += len(free) > 1
            if not free and isinstance(verdict, Later):
                self.counts["first_absence" if verdict.absent_at else "absence_too_early"] += 1
        return verdict

    def _risen(self, before: ReceiptKind | None, report: ReceiptKind) -> ReceiptKind | None:
        after = self._rose(before, report)
        self.counts["report_out_of_order"] += after is None
        return after

    def read_log(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Count what the log tells of."""
        merged: set[str] = set()
        for entry in entries:
            event, reasons = entry["event"], entry.get("reasons") or ()
            if event == "quarantined":
                self.counts[_CAUSES.get(entry["cause"], entry["cause"])] += 1
            elif event == "alarm":
                self.counts[f"alarm_{entry['alarm']}"] += 1
            elif event in ("undelivered", "rejected"):
                self.counts[event] += 1
            elif entry.get("touchpoint") in merged and event in ("armed", "deferred"):
                self.counts["unmerged"] += 1
                merged.discard(entry["touchpoint"])
            for reason in reasons:
                if reason["verdict"] == "allow":
                    continue
                rule = "hold" if reason["rule"].startswith("hold") else reason["rule"]
                self.counts[_RULES.get(rule, "other_reason")] += 1
                if rule == "merged":
                    merged.add(entry["touchpoint"])


def _in_vain(evidence: Evidence) -> str:
    """Name evidence that came when the outcome was settled already."""
    if isinstance(evidence, Delivery):
        return "answer_came_second"
    return (
        "callback_came_second"
        if isinstance(evidence, Seen) and evidence.by == "callback"
        else "verdict_came_second"
    )


def _reached(step: Step) -> Iterator[str]:  # noqa: C901  # a list of what may be reached
    evidence, before = step.evidence, step.before
    if step.row.attempts > step.row.attempt:
        yield "aba_avoided"
    if step.is_contradiction:
        yield "proof_was_wrong"
    if isinstance(evidence, NotSent):
        yield _STOPPED.get(evidence.code, "certainly_not_sent")
    if isinstance(evidence, Accepted | NotSent) and before is MessageState.UNKNOWN:
        yield "late_answer_after_lease"
    if isinstance(evidence, Seen):
        yield "callback_before_settle" if before is MessageState.ARMED else f"seen_by_{evidence.by}"
        if before is MessageState.PRESUMED:
            yield "seen_after_presumed"
    if isinstance(evidence, Absent):
        yield "released_to_be_resent" if step.settlement.retry_at else "released_for_good"
    if isinstance(evidence, TimeUp):
        yield "presumed"
    if isinstance(evidence, Ruling):
        yield "ruled_by_hand"
    if step.after is MessageState.UNKNOWN:
        yield "lease_ran_out" if getattr(evidence, "code", "") == "no_outcome_noted" else "answer_in_doubt"
    if getattr(evidence, "code", "") == "lost_tail":
        yield "lost_intent_recalled"
