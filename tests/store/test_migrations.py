"""Migrations lead to the tables that the code knows, leave a current database alone, and refuse a newer one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, select, text

from scheduler.domain.errors import UsageError
from scheduler.store import migrations, tables_delivery
from scheduler.store.engine import Database
from scheduler.store.migrations import upgrade
from scheduler.store.tables import (
    address,
    contact_point,
    debtor,
    message,
    metadata,
    payment,
    plan,
    touchpoint,
)
from tests.builders import NOW

assert tables_delivery.callback.metadata is metadata  # both files of tables must have been read


def test_the_steps_lead_to_the_tables_that_the_code_knows(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_index_is_as_partial_as_the_code_says(database: Database) -> None:
    with database.read() as connection:
        inspector = inspect(connection)
        dialect = connection.dialect.name
        for table in metadata.sorted_tables:
            found = {
                each["name"]: each.get("dialect_options", {}).get(f"{dialect}_where") is not None
                for each in inspector.get_indexes(table.name)
            }
            for index in table.indexes:
                wanted = index.dialect_options[dialect]["where"] is not None
                assert found[index.name] is wanted, index.name


def empty(database: Database) -> None:
    """Take away every table and function."""
    with database.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        if not database.is_sqlite:
            connection.execute(text("DROP FUNCTION entry_refuses_change"))


def test_several_processes_may_come_to_an_empty_database_at_once(database: Database) -> None:
    empty(database)
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(upgrade, database) for _ in range(4)]:
            each.result(30)
    upgrade(database)


def test_a_current_database_is_left_alone(database: Database) -> None:
    upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0003"


def live_in(connection: Connection) -> None:
    """Add rows of the first schema: three messages, of which the first spoke of two plans and the second failed."""
    person = {"id": 1, "creditor": "northwind", "ref": "D-1", "name": "Ada Example", "locale": "en"}
    connection.execute(insert(debtor), [person | {"zones": ("Europe/London",)}])
    connection.execute(insert(address), [{"id": 1, "channel": "email", "value": "ada@example.com"}])
    point = {"id": 1, "debtor_id": 1, "address_id": 1, "channel": "email", "consent_basis": "contract"}
    connection.execute(insert(contact_point), [point])
    terms = {"creditor": "northwind", "debtor_id": 1, "currency": "GBP", "zone": "Europe/London"}
    terms |= {"cadence": "standard", "status": "active"}
    connection.execute(insert(plan), [terms | {"id": n, "ref": f"P-{n}"} for n in (1, 2, 3)])
    paid = {"id": 1, "creditor": "northwind", "ref": "PAY-1", "plan_id": 1, "amount_minor": 100}
    connection.execute(insert(payment), [paid | {"currency": "GBP", "received_at": NOW}])
    step = {"creditor": "northwind", "debtor_id": 1, "step": "gentle", "kind": "overdue_notice"}
    step |= {"template": "gentle", "channels": ("email",), "cadence": "standard", "cadence_version": "v1"}
    step |= {"state": "accepted", "priority": 1, "due_at": NOW, "look_at": NOW}
    keys = [("a", 1, None), ("b", 2, "a"), ("c", 2, "a"), ("d", 3, None)]
    connection.execute(
        insert(touchpoint),
        [
            step | {"id": n, "key": key, "plan_id": plan_id, "merged_into": into}
            for n, (key, plan_id, into) in enumerate(keys, 1)
        ],
    )
    sent = {
        "debtor_id": 1,
        "contact_point_id": 1,
        "address_id": 1,
        "kind": "overdue_notice",
        "channel": "email",
    }
    sent |= {"provider": "smtp", "armed_at": NOW}
    connection.execute(
        insert(message),
        [
            sent | {"id": 1, "touchpoint_id": 1, "attempt": 1, "state": "not_sent"},
            sent | {"id": 2, "touchpoint_id": 1, "attempt": 2, "state": "accepted"},
            sent | {"id": 3, "touchpoint_id": 4, "attempt": 1, "state": "accepted"},
        ],
    )


def test_a_database_of_the_first_schema_keeps_its_rows_and_learns_of_merged_plans(
    database: Database,
) -> None:
    empty(database)
    with database.write() as connection:
        command.upgrade(migrations._config(connection), "0001")
        live_in(connection)
    upgrade(database)
    with database.read() as connection:
        spoken_of = connection.execute(select(message.c.id, message.c.plans).order_by(message.c.id)).all()
        assert [(row.id, set(row.plans)) for row in spoken_of] == [
            (1, {"1", "2"}),
            (2, {"1", "2"}),
            (3, set()),
        ]
        point = connection.execute(select(contact_point)).one()
        assert (point.consent_basis, point.source, point.work, point.shared) == (
            "contract",
            None,
            False,
            False,
        )
        assert connection.execute(select(plan.c.ref, plan.c.product).order_by(plan.c.id)).all() == [
            ("P-1", None),
            ("P-2", None),
            ("P-3", None),
        ]
        (paid,) = connection.execute(select(payment))
        assert (paid.ref, paid.received_at, paid.receipt_by) == ("PAY-1", NOW, ())
        assert connection.execute(select(touchpoint.c.key).order_by(touchpoint.c.id)).scalars().all() == [
            *"abcd"
        ]


def test_a_database_of_a_newer_duly_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="newer Duly"):
        upgrade(database)
