"""Messages whose outcome is open: read when it is time to look for evidence, and put off until the next time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, text, update

from scheduler.domain.doubt import ALIKE_WITHIN, Doubt
from scheduler.domain.message import Inquiry
from scheduler.domain.outcome import LOOK_UP, Evidence, MessageState, Seen
from scheduler.ports import NextLook, Settlement
from scheduler.store.rows import AnyRow
from scheduler.store.tables import OPEN, PERHAPS, address, message, touchpoint

_IN_DOUBT = (
    select(
        message.c.id,
        message.c.state,
        message.c.provider,
        message.c.attempt,
        message.c.channel,
        message.c.sender,
        message.c.body_sha256,
        message.c.armed_at,
        message.c.absent_at,
        touchpoint.c.key,
        touchpoint.c.creditor,
        address.c.value.label("address"),
    )
    .join(touchpoint, touchpoint.c.id == message.c.touchpoint_id)
    .join(address, address.c.id == message.c.address_id)
    .where(text(f"message.{OPEN}"), message.c.look_at <= bindparam("now"))
    .order_by(message.c.look_at)
    .limit(bindparam("at_most"))
)
_BOUND = select(message.c.provider_id).where(
    message.c.provider == bindparam("provider"),
    message.c.provider_id.in_(bindparam("names", expanding=True)),
)
_GIVEN = select(message.c.provider, message.c.provider_id, message.c.id).where(
    message.c.provider_id.in_(bindparam("names", expanding=True))
)
_OTHER = message.alias("other_message")
_RIVAL = (
    select(_OTHER.c.id)
    .join(message, message.c.address_id == _OTHER.c.address_id)
    .where(
        message.c.id == bindparam("of"),
        _OTHER.c.id != message.c.id,
        _OTHER.c.provider == message.c.provider,
        _OTHER.c.body_sha256 == message.c.body_sha256,
        _OTHER.c.provider_id.is_(None),
        _OTHER.c.state.in_(PERHAPS),
        _OTHER.c.armed_at.between(bindparam("earliest"), bindparam("latest")),
    )
    .limit(1)
)
_LATER = (
    update(message)
    .where(message.c.id == bindparam("of"), text(OPEN))
    .values(look_at=bindparam("look"), absent_at=bindparam("absent"))
)


def in_doubt(connection: Connection, now: datetime, limit: int) -> list[Doubt]:
    """Return messages that it is time to look for, the longest due first."""
    return [_doubt(row) for row in connection.execute(_IN_DOUBT, {"now": now, "at_most": limit})]


def _doubt(row: AnyRow) -> Doubt:
    inquiry = Inquiry(
        touchpoint=row.key,
        attempt=row.attempt,
        channel=row.channel,
        to=row.address,
        sender=row.sender,
        body_sha256=row.body_sha256,
        armed_at=row.armed_at,
    )
    return Doubt(row.id, row.creditor, row.provider, MessageState(row.state), inquiry, row.absent_at)


def bound(connection: Connection, provider: str, provider_ids: Sequence[str]) -> frozenset[str]:
    """Return which of a provider's names belong to messages already."""
    found = connection.execute(_BOUND, {"provider": provider, "names": list(provider_ids)})
    return frozenset(found.scalars())


def unclaimed(
    connection: Connection, settlements: Sequence[Settlement], providers: Mapping[int, str]
) -> Iterator[Settlement]:
    """Leave out what was found by asking and belongs to another message by now, which had the same words.

    `providers` are by message id. Whoever is left out is looked for again, and then finds the name bound.
    """
    names = sorted({name for each in settlements if (name := _found(each.evidence)) is not None})
    rows = connection.execute(_GIVEN, {"names": names}) if names else ()
    owners: dict[tuple[str, str | None], int] = {(row.provider, row.provider_id): row.id for row in rows}
    for each in settlements:
        name = _found(each.evidence)
        claim = providers.get(each.message_id, ""), name
        if name is None or owners.setdefault(claim, each.message_id) == each.message_id:
            yield each


def _found(evidence: Evidence) -> str | None:
    """Return the name that a look-up found."""
    return evidence.provider_id if isinstance(evidence, Seen) and evidence.by == LOOK_UP else None


def has_rival(connection: Connection, doubt: Doubt) -> bool:
    """Whether another message may be what a look-up for this one found: alike, and not named yet."""
    wanted = {
        "of": doubt.message_id,
        "earliest": doubt.armed_at - ALIKE_WITHIN,
        "latest": doubt.armed_at + ALIKE_WITHIN,
    }
    return connection.execute(_RIVAL, wanted).scalar() is not None


def look_later(connection: Connection, looks: Sequence[NextLook]) -> None:
    """Note when to look again; what was settled meanwhile stays as it is."""
    values = [{"of": each.message_id, "look": each.look_at, "absent": each.absent_at} for each in looks]
    if values:
        connection.execute(_LATER, values)
