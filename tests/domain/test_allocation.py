"""How a payment is spread: the oldest first, nothing lost, nothing paid twice."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.allocation import Allocation, allocate
from scheduler.domain.plan import Instalment
from tests.builders import DUE, an_instalment


def instalments(*amounts: int, paid: int = 0) -> list[Instalment]:
    """Instalments a month apart; the first has `paid` of its amount already."""
    return [
        an_instalment(
            id=index,
            number=str(index),
            due_date=DUE + timedelta(days=30 * index),
            amount_minor=amount,
            paid_minor=paid if index == 1 else 0,
        )
        for index, amount in enumerate(amounts, 1)
    ]


def test_the_oldest_open_instalment_is_paid_first() -> None:
    assert allocate(100, instalments(100, 100)) == ([Allocation(1, 100)], 0)
    assert allocate(100, instalments(100, 100)[::-1]) == ([Allocation(1, 100)], 0)


def test_the_due_date_says_which_is_the_oldest_and_not_the_order_of_entry() -> None:
    entered_late = an_instalment(id=2, number="2", due_date=DUE - timedelta(days=30), amount_minor=100)

    assert allocate(100, [*instalments(100), entered_late]) == ([Allocation(2, 100)], 0)


def test_what_exceeds_one_instalment_goes_to_the_next() -> None:
    assert allocate(150, instalments(100, 100)) == ([Allocation(1, 100), Allocation(2, 50)], 0)


def test_only_what_is_still_open_is_paid() -> None:
    assert allocate(100, instalments(100, 100, paid=70)) == ([Allocation(1, 30), Allocation(2, 70)], 0)


def test_a_paid_instalment_is_passed_over() -> None:
    assert allocate(50, instalments(100, 100, paid=100)) == ([Allocation(2, 50)], 0)


def test_what_exceeds_the_plan_is_left_over() -> None:
    assert allocate(250, instalments(100, 100)) == ([Allocation(1, 100), Allocation(2, 100)], 50)
    assert allocate(200, instalments(100, 100))[1] == 0


def test_the_instalment_that_is_named_comes_first_and_then_the_oldest() -> None:
    parts, _ = allocate(250, instalments(100, 100, 100), number="3")

    assert parts == [Allocation(3, 100), Allocation(1, 100), Allocation(2, 50)]


def test_a_name_that_no_instalment_has_changes_nothing() -> None:
    assert allocate(100, instalments(100, 100), number="9") == allocate(100, instalments(100, 100))


def test_instalments_of_one_day_are_paid_in_the_order_in_which_they_were_agreed() -> None:
    pair = [an_instalment(id=each, number=str(each), due_date=DUE, amount_minor=100) for each in (2, 1)]

    assert allocate(100, pair)[0] == [Allocation(1, 100)]


def test_a_plan_without_instalments_leaves_everything_over() -> None:
    assert allocate(100, []) == ([], 100)


@given(
    amount=st.integers(0, 10_000),
    plan=st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 5)), max_size=6),
    named=st.sampled_from(["1", "3", None]),
)
def test_parts_and_rest_add_up_and_no_instalment_gets_more_than_is_open(
    amount: int, plan: list[tuple[int, int, int]], named: str | None
) -> None:
    rows = [
        an_instalment(
            id=index,
            number=str(index),
            amount_minor=owed,
            paid_minor=paid,
            due_date=date(2027, 1, 1) + timedelta(days=days),
        )
        for index, (owed, paid, days) in enumerate(plan, 1)
    ]
    parts, rest = allocate(amount, rows, named)

    paid_of = {each.instalment_id: each.amount_minor for each in parts}
    assert len(paid_of) == len(parts)
    assert sum(paid_of.values()) + rest == amount
    assert all(0 < paid_of[each.id] <= each.open_minor for each in rows if each.id in paid_of)
    assert rest == 0 or all(paid_of.get(each.id, 0) == each.open_minor for each in rows)
