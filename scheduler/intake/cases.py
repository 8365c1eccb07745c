"""One plan in work: as it is, and what the rows of a file have changed of it so far."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.news import Outcome, PlanRow
from scheduler.domain.plan import Creditor, Instalment, Plan, PlanStatus
from scheduler.intake.instalments import AMENDABLE, amended_instalment, new_instalment
from scheduler.ports import Person


@dataclass(slots=True)
class Case:
    """`changed` are the instalments to write, by identity; `columns` what is different, by name."""

    plan: Plan
    person: Person
    is_new: bool
    changed: dict[str, Instalment] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)

    @classmethod
    def new(cls, row: PlanRow, creditor: Creditor, person: Person, cadence: str) -> "Case":
        """Return a plan that was not known before, without instalments."""
        plan = Plan(
            id=0,
            creditor=creditor.id,
            ref=row.plan_ref,
            debtor_id=person.id,
            currency=row.currency,
            zone=row.time_zone or creditor.zone,
            cadence=cadence,
            status=PlanStatus.ACTIVE,
            instalments=(),
            product=row.product,
            debt_status=row.debt_status,
        )
        return cls(plan, person, is_new=True)

    def amend(self, row: PlanRow, creditor: Creditor) -> bool:
        """Take over what the row says of the plan itself, and say whether that changed anything.

        A cadence that a row names holds whether or not the file has the column.
        """
        given, before = row.given | ({"cadence"} if row.cadence else set()), self.plan
        if given.isdisjoint(_COLUMNS):
            return False
        self.plan = after = replace(
            before,
            zone=(row.time_zone or creditor.zone) if "time_zone" in given else before.zone,
            cadence=(row.cadence or creditor.cadence) if "cadence" in given else before.cadence,
            product=row.product if "product" in given else before.product,
            debt_status=row.debt_status if "debt_status" in given else before.debt_status,
        )
        self.columns |= {
            column for column, name in _COLUMNS.items() if getattr(before, name) != getattr(after, name)
        }
        return after != before

    def take_instalment(self, row: PlanRow) -> Outcome:
        """Add the row's instalment to the plan, or amend it there."""
        before = next((each for each in self.plan.instalments if each.identity == row.instalment_no), None)
        if before is None:
            after = new_instalment(row)
            self.columns.add("instalment_no")
        else:
            after = amended_instalment(before, row)
        if after == before:
            return Outcome.UNCHANGED
        if before is not None:
            self.columns |= {name for name in AMENDABLE if getattr(before, name) != getattr(after, name)}
        self.changed[after.identity] = after
        others = [each for each in self.plan.instalments if each.identity != after.identity]
        self.plan = replace(self.plan, instalments=(*others, after))
        return Outcome.ADDED if before is None else Outcome.AMENDED

    def draft(self, now: datetime) -> Draft:
        """Return the entry that tells of the plan, or of its amendment."""
        plan = self.plan
        public: dict[str, Json] = {
            "debtor_ref": self.person.ref,
            "plan_refs": [plan.ref],
            "instalments": sorted(self.changed),
        }
        if not self.is_new:
            public["changed"] = sorted(self.columns)
        personal: dict[str, Json] = {
            "currency": plan.currency,
            "schedule": [
                [each.number, each.due_date.isoformat(), each.amount_minor] for each in plan.instalments
            ],
        }
        event = Event.PLAN_IMPORTED if self.is_new else Event.PLAN_AMENDED
        return Draft(chain_of(plan.creditor, self.person.ref), event, now, public, personal)


_COLUMNS = {"time_zone": "zone", "cadence": "cadence", "product": "product", "debt_status": "debt_status"}
"""What a row may change of a plan itself: the column, and its name in the plan."""
