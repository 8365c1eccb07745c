"""Attempts of the default debtor's message, armed by the real flow, and what is written of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from scheduler.domain.outcome import Evidence
from scheduler.ports import Armed, Settlement
from scheduler.store.tables import entry, message, touchpoint
from tests.fakes.world import World
from tests.store.noting import plan_all


def named(case: object) -> str:
    """Return the name of a test's case: its pieces of evidence, each with its code."""
    pieces = case if isinstance(case, tuple) else (case,)
    return "-".join(
        each if isinstance(each, str) else f"{type(each).__name__}:{getattr(each, 'code', 'yes')}"
        for each in pieces
    )


def arm(world: World) -> Armed:
    """Plan and arm what is due now, which is one message, and return it without handing it over."""
    plan_all(world)
    _, (armed,) = world.pipeline.arm(world.clock.now())
    return armed


def settle(
    world: World, armed: Armed, *evidence: Evidence, retry_at: datetime | None = None, times: int = 1
) -> None:
    """Settle an attempt by evidence that comes now, one transaction each."""
    for each in evidence * times:
        world.store.settle([Settlement(armed.message_id, each, world.clock.now(), retry_at)])


def resending(world: World) -> World:
    """Return the world with a creditor who lets a message go out again that is proved never to have arrived."""
    creditors = {id_: replace(each, resends_after_proof=True) for id_, each in world.creditors.items()}
    return replace(world, creditors=creditors)


@dataclass(frozen=True, slots=True)
class Written:
    """What the database says: the state of each attempt, of each touchpoint by its plan, and the log's lines."""

    attempts: Mapping[int, str]
    touchpoints: Mapping[str, str]
    log: tuple[Mapping[str, Any], ...]


def written(world: World) -> Written:
    """Read what is written of all attempts and touchpoints."""
    with world.store.database.read() as connection:
        attempts = {row.attempt: row.state for row in connection.execute(select(message))}
        plans = {row.id: f"P-{row.plan_id}" for row in connection.execute(select(touchpoint))}
        states = {plans[row.id]: row.state for row in connection.execute(select(touchpoint))}
        rows = connection.execute(select(entry).order_by(entry.c.seq)).all()
    return Written(attempts, states, tuple({"event": row.event, **json.loads(row.public)} for row in rows))


def row_of(world: World, armed: Armed) -> Any:
    """Return the row of an attempt."""
    with world.store.database.read() as connection:
        return connection.execute(select(message).where(message.c.id == armed.message_id)).one()
