"""The contacts that the log has told of so far, as long as some limit may ask for them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduler.ledger.told import Contact

Plan = tuple[str, str]
"""A creditor, and its reference of a plan."""


class Contacts:
    """Keeps of each person what the longest limit may ask for, and of each plan how it began."""

    def __init__(self, longest: timedelta, notices: frozenset[str]) -> None:
        """Forget contacts after `longest`; `notices` are the kinds of message that a rule waits for."""
        self._longest, self._notice_kinds = longest, notices
        self._by_debtor: dict[str, list[Contact]] = {}
        self._by_address: dict[str, list[Contact]] = {}
        self._begun: dict[Plan, list[Contact]] = {}
        self._notices: dict[Plan, list[Contact]] = {}

    def add(self, contact: Contact) -> None:
        """Keep a contact; it counts from now on."""
        self._keep(self._by_debtor.setdefault(contact.chain, []), contact)
        if contact.to is not None:
            self._keep(self._by_address.setdefault(contact.to, []), contact)
        for plan in contact.plans:
            begun = self._begun.setdefault(plan, [])
            if not any(each.counts and each.final and each.at <= contact.at for each in begun):
                begun.append(contact)
            if contact.kind in self._notice_kinds:
                self._notices.setdefault(plan, []).append(contact)

    def _keep(self, contacts: list[Contact], contact: Contact) -> None:
        oldest = contact.at - self._longest
        contacts[:] = [each for each in contacts if each.counts and each.at > oldest]
        contacts.append(contact)

    def with_person(self, contact: Contact) -> list[Contact]:
        """Return what counts as contact with the same person: with this debtor, or at this address."""
        theirs = list(self._by_debtor.get(contact.chain, ()))
        if contact.to is not None:
            known = set(map(id, theirs))
            at_address = self._by_address.get(contact.to, ())
            theirs += [each for each in at_address if id(each) not in known]
        return [each for each in theirs if each.counts]

    def began(self, plan: Plan) -> datetime | None:
        """Return when a plan was first spoken of."""
        return min((each.at for each in self._begun.get(plan, ()) if each.counts), default=None)

    def notices(self, plan: Plan) -> Iterator[Contact]:
        """Yield the notices that went out about a plan."""
        return (each for each in self._notices.get(plan, ()) if each.counts)

    def latest_address(self, chain: str, channel: str) -> str | None:
        """Return where a debtor was last written to on a channel."""
        used = [each.to for each in self._by_debtor.get(chain, ()) if each.channel == channel and each.to]
        return used[-1] if used else None
