"""What a person at the desk notes about a debtor: holds and consent. Each names its author and is logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.errors import UsageError
from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Creditor, Plan
from scheduler.ports import IntakeStore, IntakeTransaction, NewHold, Person


@dataclass(frozen=True, slots=True)
class Desk:
    """Notes holds and consent, one transaction each. Raises UsageError for whoever or whatever is not known."""

    store: IntakeStore
    creditors: Mapping[str, Creditor]

    def hold(self, creditor: str | None, debtor_ref: str, plan_ref: str | None, hold: NewHold) -> int:
        """Place a hold on a debtor, or on one plan of theirs, and return its number."""
        of = self._creditor(creditor)
        with self.store.intake(hold.since) as transaction:
            person = self._person(transaction, of, debtor_ref)
            plan = self._plan(transaction, person, plan_ref) if plan_ref else None
            number = transaction.place_hold(person, plan, hold)
            public: dict[str, Json] = {"hold": number, "hold_kind": hold.kind.value, "author": hold.author}
            personal: dict[str, Json] = {"reason": hold.reason}
            refs = [plan.ref] if plan else []
            transaction.append([_draft(person, refs, Event.HOLD_PLACED, hold.since, public, personal)])
        return number

    def release(self, number: int, author: str, now: datetime) -> HoldKind:
        """Lift a hold."""
        with self.store.intake(now) as transaction:
            released = transaction.release_hold(number, author)
            if released is None:
                raise UsageError(f"No hold {number} stands; `duly log --event hold_placed` lists them")
            person, kind = released
            public: dict[str, Json] = {"hold": number, "hold_kind": kind.value, "author": author}
            transaction.append([_draft(person, [], Event.HOLD_RELEASED, now, public, {})])
        return kind

    def consent(
        self, creditor: str | None, debtor_ref: str, channel: str, opted_out: bool, author: str, now: datetime
    ) -> int:
        """Close or reopen a debtor's address on a channel; return how many debtors have that address."""
        of = self._creditor(creditor)
        with self.store.intake(now) as transaction:
            person = self._person(transaction, of, debtor_ref)
            if channel not in person.addresses:
                raise UsageError(f"Debtor {debtor_ref} has no address for {channel}; import one first")
            sharing = transaction.set_opt_out(person, channel, opted_out)
            public: dict[str, Json] = {"channel": channel, "opted_out": opted_out, "author": author}
            personal: dict[str, Json] = {"address": person.addresses[channel][0]}
            transaction.append(
                [_draft(each, [], Event.CONSENT_CHANGED, now, public, personal) for each in sharing]
            )
        return len(sharing)

    def _creditor(self, creditor: str | None) -> str:
        if creditor is None and len(self.creditors) == 1:
            return next(iter(self.creditors))
        if creditor is not None and creditor in self.creditors:
            return creditor
        raise UsageError(f"Name a creditor with --creditor; known are: {', '.join(sorted(self.creditors))}")

    def _person(self, transaction: IntakeTransaction, creditor: str, debtor_ref: str) -> Person:
        person = transaction.people({(creditor, debtor_ref)}).get((creditor, debtor_ref))
        if person is None:
            raise UsageError(f"Creditor {creditor} has no debtor {debtor_ref}; check the reference")
        return person

    def _plan(self, transaction: IntakeTransaction, person: Person, plan_ref: str) -> Plan:
        found = transaction.plans({(person.creditor, plan_ref)}).get((person.creditor, plan_ref))
        if found is None or found[1].id != person.id:
            raise UsageError(f"Debtor {person.ref} has no plan {plan_ref}; check the reference")
        return found[0]


def _draft(
    person: Person,
    plan_refs: list[str],
    event: Event,
    now: datetime,
    public: Mapping[str, Json],
    personal: Mapping[str, Json],
) -> Draft:
    fields: dict[str, Json] = {"debtor_ref": person.ref, "plan_refs": list(plan_refs), **public}
    return Draft(chain_of(person.creditor, person.ref), event, now, fields, personal)
