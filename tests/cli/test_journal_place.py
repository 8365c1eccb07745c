"""`duly check` warns of a journal that is lost with the database, and of nothing that it cannot know."""

import json
import os
from pathlib import Path

import pytest

from scheduler.cli import journal_place, run
from tests.catalogue.configuration import DULY, write_configuration
from tests.fakes.postgres import postgres_url

WARNING = "The dispatch journal {} lies on the database's file system: what takes the one takes the other."


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, with a provider through which messages leave the machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:2525")
    write_configuration(Path("config"), duly=DULY.replace("[outbox]", "[smtp]"))


def warnings(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """Return what a sound configuration is warned of."""
    capsys.readouterr()
    assert run([*options, "check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    return list(told["warnings"])


def test_one_file_system_for_both_is_warned_of_and_nothing_is_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (said,) = warnings(capsys)
    assert said.startswith(WARNING.format("var/dispatch.journal"))
    assert "DULY_JOURNAL" in said
    assert not (tmp_path / "var").exists()
    assert run(["check"]) == 0
    assert said in capsys.readouterr().out.splitlines()


def test_a_journal_on_another_file_system_is_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = journal_place._device
    monkeypatch.setattr(journal_place, "_device", lambda path: -1 if "second" in path.parts else real(path))
    monkeypatch.setenv("DULY_JOURNAL", str(tmp_path / "second" / "journal"))
    assert warnings(capsys) == []


def test_where_nothing_can_leave_the_machine_there_is_nothing_to_warn_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_configuration(Path("config"))
    assert warnings(capsys) == []


@pytest.mark.parametrize(
    "url", ["postgresql://duly@db.example.com/duly", "sqlite://", "nonsense", "mysql://h/d"]
)
def test_what_cannot_be_known_is_not_warned_of(capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert warnings(capsys, "--database", url) == []


def test_a_server_of_this_machine_that_tells_where_its_data_lie_is_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = postgres_url()
    (said,) = warnings(capsys, "--database", url)
    assert said.startswith(WARNING.format("var/dispatch.journal"))


def test_a_server_of_this_machine_that_does_not_run_says_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert (
        warnings(capsys, "--database", f"postgresql://duly@/duly?host={os.path.join(tmp_path, 'none')}") == []
    )
