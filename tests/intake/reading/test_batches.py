"""Batches of about the size asked for, which never part the rows of a plan."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.news import PaymentRow, PlanRow
from scheduler.intake.reading import batches as module
from scheduler.intake.reading.batches import Batch, batches
from scheduler.intake.reading.rows import Fault, RawRow
from tests.intake.reading.files import plan, row_of

ROW = row_of(plan())


def readings(text: str) -> list[tuple[RawRow, PlanRow | Fault]]:
    """One reading for each letter: the letter is the plan, a dot is a fault."""
    made: list[tuple[RawRow, PlanRow | Fault]] = []
    for line, letter in enumerate(text, start=2):
        row = PlanRow(
            **{name: getattr(ROW, name) for name in ROW.__slots__} | {"line": line, "plan_ref": letter}
        )
        made.append((RawRow(line, {}, ()), Fault("", "wrong") if letter == "." else row))
    return made


def shape(parts: list[Batch[PlanRow]]) -> list[str]:
    return ["".join(each.plan_ref for each in part.rows) + "." * len(part.faults) for part in parts]


def test_a_batch_ends_at_its_size_where_the_next_plan_begins() -> None:
    assert shape(list(batches(readings("aabbcc"), 2))) == ["aa", "bb", "cc"]
    assert shape(list(batches(readings("aaabbc"), 2))) == ["aaa", "bb", "c"]
    assert shape(list(batches(readings("aabbcc"), 3))) == ["aabb", "cc"]


def test_a_faulty_row_within_a_plan_does_not_part_it() -> None:
    assert shape(list(batches(readings("aa.abb"), 2))) == ["aaa.", "bb"]


def test_faulty_rows_alone_make_batches_too() -> None:
    assert shape(list(batches(readings("....."), 2))) == ["..", "..", "."]


def test_no_readings_make_no_batch() -> None:
    assert shape(list(batches(readings(""), 2))) == []


def test_a_plan_without_an_end_is_parted_so_that_memory_suffices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOGETHER_LIMIT", 5)
    assert shape(list(batches(readings("aaaaaaa"), 2))) == ["aaaaa", "aa"]


def test_payments_of_one_plan_may_be_parted() -> None:
    at = datetime(2027, 3, 9, tzinfo=UTC)
    rows = [PaymentRow(line, None, f"R-{line}", "P-1", 100, "EUR", at, None, None) for line in range(5)]
    parts = list(batches(((RawRow(each.line, {}, ()), each) for each in rows), 2))
    assert [len(each.rows) for each in parts] == [2, 2, 1]


@given(st.text("abc.", max_size=40), st.integers(1, 10))
def test_batches_keep_every_row_once_in_order_and_each_plan_together(text: str, size: int) -> None:
    parts = list(batches(readings(text), size))
    assert "".join("".join(each.plan_ref for each in part.rows) for part in parts) == text.replace(".", "")
    assert sum(len(part.faults) for part in parts) == text.count(".")
    together = [part.rows for part in parts if part.rows]
    ends = [(one[-1].line, two[0].line) for one, two in pairwise(together)]
    assert all(text[end - 2] != text[start - 2] or start - end > 1 for end, start in ends)
