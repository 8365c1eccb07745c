"""Audits the log: counts what was sent in spite of contact hours and limits, by code of its own.

It shares nothing with what decides: it reads the policies as plain limits, looks at the clock on the wall in each of
a person's zones, and counts contacts one by one. What it finds is a fault of the engine, or of a changed policy.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.entry import Json
from scheduler.domain.errors import UsageError
from scheduler.domain.touchpoint import touchpoint_key
from scheduler.ledger.contacts import Contacts
from scheduler.ledger.findings import Audit, Violation
from scheduler.ledger.judge import objections
from scheduler.ledger.line import Line, LineError, decode
from scheduler.ledger.past import Past
from scheduler.ledger.statutes import Book
from scheduler.ledger.told import (
    REACHED,
    Contact,
    Message,
    contact_of,
    instant,
    instant_or_none,
    number,
    person_of,
    text,
    text_or_none,
    texts,
)
from scheduler.ledger.wishes import Grant, Hold, StatedHours, Term, Wishes

_REPORTED_WITHIN = timedelta(days=8)
"""How long after a message a report may come that it did not arrive: mail servers try for some days."""


class Auditor:
    """Takes the lines of a log one by one, oldest first."""

    def __init__(self, book: Book) -> None:
        """Start before the first line, with the statutes that hold."""
        self.found = Audit()
        self._book = book
        self._past = Past(Contacts(book.longest, book.notices), Wishes())
        self._carriers = set(book.carriers)
        self._in_the_air: dict[str, Contact] = {}
        self._recent: dict[str, Contact] = {}
        self._planned: dict[str, datetime] = {}
        self._receipts: dict[str, frozenset[str]] = {}

    def take(self, line: Line) -> None:
        """Audit the next line. Raises LineError where it cannot be read or names a policy that is not known."""
        event = text(line.fields, "event")
        if (handle := _HANDLERS.get(event)) is not None:
            handle(self, line)

    def armed(self, line: Line) -> None:
        """Audit a message, which counts from now on."""
        contact, key = contact_of(line), text(line.fields, "touchpoint")
        self.found.note_message(contact.at)
        self._carriers.add(text(line.fields, "provider"))
        self._judge(line, contact, key)
        self._past.contacts.add(contact)
        self._in_the_air[key] = contact
        self._recent.pop(key, None)
        self._recent[key] = contact
        while contact.at - next(iter(self._recent.values())).at > _REPORTED_WITHIN:
            del self._recent[next(iter(self._recent))]

    def contact_logged(self, line: Line) -> None:
        """Count a contact that was made by hand: no rule is about those, but many count them."""
        self.found.by_hand += 1
        self._past.contacts.add(contact_of(line))

    def planned(self, line: Line) -> None:
        """Note when that came which a message is to answer."""
        if line.fields.get("kind") in self._book.urgent:
            self._planned[text(line.fields, "touchpoint")] = instant(line.fields, "at")

    def settled(self, line: Line) -> None:
        """A message went out for good."""
        key = text(line.fields, "touchpoint")
        if (contact := self._in_the_air.pop(key, None)) is not None:
            contact.final = True
        self._forget(key)

    def undelivered(self, line: Line) -> None:
        """A message that was sent did not arrive, unless an earlier report says that it did."""
        contact = self._recent.get(text(line.fields, "touchpoint"))
        if contact is not None and line.fields.get("outcome") == "undelivered":
            contact.reached = min(contact.reached, REACHED.index("sent"))

    def not_sent(self, line: Line) -> None:
        """A message turned out never to have gone out, or none was sent at all."""
        key = text(line.fields, "touchpoint")
        if (contact := self._in_the_air.pop(key, None)) is not None:
            contact.counts = False
        elif line.fields["event"] == "skipped":
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._planned.pop(key, None)
        self._receipts.pop(key, None)

    def payment_received(self, line: Line) -> None:
        """Note on which channels the debtor may hear of a payment at once: the one used, and those agreed to."""
        said = line.personal or {}
        channels = frozenset((*texts(said, "receipt_by"), str(said.get("medium"))))
        creditor, payment = line.chain.partition("/")[0], f"payment {text(line.fields, 'payment_ref')}"
        for plan_ref in texts(line.fields, "plan_refs"):
            self._receipts[touchpoint_key(creditor, plan_ref, payment, "receipt")] = channels

    def hold_placed(self, line: Line) -> None:
        """Note a hold."""
        fields = line.fields
        plans, kind = frozenset(texts(fields, "plan_refs")), text(fields, "hold_kind")
        self._past.wishes.hold(line.chain, Hold(number(fields, "hold"), kind, plans, _term(fields)))

    def hold_released(self, line: Line) -> None:
        """Let go of a hold."""
        self._past.wishes.release(line.chain, number(line.fields, "hold"))

    def consent_changed(self, line: Line) -> None:
        """Note what a debtor let be done or not: an opt-out, a consent for a purpose, or hours that were stated."""
        fields = line.fields
        if isinstance(out := fields.get("opted_out"), bool):
            self._opt(line, out)
        elif fields.get("purpose") is not None:
            self._consent(line)
        elif fields.get("stated_hours") is not None:
            self._state(line)

    def _opt(self, line: Line, out: bool) -> None:
        """Where the entry does not say which address was closed, it is the one just used."""
        channel = text(line.fields, "channel")
        address = (line.personal or {}).get("address")
        if address is None and line.commitment is None:
            address = self._past.contacts.latest_address(line.chain, channel)
        if isinstance(address, str):
            self._past.wishes.opt(channel, address, out)

    def _consent(self, line: Line) -> None:
        channel, purpose = text(line.fields, "channel"), text(line.fields, "purpose")
        if line.fields.get("revoked") is True:
            self._past.wishes.revoke(line.chain, channel, purpose)
        else:
            address = text_or_none(line.personal or {}, "address")
            self._past.wishes.grant(line.chain, Grant(channel, purpose, address, _term(line.fields)))

    def _state(self, line: Line) -> None:
        stated = number(line.fields, "stated_hours")
        if line.fields.get("withdrawn") is True:
            self._past.wishes.withdraw(line.chain, stated)
        elif line.personal is not None:
            words, channels = text(line.personal, "hours"), frozenset(texts(line.fields, "channels"))
            try:
                read = StatedHours.read(stated, words, channels, _term(line.fields))
            except ValueError as error:
                raise LineError("its 'hours' are not in the words that `duly hours` takes") from error
            self._past.wishes.state(line.chain, read)

    def _judge(self, line: Line, contact: Contact, key: str) -> None:
        if line.personal is None:
            self.found.erased += 1
            return
        facts, policy = line.personal.get("facts"), line.fields.get("policy")
        if not isinstance(facts, Mapping) or not isinstance(policy, str):
            self.found.unrecorded += 1
            return
        self.found.note_versions(policy, str(line.fields.get("policy_version")))
        message = Message(
            contact=contact,
            policies=tuple(policy.split("+")),
            person=(person := person_of(facts)),
            walls={each: contact.at.astimezone(ZoneInfo(each)) for each in person.zones},
            granted=self._past.wishes.granted(contact),
            asked_at=self._planned.get(key),
            answers=contact.channel in self._receipts.get(key, ()),
        )
        known = {*self._book.by_policy, *self._carriers}
        if unknown := [each for each in message.policies if each not in known]:
            raise LineError(f"the policy {unknown[0]!r} is not among those of the configuration")
        said = (contact.seq, contact.at, message.walls, contact.creditor, contact.debtor_ref)
        broken = objections(message, self._book, self._past)
        self.found.violations += [Violation(*said, rule, what) for rule, what in broken]


def audit(lines: Iterable[bytes], name: str, book: Book) -> Audit:
    """Audit the lines of an exported log called `name`.

    Raises UsageError with the line's number for what is no export, or cannot be judged by the book.
    """
    auditor = Auditor(book)
    for place, line in enumerate(lines, start=1):
        try:
            auditor.take(decode(line))
        except LineError as error:
            raise UsageError(
                f"{name}, line {place}: {error}; give a file as `duly log export` writes it, and with --config "
                "the configuration that it was made by"
            ) from error
    return auditor.found


def _term(fields: Mapping[str, Json]) -> Term:
    return Term(instant(fields, "at"), instant_or_none(fields, "until"))


_HANDLERS: Mapping[str, Callable[[Auditor, Line], None]] = {
    "armed": Auditor.armed,
    "contact_logged": Auditor.contact_logged,
    "planned": Auditor.planned,
    "accepted": Auditor.settled,
    "presumed": Auditor.settled,
    "undelivered": Auditor.undelivered,
    "rejected": Auditor.not_sent,
    "deferred": Auditor.not_sent,
    "refused": Auditor.not_sent,
    "skipped": Auditor.not_sent,
    "released": Auditor.not_sent,
    "payment_received": Auditor.payment_received,
    "hold_placed": Auditor.hold_placed,
    "hold_released": Auditor.hold_released,
    "consent_changed": Auditor.consent_changed,
}
