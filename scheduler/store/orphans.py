"""Reports of what must not be: counted, alarmed about at most once an hour for each provider, and kept as evidence."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event, Json
from scheduler.domain.receipt import DeliveryReceipt
from scheduler.store.entries import Log
from scheduler.store.gate import enter_quarantine
from scheduler.store.locks import lock_configuration
from scheduler.store.reported import attempt_of
from scheduler.store.tables_delivery import lost_intent, pulse

ALARM_EVERY = timedelta(hours=1)

_ALARM = "alarm"
_OF = (
    pulse.c.what == bindparam("of_what"),
    pulse.c.subject == bindparam("of"),
    pulse.c.at > bindparam("since"),
)
_LAST = select(func.max(pulse.c.at)).where(*_OF)
_COUNT = select(func.coalesce(func.sum(pulse.c.number), 0)).where(*_OF)


def alarm(
    connection: Connection,
    log: Log,
    provider: str,
    word: str,
    number: int,
    more: Mapping[str, Json],
    now: datetime,
) -> None:
    """Count what must not happen and, unless that was done within the hour, alarm with how often it did in a day."""
    lock_configuration(connection)  # of two who come at once, one alarms
    _note(connection, word, provider, number, now)
    said = {"of_what": f"{_ALARM} {word}", "of": provider, "since": now - ALARM_EVERY}
    if connection.execute(_LAST, said).scalar() is not None:
        return
    _note(connection, f"{_ALARM} {word}", provider, 1, now)
    today = {"of_what": word, "of": provider, "since": now - timedelta(days=1)}
    public: dict[str, Json] = {
        "alarm": word,
        "provider": provider,
        "in_a_day": int(connection.execute(_COUNT, today).scalar_one()),
        **more,
    }
    log.append([Draft(SYSTEM_CHAIN, Event.ALARM, now, public)])


def _note(connection: Connection, what: str, subject: str, number: int, now: datetime) -> None:
    connection.execute(insert(pulse), {"at": now, "what": what, "subject": subject, "number": number})


def lose_tail(
    connection: Connection,
    log: Log,
    provider: str,
    channel: str,
    receipts: Iterable[DeliveryReceipt],
    now: datetime,
) -> None:
    """Keep attempts of ours that the database has never heard of, and start a quarantine.

    When they began is not known: no later than the provider's own instant, or than now.
    """
    rows = {
        attempt: {
            "touchpoint": attempt[0],
            "attempt": attempt[1],
            "channel": channel,
            "provider": provider,
            "armed_at": each.at or now,
            "noted_at": now,
        }
        for each in receipts
        if (attempt := attempt_of(each)) is not None
    }
    kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(kind(lost_intent).on_conflict_do_nothing(), [rows[each] for each in sorted(rows)])
    enter_quarantine(
        connection, log, "lost_tail", f"{provider} reports a message that is gone from the database", now
    )
