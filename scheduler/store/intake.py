"""One transaction in which news becomes facts: what is known is read and locked, what changed is written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, select

from scheduler.domain.entry import Draft
from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Payment, Plan
from scheduler.ports import Key, NewHold, PaymentChange, Person, PlanChange
from scheduler.store.addresses import save_addresses, set_opt_out, sharers
from scheduler.store.entries import Log
from scheduler.store.holds import holder, place_hold, release_hold
from scheduler.store.locks import lock_debtors
from scheduler.store.payments import save_payments
from scheduler.store.people import bump, insert_people, look_again, read_people, update_people
from scheduler.store.plan_changes import retire, save_plans
from scheduler.store.plans import read_plans
from scheduler.store.rows import payment_of
from scheduler.store.tables import debtor, payment, plan


class Intake:
    """Carries out one intake transaction."""

    def __init__(self, connection: Connection, log: Log, now: datetime) -> None:
        """Work on an open transaction."""
        self._connection, self._log, self._now = connection, log, now
        self._debtor_ids: dict[Key, int] = {}

    def people(self, keys: Collection[Key]) -> Mapping[Key, Person]:
        """Return the debtors that are known, locked."""
        return {(each.creditor, each.ref): each for each in self._locked(self._ids(debtor, keys))}

    def _locked(self, ids: Sequence[int]) -> list[Person]:
        lock_debtors(self._connection, ids)
        people = read_people(self._connection, ids)
        self._debtor_ids |= {(each.creditor, each.ref): each.id for each in people}
        return people

    def plans(self, keys: Collection[Key]) -> Mapping[Key, tuple[Plan, Person]]:
        """Return the plans that are known, each with its debtor, who is locked."""
        ids = self._ids(plan, keys)
        if not ids:
            return {}
        owners = select(plan.c.debtor_id).where(plan.c.id.in_(ids))
        people = {each.id: each for each in self._locked(list(self._connection.execute(owners).scalars()))}
        plans = read_plans(self._connection, ids).values()
        return {(each.creditor, each.ref): (each, people[each.debtor_id]) for each in plans}

    def payments(self, keys: Collection[Key]) -> Mapping[Key, Payment]:
        """Return the payments that are known."""
        ids = self._ids(payment, keys)
        found = self._connection.execute(select(payment).where(payment.c.id.in_(ids))) if ids else ()
        return {(row.creditor, row.ref): payment_of(row) for row in found}

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
        self._debtor_ids |= insert_people(self._connection, [each for each in people if not each.id])
        if known := [each for each in people if each.id]:
            update_people(self._connection, known)
            look_again(self._connection, [each.id for each in known], self._now)
        of_debtor = {self._debtor_ids[each.creditor, each.ref]: each.addresses for each in people}
        save_addresses(self._connection, of_debtor)

    def save_plans(self, changes: Sequence[PlanChange]) -> None:
        """Write plans, new or changed, and retire what is queued for what is moot."""
        save_plans(self._connection, changes, self._debtor_ids)
        if known := [each.facts.debtor_id for each in changes if each.facts.id]:
            bump(self._connection, known)
        moot = {id_: reason for each in changes for id_, reason in each.retired.items()}
        self.append(retire(self._connection, moot, self._now))

    def save_payments(self, changes: Sequence[PaymentChange]) -> None:
        """Write payments, what they paid, and the confirmations that they are owed."""
        self.append(save_payments(self._connection, changes, self._now))

    def place_hold(self, person: Person, plan: Plan | None, hold: NewHold) -> int:
        """Write a hold and return its id."""
        bump(self._connection, [person.id])
        return place_hold(self._connection, person.id, plan.id if plan else None, hold)

    def release_hold(self, hold_id: int, author: str) -> tuple[Person, HoldKind] | None:
        """Lift a hold that stands, and let what it refused be looked at again; None when no such hold stands."""
        debtor_id = holder(self._connection, hold_id)
        if debtor_id is None:
            return None
        (person,) = self._locked([debtor_id])
        kind = release_hold(self._connection, hold_id, author, self._now)
        if kind is None:
            return None
        look_again(self._connection, [debtor_id], self._now)
        return person, kind

    def set_opt_out(self, person: Person, channel: str, opted_out: bool) -> Sequence[Person]:
        """Close or reopen a debtor's address on a channel, for whoever shares it; return them all, locked."""
        value = person.addresses[channel][0]
        sharing = self._locked(sharers(self._connection, channel, value))
        set_opt_out(self._connection, channel, value, self._now if opted_out else None)
        look_again(self._connection, [each.id for each in sharing], self._now)
        return sharing

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        self._log.append(drafts)
