"""A batch of due touchpoints: claimed, read afresh, decided and armed in one transaction."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, text, update

from scheduler.domain.decision import Decision, Defer, Refuse, Send, Skip
from scheduler.domain.doubt import LEASE
from scheduler.domain.entry import (
    Draft,
    Event,
    Json,
    canonical,
    chain_of,
    instant_text,
    touchpoint_fields,
)
from scheduler.domain.facts import Contact, Facts
from scheduler.domain.gate import OPEN_GATE
from scheduler.domain.message import Message
from scheduler.domain.pacing import PACE, Pacing
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy
from scheduler.domain.record import decision_fields, facts_used
from scheduler.domain.touchpoint import State, Touchpoint
from scheduler.ports import Armed
from scheduler.store.among import among
from scheduler.store.claiming import PLANNED, take_debtors
from scheduler.store.entries import Log
from scheduler.store.gate import read_gate
from scheduler.store.gathering import gather
from scheduler.store.pacing import Pacer
from scheduler.store.pulses import SENT, beat
from scheduler.store.rows import touchpoint_of
from scheduler.store.tables import WAITING, message, touchpoint

_SLOT = "slot:"
"""What `told` of a touchpoint begins with that waits for the slot which its sender's pace gave it."""

_OF_DEBTORS = (
    select(touchpoint)
    .where(
        among(touchpoint.c.debtor_id),
        text(WAITING),
        text(PLANNED),
        touchpoint.c.look_at <= bindparam("now"),
        touchpoint.c.creditor.in_(bindparam("creditors", expanding=True)),
    )
    .order_by(touchpoint.c.priority, touchpoint.c.due_at, touchpoint.c.id)
)
_OF_ID = touchpoint.c.id == bindparam("of")
_DEFER = (
    update(touchpoint).where(_OF_ID).values(look_at=bindparam("look"), told=bindparam("digest"), repeats=0)
)
_REPEAT = update(touchpoint).where(_OF_ID).values(look_at=bindparam("look"), repeats=touchpoint.c.repeats + 1)
_CLOSE = (
    update(touchpoint)
    .where(_OF_ID)
    .values(state=bindparam("to"), told=bindparam("digest"), merged_into=bindparam("into"))
)
_KEPT = select(message.c.armed_at).where(message.c.id == bindparam("of"))
_ARM = update(touchpoint).where(_OF_ID).values(state="armed", attempts=bindparam("attempt"), told="")


class Batch:
    """An open batch; `flush` writes what was noted, just before the transaction commits."""

    def __init__(self, connection: Connection, log: Log, now: datetime) -> None:
        """Start with nothing claimed."""
        self._connection, self._log, self._now = connection, log, now
        self.gate = OPEN_GATE
        self.groups: list[list[Facts]] = []
        self._versions: Mapping[int, int] = {}
        self._told: dict[int, str] = {}
        self._pacer = Pacer(connection, now)
        self._drafts: list[Draft] = []
        self._writes: dict[object, list[dict[str, object]]] = {}
        self._intents: list[tuple[Facts, Send, Message, str]] = []
        self._armed: list[Armed] = []

    def claim(
        self, creditors: Mapping[str, Creditor], lookback: timedelta, limit: int, turn: int = 0
    ) -> None:
        """Take one group of due touchpoints for each of at most `limit` debtors whom nobody else holds.

        `turn` says which creditor begins, where there are more of them than debtors to take.
        """
        self.gate = read_gate(self._connection, self._now, held=True)
        if self.gate.quarantined:
            return
        debtor_ids = take_debtors(self._connection, self._now, creditors, limit, turn)
        if not debtor_ids:
            return
        wanted = {"ids": debtor_ids, "now": self._now, "creditors": list(creditors)}
        due = self._connection.execute(_OF_DEBTORS, wanted).all()
        self._told = {row.id: row.told for row in due}
        grouped = _first_groups([touchpoint_of(row) for row in due])
        members = [each for group in grouped for each in group]
        gathered = gather(self._connection, members, creditors, self._now, lookback)
        self._versions = gathered.versions
        self.groups = [[gathered.facts[each.id] for each in group] for group in grouped]

    def keeps(self, armed: Armed) -> bool:
        """Whether an earlier intent is still on disk; if not, the database has lost its tail."""
        return self._connection.execute(_KEPT, {"of": armed.message_id}).scalar() == armed.armed_at

    def refresh(self, facts: Facts) -> Facts:
        """Return the facts with what this batch has armed so far for the same person or address."""
        mine = {point.address_id for point in facts.debtor.contact_points}
        fresh = tuple(
            _contact(armed, send, self._now)
            for armed, send, _, _ in self._intents
            if not mine.isdisjoint(point.address_id for point in armed.debtor.contact_points)
        )
        return replace(facts, contacts=facts.contacts + fresh) if fresh else facts

    def note(self, facts: Facts, decision: Decision, policy: Policy) -> None:
        """Note a decision that is not to send; what only repeats what was told is not logged again."""
        id_, event, digest = facts.touchpoint.id, _event_of(decision), _digest(decision, policy)
        if isinstance(decision, Defer):
            look = min(decision.until, facts.touchpoint.ends_at or decision.until)
            if self._told.get(id_) == digest:
                self._write(_REPEAT, of=id_, look=look)
                return
            self._write(_DEFER, of=id_, look=look, digest=digest)
        else:
            state = State.SKIPPED if isinstance(decision, Skip) else State.REFUSED
            into = decision.into if isinstance(decision, Skip) else None
            self._write(_CLOSE, of=id_, to=state.value, digest=digest, into=into)
            if self._told.get(id_) == digest:
                return
        until = instant_text(decision.until) if isinstance(decision, Defer) else None
        public = {**decision_fields(decision, policy), "until": until}
        self._drafts.append(self._draft(facts, event, public, {"facts": facts_used(facts)}))

    def pace(self, facts: Facts, message: Message, provider: str, pacing: Pacing) -> Decision | None:
        """Return why a message must wait although nothing speaks against it; None when it may go out now."""
        waited = self._told.get(facts.touchpoint.id, "").startswith(_SLOT)
        return self._pacer.objection(facts, message, provider, pacing, waited=waited)

    def arm(self, facts: Facts, decision: Send, message: Message, provider: str, policy: Policy) -> None:
        """Note the intent to send; it counts toward every cap from here on."""
        self._intents.append((facts, decision, message, provider))
        self._write(_ARM, of=facts.touchpoint.id, attempt=message.attempt)
        words = message.words
        public: dict[str, Json] = {
            "channel": message.channel,
            "provider": provider,
            "attempt": message.attempt,
            **decision_fields(decision, policy),
        }
        personal: dict[str, Json] = {
            "to": message.to,
            "body_sha256": words.sha256,
            "subject": words.subject,
            "text": words.text,
            "html": words.html,
            "facts": facts_used(facts),
        }
        self._drafts.append(self._draft(facts, Event.ARMED, public, personal))

    def armed(self) -> Sequence[Armed]:
        """Return the intents, once the transaction has committed."""
        return self._armed

    def flush(self) -> None:
        """Write everything that was noted."""
        for statement, values in self._writes.items():
            self._connection.execute(statement, values)  # type: ignore[call-overload]  # keyed by statement
        self._pacer.flush()
        self._log.append(self._drafts)
        if self._intents:
            self._insert_messages()
            channels = (words.channel for _, _, words, _ in self._intents)
            beat(self._connection, self._now, SENT, Counter(channels))

    def _insert_messages(self) -> None:
        values = [self._message_row(*intent) for intent in self._intents]
        statement = insert(message).returning(message.c.id, message.c.touchpoint_id)
        ids = {row.touchpoint_id: row.id for row in self._connection.execute(statement, values)}
        self._armed = [
            Armed(
                message_id=ids[facts.touchpoint.id],
                message=words,
                provider=provider,
                armed_at=self._now,
                creditor=facts.creditor.id,
                debtor_id=facts.debtor.id,
                facts_version=self._versions[facts.debtor.id],
            )
            for facts, _, words, provider in self._intents
        ]

    def _message_row(self, facts: Facts, send: Send, words: Message, provider: str) -> dict[str, object]:
        return {
            "touchpoint_id": facts.touchpoint.id,
            "debtor_id": facts.debtor.id,
            "contact_point_id": send.contact_point.id,
            "address_id": send.contact_point.address_id,
            "kind": facts.touchpoint.kind.value,
            "channel": words.channel,
            "provider": provider,
            "attempt": words.attempt,
            "state": "armed",
            "armed_at": self._now,
            "plans": [str(each.id) for each in facts.plans],
            "body_sha256": words.words.sha256,
            "sender": words.sender,
            "look_at": self._now + LEASE,
        }

    def _write(self, statement: object, **values: object) -> None:
        self._writes.setdefault(statement, []).append(values)

    def _draft(
        self, facts: Facts, event: Event, more: Mapping[str, Json], personal: Mapping[str, Json] | None = None
    ) -> Draft:
        refs = list(dict.fromkeys((facts.plan.ref, *(claim.plan.ref for claim in facts.claims))))
        fields = {**touchpoint_fields(facts.touchpoint, facts.debtor.ref, refs), **more}
        chain = chain_of(facts.debtor.creditor, facts.debtor.ref)
        return Draft(chain, event, self._now, fields, personal or {})


def _first_groups(touchpoints: Sequence[Touchpoint]) -> list[list[Touchpoint]]:
    """Return each debtor's first group: touchpoints of one creditor, kind and channels, which may share a message.

    Nothing is spoken of on a channel that its own cadence does not name. A payment's confirmation stands alone. The
    rest of a debtor's groups wait for the next batch, which then counts what this one sends.
    """
    groups: dict[int, list[Touchpoint]] = {}
    for each in touchpoints:
        group = groups.setdefault(each.debtor_id, [])
        lead = group[0] if group else each
        alone = lead.kind.confirms_payment
        if not group or (not alone and _shared(each) == _shared(lead)):
            group.append(each)
    return list(groups.values())


def _shared(touchpoint: Touchpoint) -> tuple[object, ...]:
    """Return what touchpoints of one message have in common; which channel is tried first is the lead's to say."""
    return touchpoint.creditor, touchpoint.kind, frozenset(touchpoint.channels)


def _contact(armed: Facts, send: Send, now: datetime) -> Contact:
    """Return an intent as the next decisions count it."""
    return Contact(
        at=now,
        kind=armed.touchpoint.kind,
        channel=send.contact_point.channel,
        address_id=send.contact_point.address_id,
        debtor_id=armed.debtor.id,
        creditor=armed.creditor.id,
        sender_group=armed.creditor.sender_group,
        plan_ids=frozenset(each.id for each in armed.plans),
    )


def _event_of(decision: Decision) -> Event:
    if isinstance(decision, Defer):
        return Event.DEFERRED
    return Event.REFUSED if isinstance(decision, Refuse) else Event.SKIPPED


def _digest(decision: Decision, policy: Policy) -> str:
    until = decision.until if isinstance(decision, Defer) else None
    told = [
        policy.version,
        str(until),
        *(f"{each.rule}|{each.verdict}|{each.detail}|{each.until}" for each in decision.reasons),
    ]
    digest = hashlib.sha256(canonical(told)).hexdigest()[:16]
    return f"{_SLOT}{digest}" if any(each.rule == PACE for each in decision.reasons) else digest
