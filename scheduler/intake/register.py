"""Whom and what a note is about: found by the references that a person at the desk knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.entry import Draft, Event, Json, chain_of
from scheduler.domain.errors import UsageError
from scheduler.domain.plan import Creditor, Plan
from scheduler.ports import IntakeStore, IntakeTransaction, Person


@dataclass(frozen=True, slots=True)
class Register:
    """Finds debtors and plans. Raises UsageError for whoever or whatever is not known."""

    store: IntakeStore
    creditors: Mapping[str, Creditor]

    def creditor_named(self, creditor: str | None) -> str:
        """Return the creditor that is named, or the only one there is."""
        if creditor is None and len(self.creditors) == 1:
            return next(iter(self.creditors))
        if creditor is not None and creditor in self.creditors:
            return creditor
        raise UsageError(f"Name a creditor with --creditor; known are: {', '.join(sorted(self.creditors))}")

    def person(
        self, transaction: IntakeTransaction, creditor: str | None, ref: str, *, and_sharers: bool = False
    ) -> Person:
        """Return a debtor, locked; with `and_sharers` whoever shares an address is locked too."""
        key = (self.creditor_named(creditor), ref)
        person = transaction.people({key}, and_sharers=and_sharers).get(key)
        if person is None:
            raise UsageError(f"Creditor {key[0]} has no debtor {ref}; check the reference")
        return person

    def plans(self, transaction: IntakeTransaction, person: Person, refs: Sequence[str]) -> list[Plan]:
        """Return plans of a debtor, in the order in which they are named."""
        found = transaction.plans({(person.creditor, each) for each in refs})
        of_debtor = {plan.ref: plan for plan, owner in found.values() if owner.id == person.id}
        for each in refs:
            if each not in of_debtor:
                raise UsageError(f"Debtor {person.ref} has no plan {each}; check the reference")
        return [of_debtor[each] for each in dict.fromkeys(refs)]

    def address(self, person: Person, channel: str) -> str:
        """Return the debtor's address on a channel."""
        if channel not in person.addresses:
            raise UsageError(f"Debtor {person.ref} has no address for {channel}; import one first")
        return person.addresses[channel][0]


def entry_about(
    person: Person,
    event: Event,
    now: datetime,
    public: Mapping[str, Json],
    personal: Mapping[str, Json],
    plan_refs: Sequence[str] = (),
) -> Draft:
    """Return an entry on a debtor's chain."""
    fields: dict[str, Json] = {"debtor_ref": person.ref, "plan_refs": list(plan_refs), **public}
    return Draft(chain_of(person.creditor, person.ref), event, now, fields, personal)
