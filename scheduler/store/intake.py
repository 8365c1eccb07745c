"""One transaction in which news becomes facts: what is known is read and locked, what changed is written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, select

from scheduler.domain.entry import Draft
from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Origin, Payment, Plan, Purpose
from scheduler.ports import (
    Key,
    NewContact,
    NewGrant,
    NewHold,
    NewStated,
    PaymentChange,
    Person,
    PlanChange,
)
from scheduler.store.addresses import (
    Addresses,
    closable,
    closed,
    family,
    reached,
    relatives,
    save_addresses,
    set_opt_out,
    set_origins,
    sharers,
)
from scheduler.store.contacts import save_contact
from scheduler.store.entries import Log
from scheduler.store.grants import revoke_grants, save_grant
from scheduler.store.holds import holder, is_of_the_person, place_hold, release_hold
from scheduler.store.locks import lock_addresses, lock_debtors
from scheduler.store.lost import recall
from scheduler.store.payments import save_payments
from scheduler.store.people import bump, insert_people, look_again, moving, read_people, update_people
from scheduler.store.plan_changes import retire, save_plans
from scheduler.store.plans import read_plans
from scheduler.store.rows import payment_of
from scheduler.store.stated import save_stated, stated_by, withdraw_stated
from scheduler.store.tables import debtor, payment, plan


class Intake:
    """Carries out one intake transaction."""

    def __init__(self, connection: Connection, log: Log, now: datetime) -> None:
        """Work on an open transaction."""
        self._connection, self._log, self._now = connection, log, now
        self._debtor_ids: dict[Key, int] = {}

    def people(self, keys: Collection[Key], *, and_sharers: bool = False) -> Mapping[Key, Person]:
        """Return the debtors that are known, locked, and if asked everybody whom what they say may touch."""
        ids = self._ids(debtor, keys)
        if and_sharers:
            lock_debtors(self._connection, relatives(self._connection, ids))
        return {(each.creditor, each.ref): each for each in self._locked(ids)}

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
        """Write debtors, new or changed, with their addresses. What became of an address before stays.

        Whoever moves brings, and takes along, what was said for all who share an address: they are looked at again too.
        """
        self._debtor_ids |= insert_people(self._connection, [each for each in people if not each.id])
        known = [each for each in people if each.id]
        moved = moving(self._connection, known)
        touched = {*(each.id for each in known), *family(self._connection, moved)}
        update_people(self._connection, known)
        of_debtor = {
            self._debtor_ids[each.creditor, each.ref]: Addresses(each.addresses, each.origins)
            for each in people
        }
        save_addresses(self._connection, of_debtor)
        touched.update(family(self._connection, moved))
        if touched:
            lock_debtors(self._connection, touched)
            look_again(self._connection, touched, self._now)

    def save_plans(self, changes: Sequence[PlanChange]) -> None:
        """Write plans, new or changed, and retire what is queued for what is moot."""
        save_plans(self._connection, changes, self._debtor_ids)
        if known := [each.facts.debtor_id for each in changes if each.facts.id]:
            bump(self._connection, known)
        if amended := [each.facts.debtor_id for each in changes if each.facts.id and each.is_changed]:
            look_again(self._connection, amended, self._now)
        moot = {id_: reason for each in changes for id_, reason in each.retired.items()}
        self.append(retire(self._connection, moot, self._now))

    def save_payments(self, changes: Sequence[PaymentChange]) -> None:
        """Write payments, what they paid, and the confirmations that they are owed, unless they were sent before."""
        self.append(save_payments(self._connection, changes, self._now))
        recall(self._connection, self._log, self._now, [each.confirmation.key for each in changes])

    def place_hold(self, person: Person, plan: Plan | None, hold: NewHold) -> int:
        """Write a hold and return its id; one of the person stops everybody who shares an address."""
        plan_id = plan.id if plan else None
        bump(self._connection, self._touched(person.id, is_of_the_person(hold.kind, plan_id)))
        return place_hold(self._connection, person.id, plan_id, hold)

    def _touched(self, debtor_id: int, of_the_person: bool = True) -> list[int]:
        """Return, locked, whose decisions change with what is said of a debtor, or of the whole person."""
        ids = family(self._connection, [debtor_id]) if of_the_person else [debtor_id]
        lock_debtors(self._connection, ids)
        return ids

    def release_hold(self, hold_id: int, author: str) -> tuple[Person, HoldKind] | None:
        """Lift a hold that stands, and let what it refused be looked at again; None when no such hold stands."""
        found = holder(self._connection, hold_id)
        if found is None:
            return None
        touched = self._touched(*found)
        (person,) = self._locked([found[0]])
        kind = release_hold(self._connection, hold_id, author, self._now)
        if kind is None:
            return None
        look_again(self._connection, touched, self._now)
        return person, kind

    def set_opt_out(self, person: Person, channel: str, opted_out: bool) -> Sequence[tuple[Person, str]]:
        """Close a debtor's address on a channel, or reopen all that the debtor ever had, for whoever has them.

        Return those who have one, locked, each with the address.
        """
        ids = (closable if opted_out else closed)(self._connection, person.id, channel)
        touched = reached(self._connection, ids)
        people = {each.id: each for each in self._locked(touched)}
        lock_addresses(self._connection, ids)
        set_opt_out(self._connection, ids, self._now if opted_out else None)
        look_again(self._connection, touched, self._now)
        return [(people[id_], value) for id_, value in sharers(self._connection, ids)]

    def log_contact(self, person: Person, new: NewContact) -> int:
        """Write a contact made by hand and return its id; it counts for everybody who shares an address."""
        sharing = self._touched(person.id)
        number = save_contact(self._connection, person.id, new, self._now)
        look_again(self._connection, sharing, self._now)
        return number

    def state_hours(self, person: Person, new: NewStated) -> int:
        """Write hours that the debtor asked for and return their id; everybody who shares an address keeps them."""
        look_again(self._connection, self._touched(person.id), self._now)
        return save_stated(self._connection, person.id, new, self._now)

    def withdraw_hours(self, number: int, author: str) -> Person | None:
        """End stated hours and return their debtor, locked; None when no such hours stand."""
        debtor_id = stated_by(self._connection, number)
        if debtor_id is None:
            return None
        touched = self._touched(debtor_id)
        (person,) = self._locked([debtor_id])
        if not withdraw_stated(self._connection, number, author, self._now):
            return None
        look_again(self._connection, touched, self._now)
        return person

    def set_origin(self, person: Person, channel: str, origin: Origin) -> None:
        """Write where the debtor's address on a channel comes from, in place of what was known of it."""
        set_origins(self._connection, {person.id: {channel: origin}})
        look_again(self._connection, [person.id], self._now)

    def grant(self, person: Person, channel: str, new: NewGrant) -> int:
        """Write a consent to use the debtor's address on a channel in some way, and return its id."""
        look_again(self._connection, [person.id], self._now)
        return save_grant(self._connection, person.id, channel, new, self._now)

    def revoke(self, person: Person, channel: str, purpose: Purpose, author: str) -> int:
        """End every consent of this purpose on a channel, and return how many had not ended before."""
        look_again(self._connection, [person.id], self._now)
        return revoke_grants(self._connection, person.id, channel, purpose, author, self._now)

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        self._log.append(drafts)
