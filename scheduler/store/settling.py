"""Notes what evidence leads to: by compare-and-set, a batch in one transaction, idempotently."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from scheduler.domain.delivery import Rejected
from scheduler.domain.doubt import first_look
from scheduler.domain.entry import Draft
from scheduler.domain.outcome import (
    CONTRADICTED,
    Evidence,
    MessageState,
    outcome,
    touchpoint_state,
)
from scheduler.domain.touchpoint import FORMAL, Kind, State
from scheduler.ports import Settlement
from scheduler.store.addresses import reached
from scheduler.store.among import among
from scheduler.store.doubts import unclaimed
from scheduler.store.entries import Log
from scheduler.store.locks import lock_addresses, lock_debtors, the_writer_is_the_lock
from scheduler.store.many import write_many
from scheduler.store.people import bump
from scheduler.store.rows import AnyRow
from scheduler.store.settled import YES, opt_out_draft, settled_draft
from scheduler.store.tables import address, debtor, message, plan, touchpoint
from scheduler.store.watching import note_twice

_OF_MESSAGES = among(message.c.id)
_DEBTORS = select(message.c.debtor_id).where(_OF_MESSAGES)
_ADDRESSES = select(message.c.address_id).where(_OF_MESSAGES)
_MESSAGES = (
    select(
        touchpoint,
        debtor.c.ref.label("debtor_ref"),
        plan.c.ref.label("plan_ref"),
        message.c.id.label("message_id"),
        message.c.address_id,
        message.c.channel,
        message.c.provider,
        message.c.attempt,
        message.c.state.label("message_state"),
    )
    .select_from(message)
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .join(debtor, debtor.c.id == touchpoint.c.debtor_id)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(_OF_MESSAGES)
    .order_by(message.c.id)
)
_MERGED = (
    select(touchpoint.c.merged_into, plan.c.ref)
    .join(plan, plan.c.id == touchpoint.c.plan_id)
    .where(among(touchpoint.c.merged_into, "keys"))
    .order_by(touchpoint.c.id)
)
_SETTLE = (
    update(message)
    .where(message.c.id == bindparam("of"), message.c.state == bindparam("before"))
    .values(
        state=bindparam("to"),
        settled_at=bindparam("when"),
        provider_id=func.coalesce(
            bindparam("named", type_=message.c.provider_id.type), message.c.provider_id
        ),
        code=bindparam("why"),
        look_at=bindparam("look"),
    )
)
_TO: BindParameter[str] = bindparam("to", type_=touchpoint.c.state.type)
_OTHER = message.alias("other_message")


def _another_is(state: MessageState) -> ColumnElement[bool]:
    """Whether another attempt stands in a state: where intents were lost, several may be in doubt at once."""
    is_other = and_(_OTHER.c.touchpoint_id == touchpoint.c.id, _OTHER.c.id != bindparam("message"))
    return exists().where(is_other, _OTHER.c.state == state.value)


_MOVE = (
    update(touchpoint)
    .where(touchpoint.c.id == bindparam("of"), text("state IN ('armed', 'unknown', 'presumed')"))
    .values(
        state=case(
            (_another_is(MessageState.ARMED), State.ARMED.value),
            (
                or_(_TO.bool_op("=")(State.UNKNOWN.value), _another_is(MessageState.UNKNOWN)),
                State.UNKNOWN.value,
            ),
            (_another_is(MessageState.PRESUMED), State.PRESUMED.value),
            else_=_TO,
        ),
        look_at=bindparam("look"),
    )
)
"""No attempt's end frees a touchpoint while another attempt may have arrived."""

_ACCEPT = update(touchpoint).where(touchpoint.c.id == bindparam("of")).values(state=State.ACCEPTED.value)
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
_LOOK_AGAIN = (
    update(touchpoint)
    .where(touchpoint.c.debtor_id == bindparam("of"), touchpoint.c.state == State.REFUSED.value)
    .values(state=State.PLANNED.value, look_at=bindparam("look"))
)
_MARK_INVALID = (
    update(address)
    .where(address.c.id == bindparam("of"), address.c.invalid_at.is_(None))
    .values(invalid_at=bindparam("when"))
)
_MARK_OPTED_OUT = (
    update(address)
    .where(address.c.id == bindparam("of"), address.c.opted_out_at.is_(None))
    .values(opted_out_at=bindparam("when"))
)

Writes = dict[Update, list[Mapping[str, object]]]
"""What is to be written, by the statement that writes it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One message on its way from a state to the next, with the row it was read from."""

    row: AnyRow
    settlement: Settlement
    before: MessageState
    after: MessageState

    @property
    def evidence(self) -> Evidence:
        """What it moves by."""
        return self.settlement.evidence

    @property
    def touchpoint(self) -> State:
        """Where its touchpoint stands then, unless another attempt may have arrived."""
        return touchpoint_state(self.after, again=self.settlement.retry_at is not None)

    @property
    def look_at(self) -> datetime:
        """When its touchpoint is looked at again, which matters only where it is planned."""
        if self.touchpoint is not State.PLANNED or isinstance(self.evidence, Rejected):
            return self.settlement.at
        return self.settlement.retry_at or self.settlement.at + timedelta(minutes=1)

    @property
    def is_contradiction(self) -> bool:
        """Whether it arrived although it was held to be proved that it never did."""
        return self.after is MessageState.ACCEPTED and self.before in CONTRADICTED


def settle(connection: Connection, log: Log, settlements: Sequence[Settlement]) -> list[Step]:
    """Move each message where its evidence leads, and return what moved; anything else changes nothing."""
    _lock(connection, settlements)
    ids = {"ids": [each.message_id for each in settlements]}
    rows = {row.message_id: row for row in connection.execute(_MESSAGES, ids).all()}
    providers = {id_: row.provider for id_, row in rows.items()}
    steps = list(_steps(rows, unclaimed(connection, settlements, providers)))
    if not steps:
        return steps
    plans = _plan_refs(connection, (each.row for each in steps))
    writes: Writes = {_SETTLE: [], _ACCEPT: []}  # a yes comes before any no
    drafts: list[Draft] = []
    for step in steps:
        _queue_message(writes, step)
        _queue_touchpoint(writes, step)
        drafts.append(settled_draft(step, plans[step.row.key]))
        if _opts_out(step.evidence):
            drafts.append(opt_out_draft(step))
    for statement, values in writes.items():
        write_many(connection, statement, values)
    if touched := _touched(connection, steps):
        bump(connection, touched)
    log.append(drafts)
    note_twice(connection, steps)
    return steps


def _steps(rows: Mapping[int, AnyRow], settlements: Iterable[Settlement]) -> Iterable[Step]:
    """Ask the outcome table; of two settlements of one message the second goes by what the first led to."""
    states = {id_: MessageState(row.message_state) for id_, row in rows.items()}
    for each in settlements:
        before = states.get(each.message_id)
        after = outcome(before, each.evidence) if before is not None else None
        if before is not None and after is not None:
            states[each.message_id] = after
            yield Step(rows[each.message_id], each, before, after)


def _touched(connection: Connection, steps: Sequence[Step]) -> list[int]:
    """Return whose facts have changed: what is armed for them and not yet handed over must not go out."""
    closed = [each.row.address_id for each in steps if _opts_out(each.evidence)]
    touched = set(reached(connection, closed)) if closed else set()
    return sorted(touched.union(each.row.debtor_id for each in steps if each.is_contradiction))


def _lock(connection: Connection, settlements: Sequence[Settlement]) -> None:
    """Lock the messages' debtors and, of addresses that are closed now, whomever that touches and the addresses."""
    if the_writer_is_the_lock(connection):
        return
    debtors = set(connection.execute(_DEBTORS, {"ids": [each.message_id for each in settlements]}).scalars())
    closing = {"ids": [each.message_id for each in settlements if _closes_address(each.evidence)]}
    if not closing["ids"]:
        lock_debtors(connection, debtors)
        return
    addresses = connection.execute(_ADDRESSES, closing).scalars().all()
    lock_debtors(connection, debtors.union(reached(connection, addresses)))
    lock_addresses(connection, addresses)


def _closes_address(evidence: Evidence) -> bool:
    return isinstance(evidence, Rejected) and (evidence.opted_out or evidence.blames_address)


def _opts_out(evidence: Evidence) -> bool:
    return isinstance(evidence, Rejected) and evidence.opted_out


def _queue_message(writes: Writes, step: Step) -> None:
    evidence, at = step.evidence, step.settlement.at
    named = evidence.provider_id if isinstance(evidence, YES) else None
    settled = {
        "of": step.row.message_id,
        "before": step.before.value,
        "to": step.after.value,
        "when": at,
        "named": named or None,
        "why": None if isinstance(evidence, YES) else evidence.code,
        "look": first_look(at) if step.after is MessageState.UNKNOWN else None,
    }
    writes.setdefault(_SETTLE, []).append(settled)
    if _opts_out(evidence):
        writes.setdefault(_MARK_OPTED_OUT, []).append({"of": step.row.address_id, "when": at})
    elif _closes_address(evidence):
        writes.setdefault(_MARK_INVALID, []).append({"of": step.row.address_id, "when": at})


def _queue_touchpoint(writes: Writes, step: Step) -> None:
    row, at = step.row, step.settlement.at
    if step.after is MessageState.ACCEPTED:
        writes.setdefault(_ACCEPT, []).append({"of": row.id})
        if Kind(row.kind) in FORMAL:  # what was refused may have waited for this notice
            writes.setdefault(_LOOK_AGAIN, []).append({"of": row.debtor_id, "look": at})
        return
    look = step.look_at if step.touchpoint is State.PLANNED else row.look_at
    moved = {"of": row.id, "message": row.message_id, "to": step.touchpoint.value, "look": look}
    writes.setdefault(_MOVE, []).append(moved)
    if step.touchpoint is State.PLANNED:  # it spoke for nobody: all are decided afresh together
        writes.setdefault(_UNMERGE, []).append({"lead": row.key, "look": look})


def _plan_refs(connection: Connection, rows: Iterable[AnyRow]) -> dict[str, list[str]]:
    """Return the plans that each message speaks of: its own, and those that were merged into it."""
    refs = {row.key: [row.plan_ref] for row in rows}
    for row in connection.execute(_MERGED, {"keys": list(refs)}):
        if row.ref not in refs[row.merged_into]:
            refs[row.merged_into].append(row.ref)
    return refs
