"""Rows of a plan file become debtors, plans and instalments."""

from datetime import date

import pytest
from sqlalchemy import select

from scheduler.domain.news import PlanRow, RowResult
from scheduler.intake.plans import PlanIntake
from scheduler.ports import Person
from scheduler.store.tables import contact_point, debtor, instalment, plan
from tests.builders import a_creditor
from tests.fakes.world import World, a_payment_row, a_plan_row, events, states, turn
from tests.intake.notes import noted

ALL = frozenset(
    "phone email country time_zone locale region postal_code principal interest fees consent_sms consent_email".split()
)


def take(world: World, *rows: PlanRow) -> list[RowResult]:
    """Import rows and return the whole results."""
    return list(PlanIntake(world.store, world.creditors, world.cadences).take_plans(rows, world.clock.now()))


def the_person(world: World) -> Person:
    """Return the usual debtor as intake knows them."""
    with world.store.intake(world.clock.now()) as transaction:
        return transaction.people({("northwind", "D-1")})["northwind", "D-1"]


def test_rows_of_one_plan_are_one_entry(world: World) -> None:
    rows = [a_plan_row(line=n, instalment_no=str(n), due_date=date(2027, n, 1)) for n in range(4, 8)]
    assert world.take_plans(*rows) == ["added"] * 4
    assert events(world) == ["plan_imported"]


def test_a_missing_row_changes_nothing(world: World) -> None:
    first, second = a_plan_row(), a_plan_row(line=3, instalment_no="2")
    world.take_plans(first, second)
    assert world.take_plans(first) == ["unchanged"]
    with world.store.database.read() as connection:
        assert len(connection.execute(select(instalment)).all()) == 2


def test_an_empty_cell_clears_and_an_absent_column_leaves(world: World) -> None:
    world.take_plans(a_plan_row(given=ALL, region="SCT", postal_code="EH1"))
    assert world.take_plans(a_plan_row(given=ALL - {"region", "postal_code"})) == ["unchanged"]
    assert (the_person(world).region, the_person(world).postal_code) == ("SCT", "EH1")
    assert world.take_plans(a_plan_row(given=ALL, region=None, postal_code="EH1")) == ["amended"]
    assert (the_person(world).region, the_person(world).postal_code) == (None, "EH1")


def test_a_region_is_read_with_the_country_that_an_earlier_file_stated(world: World) -> None:
    world.take_plans(a_plan_row(given=ALL, country="US", region="NJ"))

    world.take_plans(a_plan_row(given=ALL - {"country"}, country=None, region="N.Y."))

    assert (the_person(world).country, the_person(world).region) == ("US", "NY")


def test_a_changed_name_amends_the_debtor_and_is_logged_without_the_name(world: World) -> None:
    world.take_plans(a_plan_row())
    assert world.take_plans(a_plan_row(debtor_name="Ada Beispiel")) == ["amended"]
    assert events(world) == ["plan_imported", "plan_amended"]
    assert the_person(world).name == "Ada Beispiel"


def test_due_dates_move_to_the_zone_that_a_file_states_later(world: World) -> None:
    world.take_plans(a_plan_row())
    assert world.take_plans(a_plan_row(time_zone="Asia/Tokyo")) == ["amended"]
    with world.store.database.read() as connection:
        assert connection.execute(select(plan.c.zone)).scalar_one() == "Asia/Tokyo"


def debt(world: World, ref: str = "P-1") -> tuple[str | None, str | None]:
    """Return what kind of debt a plan is and how it stands."""
    with world.store.intake(world.clock.now()) as transaction:
        found, _ = transaction.plans({("northwind", ref)})["northwind", ref]
    return found.product, found.debt_status


def test_product_and_debt_status_are_the_plans_own_and_change_with_it(world: World) -> None:
    columns = ALL | {"product", "debt_status"}
    world.take_plans(a_plan_row(given=columns, product="loan"), a_plan_row(line=3, plan_ref="P-2"))
    assert (debt(world), debt(world, "P-2")) == (("loan", None), (None, None))
    assert world.take_plans(a_plan_row(given=columns, product="loan")) == ["unchanged"]
    assert world.take_plans(a_plan_row()) == ["unchanged"]
    assert world.take_plans(a_plan_row(given=columns, debt_status="charged-off")) == ["amended"]
    assert (debt(world), debt(world, "P-2")) == ((None, "charged-off"), (None, None))
    (_, _, (entry, _)) = [*noted(world, "plan_imported"), *noted(world, "plan_amended")]
    assert entry["changed"] == ["debt_status", "product"]


async def test_another_product_sends_nothing_twice(world: World) -> None:
    world.take_plans(a_plan_row(given=ALL | {"product"}, product="loan"))
    await turn(world)
    assert world.take_plans(a_plan_row(given=ALL | {"product"}, product="card")) == ["amended"]
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}
    assert len(world.channel.sent) == 1


def test_an_earlier_phone_is_kept_out_of_use(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_plans(a_plan_row(phone="+442079460019"))
    with world.store.database.read() as connection:
        rows = connection.execute(select(contact_point).where(contact_point.c.channel == "sms"))
        assert [row.active for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("basis", "stated", "cell", "expected"),
    [
        ("contract", False, None, "contract"),
        (None, False, None, None),
        (None, True, "written", "written"),
        ("contract", True, "written", "written"),
        ("contract", True, "none", None),
        ("contract", True, None, "contract"),
    ],
)
def test_consent_is_the_rows_else_the_creditors_else_none(
    world: World, basis: str | None, stated: bool, cell: str | None, expected: str | None
) -> None:
    creditor = a_creditor(default_consent_basis=basis)
    world.creditors = {creditor.id: creditor}
    given = ALL if stated else ALL - {"consent_sms"}
    world.take_plans(a_plan_row(given=given, consent_sms=cell))
    assert the_person(world).addresses["sms"] == ("+442079460018", expected)


def test_denied_consent_outlives_an_import_that_says_nothing_of_it(world: World) -> None:
    world.take_plans(a_plan_row(given=ALL, consent_sms="none"))
    assert world.take_plans(a_plan_row()) == ["unchanged"]
    assert the_person(world).addresses["sms"][1] is None


async def test_without_consent_on_any_channel_nothing_is_sent(world: World) -> None:
    world.take_plans(a_plan_row(given=ALL, consent_sms="none", consent_email="none"))
    await turn(world)
    assert world.channel.sent == []
    assert states(world) == {"upcoming": "refused"}


def test_zones_are_looked_up_again_when_the_phone_changes(world: World) -> None:
    world.take_plans(a_plan_row(time_zone=None))
    assert the_person(world).zones == ("Europe/London",)
    world.take_plans(a_plan_row(time_zone=None, phone="+12125550123", country="US"))
    assert "America/New_York" in the_person(world).zones


@pytest.mark.parametrize(
    ("column", "changes"),
    [
        ("creditor", {"creditor": "nobody"}),
        ("cadence", {"cadence": "nothing"}),
        ("debtor_ref", {"debtor_ref": "D-2"}),
        ("currency", {"currency": "EUR"}),
    ],
)
def test_a_row_that_contradicts_what_is_known_is_rejected_and_the_others_go_in(
    world: World, column: str, changes: dict[str, object]
) -> None:
    world.take_plans(a_plan_row())
    good = a_plan_row(line=4, instalment_no="2", due_date=date(2027, 4, 12))
    rejected, added = take(world, a_plan_row(line=3, **changes), good)
    assert (rejected.outcome.value, rejected.column) == ("rejected", column)
    assert rejected.reason
    assert added.outcome.value == "added"


def test_a_row_without_a_creditor_is_rejected_where_there_are_two(world: World) -> None:
    world.creditors = {each.id: each for each in (a_creditor(), a_creditor(id="southwind"))}
    (result,) = take(world, a_plan_row())
    assert (result.column, "northwind, southwind" in result.reason) == ("creditor", True)
    assert world.take_plans(a_plan_row(creditor="southwind")) == ["added"]


def test_the_same_reference_under_two_creditors_is_two_debtors(world: World) -> None:
    world.creditors = {each.id: each for each in (a_creditor(), a_creditor(id="southwind"))}
    world.take_plans(a_plan_row(creditor="northwind"), a_plan_row(line=3, creditor="southwind"))
    with world.store.database.read() as connection:
        assert len(connection.execute(select(debtor)).all()) == 2


async def test_a_raised_amount_reopens_a_completed_plan(world: World) -> None:
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row())
    await turn(world)
    assert world.take_plans(a_plan_row(amount_minor=15_000)) == ["amended"]
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == [
        "plan-completed P-1 [] open 0",
        "upcoming P-1 [1] open 5000",
    ]
