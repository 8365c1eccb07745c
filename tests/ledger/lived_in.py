"""A log that has seen most of what happens, and the ways to lay hands on it."""

import asyncio
import secrets
from datetime import UTC, date, datetime

from sqlalchemy import text

from scheduler.domain.delivery import Rejected, Unknown
from scheduler.domain.facts import HoldKind
from scheduler.intake.desk import Desk
from scheduler.planner import plan_due
from scheduler.ports import NewHold
from scheduler.store.engine import Database
from scheduler.store.store import SqlStore
from tests.fakes.world import World, a_payment_row, a_plan_row

EARLY = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
"""Before contact hours."""

ADA = "northwind/D-1"
"""The chain on which most happens: a deferral, a message, a payment, its confirmation."""

BOB = "northwind/D-2"
"""The chain of a message that nobody can tell about, and of an opt-out."""

EVA = "northwind/D-3"
"""The chain of a message that was accepted, and of a hold."""


def live(database: Database) -> World:
    """Let three debtors go through a few days of reminders, payments, holds and consent."""
    world = World(SqlStore(database, secrets.token_bytes))
    world.clock.instant = EARLY
    world.take_plans(
        a_plan_row(),
        a_plan_row(line=3, instalment_no="2", due_date=date(2027, 4, 12)),
        a_plan_row(line=4, plan_ref="P-2", debtor_ref="D-2", phone="+442079460019", email="bob@example.com"),
        a_plan_row(line=5, plan_ref="P-3", debtor_ref="D-3", phone="+442079460020", email="陈@example.com"),
    )
    world.channel.answers = [Rejected("550", blames_address=True), Unknown("timeout")]
    asyncio.run(_turn(world))
    world.clock.move(hours=5)
    asyncio.run(_turn(world))
    world.take_payments(a_payment_row(received_at=EARLY))
    asyncio.run(_turn(world))
    desk = Desk(world.store, world.creditors)
    now = world.clock.now()
    number = desk.hold(None, "D-3", None, NewHold(HoldKind.DISPUTE, "ann", "she says it is paid", now, None))
    desk.release(number, "ann", now)
    desk.consent(None, "D-2", "sms", True, "ann", now)
    return world


async def _turn(world: World) -> None:
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass
    while await world.pipeline.run_batch():
        pass


def unlock(database: Database) -> None:
    """Drop the triggers that keep the log append-only, as somebody with the database's password could."""
    names = ["update", "delete"] if database.is_sqlite else ["change", "truncate"]
    with database.write() as connection:
        for name in names:
            place = "" if database.is_sqlite else " ON entry"
            connection.execute(text(f"DROP TRIGGER entry_refuses_{name}{place}"))


def tamper(database: Database, statement: str, **values: object) -> None:
    """Change an unlocked database by hand."""
    with database.write() as connection:
        connection.execute(text(statement), values)
