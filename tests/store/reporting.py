"""What providers report to a small world, and what its tables and its log say then."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from scheduler.domain.inbound import Inbound, Keyword
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.intake.receipts import ReceiptIntake
from scheduler.ports import Report
from scheduler.store.log import SqlLog
from scheduler.store.rows import AnyRow
from scheduler.store.tables import address, entry, message, metadata, touchpoint
from scheduler.store.tables_delivery import callback
from tests.fakes.world import World

PHONE, EMAIL = "+442079460018", "ada@example.com"

_PLAIN = DeliveryReceipt(ReceiptKind.DELIVERED, "", "e-1", None, None, None, None)


def take(world: World, *reports: Report) -> None:
    """Take reports of the provider `fake`, all at once."""
    ReceiptIntake(world.store, {"fake": "email"}).take("fake", reports, world.clock.now())


def report(world: World, kind: str, event_id: str | None = None, **more: Any) -> DeliveryReceipt:
    """Return a report that brings back the key of the latest message; `named` False brings its provider's name only."""
    sent = more.pop("of", None) or latest(world)
    named = more.pop("named", True)
    plain = replace(
        _PLAIN,
        kind=ReceiptKind(kind),
        event_id=event_id or f"e-{kind}-{sent.attempt}",
        provider_id=sent.provider_id or f"late-{sent.id}",
        touchpoint=sent.key if named else None,
        attempt=sent.attempt if named else None,
    )
    return replace(plain, **more)


def words(text: str, keyword: Keyword | None = None, sender: str = PHONE, event_id: str = "w-1") -> Inbound:
    """Return a message from a number."""
    return Inbound("fake", event_id, "sms", sender, text, keyword)


def latest(world: World) -> AnyRow:
    """Return the newest message with its touchpoint's key."""
    return all_messages(world)[-1]


def all_messages(world: World) -> list[AnyRow]:
    """Return every message with its touchpoint's key, oldest first."""
    query = select(message, touchpoint.c.key).join_from(message, touchpoint).order_by(message.c.id)
    with world.store.database.read() as connection:
        return list(connection.execute(query))


def messages(world: World) -> list[tuple[str, str, str | None]]:
    """Return each message's channel, state and what was reported of it, oldest first."""
    query = select(message.c.channel, message.c.state, message.c.reported).order_by(message.c.id)
    with world.store.database.read() as connection:
        return [(row.channel, row.state, row.reported) for row in connection.execute(query)]


def callbacks(world: World) -> list[AnyRow]:
    """Return the callbacks that were kept, in their order."""
    with world.store.database.read() as connection:
        return list(connection.execute(select(callback).order_by(callback.c.id)))


def closed(world: World) -> Mapping[str, tuple[bool, bool]]:
    """Return of each address whether it is opted out, and whether it is held to be invalid."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(address))
        return {
            row.value: (row.opted_out_at is not None, row.invalid_at is not None)
            for row in rows
            if row.opted_out_at or row.invalid_at
        }


def told(world: World, *events: str) -> list[dict[str, Any]]:
    """Return the public fields of entries of some kinds, with their chain, oldest first."""
    query = select(entry).where(entry.c.event.in_(events)).order_by(entry.c.seq)
    with world.store.database.read() as connection:
        rows = connection.execute(query).all()
    return [{"event": row.event, "chain": row.chain, **json.loads(row.public)} for row in rows]


def personal(world: World, event: str) -> list[Any]:
    """Return the personal payloads of entries of a kind, oldest first."""
    entries = SqlLog(world.store.database).entries(0, 10_000)
    return [each.personal for each in entries if each.body["event"] == event]


def everything(world: World, but: Sequence[str] = ("callback", "pulse")) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of all tables but those, so that a test can say that nothing changed."""
    with world.store.database.read() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in but
        }


def count(world: World) -> int:
    """Return how many callbacks were kept."""
    with world.store.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(callback)).scalar_one())
