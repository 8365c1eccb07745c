"""Contacts that count: what was sent, or may have been, and what was done by hand; one query a kind of fact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)

from scheduler.domain.facts import IN_PERSON, Contact, History, Unit
from scheduler.domain.plan import Creditor, Debtor
from scheduler.domain.receipt import ReceiptKind
from scheduler.domain.touchpoint import FORMAL
from scheduler.store import rows
from scheduler.store.among import among
from scheduler.store.kin import Kin, everybody
from scheduler.store.tables import contact, debtor, message, touchpoint

COUNTED = ("armed", "accepted", "unknown", "presumed")
"""Message states that count toward caps; what is in doubt counts as sent."""

SURE = ("accepted", "presumed")
"""Message states of what surely went out, or is held to have: only that speaks of a debt, or is a notice."""

_AS_OF: BindParameter[datetime] = bindparam("as_of", type_=message.c.armed_at.type)
_SINCE: BindParameter[datetime] = bindparam("since", type_=message.c.armed_at.type)

_MESSAGE_PLANS = case(
    (message.c.plans != "", message.c.plans),
    else_=select(cast(touchpoint.c.plan_id, Text))
    .where(touchpoint.c.id == message.c.touchpoint_id)
    .scalar_subquery(),
)
_COUNTS = and_(
    or_(message.c.state.in_(COUNTED), message.c.settled_at > _AS_OF),
    or_(
        message.c.armed_at < _AS_OF,
        and_(message.c.armed_at == _AS_OF, message.c.touchpoint_id.not_in(bindparam("own", expanding=True))),
    ),
)
"""A message counts as of an instant, also while nobody knew yet that it would not go out; for the touchpoints that
are decided at this very instant it lies ahead."""

_WENT_OUT = and_(_COUNTS, message.c.state.in_(SURE), message.c.settled_at <= _AS_OF)
_WAS_GIVEN = contact.c.reached >= case(
    (contact.c.channel.in_(sorted(IN_PERSON)), Unit.DELIVERED.value), else_=Unit.SENT.value
)

_MESSAGES = (
    select(
        false().label("by_hand"),
        message.c.id,
        message.c.debtor_id,
        debtor.c.creditor,
        message.c.address_id,
        message.c.armed_at.label("at"),
        message.c.kind,
        message.c.channel,
        _MESSAGE_PLANS.label("plans"),
        case(
            (message.c.reported == ReceiptKind.UNDELIVERED.value, Unit.SENT.value),
            else_=Unit.DELIVERED.value,
        ).label("reached"),
        false().label("requested"),
    )
    .join(debtor, debtor.c.id == message.c.debtor_id)
    .where(_COUNTS)
)
_BY_HAND = (
    select(
        true().label("by_hand"),
        contact.c.id,
        contact.c.debtor_id,
        debtor.c.creditor,
        contact.c.address_id,
        contact.c.at,
        contact.c.kind,
        contact.c.channel,
        contact.c.plans,
        contact.c.reached,
        contact.c.requested,
    )
    .join(debtor, debtor.c.id == contact.c.debtor_id)
    .where(contact.c.noted_at <= _AS_OF)
)


def _of_anybody(debtor_id: ColumnElement[int], address_id: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(among(debtor_id), among(address_id, "addresses"))


_CONTACTS = union_all(
    _MESSAGES.where(_of_anybody(message.c.debtor_id, message.c.address_id), message.c.armed_at > _SINCE),
    _BY_HAND.where(_of_anybody(contact.c.debtor_id, contact.c.address_id), contact.c.at > _SINCE),
)
_FORMAL = sorted(each.value for each in FORMAL)
_NOTICES = union_all(
    _MESSAGES.where(among(message.c.debtor_id), message.c.kind.in_(_FORMAL), _WENT_OUT),
    _BY_HAND.where(among(contact.c.debtor_id), contact.c.kind.in_(_FORMAL), _WAS_GIVEN),
)
_FIRSTS = union_all(
    select(
        message.c.debtor_id,
        _MESSAGE_PLANS.label("about"),
        func.min(message.c.armed_at).label("at"),
        func.min(case((_WENT_OUT, message.c.armed_at))).label("spoken_at"),
    )
    .where(among(message.c.debtor_id), _COUNTS)
    .group_by(message.c.debtor_id, "about"),
    select(
        contact.c.debtor_id,
        contact.c.plans.label("about"),
        func.min(contact.c.at).label("at"),
        func.min(case((contact.c.reached >= Unit.DELIVERED.value, contact.c.at))).label("spoken_at"),
    )
    .where(among(contact.c.debtor_id), contact.c.noted_at <= _AS_OF)
    .group_by(contact.c.debtor_id, "about"),
)


@dataclass(frozen=True, slots=True)
class Window:
    """Which contacts are asked for: counters look back to `since`, and what came after `as_of` is left out.

    `own` are the touchpoints that are decided: what they sent at `as_of` came of the decision.
    """

    since: datetime
    as_of: datetime
    own: tuple[int, ...]


def contacts(
    connection: Connection,
    people: Mapping[int, Debtor],
    kin: Kin,
    creditors: Mapping[str, Creditor],
    window: Window,
) -> dict[int, tuple[Contact, ...]]:
    """Return what counts for each person: what went to any debtor who shares an address, wherever it went."""
    addresses = sorted({point.address_id for each in people.values() for point in each.contact_points})
    wanted = _asked(everybody(kin), window) | {"addresses": addresses, "since": window.since}
    found = connection.execute(_CONTACTS, wanted).all()
    of_debtor, of_address = rows.by(found, "debtor_id"), rows.by(found, "address_id")
    counted: dict[int, tuple[Contact, ...]] = {}
    for id_, person in people.items():
        own = [point.address_id for point in person.contact_points]
        theirs = [of_debtor.get(each, ()) for each in kin[id_]] + [of_address.get(each, ()) for each in own]
        mine = {(row.by_hand, row.id): row for group in theirs for row in group}
        counted[id_] = tuple(rows.contact_of(row, creditors) for row in mine.values())
    return counted


def histories(
    connection: Connection, debtor_ids: Iterable[int], creditors: Mapping[str, Creditor], window: Window
) -> dict[int, History]:
    """Return for each debtor when each plan was first spoken of, and the formal notices, over all time."""
    ids = sorted(debtor_ids)
    wanted = _asked(ids, window)
    firsts = rows.by(connection.execute(_FIRSTS, wanted), "debtor_id")
    notices = rows.by(connection.execute(_NOTICES, wanted), "debtor_id")
    return {
        each: History(
            first_contact_at=_earliest((row.about, row.at) for row in firsts.get(each, ())),
            notices=tuple(rows.contact_of(row, creditors) for row in notices.get(each, ())),
            spoken_at=_earliest((row.about, row.spoken_at) for row in firsts.get(each, ())),
        )
        for each in ids
    }


def _earliest(found: Iterable[tuple[tuple[str, ...], datetime | None]]) -> dict[int, datetime]:
    """Return the earliest instant of each plan; several plans may share one."""
    earliest: dict[int, datetime] = {}
    for about, at in found:
        if at is not None:
            earliest |= {plan: min(at, earliest.get(plan, at)) for plan in map(int, about)}
    return earliest


def _asked(ids: Iterable[int], window: Window) -> dict[str, object]:
    return {"ids": sorted(ids), "as_of": window.as_of, "own": window.own}
