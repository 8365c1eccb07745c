"""What a person at the desk notes about a debtor. Each note names its author and is logged."""

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.entry import Event, Json, instant_text
from scheduler.domain.errors import UsageError
from scheduler.domain.facts import HoldKind
from scheduler.intake.consents import Consents
from scheduler.intake.contacts import Contacts
from scheduler.intake.register import Register, entry_about
from scheduler.intake.wishes import Wishes
from scheduler.ports import NewHold


@dataclass(frozen=True, slots=True)
class Desk(Register):
    """Notes holds and opt-outs, one transaction each, and leads to the other books that are kept here.

    Raises UsageError for whoever or whatever is not known.
    """

    @property
    def contacts(self) -> Contacts:
        """What was said to debtors by hand."""
        return Contacts(self.store, self.creditors)

    @property
    def wishes(self) -> Wishes:
        """When debtors asked to be left alone."""
        return Wishes(self.store, self.creditors)

    @property
    def consents(self) -> Consents:
        """What debtors let be done with their addresses, and where these come from."""
        return Consents(self.store, self.creditors)

    def hold(self, creditor: str | None, debtor_ref: str, plan_ref: str | None, hold: NewHold) -> int:
        """Place a hold on a debtor, or on one plan of theirs, and return its number."""
        with self.store.intake(hold.since) as transaction:
            person = self.person(transaction, creditor, debtor_ref, and_sharers=True)
            plan = self.plans(transaction, person, [plan_ref])[0] if plan_ref else None
            number = transaction.place_hold(person, plan, hold)
            public: dict[str, Json] = {
                "hold": number,
                "hold_kind": hold.kind.value,
                "until": instant_text(hold.until) if hold.until else None,
                "author": hold.author,
            }
            personal: dict[str, Json] = {"reason": hold.reason}
            refs = [plan.ref] if plan else []
            entry = entry_about(person, Event.HOLD_PLACED, hold.since, public, personal, refs)
            transaction.append([entry])
        return number

    def release(self, number: int, author: str, now: datetime) -> HoldKind:
        """Lift a hold."""
        with self.store.intake(now) as transaction:
            released = transaction.release_hold(number, author)
            if released is None:
                raise UsageError(f"No hold {number} stands; `duly log --event hold_placed` lists them")
            person, kind = released
            public: dict[str, Json] = {"hold": number, "hold_kind": kind.value, "author": author}
            transaction.append([entry_about(person, Event.HOLD_RELEASED, now, public, {})])
        return kind

    def consent(
        self, creditor: str | None, debtor_ref: str, channel: str, opted_out: bool, author: str, now: datetime
    ) -> int:
        """Close or reopen a debtor's address on a channel; return how many debtors have that address.

        Reopening reaches every address that the debtor ever had there: an opt-out outlives the number.
        """
        with self.store.intake(now) as transaction:
            person = self.person(transaction, creditor, debtor_ref, and_sharers=True)
            own = self.address(person, channel)
            sharing = transaction.set_opt_out(person, channel, opted_out)
            public: dict[str, Json] = {"channel": channel, "opted_out": opted_out, "author": author}
            entries = [
                entry_about(each, Event.CONSENT_CHANGED, now, public, {"address": address})
                for each, address in sharing
            ]
            transaction.append(entries)
        return sum(address == own for _, address in sharing)
