"""Money received: allocated, and in the same transaction what it pays for is retired and its confirmation planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scheduler.domain.allocation import Allocation, allocate
from scheduler.domain.cadence import Cadence
from scheduler.domain.decision import PAID, TOO_OLD, Reason
from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.news import Outcome, PaymentRow, RowResult
from scheduler.domain.plan import Creditor, Instalment, Payment, Plan, PlanStatus
from scheduler.domain.touchpoint import RECEIPT_STEP, Kind, Touchpoint, touchpoint_key
from scheduler.intake.plans import RowError
from scheduler.ports import IntakeStore, Key, PaymentChange, Person, PlanChange

_AHEAD = timedelta(days=1)


@dataclass(slots=True)
class _Work:
    """What a batch has read and changed so far."""

    plans: dict[Key, tuple[Plan, Person]]
    payments: dict[Key, Payment]
    changes: list[PaymentChange] = field(default_factory=list)
    paid: dict[Key, dict[int, Instalment]] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PaymentIntake:
    """Takes payment rows in batches, one transaction each. Older payments than `newest` are not confirmed any more."""

    store: IntakeStore
    creditors: Mapping[str, Creditor]
    cadences: Mapping[str, Cadence]
    newest: timedelta

    def take_payments(self, rows: Sequence[PaymentRow], now: datetime) -> Sequence[RowResult]:
        """Take a batch of rows and say what became of each, in their order."""
        with self.store.intake(now) as transaction:
            named = [(row, self._creditor_id(row)) for row in rows]
            plans = transaction.plans({(creditor, row.plan_ref) for row, creditor in named})
            payments = transaction.payments({(creditor, row.payment_ref) for row, creditor in named})
            work = _Work(dict(plans), dict(payments))
            results = [self._take(row, creditor, work, now) for row, creditor in named]
            transaction.save_plans([_plan_change(work, key) for key in work.paid])
            transaction.append(work.drafts)
            transaction.save_payments(work.changes)
        return results

    def _creditor_id(self, row: PaymentRow) -> str:
        if row.creditor:
            return row.creditor
        return next(iter(self.creditors)) if len(self.creditors) == 1 else ""

    def _take(self, row: PaymentRow, creditor: str, work: _Work, now: datetime) -> RowResult:
        try:
            return RowResult(row.line, self._apply(row, creditor, work, now))
        except RowError as error:
            return RowResult(row.line, Outcome.REJECTED, error.column, error.reason)

    def _apply(self, row: PaymentRow, creditor: str, work: _Work, now: datetime) -> Outcome:
        plan, person = self._plan(row, creditor, work, now)
        known = work.payments.get((creditor, row.payment_ref))
        if known is not None:
            _refuse_conflict(known, row, plan)
            return Outcome.UNCHANGED
        allocations, left_over = allocate(row.amount_minor, plan.instalments, row.instalment_no)
        paid = _pay(plan, allocations)
        work.plans[creditor, row.plan_ref] = (paid, person)
        changed = work.paid.setdefault((creditor, row.plan_ref), {})
        touched = {each.instalment_id for each in allocations}
        changed |= {each.id: each for each in paid.instalments if each.id in touched}
        payment = _payment(row, plan)
        work.payments[creditor, row.payment_ref] = payment
        work.changes.append(
            PaymentChange(
                payment=payment,
                creditor=creditor,
                debtor_ref=person.ref,
                plan_ref=plan.ref,
                allocations=allocations,
                left_over_minor=left_over,
                confirmation=self._confirmation(paid, payment, now),
                objection=TOO_OLD if row.received_at < now - self.newest else None,
            )
        )
        draft = _draft(paid, person, payment, allocations, now)
        work.drafts.append(replace(draft, public={**draft.public, "author": row.author}))
        return Outcome.ADDED

    def _plan(self, row: PaymentRow, creditor: str, work: _Work, now: datetime) -> tuple[Plan, Person]:
        if creditor not in self.creditors:
            names = ", ".join(sorted(self.creditors))
            raise RowError("creditor", f"the creditor must be one of: {names}")
        if row.received_at > now + _AHEAD:
            raise RowError("received_at", "the payment lies in the future; check its date")
        found = work.plans.get((creditor, row.plan_ref))
        if found is None:
            raise RowError(
                "plan_ref", "there is no such plan; import the plan first, then this payment again"
            )
        if found[0].currency != row.currency:
            raise RowError(
                "currency", f"the plan is in {found[0].currency}; a payment must be in the plan's currency"
            )
        return found

    def _confirmation(self, plan: Plan, payment: Payment, now: datetime) -> Touchpoint:
        """Return the one confirmation of a payment; the last payment's says that the plan is completed."""
        cadence = self.cadences.get(plan.cadence) or next(iter(self.cadences.values()))
        completed = plan.status is PlanStatus.COMPLETED
        notice = cadence.plan_completed if completed else cadence.receipt
        return Touchpoint(
            id=0,
            key=touchpoint_key(plan.creditor, plan.ref, f"payment {payment.ref}", RECEIPT_STEP),
            creditor=plan.creditor,
            debtor_id=plan.debtor_id,
            plan_id=plan.id,
            instalment_id=None,
            payment_id=0,
            step=RECEIPT_STEP,
            kind=Kind.PLAN_COMPLETED if completed else Kind.RECEIPT,
            template=notice.template,
            channels=notice.channels,
            cadence=cadence.id,
            cadence_version=cadence.version,
            due_at=now,
            ends_at=None,
            attempts=0,
        )


def _payment(row: PaymentRow, plan: Plan) -> Payment:
    return Payment(
        id=0,
        ref=row.payment_ref,
        plan_id=plan.id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        received_at=row.received_at,
        method=row.method,
        medium=row.medium,
        receipt_by=row.receipt_by,
    )


def _refuse_conflict(known: Payment, row: PaymentRow, plan: Plan) -> None:
    same = (known.plan_id, known.amount_minor, known.currency) == (plan.id, row.amount_minor, row.currency)
    if not same:
        raise RowError(
            "payment_ref", "the reference is taken by a different payment; a person must look at both"
        )


def _pay(plan: Plan, allocations: Sequence[Allocation]) -> Plan:
    parts = {each.instalment_id: each.amount_minor for each in allocations}
    instalments = tuple(
        replace(each, paid_minor=each.paid_minor + parts[each.id]) if each.id in parts else each
        for each in plan.instalments
    )
    paid = replace(plan, instalments=instalments)
    return replace(paid, status=PlanStatus.COMPLETED) if paid.balance_minor == 0 else paid


def _plan_change(work: _Work, key: Key) -> PlanChange:
    plan, person = work.plans[key]
    changed = tuple(work.paid[key].values())
    retired: dict[int, Reason] = {each.id: PAID for each in changed if not each.open_minor}
    return PlanChange(plan, person.ref, changed, retired, next_action_at=None, is_changed=False)


def _draft(
    plan: Plan, person: Person, payment: Payment, allocations: Sequence[Allocation], now: datetime
) -> Draft:
    public: dict[str, Json] = {"debtor_ref": person.ref, "plan_refs": [plan.ref], "payment_ref": payment.ref}
    numbers = {each.id: each.number for each in plan.instalments}
    personal: dict[str, Json] = {
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "received_at": payment.received_at.isoformat(),
        "method": payment.method,
        "medium": payment.medium,
        "receipt_by": list(payment.receipt_by) or None,
        "allocated": [[numbers[each.instalment_id], each.amount_minor] for each in allocations],
        "balance_minor": plan.balance_minor,
    }
    return Draft(chain_of(plan.creditor, person.ref), Event.PAYMENT_RECEIVED, now, public, personal)
