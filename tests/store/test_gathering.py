"""What a decision sees: everything that was imported, sent and noted, of its own person and of nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select

from scheduler.domain.facts import HoldKind
from scheduler.domain.plan import Grant, Origin, Purpose, Source
from scheduler.ports import NewHold
from scheduler.store.engine import Database
from scheduler.store.tables import contact_point, metadata
from tests.builders import NOW, a_creditor
from tests.fakes.world import World, a_payment_row, a_plan_row, turn
from tests.store.noting import (
    LOOKBACK,
    MORNINGS,
    a_grant,
    facts_due,
    log_contact,
    person_of,
    plan_all,
    stated,
)

GIVEN = frozenset(
    {"phone", "email", "country", "time_zone", "locale", "postal_code", "product", "debt_status"}
)


def test_a_plan_and_its_debtor_come_with_what_selects_the_rules(world: World) -> None:
    row = a_plan_row(given=GIVEN, postal_code="EC1A 1BB", product="microfinance", debt_status="charged-off")
    assert world.take_plans(row) == ["added"]
    facts = facts_due(world)["P-1"]
    assert facts.debtor.postal_code == "EC1A 1BB"
    assert (facts.plan.product, facts.plan.debt_status) == ("microfinance", "charged-off")
    assert world.take_plans(row) == ["unchanged"]


async def test_an_amended_debt_status_is_decided_afresh(world: World) -> None:
    world.creditors = {"northwind": a_creditor(default_consent_basis=None)}
    row = a_plan_row(given=GIVEN)
    world.take_plans(row)
    await turn(world)
    assert facts_due(world) == {}
    assert world.take_plans(replace(row, debt_status="charged-off")) == ["amended"]
    assert facts_due(world)["P-1"].plan.debt_status == "charged-off"
    assert world.take_plans(replace(row, debt_status="charged-off")) == ["unchanged"]


def test_a_paid_plan_takes_its_amendments_too(world: World) -> None:
    row = a_plan_row(given=GIVEN)
    world.take_plans(row)
    world.take_payments(a_payment_row())
    assert world.take_plans(replace(row, product="microfinance")) == ["amended"]
    assert world.take_plans(replace(row, product="microfinance")) == ["unchanged"]


def test_a_payment_comes_with_how_the_debtor_was_in_contact(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row(medium="web", receipt_by=("email", "sms")))
    paid = facts_due(world)["P-1"].payment
    assert paid is not None
    assert (paid.medium, paid.receipt_by) == ("web", ("email", "sms"))


def test_an_address_comes_with_its_origin_which_an_import_without_it_leaves(world: World) -> None:
    world.take_plans(a_plan_row())
    origin = Origin(Source.DEBTOR, NOW, NOW - timedelta(days=3), work=True, shared=True)
    with world.store.intake(NOW) as transaction:
        transaction.set_origin(person_of(transaction, "D-1"), "sms", origin)
    world.take_plans(a_plan_row(debtor_name="Ada B. Example"))
    origins = {each.channel: each.origin for each in facts_due(world)["P-1"].debtor.contact_points}
    assert origins == {"sms": origin, "email": Origin()}
    with world.store.intake(NOW) as transaction:
        assert person_of(transaction, "D-1").origins == {"sms": origin}


def test_an_origin_that_is_saved_with_its_person_is_of_the_new_address(world: World) -> None:
    world.take_plans(a_plan_row())
    origin = Origin(Source.COLLECTOR)
    with world.store.intake(NOW) as transaction:
        person = person_of(transaction, "D-1")
        addresses = {**person.addresses, "sms": ("+442079460019", "contract")}
        transaction.save_people([replace(person, addresses=addresses, origins={"sms": origin})])
    with world.store.database.read() as connection:
        points = select(contact_point.c.active, contact_point.c.source).where(
            contact_point.c.channel == "sms"
        )
        assert sorted(map(tuple, connection.execute(points))) == [(False, None), (True, "collector")]


def test_a_consent_is_seen_until_it_is_revoked_and_on_its_own_channel(world: World) -> None:
    world.take_plans(a_plan_row())
    until = NOW + timedelta(days=90)
    with world.store.intake(NOW) as transaction:
        person = person_of(transaction, "D-1")
        transaction.grant(person, "sms", a_grant(NOW, until=until))
        transaction.grant(person, "email", a_grant(NOW, purpose=Purpose.ELECTRONIC))
    points = facts_due(world)["P-1"].debtor.contact_points
    assert {each.channel: each.grants for each in points} == {
        "sms": (Grant(Purpose.WRITTEN, NOW, until),),
        "email": (Grant(Purpose.ELECTRONIC, NOW),),
    }
    with world.store.intake(NOW) as transaction:
        person = person_of(transaction, "D-1")
        assert transaction.revoke(person, "email", Purpose.WRITTEN, "bob") == 0
        assert transaction.revoke(person, "sms", Purpose.WRITTEN, "bob") == 1
        assert transaction.revoke(person, "sms", Purpose.WRITTEN, "bob") == 0
    points = facts_due(world)["P-1"].debtor.contact_points
    assert {each.channel: len(each.grants) for each in points} == {"sms": 0, "email": 1}


def test_a_consent_is_revoked_for_an_address_that_is_out_of_use_too(world: World) -> None:
    world.take_plans(a_plan_row())
    with world.store.intake(NOW) as transaction:
        transaction.grant(person_of(transaction, "D-1"), "sms", a_grant(NOW))
    world.take_plans(a_plan_row(phone="+442079460019"))
    with world.store.intake(NOW) as transaction:
        assert transaction.revoke(person_of(transaction, "D-1"), "sms", Purpose.WRITTEN, "bob") == 1
    world.take_plans(a_plan_row())
    assert all(not each.grants for each in facts_due(world)["P-1"].debtor.contact_points)


def test_nobody_consents_for_an_address_that_is_not_there(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    with world.store.intake(NOW) as transaction, pytest.raises(LookupError, match="email"):
        transaction.grant(person_of(transaction, "D-1"), "email", a_grant(NOW))


def test_stated_hours_are_seen_until_they_are_withdrawn(world: World) -> None:
    world.take_plans(a_plan_row())
    until = NOW + timedelta(days=10)
    with world.store.intake(NOW) as transaction:
        person = person_of(transaction, "D-1")
        first = transaction.state_hours(person, stated(NOW, until=until))
        whole_days = replace(MORNINGS, days={6: ((MORNINGS.days[0][0][0], None),)}, holidays=())
        second = transaction.state_hours(person, stated(NOW, week=whole_days, channels=("sms", "email")))
    found = facts_due(world)["P-1"].stated
    assert [(each.id, each.until) for each in found] == [(first, until), (second, None)]
    assert [each.week for each in found] == [MORNINGS, whole_days]
    assert [each.channels for each in found] == [{"sms"}, {"sms", "email"}]
    with world.store.intake(NOW) as transaction:
        ended = transaction.withdraw_hours(first, "bob")
        assert ended is not None
        assert ended.ref == "D-1"
        assert transaction.withdraw_hours(first, "bob") is None
    assert [each.id for each in facts_due(world)["P-1"].stated] == [second]


@pytest.mark.parametrize("ahead_s", [60, 61])
def test_what_a_clock_that_is_a_little_ahead_noted_holds_at_once(world: World, ahead_s: int) -> None:
    world.take_plans(a_plan_row())
    theirs = world.clock.now() + timedelta(seconds=ahead_s)
    with world.store.intake(theirs) as transaction:
        person = person_of(transaction, "D-1")
        transaction.place_hold(person, None, NewHold(HoldKind.DISPUTE, "ann", "", theirs, None))
        transaction.state_hours(person, stated(theirs))
    found = facts_due(world)["P-1"]
    begun = world.clock.now() if ahead_s == 60 else theirs
    assert (found.holds[0].since, found.stated[0].since) == (begun, begun)


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, object]]]:
    """Collect the queries of a block, with their values."""
    queries: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, _x: object, _many: object) -> None:
        if statement.startswith("SELECT"):
            queries.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    yield queries
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_batch_asks_as_much_for_many_debtors_as_for_one(world: World) -> None:
    counts = []
    for n in (1, 40):
        rows = [a_plan_row(line=i, plan_ref=f"P-{i}", debtor_ref=f"D-{i}") for i in range(n)]
        world.take_plans(*rows)
        plan_all(world)
        with asked(world.store.database) as queries, _batch(world) as groups:
            assert groups == n
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_query_of_a_batch_follows_an_index(world: World, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plans by what is stored, and here is next to nothing")
    world.take_plans(a_plan_row())
    log_contact(world)
    plan_all(world)
    with asked(database) as queries, _batch(world) as groups:
        assert groups == 1
    with database.read() as connection:
        steps = [step for query in queries for step in _steps(connection, *query)]
    assert len(steps) > len(queries) > 10
    tables = tuple(f"SCAN {each.name}" for each in metadata.sorted_tables)
    assert [each for each in steps if each.startswith(tables)] == []


@contextmanager
def _batch(world: World) -> Iterator[int]:
    with world.store.arming(world.clock.now(), world.creditors, LOOKBACK, 100) as batch:
        yield len(batch.groups)


def _steps(connection: Connection, statement: str, values: object) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
    return [row[-1] for row in rows]
