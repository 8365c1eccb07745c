"""Many debtors with something due, put into the database directly where going through the planner would take long."""

from datetime import datetime

from sqlalchemy import bindparam, text, update

from scheduler.domain.touchpoint import touchpoint_key
from scheduler.store.engine import Database
from scheduler.store.tables import touchpoint
from scheduler.store.types import Instant

_NUMBERS = (
    "WITH RECURSIVE numbers (n) AS"
    " (SELECT CAST(:first AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
)
_DEBTORS = text(
    "INSERT INTO debtor (id, creditor, ref, name, locale, country, zones)"
    f" {_NUMBERS} SELECT n, :creditor, 'D-' || n, 'Ada Example', 'en', 'GB', 'Europe/London' FROM numbers"
)
_ADDRESSES = text(
    "INSERT INTO address (id, channel, value)"
    f" {_NUMBERS} SELECT n, 'email', 'd' || n || '@example.com' FROM numbers"
)
_POINTS = text(
    "INSERT INTO contact_point (id, debtor_id, address_id, channel, consent_basis, active)"
    f" {_NUMBERS} SELECT n, n, n, 'email', 'contract', true FROM numbers"
)
_PLANS = text(
    "INSERT INTO plan (id, creditor, ref, debtor_id, currency, zone, cadence, status)"
    f" {_NUMBERS} SELECT n, :creditor, 'P-' || n, n, 'GBP', 'Europe/London', 'standard', 'active' FROM numbers"
)
_INSTALMENTS = text(
    "INSERT INTO instalment (id, plan_id, identity, number, due_date, amount_minor, paid_minor)"
    f" {_NUMBERS} SELECT n, n, '1', '1', '2027-03-12', 10000, 0 FROM numbers"
)
_TOUCHPOINTS = text(
    "INSERT INTO touchpoint (id, key, creditor, debtor_id, plan_id, instalment_id, step, kind, template, channels,"
    " cadence, cadence_version, state, priority, due_at, look_at)"
    f" {_NUMBERS} SELECT n, 'key-' || n, :creditor, n, n, n, 'upcoming', :kind, 'upcoming', 'email',"
    " 'standard', 'v1', 'planned', :priority, :at, :at FROM numbers"
).bindparams(bindparam("at", type_=Instant()))
_NAME = update(touchpoint).where(touchpoint.c.id == bindparam("of")).values(key=bindparam("named"))


def crowd(
    database: Database,
    creditor: str,
    numbers: range,
    at: datetime,
    *,
    priority: int = 1,
    sendable: bool = False,
) -> None:
    """Add debtors by their ids, each with an email address, a plan and one touchpoint that is due at an instant.

    Only a `sendable` touchpoint has the key of its instalment, without which it is taken for one that was amended.
    """
    values = {
        "first": numbers[0],
        "last": numbers[-1],
        "creditor": creditor,
        "priority": priority,
        "kind": "reminder_pre_due" if priority else "receipt",
        "at": at,
    }
    with database.write() as connection:
        if (
            not database.is_sqlite
        ):  # no check of each row against the rows that it names, which stand here too
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for each in (_DEBTORS, _ADDRESSES, _POINTS, _PLANS, _INSTALMENTS, _TOUCHPOINTS):
            connection.execute(each, values)
        if not database.is_sqlite:
            for name in ("debtor", "address", "contact_point", "plan", "instalment", "touchpoint"):
                connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', {numbers[-1]})")
        if sendable:
            connection.execute(_NAME, [{"of": n, "named": _key(creditor, n)} for n in numbers])


def _key(creditor: str, number: int) -> str:
    return touchpoint_key(creditor, f"P-{number}", "1", "upcoming", "2027-03-12")


def analyze(database: Database) -> None:
    """Let the database know what it holds, so that it plans its queries as it would in use."""
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")
