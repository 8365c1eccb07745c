"""Money received: allocated, confirmed once, and never counted twice."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from scheduler.intake.payments import PaymentIntake
from scheduler.store.tables import allocation, entry, instalment, payment, plan, touchpoint
from tests.fakes.world import World, a_payment_row, a_plan_row, states, turn
from tests.intake.notes import noted


def paid(world: World) -> list[int]:
    """Return what is paid of each instalment in minor units."""
    with world.store.database.read() as connection:
        return list(
            connection.execute(select(instalment.c.paid_minor).order_by(instalment.c.due_date)).scalars()
        )


def three_instalments(world: World) -> None:
    """Import a plan of three instalments of 100.00."""
    days = [(1, "2027-03-12"), (2, "2027-04-12"), (3, "2027-05-12")]
    world.take_plans(
        *(
            a_plan_row(line=n, instalment_no=str(n), due_date=datetime.fromisoformat(day).date())
            for n, day in days
        )
    )


def test_a_payment_goes_to_the_oldest_open_instalment_first(world: World) -> None:
    three_instalments(world)
    world.take_payments(a_payment_row(amount_minor=15_000))
    assert paid(world) == [10_000, 5_000, 0]


def test_a_payment_goes_to_the_instalment_that_it_names_first(world: World) -> None:
    three_instalments(world)
    world.take_payments(a_payment_row(amount_minor=15_000, instalment_no="3"))
    assert paid(world) == [5_000, 0, 10_000]


def test_what_no_instalment_can_take_is_kept_as_left_over(world: World) -> None:
    three_instalments(world)
    world.take_payments(a_payment_row(amount_minor=30_001))
    assert paid(world) == [10_000] * 3
    with world.store.database.read() as connection:
        assert connection.execute(select(payment.c.left_over_minor)).scalar_one() == 1


def test_two_payments_of_one_batch_see_each_other(world: World) -> None:
    three_instalments(world)
    world.take_payments(
        a_payment_row(amount_minor=6_000), a_payment_row(line=3, payment_ref="PAY-2", amount_minor=6_000)
    )
    assert paid(world) == [10_000, 2_000, 0]


async def test_each_payment_of_a_batch_is_confirmed_on_its_own(world: World) -> None:
    three_instalments(world)
    world.take_payments(
        a_payment_row(amount_minor=6_000), a_payment_row(line=3, payment_ref="PAY-2", amount_minor=6_000)
    )
    await turn(world)
    assert [each.words.text.split()[0] for each in world.channel.sent[:2]] == ["payment-received"] * 2


async def test_a_part_payment_keeps_the_reminder_and_changes_its_balance(world: World) -> None:
    three_instalments(world)
    world.take_payments(a_payment_row(amount_minor=6_000))
    await turn(world)
    assert world.channel.sent[-1].words.text == "upcoming P-1 [1] open 24000"


@pytest.mark.parametrize(
    ("column", "changes"),
    [
        ("plan_ref", {"plan_ref": "P-9"}),
        ("currency", {"currency": "EUR"}),
        ("creditor", {"creditor": "nobody"}),
        ("received_at", {"received_at": datetime(2027, 3, 10, 10, 0, 1, tzinfo=UTC)}),
        ("payment_ref", {"payment_ref": "PAY-0", "amount_minor": 1}),
    ],
)
def test_a_payment_that_fits_nothing_is_rejected_with_its_column(
    world: World, column: str, changes: dict[str, object]
) -> None:
    three_instalments(world)
    world.take_payments(a_payment_row(payment_ref="PAY-0"))
    intake = PaymentIntake(world.store, world.creditors, world.cadences, newest=timedelta(days=3))
    (result,) = intake.take_payments([a_payment_row(**changes)], world.clock.now())
    assert (result.outcome.value, result.column) == ("rejected", column)
    assert paid(world) == [10_000, 0, 0]


def test_a_payment_of_a_day_ahead_is_taken_for_a_clock_that_is_ahead(world: World) -> None:
    three_instalments(world)
    assert world.take_payments(a_payment_row(received_at=datetime(2027, 3, 10, 10, tzinfo=UTC))) == ["added"]


@pytest.mark.parametrize(("minute", "state"), [(0, "planned"), (-1, "skipped")])
def test_a_payment_older_than_three_days_is_not_confirmed(world: World, minute: int, state: str) -> None:
    three_instalments(world)
    received = datetime(2027, 3, 6, 10, 0, tzinfo=UTC).replace(hour=10 + min(minute, 0), minute=minute % 60)
    world.take_payments(a_payment_row(received_at=received))
    assert states(world)["receipt"] == state


def test_how_the_debtor_paid_and_may_have_it_confirmed_is_kept_and_logged_apart(world: World) -> None:
    three_instalments(world)
    world.take_payments(
        a_payment_row(medium="sms", receipt_by=("sms", "email")), a_payment_row(line=3, payment_ref="PAY-2")
    )
    with world.store.intake(world.clock.now()) as transaction:
        kept = transaction.payments({("northwind", "PAY-1"), ("northwind", "PAY-2")})
    assert [
        (kept["northwind", ref].medium, kept["northwind", ref].receipt_by) for ref in ("PAY-1", "PAY-2")
    ] == [
        ("sms", ("sms", "email")),
        (None, ()),
    ]
    (public, personal), _ = noted(world, "payment_received")
    assert personal is not None
    assert (personal["medium"], personal["receipt_by"]) == ("sms", ["sms", "email"])
    assert "medium" not in public


def test_who_recorded_a_payment_by_hand_is_logged(world: World) -> None:
    three_instalments(world)
    world.take_payments(a_payment_row(author="ann"))
    with world.store.database.read() as connection:
        told = connection.execute(
            select(entry.c.public).where(entry.c.event == "payment_received")
        ).scalar_one()
    assert json.loads(told)["author"] == "ann"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(1, 14_000), min_size=1, max_size=6))
def test_money_is_conserved_whatever_comes_in(world: World, amounts: list[int]) -> None:
    with world.store.database.read() as connection:
        number = connection.execute(select(func.count()).select_from(plan)).scalar_one()
    plan_ref = f"P-{number:04d}"
    rows = [
        a_plan_row(line=n, plan_ref=plan_ref, debtor_ref=plan_ref, instalment_no=str(n), phone=None)
        for n in range(1, 4)
    ]
    world.take_plans(*rows)
    payments = [
        a_payment_row(line=n, plan_ref=plan_ref, payment_ref=f"{plan_ref}-{n}", amount_minor=amount)
        for n, amount in enumerate(amounts)
    ]
    world.take_payments(*payments)
    world.take_payments(*payments)
    with world.store.database.read() as connection:
        total = func.sum(payment.c.amount_minor - payment.c.left_over_minor)
        received = connection.execute(select(total).where(payment.c.ref.startswith(plan_ref))).scalar_one()
        allocated = connection.execute(
            select(func.sum(allocation.c.amount_minor))
            .join(payment)
            .where(payment.c.ref.startswith(plan_ref))
        ).scalar_one()
        counted = connection.execute(select(func.sum(instalment.c.paid_minor))).scalar_one()
        everything = connection.execute(select(func.sum(allocation.c.amount_minor))).scalar_one()
        confirmations = connection.execute(
            select(func.count())
            .select_from(touchpoint)
            .join(payment)
            .where(payment.c.ref.startswith(plan_ref))
        ).scalar_one()
    assert received == allocated == min(sum(amounts), 30_000)
    assert counted == everything
    assert confirmations == len(amounts)
