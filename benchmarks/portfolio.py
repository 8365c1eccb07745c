"""Fills a database with plans directly, where importing them is not what is measured."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, insert

from scheduler.store.engine import Database
from scheduler.store.tables import address, contact_point, debtor, instalment, plan

CHUNK = 10_000


BOTH = ("sms", "email")


def fill(
    database: Database,
    plans: int,
    due: date,
    look_at: datetime,
    channels: Sequence[str] = BOTH,
    after: int = 0,
) -> None:
    """Add plans of one instalment each, one a debtor, all due on one day and looked at from one instant on.

    They are numbered from the one `after` those that are there already.
    """
    for first in range(after + 1, after + plans + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, after + plans + 1))
        with database.write() as connection:
            _fill(connection, numbers, due, look_at, channels)


def _fill(
    connection: Connection, numbers: range, due: date, look_at: datetime, channels: Sequence[str]
) -> None:
    connection.execute(
        insert(debtor),
        [
            {"id": n, "creditor": "harbour", "ref": f"D-{n}", "name": f"Debtor {n}", "locale": "en"}
            | {"country": "GB", "zones": ("Europe/London",)}
            for n in numbers
        ],
    )
    connection.execute(
        insert(address),
        [
            {"id": 2 * n + BOTH.index(channel), "channel": channel, "value": _address(channel, n)}
            for n in numbers
            for channel in channels
        ],
    )
    connection.execute(
        insert(contact_point),
        [
            {"debtor_id": n, "address_id": 2 * n + BOTH.index(channel), "channel": channel}
            | {"consent_basis": "contract"}
            for n in numbers
            for channel in channels
        ],
    )
    connection.execute(
        insert(plan),
        [
            {"id": n, "creditor": "harbour", "ref": f"P-{n}", "debtor_id": n, "currency": "GBP"}
            | {"zone": "Europe/London", "cadence": "standard", "status": "active", "next_action_at": look_at}
            for n in numbers
        ],
    )
    connection.execute(
        insert(instalment),
        [
            {"plan_id": n, "identity": "1", "number": "1", "due_date": due, "amount_minor": 12_345}
            for n in numbers
        ],
    )


def _address(channel: str, number: int) -> str:
    return f"+4479{number:09d}" if channel == "sms" else f"d{number}@example.com"


def soon(now: datetime) -> datetime:
    """Return an instant that is not due yet."""
    return now + timedelta(days=30)
