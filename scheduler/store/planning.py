"""Plans whose next action has come due, claimed in one transaction and written back in it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from scheduler.domain.decision import SUPERSEDED, Reason
from scheduler.domain.entry import Draft, Event, Json, chain_of, reasons_json, touchpoint_fields
from scheduler.domain.plan import PlanStatus
from scheduler.domain.touchpoint import State, Touchpoint
from scheduler.ports import Laid, PlanInHand
from scheduler.store.among import among
from scheduler.store.entries import Log
from scheduler.store.locks import CANDIDATES, lock_free_debtors
from scheduler.store.lost import recall
from scheduler.store.many import write_many
from scheduler.store.plans import read_plans
from scheduler.store.rows import by, touchpoint_of, touchpoint_row
from scheduler.store.tables import debtor, plan, touchpoint

_DUE = (
    select(plan.c.id, plan.c.debtor_id, debtor.c.ref)
    .join(debtor)
    .where(
        plan.c.next_action_at <= bindparam("now"), plan.c.cadence.in_(bindparam("cadences", expanding=True))
    )
    .order_by(plan.c.next_action_at)
    .limit(bindparam("at_most"))
)
_STILL_DUE = select(plan.c.id).where(among(plan.c.id), plan.c.next_action_at <= bindparam("now"))
_KNOWN = select(touchpoint).where(among(touchpoint.c.plan_id), touchpoint.c.payment_id.is_(None))
_ADD = insert(touchpoint)
_NEXT = update(plan).where(plan.c.id == bindparam("of")).values(next_action_at=bindparam("next"))
_RENEWED = (
    "state",
    "look_at",
    "due_at",
    "ends_at",
    "template",
    "channels",
    "cadence",
    "cadence_version",
    "kind",
)
_RENEW = (
    update(touchpoint)
    .where(touchpoint.c.key == bindparam("of"))
    .values(
        {name: bindparam(f"new_{name}", type_=touchpoint.c[name].type) for name in _RENEWED} | {"told": ""}
    )
)
_SUPERSEDE = update(touchpoint).where(touchpoint.c.key == bindparam("of")).values(state=State.SKIPPED.value)


class Planning:
    """One batch of plans in hand; `flush` writes what was laid before the transaction commits."""

    def __init__(self, connection: Connection, log: Log, now: datetime) -> None:
        """Start with no plans in hand."""
        self._connection, self._log, self._now = connection, log, now
        self.plans: list[PlanInHand] = []
        self._by_key: dict[str, Touchpoint] = {}
        self._rows: list[dict[str, object]] = []
        self._again: list[dict[str, object]] = []
        self._superseded: list[str] = []
        self._nexts: list[dict[str, object]] = []
        self._drafts: list[Draft] = []

    def claim(self, cadences: Sequence[str], limit: int) -> None:
        """Take plans that are due and whose debtors nobody else holds."""
        wanted = {"now": self._now, "cadences": list(cadences), "at_most": limit * CANDIDATES}
        found = self._connection.execute(_DUE, wanted).all()
        if not found:
            return
        free = set(lock_free_debtors(self._connection, (row.debtor_id for row in found), limit))
        refs = {row.id: row.ref for row in found if row.debtor_id in free}
        ids = list(self._connection.execute(_STILL_DUE, {"ids": list(refs), "now": self._now}).scalars())
        known = by(self._connection.execute(_KNOWN, {"ids": ids}), "plan_id")
        for plan_id, each in read_plans(self._connection, ids).items():
            rows = known.get(plan_id, [])
            self._by_key |= {row.key: touchpoint_of(row) for row in rows if row.state == State.PLANNED}
            self.plans.append(PlanInHand(each, refs[plan_id], {row.key: State(row.state) for row in rows}))

    def lay(self, plan: PlanInHand, laid: Laid) -> None:
        """Note what has come due for one plan; a plan that is not active needs no more looking at."""
        active = plan.plan.status is PlanStatus.ACTIVE
        self._nexts.append({"of": plan.plan.id, "next": laid.next_action_at if active else None})
        if not active:
            return
        for each in laid.planned:
            self._add(plan, each, State.PLANNED, Event.PLANNED, ())
        for each, reason in laid.passed:
            self._add(plan, each, State.SKIPPED, Event.SKIPPED, (reason,))
        for key in laid.superseded:
            self._superseded.append(key)
            self._drafts.append(self._draft(plan, self._by_key[key], Event.SKIPPED, (SUPERSEDED,)))

    def _add(
        self, plan: PlanInHand, each: Touchpoint, state: State, event: Event, reasons: tuple[Reason, ...]
    ) -> None:
        row = touchpoint_row(each) | {"state": state.value, "look_at": self._now}
        if each.key in plan.known:
            self._again.append({"of": each.key} | {f"new_{name}": row[name] for name in _RENEWED})
        else:
            self._rows.append(row)
        self._drafts.append(self._draft(plan, each, event, reasons))

    def _draft(self, plan: PlanInHand, each: Touchpoint, event: Event, reasons: tuple[Reason, ...]) -> Draft:
        fields: dict[str, Json] = touchpoint_fields(each, plan.debtor_ref, [plan.plan.ref])
        if reasons:
            fields["reasons"] = reasons_json(reasons)
        return Draft(chain_of(each.creditor, plan.debtor_ref), event, self._now, fields)

    def flush(self) -> None:
        """Write everything that was laid; what was sent before and forgotten is unknown, not planned."""
        write_many(self._connection, _ADD, self._rows)
        write_many(self._connection, _RENEW, self._again)
        write_many(self._connection, _SUPERSEDE, [{"of": key} for key in self._superseded])
        write_many(self._connection, _NEXT, self._nexts)
        self._log.append(self._drafts)
        planned = [str(row["key"]) for row in self._rows] + [str(row["of"]) for row in self._again]
        recall(self._connection, self._log, self._now, planned)
