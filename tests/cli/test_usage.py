"""What the command says of wrong usage, and the exit codes that scripts rely on."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from scheduler import cli
from scheduler.cli import run
from scheduler.domain.errors import UsageError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder and with none of Duly's variables."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_PORT", "TWILIO_ACCOUNT_SID", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chekc"], "No such command 'chekc'. Did you mean 'check'? See `duly --help`."),
        (["check", "--jsno"], "No such option: --jsno (Possible options: --json) See `duly check --help`."),
        (["--config"], "Option '--config' requires an argument."),
        (["init"], "Missing argument 'DIR'. See `duly init --help`."),
        (["--config", "nowhere", "check"], "nowhere holds no duly.yaml; name the folder that does with --config, "
                                           "or run `duly init .`"),
    ],
    ids=["command", "option", "value", "argument", "folder"],
)  # fmt: skip
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err == f"{sentence}\n"
    assert captured.out == ""


def test_an_unusable_variable_is_one_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DULY_PORT", "http")

    assert run(["check"]) == 2
    assert capsys.readouterr().err == "DULY_PORT is 'http'; give a number from 0 to 65535\n"


def test_without_a_command_the_help_is_shown_as_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Usage: duly" in capsys.readouterr().err


def test_help_and_version_are_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert run(["check", "--help"]) == 0
    assert run(["--version"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (UsageError("The file is unusable; mend it"), 2, "The file is unusable; mend it\n"),
        (PermissionError(13, "Permission denied", "var"), 2, "var: Permission denied; check that it exists"),
        (KeyboardInterrupt(), 130, ""),
        (typer.Abort(), 130, ""),
        (typer.Exit(1), 1, ""),
    ],
    ids=["usage", "permission", "ctrl-c", "abort", "no"],
)
def test_what_a_command_raises_becomes_its_exit_code(
    raised: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def build() -> typer.Typer:
        app = typer.Typer(pretty_exceptions_enable=False)

        @app.command()
        def fail() -> None:
            raise raised

        return app

    monkeypatch.setattr(cli, "build", build)

    assert run([]) == code
    assert capsys.readouterr().err.startswith(said)


def test_a_defect_of_its_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def build() -> typer.Typer:
        app = typer.Typer(pretty_exceptions_enable=False)

        @app.command()
        def fail() -> None:
            raise ZeroDivisionError

        return app

    monkeypatch.setattr(cli, "build", build)

    with pytest.raises(ZeroDivisionError):
        run([])


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-m", "scheduler", "--help"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=Path(cli.__file__).parents[2]) as duly:  # fmt: skip
        assert duly.stdout is not None
        assert duly.stderr is not None
        duly.stdout.close()
        assert duly.stderr.read() == b""


def test_help_loads_nothing_heavy() -> None:
    heavy = (
        "{'pydantic', 'sqlalchemy', 'fastapi', 'holidays', 'ruamel', 'jinja2', 'twilio', 'aiohttp', 'babel'}"
    )
    program = (
        "import sys; from scheduler.cli import run; run(['--help']); "
        f"sys.exit(' '.join({heavy} & {{each.partition('.')[0] for each in sys.modules}}) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(cli.__file__).parents[2],
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
