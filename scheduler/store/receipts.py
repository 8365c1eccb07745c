"""One transaction in which providers' reports have their effect: each event once, whoever brings it again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, exists, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.domain.entry import Draft, Json
from scheduler.domain.inbound import Inbound
from scheduler.domain.receipt import DeliveryReceipt
from scheduler.domain.touchpoint import State
from scheduler.ports import Fresh, Haver, Report, Reported, Rise, Settlement
from scheduler.store import closing, orphans
from scheduler.store.addresses import reached
from scheduler.store.entries import Log
from scheduler.store.locks import lock_addresses, lock_debtors
from scheduler.store.reported import find, places, read_reported
from scheduler.store.settling import settle
from scheduler.store.spoken import merge
from scheduler.store.tables import PERHAPS, WAITING, debtor, message, plan, touchpoint
from scheduler.store.tables_delivery import callback

INBOUND = "inbound"
STRAY = "stray"
"""Kinds of callback that are words: from a number that somebody has, and from one that nobody has."""

_RISE = (
    update(message)
    .where(message.c.id == bindparam("of"))
    .values(reported=bindparam("to"), reported_at=bindparam("when"))
)
_PLAN_AGAIN = (
    update(touchpoint)
    .where(
        touchpoint.c.id == bindparam("of"),
        touchpoint.c.attempts == bindparam("attempt"),
        touchpoint.c.state == State.ACCEPTED.value,
        ~exists().where(message.c.touchpoint_id == touchpoint.c.id, message.c.state.in_(PERHAPS)),
    )
    .values(state=State.PLANNED.value, look_at=bindparam("look"), told="")
)
_LEAD = touchpoint.alias("lead_touchpoint")
_UNMERGE = (
    update(touchpoint)
    .where(
        touchpoint.c.merged_into == bindparam("lead"),
        touchpoint.c.state == State.SKIPPED.value,
        exists().where(_LEAD.c.key == bindparam("lead"), _LEAD.c.state == State.PLANNED.value),
    )
    .values(state=State.PLANNED.value, merged_into=None, told="", look_at=bindparam("look"))
)
_REST = (
    update(touchpoint)
    .where(touchpoint.c.id == bindparam("of"), touchpoint.c.attempts == bindparam("attempt"), text(WAITING))
    .values(state=State.ACCEPTED.value)
    .returning(touchpoint.c.id)
)
_SINCE = exists().where(message.c.touchpoint_id == touchpoint.c.id, message.c.armed_at > bindparam("armed"))
_SPOKEN_FOR = (
    select(
        touchpoint,
        debtor.c.ref.label("debtor_ref"),
        plan.c.ref.label("plan_ref"),
        bindparam("lead", type_=Text).label("lead_key"),
    )
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(
        touchpoint.c.debtor_id == bindparam("of"),
        touchpoint.c.kind == bindparam("of_kind"),
        touchpoint.c.payment_id.is_(None),
        text(f"touchpoint.{WAITING}"),
        touchpoint.c.due_at <= bindparam("armed"),
        plan.c.ref.in_(bindparam("refs", expanding=True)),
        ~_SINCE,
    )
)


class Receiving:
    """Carries out one transaction for what one provider reports."""

    def __init__(self, connection: Connection, log: Log, provider: str, now: datetime) -> None:
        """Work on an open transaction."""
        self._connection, self._log, self._provider, self._now = connection, log, provider, now

    def take(self, reports: Sequence[Report]) -> Fresh:
        """Keep what was not known before, and lock and return it with what it is about."""
        once = {each.event_id: each for each in reversed(reports)}
        receipts = [each for each in once.values() if isinstance(each, DeliveryReceipt)]
        found = find(self._connection, self._provider, receipts)
        numbers = self._numbers(each for each in once.values() if isinstance(each, Inbound))
        fresh = self._keep([self._row(each, found.ids, numbers) for each in once.values()])
        new = [each for each in dict.fromkeys(each.event_id for each in reports) if each in fresh]
        taken = [once[each] for each in new]
        ids = {event: id_ for event, id_ in found.ids.items() if event in fresh}
        self._lock(taken, ids, numbers)
        messages = read_reported(self._connection, ids.values())
        return Fresh(
            receipts=[each for each in taken if isinstance(each, DeliveryReceipt)],
            inbound=(words := [each for each in taken if isinstance(each, Inbound)]),
            messages={event: messages[id_] for event, id_ in ids.items()},
            lost=found.lost & fresh,
            havers={
                each.sender: closing.havers(self._connection, numbers[each.sender])
                for each in words
                if each.sender in numbers
            },
        )

    def _numbers(self, words: Iterable[Inbound]) -> dict[str, int]:
        """Return the ids of the addresses that words came from, where somebody has or had them."""
        found = {each.sender: self.address_of(each.channel, each.sender) for each in words}
        return {sender: id_ for sender, id_ in found.items() if id_ is not None}

    def _row(self, report: Report, ids: Mapping[str, int], numbers: Mapping[str, int]) -> dict[str, object]:
        row: dict[str, object] = {
            "provider": self._provider,
            "event_id": report.event_id,
            "received_at": self._now,
            "message_id": ids.get(report.event_id),
        }
        if isinstance(report, Inbound):
            said = None if report.keyword is None else report.keyword.value
            kind = INBOUND if report.sender in numbers else STRAY
            return {
                **row,
                "kind": kind,
                "provider_id": report.event_id,
                "touchpoint": None,
                "attempt": None,
                "code": said,
                "at": None,
            }
        return {
            **row,
            "kind": report.kind.value,
            "provider_id": report.provider_id or None,
            "touchpoint": report.touchpoint,
            "attempt": report.attempt,
            "code": report.code,
            "at": report.at,
        }

    def _keep(self, rows: Sequence[Mapping[str, object]]) -> frozenset[str]:
        """Write events in one order, so that two who bring the same ones never wait for each other."""
        if not rows:
            return frozenset()
        kind = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        statement = (
            kind(callback)
            .on_conflict_do_nothing(index_elements=["provider", "event_id"])
            .returning(callback.c.event_id)
        )
        ordered = sorted(rows, key=lambda row: str(row["event_id"]))
        return frozenset(self._connection.execute(statement, ordered).scalars())

    def _lock(self, taken: Sequence[Report], ids: Mapping[str, int], numbers: Mapping[str, int]) -> None:
        """Lock everybody whom these reports may touch, then the addresses that they may close."""
        of_message = places(self._connection, ids.values())
        addresses = {
            numbers[each.sender] for each in taken if isinstance(each, Inbound) and each.sender in numbers
        }
        addresses |= {
            of_message[ids[each.event_id]][1]
            for each in taken
            if isinstance(each, DeliveryReceipt) and each.marks_address and each.event_id in ids
        }
        touched = {debtor_id for debtor_id, _ in of_message.values()}
        touched.update(reached(self._connection, addresses) if addresses else ())
        lock_debtors(self._connection, touched)
        lock_addresses(self._connection, addresses)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Note that messages were accepted."""
        if settlements:
            settle(self._connection, self._log, settlements)

    def rise(self, rises: Sequence[Rise]) -> None:
        """Note what is known of messages from now on."""
        if rises:
            values = [{"of": each.message_id, "to": each.reported.value, "when": self._now} for each in rises]
            self._connection.execute(_RISE, values)

    def plan_again(self, messages: Collection[Reported]) -> None:
        """Let touchpoints be decided afresh, and what was merged into them."""
        if not messages:
            return
        wanted = [{"of": each.touchpoint.id, "attempt": each.attempt, "look": self._now} for each in messages]
        self._connection.execute(_PLAN_AGAIN, wanted)
        merged = [{"lead": each.touchpoint.key, "look": self._now} for each in messages]
        self._connection.execute(_UNMERGE, merged)

    def take_back(self, messages: Collection[Reported]) -> Sequence[Draft]:
        """Let touchpoints rest again that wait to be decided afresh, with what their messages spoke for."""
        return [draft for each in messages for draft in self._rest(each)]

    def _rest(self, reported: Reported) -> list[Draft]:
        of = {"of": reported.touchpoint.id, "attempt": reported.attempt}
        if self._connection.execute(_REST, of).scalar() is None:
            return []
        wanted = {
            "lead": reported.touchpoint.key,
            "of": reported.touchpoint.debtor_id,
            "of_kind": reported.touchpoint.kind.value,
            "armed": reported.armed_at,
            "refs": list(reported.plan_refs),
        }
        return merge(self._connection, self._connection.execute(_SPOKEN_FOR, wanted).all(), self._now)

    def mark_invalid(self, address_ids: Collection[int]) -> None:
        """Note that addresses will never work."""
        if address_ids:
            closing.mark_invalid(self._connection, address_ids, self._now)

    def close(self, address_id: int) -> Sequence[Haver]:
        """Close an address and return who has it; nobody where it was closed before."""
        return closing.close(self._connection, address_id, self._now)

    def address_of(self, channel: str, value: str) -> int | None:
        """Return the address's id, or None where nobody has ever had it."""
        return closing.address_id(self._connection, channel, value)

    def open_again(self, address_id: int) -> Sequence[Haver]:
        """Open an address that words over this provider alone had closed; return who has it."""
        return closing.open_again(self._connection, address_id, self._provider, self._now)

    def alarm(self, word: str, number: int, more: Mapping[str, Json]) -> None:
        """Count what must not happen, and alarm about it at most once an hour for each provider."""
        orphans.alarm(self._connection, self._log, self._provider, word, number, more, self._now)

    def lose_tail(self, channel: str, receipts: Sequence[DeliveryReceipt]) -> None:
        """Keep attempts of ours that the database has never heard of, and start a quarantine."""
        orphans.lose_tail(self._connection, self._log, self._provider, channel, receipts, self._now)

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        self._log.append(drafts)
