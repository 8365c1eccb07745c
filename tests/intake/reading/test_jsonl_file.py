"""JSON Lines, whose rows may each have other keys."""

import json
from pathlib import Path

import pytest

from scheduler.domain.errors import UsageError
from scheduler.intake.reading import lines
from tests.intake.reading.files import PLAN, raw_rows, written


def read(folder: Path, *rows: object) -> list[tuple[int, str | None]]:
    """Write the rows and return each line with the reason why it is faulty, None where it is not."""
    path = written(
        folder,
        "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in rows),
        "p.jsonl",
    )
    return [(row.line, row.fault.reason if row.fault else None) for row in raw_rows(path)]


def refusal(folder: Path, *rows: object) -> str:
    with pytest.raises(UsageError) as refused:
        read(folder, *rows)
    return str(refused.value)


def test_a_row_is_its_values_by_key_with_its_line(tmp_path: Path) -> None:
    (row,) = raw_rows(written(tmp_path, "\ufeff\n" + json.dumps(PLAN), "plans.ndjson"))
    assert (row.line, row.cells) == (2, PLAN)


def test_a_key_may_be_missing_from_a_later_row(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\n".join(json.dumps(each) for each in (PLAN, {"plan_ref": "P-2", "region": "NY"})),
        "p.jsonl",
    )
    assert raw_rows(path)[1].cells == {"plan_ref": "P-2", "region": "NY"}


def test_numbers_keep_the_digits_they_are_written_with(tmp_path: Path) -> None:
    text = json.dumps(PLAN).replace('"120.50"', "120.10").replace('"1"', "12345678901234567890")
    (row,) = raw_rows(written(tmp_path, text, "p.jsonl"))
    assert (row.cells["amount"], row.cells["instalment_no"]) == ("120.10", "12345678901234567890")


def test_null_is_an_empty_cell(tmp_path: Path) -> None:
    (row,) = raw_rows(written(tmp_path, json.dumps(PLAN | {"email": None}), "p.jsonl"))
    assert row.cells["email"] == ""


@pytest.mark.parametrize("value", [True, ["a"], {"a": "b"}], ids=["boolean", "list", "object"])
def test_what_is_neither_text_nor_a_number_is_faulty(tmp_path: Path, value: object) -> None:
    assert read(tmp_path, PLAN, PLAN | {"phone": value}) == [
        (1, None),
        (2, "the value is neither text nor a number; write it as text"),
    ]


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"P-1"', "17", "[" * 100_000, "\x00"],
    ids=["open", "list", "text", "number", "deep", "nul"],
)
def test_a_line_that_is_no_object_is_refused_as_the_first_and_faulty_later(tmp_path: Path, text: str) -> None:
    assert "line 1: the line is not a JSON object" in refusal(tmp_path, text, PLAN)
    lines_read = read(tmp_path, PLAN, text, PLAN)
    assert [line for line, reason in lines_read if reason is None] == [1, 3]


def test_an_unknown_key_is_refused_in_the_first_row_and_faulty_later(tmp_path: Path) -> None:
    odd = PLAN | {"amuont": "3"}
    assert "unknown column 'amuont'; did you mean amount?" in refusal(tmp_path, odd)
    assert read(tmp_path, PLAN, odd)[1] == (2, "the row has a column that is not known; did you mean amount?")


def test_a_key_that_stands_there_twice_is_refused_in_the_first_row_and_faulty_later(tmp_path: Path) -> None:
    twice = json.dumps(PLAN)[:-1] + ', "amount": "3"}'
    assert "the column 'amount' stands there twice" in refusal(tmp_path, twice)
    assert read(tmp_path, PLAN, twice)[1] == (2, "the row has this column twice; remove one of them")


def test_a_missing_required_key_in_the_first_row_is_refused(tmp_path: Path) -> None:
    assert "due_date is missing" in refusal(tmp_path, {key: PLAN[key] for key in PLAN if key != "due_date"})


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "is empty" in refusal(tmp_path, "")


def test_a_line_beyond_the_limit_costs_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINE_LIMIT", 400)
    found = read(tmp_path, PLAN, PLAN | {"debtor_name": "M" * 2_000}, PLAN)
    assert [(line, reason is None) for line, reason in found] == [(1, True), (2, False), (3, True)]
    assert "is too long" in refusal(tmp_path, PLAN | {"debtor_name": "M" * 2_000})
