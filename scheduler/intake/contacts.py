"""Contacts made by hand: logged, and counted like those that Duly makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.entry import Event, Json, instant_text
from scheduler.domain.errors import UsageError
from scheduler.domain.facts import Unit
from scheduler.domain.plan import Plan
from scheduler.domain.touchpoint import FORMAL, Kind
from scheduler.intake.register import Register, entry_about
from scheduler.ports import NewContact, Person

OUTCOMES = {
    "no-answer": Unit.ATTEMPT,
    "sent": Unit.SENT,
    "delivered": Unit.DELIVERED,
    "voicemail": Unit.DELIVERED,
    "conversation": Unit.CONVERSATION,
}
"""What came of a contact, in words, and how far it thereby got."""

_ADDRESSED_AS = {"call": "sms", "sms": "sms", "email": "email"}
"""Under which channel the address is kept that a contact went to: a call goes to the number for SMS."""

_OLDEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Made:
    """A contact as whoever made it tells it."""

    kind: Kind
    channel: str
    outcome: str
    at: datetime
    requested: bool
    author: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Contacts(Register):
    """The book of contacts made by hand."""

    def log(
        self, creditor: str | None, debtor_ref: str, plan_refs: Sequence[str], made: Made, now: datetime
    ) -> int:
        """Note a contact about plans of a debtor, and return its number.

        Raises UsageError also for an instant that lies ahead, for one more than a year back unless it was a formal
        notice, on which a policy may ask to wait however old it is, and where no plan is named.
        """
        _refuse_unlikely(made, now)
        with self.store.intake(now) as transaction:
            person = self.person(transaction, creditor, debtor_ref, and_sharers=True)
            if not plan_refs:
                raise UsageError(
                    f"Debtor {debtor_ref} has no active plan; name the one that was spoken of with --plan"
                )
            plans = self.plans(transaction, person, plan_refs)
            number = transaction.log_contact(person, _new(made, plans))
            refs = [each.ref for each in plans]
            public, personal = _public(number, made), _personal(person, made)
            transaction.append([entry_about(person, Event.CONTACT_LOGGED, now, public, personal, refs)])
        return number


def _refuse_unlikely(made: Made, now: datetime) -> None:
    if made.at > now:
        raise UsageError("--at lies in the future; note a contact once it was made")
    if made.at < now - _OLDEST and made.kind not in FORMAL:
        raise UsageError("--at lies more than a year back, where no limit counts it; check the year")


def _new(made: Made, plans: Sequence[Plan]) -> NewContact:
    return NewContact(
        kind=made.kind,
        channel=made.channel,
        reached=OUTCOMES[made.outcome],
        requested=made.requested,
        at=made.at,
        plan_ids=tuple(each.id for each in plans),
        author=made.author,
    )


def _personal(person: Person, made: Made) -> dict[str, Json]:
    address, _ = person.addresses.get(_ADDRESSED_AS.get(made.channel, ""), (None, None))
    return {"to": address, "note": made.note}


def _public(number: int, made: Made) -> dict[str, Json]:
    return {
        "contact": number,
        "kind": made.kind.value,
        "channel": made.channel,
        "outcome": made.outcome,
        "reached": OUTCOMES[made.outcome].name.lower(),
        "made_at": instant_text(made.at),
        "requested": made.requested,
        "author": made.author,
    }
