"""One transaction in which news becomes facts: what is known is read and locked, what changed is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, Table, bindparam, insert, select, update

from scheduler.domain.decision import Reason
from scheduler.domain.entry import Draft, Event, chain_of, reasons_json, touchpoint_fields
from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Instalment, Payment, Plan, PlanStatus
from scheduler.domain.touchpoint import State
from scheduler.ports import Key, NewHold, PaymentChange, Person, PlanChange
from scheduler.store import rows
from scheduler.store.addresses import read_addresses, save_addresses, set_opt_out, sharers
from scheduler.store.entries import Log
from scheduler.store.holds import holder, place_hold, release_hold
from scheduler.store.locks import lock_debtors
from scheduler.store.plans import read_plans
from scheduler.store.tables import allocation, debtor, instalment, payment, plan, touchpoint

_OF: BindParameter[int] = bindparam("of")
_UPDATE_PERSON = (
    update(debtor)
    .where(debtor.c.id == _OF)
    .values(
        name=bindparam("new_name"),
        locale=bindparam("new_locale"),
        country=bindparam("new_country"),
        region=bindparam("new_region"),
        postal_code=bindparam("new_postal_code"),
        time_zone=bindparam("new_time_zone"),
        zones=bindparam("new_zones"),
    )
)
_BUMP = (
    update(debtor)
    .where(debtor.c.id.in_(bindparam("ids", expanding=True)))
    .values(facts_version=debtor.c.facts_version + 1)
)
_UPDATE_PLAN = (
    update(plan)
    .where(plan.c.id == _OF)
    .values(
        cadence=bindparam("new_cadence"), status=bindparam("new_status"), next_action_at=bindparam("next")
    )
)
_COMPLETE = (
    update(plan).where(plan.c.id == _OF).values(status=PlanStatus.COMPLETED.value, next_action_at=None)
)
_UPDATE_INSTALMENT = (
    update(instalment)
    .where(instalment.c.id == _OF)
    .values(
        due_date=bindparam("new_due_date"),
        amount_minor=bindparam("new_amount"),
        principal_minor=bindparam("new_principal"),
        interest_minor=bindparam("new_interest"),
        fees_minor=bindparam("new_fees"),
        paid_minor=bindparam("new_paid"),
    )
)
_QUEUED = (
    select(touchpoint, debtor.c.ref.label("debtor_ref"), plan.c.ref.label("plan_ref"))
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(touchpoint.c.instalment_id.in_(bindparam("ids", expanding=True)), touchpoint.c.state == "planned")
)
_LOOK_AGAIN = (
    update(touchpoint)
    .where(
        touchpoint.c.debtor_id.in_(bindparam("ids", expanding=True)),
        touchpoint.c.state.in_((State.PLANNED.value, State.REFUSED.value)),
    )
    .values(state=State.PLANNED.value, look_at=bindparam("now"))
)
_RETIRE = (
    update(touchpoint)
    .where(touchpoint.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=State.SKIPPED.value)
)
_UNMERGE = (
    update(touchpoint)
    .where(touchpoint.c.merged_into.in_(bindparam("keys", expanding=True)))
    .values(state=State.PLANNED.value, merged_into=None, look_at=bindparam("now"))
)


class Intake:
    """Carries out one intake transaction."""

    def __init__(self, connection: Connection, log: Log, now: datetime) -> None:
        """Work on an open transaction."""
        self._connection, self._log, self._now = connection, log, now
        self._debtor_ids: dict[Key, int] = {}

    def people(self, keys: Collection[Key]) -> Mapping[Key, Person]:
        """Return the debtors that are known, locked."""
        ids = self._ids(debtor, keys)
        lock_debtors(self._connection, ids)
        return {(each.creditor, each.ref): each for each in self._read_people(ids)}

    def _read_people(self, ids: Iterable[int]) -> list[Person]:
        wanted = sorted(set(ids))
        addresses = read_addresses(self._connection, wanted)
        found = self._connection.execute(select(debtor).where(debtor.c.id.in_(wanted))).all()
        self._debtor_ids |= {(row.creditor, row.ref): row.id for row in found}
        return [_person(row, addresses.get(row.id, {})) for row in found]

    def plans(self, keys: Collection[Key]) -> Mapping[Key, tuple[Plan, Person]]:
        """Return the plans that are known, each with its debtor, who is locked."""
        ids = self._ids(plan, keys)
        if not ids:
            return {}
        owners = select(plan.c.debtor_id).where(plan.c.id.in_(ids))
        lock_debtors(self._connection, debtor_ids := list(self._connection.execute(owners).scalars()))
        people = {each.id: each for each in self._read_people(debtor_ids)}
        plans = read_plans(self._connection, ids).values()
        return {(each.creditor, each.ref): (each, people[each.debtor_id]) for each in plans}

    def payments(self, keys: Collection[Key]) -> Mapping[Key, Payment]:
        """Return the payments that are known."""
        ids = self._ids(payment, keys)
        found = self._connection.execute(select(payment).where(payment.c.id.in_(ids))) if ids else ()
        return {(row.creditor, row.ref): rows.payment_of(row) for row in found}

    def _ids(self, table: Table, keys: Collection[Key]) -> list[int]:
        by_creditor: dict[str, list[str]] = {}
        for creditor, ref in keys:
            by_creditor.setdefault(creditor, []).append(ref)
        ids: list[int] = []
        for creditor, refs in sorted(by_creditor.items()):
            statement = select(table.c.id).where(table.c.creditor == creditor, table.c.ref.in_(refs))
            ids.extend(row.id for row in self._connection.execute(statement))
        return ids

    def save_people(self, people: Sequence[Person]) -> None:
        """Write debtors, new or changed, with their addresses. What became of an address before stays."""
        fresh = [_person_row(each) for each in people if not each.id]
        if fresh:
            returning = insert(debtor).returning(debtor.c.id, debtor.c.creditor, debtor.c.ref)
            for row in self._connection.execute(returning, fresh):
                self._debtor_ids[row.creditor, row.ref] = row.id
        known = [each for each in people if each.id]
        if known:
            values = [{"of": each.id} | _renamed(_person_row(each)) for each in known]
            self._connection.execute(_UPDATE_PERSON, values)
            self._look_again([each.id for each in known])
        of_debtor = {self._debtor_ids[each.creditor, each.ref]: each.addresses for each in people}
        save_addresses(self._connection, of_debtor)

    def save_plans(self, changes: Sequence[PlanChange]) -> None:
        """Write plans, new or changed, and retire what is queued for what is moot."""
        fresh = [each for each in changes if not each.facts.id]
        ids = self._insert_plans(fresh)
        added = [
            _instalment_row(part) | {"plan_id": each.facts.id or ids[each.facts.creditor, each.facts.ref]}
            for each in changes
            for part in each.changed
            if not part.id
        ]
        if added:
            self._connection.execute(insert(instalment), added)
        amended = [_renamed_instalment(part) for each in changes for part in each.changed if part.id]
        if amended:
            self._connection.execute(_UPDATE_INSTALMENT, amended)
        self._update_plans([each for each in changes if each.facts.id])
        self._retire({id_: reason for each in changes for id_, reason in each.retired.items()})

    def _insert_plans(self, fresh: Sequence[PlanChange]) -> dict[Key, int]:
        if not fresh:
            return {}
        values = [
            _plan_row(each) | {"debtor_id": self._debtor_ids[each.facts.creditor, each.debtor_ref]}
            for each in fresh
        ]
        returning = insert(plan).returning(plan.c.id, plan.c.creditor, plan.c.ref)
        return {(row.creditor, row.ref): row.id for row in self._connection.execute(returning, values)}

    def _update_plans(self, known: Sequence[PlanChange]) -> None:
        done = [{"of": each.facts.id} for each in known if each.facts.status is PlanStatus.COMPLETED]
        if done:
            self._connection.execute(_COMPLETE, done)
        amended = [
            {
                "of": each.facts.id,
                "new_cadence": each.facts.cadence,
                "new_status": each.facts.status.value,
                "next": each.next_action_at,
            }
            for each in known
            if each.is_changed and each.facts.status is not PlanStatus.COMPLETED
        ]
        if amended:
            self._connection.execute(_UPDATE_PLAN, amended)
        if known:
            self._connection.execute(_BUMP, {"ids": sorted({each.facts.debtor_id for each in known})})

    def _retire(self, reasons: Mapping[int, Reason]) -> None:
        """Close what is queued for these instalments; what had been merged into it stands alone again."""
        queued = self._connection.execute(_QUEUED, {"ids": list(reasons)}).all() if reasons else []
        if not queued:
            return
        self._connection.execute(_RETIRE, {"ids": [row.id for row in queued]})
        self._connection.execute(_UNMERGE, {"keys": [row.key for row in queued], "now": self._now})
        drafts = []
        for row in queued:
            fields = touchpoint_fields(rows.touchpoint_of(row), row.debtor_ref, [row.plan_ref])
            fields["reasons"] = reasons_json([reasons[row.instalment_id]])
            drafts.append(Draft(chain_of(row.creditor, row.debtor_ref), Event.SKIPPED, self._now, fields))
        self.append(drafts)

    def save_payments(self, changes: Sequence[PaymentChange]) -> None:
        """Write payments, what they paid, and the confirmations that they are owed."""
        if not changes:
            return
        returning = insert(payment).returning(payment.c.id, payment.c.creditor, payment.c.ref)
        written = self._connection.execute(returning, [_payment_row(each) for each in changes])
        ids = {(row.creditor, row.ref): row.id for row in written}
        parts = [
            {"payment_id": ids[each.creditor, each.payment.ref]}
            | {"instalment_id": part.instalment_id, "amount_minor": part.amount_minor}
            for each in changes
            for part in each.allocations
        ]
        if parts:
            self._connection.execute(insert(allocation), parts)
        confirmations = [self._confirmation_row(each, ids) for each in changes]
        self._connection.execute(insert(touchpoint), confirmations)
        self.append([self._confirmation_draft(each) for each in changes])

    def _confirmation_row(self, change: PaymentChange, ids: Mapping[Key, int]) -> dict[str, object]:
        state = State.SKIPPED if change.objection else State.PLANNED
        own = {
            "payment_id": ids[change.creditor, change.payment.ref],
            "state": state.value,
            "look_at": self._now,
        }
        return rows.touchpoint_row(change.confirmation) | own

    def _confirmation_draft(self, change: PaymentChange) -> Draft:
        debtor_ref, plan_ref = change.debtor_ref, change.plan_ref
        fields = touchpoint_fields(change.confirmation, debtor_ref, [plan_ref])
        event = Event.PLANNED
        if change.objection:
            event, fields["reasons"] = Event.SKIPPED, reasons_json([change.objection])
        return Draft(chain_of(change.creditor, debtor_ref), event, self._now, fields)

    def place_hold(self, person: Person, plan: Plan | None, hold: NewHold) -> int:
        """Write a hold and return its id."""
        self._connection.execute(_BUMP, {"ids": [person.id]})
        return place_hold(self._connection, person.id, plan.id if plan else None, hold)

    def release_hold(self, hold_id: int, author: str) -> tuple[Person, HoldKind] | None:
        """Lift a hold that stands, and let what it refused be looked at again; None when no such hold stands."""
        debtor_id = holder(self._connection, hold_id)
        if debtor_id is None:
            return None
        lock_debtors(self._connection, [debtor_id])
        kind = release_hold(self._connection, hold_id, author, self._now)
        if kind is None:
            return None
        self._look_again([debtor_id])
        return self._read_people([debtor_id])[0], kind

    def set_opt_out(self, person: Person, channel: str, opted_out: bool) -> Sequence[Person]:
        """Close or reopen a debtor's address on a channel, for whoever shares it; return them all, locked."""
        value = person.addresses[channel][0]
        sharing = sharers(self._connection, channel, value)
        lock_debtors(self._connection, sharing)
        set_opt_out(self._connection, channel, value, self._now if opted_out else None)
        self._look_again(sharing)
        return self._read_people(sharing)

    def _look_again(self, debtor_ids: Sequence[int]) -> None:
        """Let changed facts be seen: what was refused or deferred is decided afresh at the next turn."""
        self._connection.execute(_BUMP, {"ids": list(debtor_ids)})
        self._connection.execute(_LOOK_AGAIN, {"ids": list(debtor_ids), "now": self._now})

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        self._log.append(drafts)


def _person(row: rows.AnyRow, addresses: Mapping[str, tuple[str, str | None]]) -> Person:
    return Person(
        id=row.id,
        creditor=row.creditor,
        ref=row.ref,
        name=row.name,
        locale=row.locale,
        country=row.country,
        region=row.region,
        postal_code=row.postal_code,
        time_zone=row.time_zone,
        zones=row.zones,
        addresses=addresses,
    )


def _person_row(person: Person) -> dict[str, object]:
    names = ("creditor", "ref", "name", "locale", "country", "region", "postal_code", "time_zone", "zones")
    return {name: getattr(person, name) for name in names}


def _renamed(row: Mapping[str, object]) -> dict[str, object]:
    """Return the columns under the names that the update's parameters have."""
    return {f"new_{name}": value for name, value in row.items() if name not in ("creditor", "ref")}


def _plan_row(change: PlanChange) -> dict[str, object]:
    facts = change.facts
    return {
        "creditor": facts.creditor,
        "ref": facts.ref,
        "currency": facts.currency,
        "zone": facts.zone,
        "cadence": facts.cadence,
        "status": facts.status.value,
        "next_action_at": change.next_action_at,
    }


def _instalment_row(part: Instalment) -> dict[str, object]:
    return {
        "identity": part.identity,
        "number": part.number,
        "due_date": part.due_date,
        "amount_minor": part.amount_minor,
        "principal_minor": part.principal_minor,
        "interest_minor": part.interest_minor,
        "fees_minor": part.fees_minor,
        "paid_minor": part.paid_minor,
    }


def _renamed_instalment(part: Instalment) -> dict[str, object]:
    return {
        "of": part.id,
        "new_due_date": part.due_date,
        "new_amount": part.amount_minor,
        "new_principal": part.principal_minor,
        "new_interest": part.interest_minor,
        "new_fees": part.fees_minor,
        "new_paid": part.paid_minor,
    }


def _payment_row(change: PaymentChange) -> dict[str, object]:
    facts = change.payment
    return {
        "creditor": change.creditor,
        "ref": facts.ref,
        "plan_id": facts.plan_id,
        "amount_minor": facts.amount_minor,
        "currency": facts.currency,
        "received_at": facts.received_at,
        "method": facts.method,
        "left_over_minor": change.left_over_minor,
    }
