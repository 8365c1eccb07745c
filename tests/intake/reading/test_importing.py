"""A file is taken in batch by batch; what cannot be used is kept, whatever the bytes are."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.domain.errors import UsageError
from scheduler.domain.news import PlanRow, RowResult
from tests.intake.reading.files import (
    NOW,
    PAYMENT,
    PLAN,
    Notebook,
    as_csv,
    take_payments,
    take_plans,
    written,
)

GOLDEN = Path(__file__).parent / "golden"


def rejected_rows(path: Path) -> list[dict[str, str]]:
    """The rows of the rejects file beside a file; none when there is no rejects file."""
    rejects = path.with_name(f"{path.name}.rejects.csv")
    if not rejects.exists():
        return []
    with rejects.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_golden_file_leaves_the_golden_rejects(tmp_path: Path) -> None:
    path = written(tmp_path, (GOLDEN / "plans.csv").read_bytes())
    notebook = Notebook()
    report = take_plans(path, notebook)
    rejects = (tmp_path / "plans.csv.rejects.csv").read_text("utf-8", errors="strict")
    assert rejects == (GOLDEN / "plans.csv.rejects.csv").read_text("utf-8")
    assert report.counts() == {"read": 19, "added": 3, "amended": 0, "unchanged": 0, "rejected": 16}
    assert [each.plan_ref for each in notebook.plan_batches[0]] == ["P-1", "P-12", "P-16"]


def test_a_rejects_file_that_was_corrected_goes_in(tmp_path: Path) -> None:
    take_plans(written(tmp_path, as_csv(PLAN | {"amount": "120,50"}, delimiter=";")), Notebook())
    rejects = tmp_path / "plans.csv.rejects.csv"
    rejects.write_text(rejects.read_text("utf-8").replace('"120,50"', "120.50"), "utf-8")
    report = take_plans(rejects, Notebook())
    assert report.counts() == {"read": 1, "added": 1, "amended": 0, "unchanged": 0, "rejected": 0}


def test_every_row_goes_to_the_intake_once_and_now_is_asked_for_each_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [PLAN | {"plan_ref": f"P-{number}"} for number in range(2_500)]
    notebook = Notebook()
    report = take_plans(written(tmp_path, as_csv(*rows)), notebook)
    assert [len(each) for each in notebook.plan_batches] == [1_000, 1_000, 500]
    assert notebook.instants == [NOW] * 3
    assert report.counts()["added"] == 2_500
    assert not (tmp_path / "plans.csv.rejects.csv").exists()


def test_what_the_intake_refuses_is_kept_beside_what_the_reader_refused_in_the_order_of_the_file(
    tmp_path: Path,
) -> None:
    rows = [PLAN | {"plan_ref": f"P-{number}", "amount": "0" if number == 2 else "5"} for number in range(4)]
    notebook = Notebook(refused={3: ("cadence", "no such cadence"), 5: ("plan_ref", "taken")})
    report = take_plans(written(tmp_path, as_csv(*rows)), notebook)
    assert report.counts() == {"read": 4, "added": 1, "amended": 0, "unchanged": 0, "rejected": 3}
    assert [line for line, *_ in report.first_rejected] == [3, 4, 5]
    kept = rejected_rows(tmp_path / "plans.csv")
    assert [(each["line"], each["column"], each["plan_ref"]) for each in kept] == [
        ("3", "cadence", "P-1"),
        ("4", "amount", "P-2"),
        ("5", "plan_ref", "P-3"),
    ]


def test_only_the_first_ten_rejected_rows_are_kept_to_be_shown(tmp_path: Path) -> None:
    report = take_plans(written(tmp_path, as_csv(*[PLAN | {"amount": "0"}] * 12)), Notebook())
    assert (len(report.first_rejected), report.rejected) == (10, 12)


def test_nothing_goes_in_when_the_header_cannot_be_used(tmp_path: Path) -> None:
    notebook = Notebook()
    with pytest.raises(UsageError, match="did you mean amount"):
        take_plans(written(tmp_path, as_csv({**PLAN, "amuont": "1"})), notebook)
    assert notebook.plan_batches == []


def test_payments_are_taken_in_like_plans(tmp_path: Path) -> None:
    notebook = Notebook()
    report = take_payments(
        written(tmp_path, as_csv(PAYMENT, PAYMENT | {"amount": "-1"}), "payments.csv"), notebook
    )
    assert report.counts() == {"read": 2, "added": 1, "amended": 0, "unchanged": 0, "rejected": 1}
    assert notebook.payment_batches[0][0].payment_ref == "R-1"


def test_a_failure_of_the_intake_leaves_no_half_rejects_file(tmp_path: Path) -> None:
    rows = [
        PLAN | {"plan_ref": f"P-{number}", "amount": "0" if number == 2 else "5"} for number in range(1_500)
    ]
    path = written(tmp_path, as_csv(*rows))

    class Full(Exception):
        pass

    class Failing(Notebook):
        def take_plans(self, rows: Sequence[PlanRow], now: datetime) -> Sequence[RowResult]:
            if self.plan_batches:
                raise Full
            return Notebook.take_plans(self, rows, now)

    with pytest.raises(Full):
        take_plans(path, Failing())
    assert [each.name for each in tmp_path.iterdir()] == ["plans.csv"]


def test_an_earlier_rejects_file_stays_while_nothing_is_rejected_and_is_replaced_otherwise(
    tmp_path: Path,
) -> None:
    old = written(tmp_path, "old", "plans.csv.rejects.csv")
    take_plans(written(tmp_path, as_csv(PLAN)), Notebook())
    assert old.read_text() == "old"
    take_plans(written(tmp_path, as_csv(PLAN | {"amount": "0"})), Notebook())
    assert old.read_text().startswith("line,column,reason,plan_ref")


def test_a_rejects_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    take_plans(written(tmp_path, as_csv(PLAN | {"amount": "0"})), Notebook())
    assert (tmp_path / "plans.csv.rejects.csv").stat().st_mode & 0o077 == 0


CELLS = st.text("ab1,;\t\"'\r\n\0\ud800é王 -+.@", max_size=12)
ROW = as_csv(PLAN).splitlines()[1].encode()
LINES = st.one_of(
    st.binary(max_size=60),
    st.lists(CELLS, max_size=10).map(lambda cells: ",".join(cells).encode("utf-8", "surrogatepass")),
    st.sampled_from([ROW, json.dumps(PLAN).encode(), b'"', b"{}", b"\xef\xbb\xbf"]),
)
HEADERS = {"plans.csv": as_csv(PLAN).splitlines()[0].encode(), "plans.jsonl": json.dumps(PLAN).encode()}


@pytest.mark.parametrize("name", ["plans.csv", "plans.jsonl", "plans.xlsx"])
@given(content=st.lists(LINES, max_size=8).map(b"\n".join))
@settings(max_examples=60)
def test_any_bytes_are_taken_in_or_refused_in_one_sentence(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), content, name)
        sentence = ""
        try:
            take_plans(path, Notebook())
        except UsageError as error:
            sentence = str(error)
    assert "\n" not in sentence


@pytest.mark.parametrize("name", list(HEADERS))
@given(lines=st.lists(LINES, max_size=8))
@example(lines=[ROW, b'"', ROW])
@settings(max_examples=120)
def test_under_a_sound_header_every_row_is_in_or_rejected(name: str, lines: list[bytes]) -> None:
    notebook = Notebook()
    with TemporaryDirectory() as folder:
        path = written(Path(folder), b"\n".join([HEADERS[name], *lines]), name)
        counts = take_plans(path, notebook).counts()
        kept = rejected_rows(path)
    assert counts["read"] == counts["added"] + counts["rejected"]
    assert counts["added"] == sum(map(len, notebook.plan_batches))
    assert counts["rejected"] == len(kept)
    assert counts["read"] <= len(b"\n".join(lines).replace(b"\r", b"\n").split(b"\n")) + 1
