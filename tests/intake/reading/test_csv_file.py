"""CSV as people really save it."""

from pathlib import Path

import pytest

from scheduler.domain.errors import UsageError
from scheduler.intake.reading import csv_file, lines
from tests.intake.reading.files import PLAN, as_csv, raw_rows, written


def refusal(path: Path, encoding: str | None = None) -> str:
    with pytest.raises(UsageError) as refused:
        raw_rows(path, encoding=encoding)
    return str(refused.value)


def test_a_row_is_its_cells_by_column_with_its_line(tmp_path: Path) -> None:
    (row,) = raw_rows(written(tmp_path, as_csv(PLAN)))
    assert (row.line, row.cells, row.fault) == (2, PLAN, None)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_the_header_shows_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    (row,) = raw_rows(written(tmp_path, as_csv(PLAN, delimiter=delimiter)))
    assert row.cells == PLAN


@pytest.mark.parametrize("name", ["plans.csv", "plans.tsv", "plans.TXT"])
def test_the_ending_says_the_format(tmp_path: Path, name: str) -> None:
    assert len(raw_rows(written(tmp_path, as_csv(PLAN), name))) == 1


def test_an_ending_that_says_nothing_asks_for_a_format(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, as_csv(PLAN), "plans.dat")).endswith("give --format csv, jsonl or xlsx")


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "windows-1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_text_is_utf_8_with_or_without_a_mark_or_of_a_named_encoding(
    tmp_path: Path, codec: str, encoding: str | None
) -> None:
    text = as_csv(PLAN | {"debtor_name": "Chloé Grünbach"})
    (row,) = raw_rows(written(tmp_path, text.encode(codec)), encoding=encoding)
    assert row.cells["debtor_name"] == "Chloé Grünbach"
    assert "plan_ref" in row.cells


def test_a_row_that_is_not_utf_8_is_marked_and_the_next_one_is_read(tmp_path: Path) -> None:
    text = as_csv(PLAN | {"debtor_name": "Chloé"}, PLAN)
    first, second = raw_rows(written(tmp_path, text.encode("cp1252")))
    assert "\ufffd" in first.cells["debtor_name"]
    assert second.cells == PLAN


def test_a_header_in_utf_16_is_refused_without_its_encoding(tmp_path: Path) -> None:
    assert "give --encoding" in refusal(written(tmp_path, as_csv(PLAN).encode("utf-16")))


@pytest.mark.parametrize("encoding", ["klingon", "base64", "undefined", "idna"])
def test_an_encoding_that_reads_no_text_is_refused(tmp_path: Path, encoding: str) -> None:
    assert "encod" in refusal(written(tmp_path, as_csv(PLAN)), encoding)


def test_an_empty_file_is_refused_and_one_with_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    assert "is empty" in refusal(written(tmp_path, "\n\n"))
    assert raw_rows(written(tmp_path, as_csv(PLAN).splitlines()[0])) == []


def test_empty_lines_and_rows_of_empty_cells_are_no_rows(tmp_path: Path) -> None:
    header, row = as_csv(PLAN).splitlines()
    rows = raw_rows(written(tmp_path, f"\n{header}\n\n{','.join([''] * len(PLAN))}\n{row}\n\n"))
    assert [each.line for each in rows] == [5]


def test_line_ends_may_be_of_any_system(tmp_path: Path) -> None:
    for end in ("\r\n", "\n", "\r"):
        rows = raw_rows(written(tmp_path, as_csv(PLAN, PLAN).replace("\n", end)))
        assert [each.cells for each in rows] == [PLAN, PLAN]


@pytest.mark.parametrize("change", [",extra", ""], ids=["too many", "too few"])
def test_a_ragged_row_is_faulty_and_the_next_one_is_read(tmp_path: Path, change: str) -> None:
    header, row = as_csv(PLAN).splitlines()
    bad = row + change if change else row.rpartition(",")[0]
    first, second = raw_rows(written(tmp_path, f"{header}\n{bad}\n{row}\n"))
    assert first.fault is not None
    assert "cells where the header has 9" in first.fault.reason
    assert second.cells == PLAN


def test_a_quoted_cell_may_hold_the_delimiter_and_quotation_marks(tmp_path: Path) -> None:
    text = as_csv(PLAN | {"debtor_name": '"Fairweather, ""Mia"""'})
    assert raw_rows(written(tmp_path, text))[0].cells["debtor_name"] == 'Fairweather, "Mia"'


def test_a_quotation_mark_that_is_not_closed_costs_one_row_and_not_the_rest_of_the_file(
    tmp_path: Path,
) -> None:
    header, row = as_csv(PLAN).splitlines()
    broken = row.replace("Maria", '"Maria')
    rows = raw_rows(written(tmp_path, "\n".join([header, row, broken, row, row]) + "\n"))
    assert [(each.line, each.fault is None) for each in rows] == [(2, True), (3, False), (4, True), (5, True)]
    assert rows[1].original[-1] == broken


def test_a_quotation_mark_that_is_not_closed_for_long_costs_one_row_too(tmp_path: Path) -> None:
    header, row = as_csv(PLAN).splitlines()
    count = 131_072 // len(row) + 10
    rows = raw_rows(
        written(tmp_path, "\n".join([header, row.replace("Maria", '"Maria'), *([row] * count)]) + "\n")
    )
    assert [each.line for each in rows] == list(range(2, count + 3))
    assert [each.line for each in rows if each.fault] == [2]


def test_a_line_beyond_the_limit_costs_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINE_LIMIT", 200)
    header, row = as_csv(PLAN).splitlines()
    rows = raw_rows(written(tmp_path, f"{header}\n{row.replace('Maria', 'M' * 900)}\n{row}\n"))
    assert [(each.line, each.fault is csv_file._TOO_LONG) for each in rows] == [(2, True), (3, False)]


def test_a_first_line_beyond_the_limit_is_no_header(tmp_path: Path) -> None:
    assert "too long to name columns" in refusal(written(tmp_path, "x" * (lines.LINE_LIMIT + 1)))


def test_a_corrected_rejects_file_is_read_without_its_own_columns(tmp_path: Path) -> None:
    header, row = as_csv(PLAN).splitlines()
    text = f"line,column,reason,{header}\n17,amount,the cell is empty; fill it,{row}\n"
    (read,) = raw_rows(written(tmp_path, text, "plans.csv.rejects.csv"))
    assert read.cells == PLAN


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read (Is a directory)" in refusal(tmp_path / "folder.csv")
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "missing.csv")
