"""Workbooks with native dates and numbers, and those that openpyxl cannot read."""

import zipfile
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.errors import UsageError
from scheduler.intake.reading import xlsx_file
from scheduler.intake.reading.columns import PLANS
from scheduler.intake.reading.opening import open_table
from tests.intake.reading.files import PLAN, raw_rows


def workbook(folder: Path, *rows: list[object], name: str = "plans.xlsx") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(folder / name)
    return folder / name


def row(**cells: object) -> list[object]:
    return list((PLAN | cells).values())


def cells_of(folder: Path, **cells: object) -> dict[str, str]:
    (read,) = raw_rows(workbook(folder, list(PLAN), row(**cells)))
    return dict(read.cells)


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as refused:
        raw_rows(path)
    return str(refused.value)


def test_text_cells_are_read_as_they_stand(tmp_path: Path) -> None:
    assert cells_of(tmp_path) == PLAN


def test_a_native_date_is_a_date(tmp_path: Path) -> None:
    assert cells_of(tmp_path, due_date=date(2027, 3, 12))["due_date"] == "2027-03-12"
    assert cells_of(tmp_path, due_date=datetime(2027, 3, 12, 9, 30))["due_date"] == "2027-03-12T09:30:00"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (120.5, "120.5"),
        (0.1, "0.1"),
        (1200, "1200"),
        (1200.0, "1200"),
        (1234.5678, "1234.5678"),
        (1e20, "1" + "0" * 20),
    ],
)
def test_a_native_number_is_the_decimal_that_the_sheet_shows(
    tmp_path: Path, number: float, text: str
) -> None:
    assert cells_of(tmp_path, amount=number)["amount"] == text


def test_an_empty_row_is_no_row_and_lines_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows = raw_rows(workbook(tmp_path, list(PLAN), [None], row(), [""] * 9, row(plan_ref="P-2")))
    assert [each.line for each in rows] == [3, 5]


def test_cells_that_are_missing_at_the_end_are_empty_and_those_beyond_the_header_are_a_fault(
    tmp_path: Path,
) -> None:
    short, long = raw_rows(workbook(tmp_path, list(PLAN), row()[:-1], [*row(), "more"]))
    assert short.cells == PLAN | {"amount": ""}
    assert long.fault is not None
    assert "10 cells where the header has 9" in long.fault.reason


def test_a_corrected_rejects_file_may_be_a_workbook(tmp_path: Path) -> None:
    (read,) = raw_rows(workbook(tmp_path, ["line", "column", "reason", *PLAN], [2, "phone", "wrong", *row()]))
    assert read.cells == PLAN


def test_an_unknown_column_and_an_empty_sheet_are_refused(tmp_path: Path) -> None:
    assert "did you mean amount?" in refusal(workbook(tmp_path, [*PLAN, "amuont"]))
    assert "is empty" in refusal(workbook(tmp_path))


def test_a_sheet_may_have_as_many_rows_as_the_limit_and_not_one_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "ROW_LIMIT", 3)
    assert len(raw_rows(workbook(tmp_path, list(PLAN), *[row()] * 3))) == 3
    assert "has more than 3 rows; save it as CSV" in refusal(workbook(tmp_path, list(PLAN), *[row()] * 4))


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plans.xlsx"
    path.write_bytes(b"plan_ref,amount\n")
    assert "is not a readable XLSX workbook (BadZipFile)" in refusal(path)


def test_a_workbook_whose_sheet_is_damaged_lets_nothing_in(tmp_path: Path) -> None:
    path = workbook(tmp_path, list(PLAN), *[row()] * 50)
    with zipfile.ZipFile(path) as archive:
        parts = {each.filename: archive.read(each) for each in archive.infolist()}
    name = next(each for each in parts if each.endswith("sheet1.xml"))
    parts[name] = parts[name][: len(parts[name]) * 3 // 4]
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, content)
    assert "is not a readable XLSX workbook" in refusal(path)


def test_a_workbook_that_unpacks_to_more_than_memory_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "_STRINGS_LIMIT_BYTES", 1_000)
    assert "too large when unpacked" in refusal(workbook(tmp_path, list(PLAN), row()))


def test_how_much_has_been_read_grows_from_nil_to_all(tmp_path: Path) -> None:
    with open_table(workbook(tmp_path, list(PLAN), row(), row()), PLANS) as table:
        assert [table.fraction(), *(table.fraction() for _ in table.rows)] == [0.0, 0.5, 1.0]


@given(st.lists(st.tuples(st.integers(0, 999_999), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=60)
def test_a_workbook_with_any_byte_changed_is_read_or_refused_in_one_sentence(
    changes: list[tuple[int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        path = workbook(Path(folder), list(PLAN), row(), row())
        content = bytearray(path.read_bytes())
        for place, value in changes:
            content[place * len(content) // 1_000_000] = value
        path.write_bytes(content)
        with suppress(UsageError):
            assert len(raw_rows(path)) <= 2
