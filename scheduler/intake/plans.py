"""Rows of a plan file become debtors, plans and instalments; what changed is an amendment, what did not is nothing.

A missing row changes nothing, an empty cell clears, an absent column leaves. Opt-outs and payments are never
touched by an import.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scheduler.domain.cadence import Cadence, rungs
from scheduler.domain.decision import AMENDED, NEW_LADDER
from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.news import Outcome, PlanRow, RowResult
from scheduler.domain.plan import Creditor, Plan, PlanStatus
from scheduler.intake.cases import Case
from scheduler.intake.origins import column_ahead_of
from scheduler.intake.people import changed_person, new_person, what_is_said
from scheduler.ports import IntakeStore, Key, Person, PlanChange


class RowError(Exception):
    """One row cannot be taken; carries the column and a sentence."""

    def __init__(self, column: str, reason: str) -> None:
        """Name the column and say why."""
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(slots=True)
class _Batch:
    """What a batch has read and changed so far; `said` is what the latest row said of each debtor."""

    people: dict[Key, Person]
    cases: dict[Key, Case]
    said: dict[Key, tuple[object, ...]] = field(default_factory=dict)

    def person(self, row: PlanRow, creditor: Creditor) -> tuple[Person, bool]:
        """Return the row's debtor, and whether the row has changed a debtor who was known.

        Most rows repeat what the row before said of the same debtor.
        """
        key, says = (creditor.id, row.debtor_ref), what_is_said(row)
        before = self.people.get(key)
        if before is not None and self.said.get(key) == says:
            return before, False
        after = new_person(row, creditor) if before is None else changed_person(before, row, creditor)
        self.people[key], self.said[key] = after, says
        return after, before is not None and after != before


@dataclass(frozen=True, slots=True)
class PlanIntake:
    """Takes plan rows in batches, one transaction each."""

    store: IntakeStore
    creditors: Mapping[str, Creditor]
    cadences: Mapping[str, Cadence]

    def take_plans(self, rows: Sequence[PlanRow], now: datetime) -> Sequence[RowResult]:
        """Take a batch of rows and say what became of each, in their order."""
        with self.store.intake(now) as transaction:
            named = [(row, self._creditor(row)) for row in rows]
            keys = [(creditor.id, row) for row, creditor in named if creditor]
            before = transaction.people({(creditor, row.debtor_ref) for creditor, row in keys})
            known = transaction.plans({(creditor, row.plan_ref) for creditor, row in keys})
            cases = {key: Case(plan, person, is_new=False) for key, (plan, person) in known.items()}
            batch = _Batch(dict(before), cases)
            results = [self._take(row, creditor, batch, now) for row, creditor in named]
            touched = [person for key, person in batch.people.items() if person != before.get(key)]
            transaction.save_people(touched)
            work = [each for each in cases.values() if each.is_new or each.columns]
            transaction.save_plans([self._change(each, now) for each in work])
            transaction.append([each.draft(now) for each in work])
            transaction.append(_person_drafts(batch, before, touched, now))
        return results

    def _creditor(self, row: PlanRow) -> Creditor | None:
        if row.creditor:
            return self.creditors.get(row.creditor)
        return next(iter(self.creditors.values())) if len(self.creditors) == 1 else None

    def _take(self, row: PlanRow, creditor: Creditor | None, batch: _Batch, now: datetime) -> RowResult:
        try:
            if (column := column_ahead_of(now, row)) is not None:
                raise RowError(column, "the instant lies in the future; check its date")
            return RowResult(row.line, self._apply(row, creditor, batch))
        except RowError as error:
            return RowResult(row.line, Outcome.REJECTED, error.column, error.reason)

    def _apply(self, row: PlanRow, creditor: Creditor | None, batch: _Batch) -> Outcome:
        if creditor is None:
            names = ", ".join(sorted(self.creditors))
            raise RowError("creditor", f"the creditor must be one of: {names}")
        cadence = row.cadence or creditor.cadence
        if cadence not in self.cadences:
            names = ", ".join(sorted(self.cadences))
            raise RowError("cadence", f"there is no cadence {cadence!r}; known are: {names}")
        case = batch.cases.get((creditor.id, row.plan_ref))
        if case is not None:
            _refuse_conflict(case, row)
        person, amended = batch.person(row, creditor)
        if case is None:
            case = batch.cases[creditor.id, row.plan_ref] = Case.new(row, creditor, person, cadence)
        elif case.amend(row, creditor):
            amended = True
        outcome = case.take_instalment(row)
        return Outcome.AMENDED if outcome is Outcome.UNCHANGED and amended else outcome

    def _change(self, case: Case, now: datetime) -> PlanChange:
        plan = case.plan
        status = PlanStatus.ACTIVE if plan.balance_minor else PlanStatus.COMPLETED
        retired = {each.id: AMENDED for each in case.changed.values() if each.id}
        if case.columns & {"cadence", "time_zone"}:
            retired |= {
                each.id: NEW_LADDER for each in plan.instalments if each.id and each.id not in retired
            }
        return PlanChange(
            facts=replace(plan, status=status),
            debtor_ref=case.person.ref,
            changed=tuple(case.changed.values()),
            retired=retired,
            next_action_at=self._first_due(plan) if case.is_new else now,
            is_changed=True,
            reopened=self.cadences[plan.cadence].receipt if _is_reopened(plan) else None,
        )

    def _first_due(self, plan: Plan) -> datetime | None:
        cadence = self.cadences[plan.cadence]
        dates = [each.due_date for each in plan.instalments if each.open_minor]
        if not dates:
            return None
        return min((rung.due_at for rung in rungs(cadence, min(dates), plan.zone)), default=None)


def _is_reopened(plan: Plan) -> bool:
    return plan.status is PlanStatus.COMPLETED and plan.balance_minor > 0


def _refuse_conflict(case: Case, row: PlanRow) -> None:
    if case.person.ref != row.debtor_ref:
        raise RowError(
            "debtor_ref", "the plan belongs to another debtor; give the new debtor a plan_ref of their own"
        )
    if case.plan.currency != row.currency:
        raise RowError("currency", f"the plan is in {case.plan.currency}; a plan's currency cannot change")


_OWN_COLUMNS = tuple("name locale country region postal_code time_zone zones addresses origins".split())


def _person_drafts(
    batch: _Batch, before: Mapping[Key, Person], touched: Sequence[Person], now: datetime
) -> list[Draft]:
    """Return an amendment for each known debtor whose own columns changed."""
    drafts = []
    for new in touched:
        key = (new.creditor, new.ref)
        if (old := before.get(key)) is None:
            continue
        refs = sorted(ref for (of, ref), case in batch.cases.items() if (of, case.person.ref) == key)
        columns = [name for name in _OWN_COLUMNS if getattr(old, name) != getattr(new, name)]
        public: dict[str, Json] = {"debtor_ref": new.ref, "plan_refs": list(refs), "changed": list(columns)}
        drafts.append(Draft(chain_of(*key), Event.PLAN_AMENDED, now, public))
    return drafts
