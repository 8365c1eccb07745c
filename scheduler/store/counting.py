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
    literal,
    or_,
    select,
    true,
    union_all,
)

from scheduler.domain.facts import Contact, History, Unit
from scheduler.domain.plan import Creditor, Debtor
from scheduler.domain.touchpoint import FORMAL
from scheduler.store import rows
from scheduler.store.among import among
from scheduler.store.tables import contact, contact_point, debtor, message, touchpoint

COUNTED = ("armed", "accepted", "unknown", "presumed")
"""Message states that count toward caps; what is in doubt counts as sent."""

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
        literal(Unit.DELIVERED.value).label("reached"),
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
    _MESSAGES.where(among(message.c.debtor_id), message.c.kind.in_(_FORMAL)),
    _BY_HAND.where(among(contact.c.debtor_id), contact.c.kind.in_(_FORMAL)),
)
_FIRSTS = union_all(
    select(message.c.debtor_id, _MESSAGE_PLANS.label("about"), func.min(message.c.armed_at).label("at"))
    .where(among(message.c.debtor_id), _COUNTS)
    .group_by(message.c.debtor_id, "about"),
    select(contact.c.debtor_id, contact.c.plans.label("about"), func.min(contact.c.at).label("at"))
    .where(among(contact.c.debtor_id), contact.c.noted_at <= _AS_OF)
    .group_by(contact.c.debtor_id, "about"),
)
_SHARERS = select(contact_point.c.debtor_id, contact_point.c.address_id).where(
    among(contact_point.c.address_id, "addresses"), contact_point.c.active
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
    connection: Connection, people: Mapping[int, Debtor], creditors: Mapping[str, Creditor], window: Window
) -> dict[int, tuple[Contact, ...]]:
    """Return what counts for each person: what went to any debtor who shares an address, wherever it went."""
    addresses = sorted({point.address_id for each in people.values() for point in each.contact_points})
    sharers = rows.by(connection.execute(_SHARERS, {"addresses": addresses}), "address_id")
    ids = {*people, *(row.debtor_id for group in sharers.values() for row in group)}
    wanted = _asked(ids, window) | {"addresses": addresses, "since": window.since}
    found = connection.execute(_CONTACTS, wanted).all()
    of_debtor, of_address = rows.by(found, "debtor_id"), rows.by(found, "address_id")
    counted: dict[int, tuple[Contact, ...]] = {}
    for id_, person in people.items():
        own = [point.address_id for point in person.contact_points]
        kin = {id_, *(row.debtor_id for each in own for row in sharers.get(each, ()))}
        theirs = [of_debtor.get(each, ()) for each in kin] + [of_address.get(each, ()) for each in own]
        mine = {(row.by_hand, row.id): row for group in theirs for row in group}
        counted[id_] = tuple(rows.contact_of(row, creditors) for row in mine.values())
    return counted


def histories(
    connection: Connection, debtor_ids: Iterable[int], creditors: Mapping[str, Creditor], window: Window
) -> dict[int, History]:
    """Return for each debtor when each plan was first spoken of, and the formal notices, over all time."""
    ids = sorted(debtor_ids)
    wanted = _asked(ids, window)
    firsts: dict[int, dict[int, datetime]] = {each: {} for each in ids}
    for row in connection.execute(_FIRSTS, wanted):
        known = firsts[row.debtor_id]
        known |= {plan: min(row.at, known.get(plan, row.at)) for plan in map(int, row.about)}
    notices = rows.by(connection.execute(_NOTICES, wanted), "debtor_id")
    return {
        each: History(first, tuple(rows.contact_of(row, creditors) for row in notices.get(each, ())))
        for each, first in firsts.items()
    }


def _asked(ids: Iterable[int], window: Window) -> dict[str, object]:
    return {"ids": sorted(ids), "as_of": window.as_of, "own": window.own}
