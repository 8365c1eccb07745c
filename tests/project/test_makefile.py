"""What `make` says on a machine that lacks something: one sentence, the remedy, exit 2, nothing half done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

AN_OLD_PYTHON = "import sys; sys.version_info = (3, 10, 14)\n"
WITHOUT_VENV = (
    "import importlib.util as u; real = u.find_spec\n"
    "u.find_spec = lambda name, package=None: None if name == 'ensurepip' else real(name, package)\n"
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def interpreter(folder: Path, prelude: str) -> Path:
    """A `python` that lives through the prelude before it runs what `-c` gives it."""
    path = folder / "python-here"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{prelude}$2"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def make(folder: Path, python: Path | str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "setup", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, env=kept)


def assert_refused_with(outcome: subprocess.CompletedProcess[str], words: str, folder: Path) -> None:
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    assert len(outcome.stderr.splitlines()) == 1
    assert words in outcome.stderr
    assert not (folder / ".venv").exists()


def test_a_python_that_is_too_old_is_named_with_the_remedy(clone: Path) -> None:
    outcome = make(clone, interpreter(clone, AN_OLD_PYTHON))
    assert_refused_with(outcome, "Python 3.11 or later", clone)
    assert "make PYTHON=" in outcome.stderr


def test_a_missing_python_gets_the_same_remedy(clone: Path) -> None:
    assert_refused_with(make(clone, "no-such-python"), "make PYTHON=", clone)


def test_a_missing_venv_module_is_named_with_the_remedy(clone: Path) -> None:
    outcome = make(clone, interpreter(clone, WITHOUT_VENV))
    assert_refused_with(outcome, "apt install python3-venv", clone)


def test_an_environment_that_is_up_to_date_is_left_alone(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / ".installed").write_text(f"{clone}\n", encoding="utf-8")
    outcome = make(clone, "no-such-python")
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
