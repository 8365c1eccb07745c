"""Judges one message by the statutes and by what the log had told before it."""

from collections.abc import Iterator

from scheduler.ledger.past import Past
from scheduler.ledger.statutes import Book
from scheduler.ledger.told import Message
from scheduler.ledger.wall import REPLIES

CONFIRMING = frozenset({"receipt", "plan_completed"})
"""What answers a payment."""

_NOT_THE_DEBTOR = frozenset({"deceased", "wrong_person", "identity_theft"})
_LAST_WORDS = frozenset({"opt_out_confirmation", "final_cease_notice"})

Objection = tuple[str, str]
"""A rule's id, and in words how it was broken."""


def objections(message: Message, book: Book, past: Past) -> Iterator[Objection]:
    """Yield every rule that a message broke, each once."""
    statutes = book.about(message)
    if not message.person.zones:
        yield "zones", "no time zone was known"
    if not any(each.gives_hours for each in statutes):
        yield "policy", f"no rule gave hours for {message.contact.kind} by {message.contact.channel}"
    yield from _silences(message, past)
    yield from _wishes(message, past)
    for each in statutes:
        if (what := each.form.objection(message, past)) is not None:
            yield each.id, what


def _silences(message: Message, past: Past) -> Iterator[Objection]:
    contact = message.contact
    stood = [each for each in past.wishes.holds(contact) if contact.kind not in _let_through(each.kind)]
    if stood:
        yield "hold", " and ".join(f"hold {each.number} ({each.kind})" for each in stood) + " stood"
    if contact.kind != "opt_out_confirmation" and past.wishes.is_closed(contact):
        yield "contact_point", f"the address had been closed for {contact.channel}"


def _wishes(message: Message, past: Past) -> Iterator[Objection]:
    """Yield the hours that the debtor had asked for, where the message is no reply to words of the debtor's own."""
    for each in past.wishes.stated(message.contact.chain) if message.contact.kind not in REPLIES else ():
        if (what := each.objection(message)) is not None:
            yield f"debtor/stated-hours-{each.number}", what


def _let_through(hold_kind: str) -> frozenset[str]:
    """Return what a hold does not stop: confirmations and replies, but not to somebody who is not the debtor."""
    if hold_kind in _NOT_THE_DEBTOR:
        return frozenset()
    return _LAST_WORDS if hold_kind == "cease" else CONFIRMING | REPLIES
