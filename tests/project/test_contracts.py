"""Shows that the import contracts can fail: a toy tree under the real ones, one wrong import at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = [
    *("cli", "web", "bootstrap", "worker", "rehearsal"),
    *("planner", "pipeline", "reconciler", "custodian", "intake", "ledger"),
    *("store", "catalogue", "ports", "settings", "clock", "domain"),
]
PROVIDERS = ["outbox", "sendgrid", "smtp", "twilio"]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A house of empty rooms."""
    folders = ["scheduler", *(f"scheduler/{room}" for room in ROOMS)]
    folders += ["channels", *(f"channels/{provider}" for provider in PROVIDERS)]
    for folder in folders:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=house, check=False, capture_output=True, text=True)


def write(house: Path, module: str, line: str) -> None:
    (house / module.replace(".", "/") / "__init__.py").write_text(line + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("scheduler.planner", "import scheduler.pipeline"),
        ("scheduler.store", "import scheduler.catalogue"),
        ("scheduler.bootstrap", "import scheduler.web"),
        ("scheduler.pipeline", "import channels.outbox"),
        ("scheduler.ledger", "import scheduler.worker"),
        ("scheduler.domain", "import scheduler.ports"),
        ("scheduler.domain", "import random"),
        ("scheduler.domain", "from os import environ"),
        ("channels.twilio", "import scheduler.settings"),
        ("channels.twilio", "import channels.smtp"),
    ],
)
def test_an_import_that_goes_the_wrong_way_is_refused(toy: Path, module: str, line: str) -> None:
    write(toy, module, line)
    outcome = lint(toy)
    assert outcome.returncode != 0
    assert f"{module} ->" in outcome.stdout


def test_imports_that_go_down_are_let_pass(toy: Path) -> None:
    write(toy, "scheduler.cli", "import scheduler.bootstrap, scheduler.web, scheduler.domain")
    write(toy, "scheduler.bootstrap", "import scheduler.store, channels.twilio, scheduler.pipeline")
    write(toy, "scheduler.pipeline", "import scheduler.ports, scheduler.clock")
    write(toy, "scheduler.domain", "import decimal, zoneinfo, hashlib")
    write(toy, "channels.twilio", "import scheduler.domain, twilio.rest")
    outcome = lint(toy)
    assert outcome.returncode == 0, outcome.stdout
