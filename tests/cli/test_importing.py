"""`duly import`, `duly pay` and `duly sample`, from the command line to the database and back."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import bootstrap
from scheduler.catalogue import Catalogue
from scheduler.cli.importing import import_sample_if_empty
from scheduler.cli.taking import record_payment, take_in_payments, take_in_plans
from scheduler.domain.errors import UsageError
from scheduler.domain.news import Outcome
from scheduler.intake.reading.importing import Source
from scheduler.settings import Environment, Settings
from tests.cli.commands import Duly
from tests.intake.reading.files import NOW, PAYMENT, PLAN, Notebook, as_csv, written


@pytest.fixture
def counts(duly: Duly, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, int]]:
    """Runs an import with --json and returns what it printed."""

    def call(*arguments: str | Path) -> dict[str, int]:
        capsys.readouterr()
        duly("import", *arguments, "--json")
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    return call


def tally(
    *, read: int = 0, added: int = 0, amended: int = 0, unchanged: int = 0, rejected: int = 0
) -> dict[str, int]:
    return {"read": read, "added": added, "amended": amended, "unchanged": unchanged, "rejected": rejected}


Counts = Callable[..., Mapping[str, int]]


def test_the_same_file_again_changes_nothing_and_a_changed_row_is_an_amendment(
    tmp_path: Path, counts: Counts
) -> None:
    path = written(tmp_path, as_csv(PLAN, PLAN | {"instalment_no": "2", "due_date": "2027-04-12"}))
    assert counts("plans", path) == tally(read=2, added=2)
    assert counts("plans", path) == tally(read=2, unchanged=2)
    written(tmp_path, as_csv(PLAN, PLAN | {"instalment_no": "2", "due_date": "2027-04-13"}))
    assert counts("plans", path) == tally(read=2, amended=1, unchanged=1)


def test_good_rows_go_in_and_bad_ones_are_kept_and_the_exit_code_says_so(
    tmp_path: Path, duly: Duly, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, as_csv(PLAN, PLAN | {"plan_ref": "P-2", "email": "maria@localhost"}))
    assert duly("import", "plans", path) == 1
    told = capsys.readouterr()
    assert told.out == f"{path}: 2 read, 1 added, 0 amended, 0 unchanged, 1 rejected\n"
    assert f"{path}, line 3, column email: the cell is not an email address" in told.err
    assert f"{path}.rejects.csv" in told.err
    with Path(f"{path}.rejects.csv").open(encoding="utf-8", newline="") as stream:
        (kept,) = csv.DictReader(stream)
    assert (kept["line"], kept["column"], kept["email"]) == ("3", "email", "maria@localhost")
    assert counts("plans", path) == tally(read=2, unchanged=1, rejected=1)


def test_nothing_personal_reaches_the_terminal(
    tmp_path: Path, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    shifted = dict.fromkeys(PLAN, "Zebediah Quux") | {"plan_ref": "P-9", "debtor_ref": "D-9"}
    rows = [PLAN | {column: cell} for column, cell in shifted.items()]
    assert duly("import", "plans", written(tmp_path, as_csv(*rows))) == 1
    told = capsys.readouterr()
    assert "Zebediah" not in told.out + told.err


def test_a_file_that_cannot_be_used_lets_nothing_in_and_exits_two(
    tmp_path: Path, duly: Duly, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, as_csv(PLAN | {"amuont": "1"}))
    assert duly("import", "plans", path) == 2
    told = capsys.readouterr()
    assert told.err == f"{path}, line 1: unknown column 'amuont'; did you mean amount?\n"
    assert told.out == ""
    assert duly("import", "plans", tmp_path / "missing.csv") == 2
    assert counts("plans", written(tmp_path, as_csv(PLAN))) == tally(read=1, added=1)


class Screen(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("screen", "shown"), [(Screen(), True), (io.StringIO(), False)], ids=["terminal", "pipe"]
)
def test_a_bar_shows_on_a_terminal_and_nowhere_else(
    screen: io.StringIO, shown: bool, tmp_path: Path, duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", screen)
    assert duly("import", "plans", written(tmp_path, as_csv(PLAN))) == 0
    assert ("plans.csv: 1 rows" in screen.getvalue()) == shown
    assert (screen.getvalue() == "") != shown


def test_an_import_that_was_killed_can_be_repeated(tmp_path: Path, counts: Counts) -> None:
    path = written(tmp_path, as_csv(*(PLAN | {"plan_ref": f"P-{number}"} for number in range(5_000))))
    database = tmp_path / "duly.db"
    code = "from scheduler.cli import main; main()"
    arguments = ["--database", f"sqlite:///{database}", "import", "plans", str(path)]
    importing = subprocess.Popen([sys.executable, "-c", code, *arguments])
    while importing.poll() is None and not plans_in(database):
        time.sleep(0.005)
    importing.kill()
    importing.wait()
    already_in = plans_in(database)
    assert 0 < already_in < 5_000
    assert counts("plans", path) == tally(read=5_000, added=5_000 - already_in, unchanged=already_in)


def plans_in(database: Path) -> int:
    """How many plans are committed; nil while the database is being made."""
    with closing(sqlite3.connect(database, timeout=5)) as connection, suppress(sqlite3.OperationalError):
        return int(connection.execute("SELECT count(*) FROM plan").fetchone()[0])
    return 0


def test_a_made_up_portfolio_is_taken_in_only_while_there_are_no_plans(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "load", lambda *_, **__: catalogue)
    url = f"sqlite:///{tmp_path / 'duly.db'}"
    settings = Settings.read(Environment({}))
    app = bootstrap.assemble(settings, Path("unread"), url)
    import_sample_if_empty(app)
    assert capsys.readouterr().out.startswith("A made-up portfolio is in: 234 plans, ")
    import_sample_if_empty(app)
    assert capsys.readouterr().out == ""
    assert plans_in(tmp_path / "duly.db") == 234


def test_the_format_and_the_encoding_can_be_named(tmp_path: Path, counts: Counts) -> None:
    text = as_csv(PLAN | {"debtor_name": "Chloé Beaulac"}).encode("cp1252")
    path = written(tmp_path, text, "plans.dat")
    assert counts("plans", path, "--format", "csv", "--encoding", "windows-1252") == tally(read=1, added=1)
    assert counts("plans", path, "--format", "csv") == tally(read=1, rejected=1)


def test_a_creditor_that_does_not_exist_is_refused(
    tmp_path: Path, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert duly("import", "plans", written(tmp_path, as_csv(PLAN)), "--creditor", "nobody") == 2
    assert "--creditor: 'nobody' is not in config/creditors" in capsys.readouterr().err


def test_payments_go_in_once_and_need_their_plan(tmp_path: Path, duly: Duly, counts: Counts) -> None:
    path = written(tmp_path, as_csv(PAYMENT | {"received_at": "2026-01-05T10:00:00Z"}), "payments.csv")
    assert counts("payments", path) == tally(read=1, rejected=1)
    duly("import", "plans", written(tmp_path, as_csv(PLAN)))
    assert counts("payments", path) == tally(read=1, added=1)
    assert counts("payments", path) == tally(read=1, unchanged=1)


def test_a_payment_by_hand_is_recorded_once(
    tmp_path: Path, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    duly("import", "plans", written(tmp_path, as_csv(PLAN)))
    arguments = ("pay", "P-1", "20.50", "GBP", "--ref", "R-7", "--method", "cash", "--as", "alice")
    capsys.readouterr()
    assert duly(*arguments) == 0
    assert capsys.readouterr().out == "Payment R-7 recorded on plan P-1\n"
    assert duly(*arguments) == 0
    assert capsys.readouterr().out == "Payment R-7 was recorded before; nothing changed\n"
    assert duly(*arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "payment_ref": "R-7",
        "plan_ref": "P-1",
        "outcome": "unchanged",
    }


def test_a_payment_by_hand_needs_somebody_who_records_it(
    tmp_path: Path, duly: Duly, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    duly("import", "plans", written(tmp_path, as_csv(PLAN)))
    assert duly("pay", "P-1", "20.50", "GBP", "--ref", "R-7") == 2
    assert "--as" in capsys.readouterr().err
    monkeypatch.setenv("DULY_USER", "alice")
    assert duly("pay", "P-1", "20.50", "GBP", "--ref", "R-7") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("P-1", "20.505", "GBP"), "AMOUNT: the value has more decimals than GBP allows (2)"),
        (("P-1", "0", "GBP"), "AMOUNT: the amount is not positive"),
        (("P-1", "20", "POUNDS"), "CURRENCY: the value is not a currency"),
        (("P-1", "20", "EUR"), "CURRENCY: the plan is in GBP"),
        (("P-2", "20", "GBP"), "PLAN_REF: there is no such plan"),
        (("P-1", "20", "GBP", "--received-at", "yesterday"), "--received-at: the value is not an instant"),
        (
            ("P-1", "20", "GBP", "--receipt-by", "letter"),
            "--receipt-by: the value names something other than",
        ),
        (("P-1", "20", "GBP", "--medium", "by phone!"), "--medium: the value is not one word"),
        (("P-1", "20", "GBP", "--creditor", "nobody"), "--creditor: 'nobody' is not in config/creditors"),
    ],
)
def test_a_payment_by_hand_that_cannot_be_taken_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, tmp_path: Path, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    duly("import", "plans", written(tmp_path, as_csv(PLAN)))
    capsys.readouterr()
    assert duly("pay", *arguments, "--ref", "R-1", "--as", "alice") == 2
    told = capsys.readouterr()
    assert told.err.startswith(said)
    assert told.err.count("\n") == 1


def test_a_sample_can_be_imported_whole(
    tmp_path: Path, duly: Duly, counts: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sample"
    assert duly("sample", "--plans", "60", "--seed", "3", "--out", folder, "--today", "2026-03-09") == 0
    assert capsys.readouterr().out == f"{folder / 'plans.csv'}\n{folder / 'payments.csv'}\n"
    plans = counts("plans", folder / "plans.csv")
    assert plans["added"] == plans["read"] > 60
    payments = counts("payments", folder / "payments.csv")
    assert payments["added"] == payments["read"] > 60


def test_a_sample_is_of_today_unless_a_day_is_named(
    tmp_path: Path, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    duly("sample", "--out", tmp_path / "a", "--json")
    files = json.loads(capsys.readouterr().out)
    with Path(files["payments"]).open(encoding="utf-8", newline="") as stream:
        newest = max(datetime.fromisoformat(row["received_at"]) for row in csv.DictReader(stream))
    assert 0 <= (datetime.now(UTC) - newest).total_seconds() < 3 * 86_400
    assert duly("sample", "--out", tmp_path / "b", "--today", "9 March") == 2
    assert "write a day as YYYY-MM-DD" in capsys.readouterr().err


@dataclass(slots=True)
class Still:
    """A clock that does not move."""

    def now(self) -> datetime:
        return NOW

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Known:
    creditors: Mapping[str, object] = field(default_factory=lambda: {"northwind": None})
    cadences: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Door:
    """An application whose intake is a notebook."""

    notebook: Notebook
    catalogue: Known = field(default_factory=Known)
    clock: Still = field(default_factory=Still)

    @property
    def plan_intake(self) -> Notebook:
        return self.notebook

    @property
    def payment_intake(self) -> Notebook:
        return self.notebook


def test_the_intake_is_handed_checked_rows_and_the_clocks_instant(tmp_path: Path) -> None:
    notebook = Notebook()
    take_in_plans(Door(notebook), Source(written(tmp_path, as_csv(PLAN))), None)
    take_in_payments(Door(notebook), Source(written(tmp_path, as_csv(PAYMENT), "payments.csv")), "northwind")
    assert [each.creditor for each in notebook.plan_batches[0]] == ["northwind"]
    assert [each.creditor for each in notebook.payment_batches[0]] == ["northwind"]
    assert notebook.instants == [NOW, NOW]


def test_what_the_intake_refuses_of_a_payment_by_hand_names_its_argument() -> None:
    assert record_payment(Door(Notebook()), PAYMENT, None, "ann") is Outcome.ADDED
    with pytest.raises(UsageError, match="--ref: taken"):
        record_payment(Door(Notebook(refused={1: ("payment_ref", "taken")})), PAYMENT, None, "ann")
