"""A configuration with rules of each kind, and a few debtors under it."""

from pathlib import Path

import pytest

from scheduler.cli import run
from tests.catalogue.configuration import add_file
from tests.cli.policy.answers import HARBOUR
from tests.rehearsal.shelves import write_shelf

PLANS = """\
plan_ref,debtor_ref,debtor_name,phone,country,region,time_zone,locale,currency,instalment_no,due_date,amount,product,debt_status
P-1,D-1,Maria Silva,+442079460018,GB,ENG,Europe/London,en-GB,GBP,1,2027-02-01,120.00,credit-card,open
P-2,D-2,Jo Park,+442079460019,GB,,Europe/London,en-GB,GBP,1,2027-02-01,120.00,,open
P-3,D-3,Ana Lima,+442079460011,US,MA,,en-US,USD,1,2027-02-01,120.00,,
"""


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with rules of each kind, in an otherwise empty folder, at eighty columns."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_PORT", "DULY_USER", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    folder = write_shelf(Path("config"))
    return add_file(folder, "creditors/harbour.yaml", HARBOUR)


@pytest.fixture
def _portfolio(config: Path) -> None:
    """Three debtors: one of whom all is known, one of whom little is, and one abroad."""
    Path("plans.csv").write_text(PLANS, encoding="utf-8")
    assert run(["import", "plans", "plans.csv"]) == 0
