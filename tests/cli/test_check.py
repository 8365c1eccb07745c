"""`duly check`, and how the command finds its configuration and says what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from scheduler import cli
from scheduler.cli import run
from scheduler.domain.errors import UsageError
from tests.catalogue.configuration import CREDITOR, DULY, POLICY, add_file, write_configuration


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder and with none of Duly's variables."""
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_CONFIG", "DULY_DATABASE_URL", "DULY_PORT", "TWILIO_ACCOUNT_SID", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)


# -------------------------------------------------------------------------------------------------- check


def test_a_sound_configuration_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"))

    assert run(["check"]) == 0

    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("config is sound, version ")
    assert lines == [
        "  creditor harbour: cadence standard, policy careful",
        "  cadence standard: upcoming, late",
        "  policy careful: 2 rules, U 2; a draft",
        "  channel sms: outbox",
        "  channel email: outbox",
    ]


def test_the_summary_tells_what_stands_in_what_is_approved_and_what_nobody_lists(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = POLICY.replace("confidence: U", "confidence: V1", 1)
    approved = known.replace("status: draft", "status: approved\napproved: {by: A. Counsel, on: 2027-01-31}")
    config = write_configuration(Path("config"), policy=approved)
    add_file(config, "policies/strict-fallback.yaml", POLICY.replace("careful", "strict-fallback"))
    add_file(config, "policies/spare.yaml", POLICY.replace("careful", "spare"))
    none_listed = CREDITOR.replace("id: harbour", "id: quay").replace("policies: [careful]\n", "")
    add_file(config, "creditors/quay.yaml", none_listed)

    assert run(["check"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert (
        "  creditor harbour: cadence standard, policy careful; where it gives no hours, strict-fallback"
        in lines
    )
    assert "  creditor quay: cadence standard, policy strict-fallback, since none is listed" in lines
    assert "  policy careful: 2 rules, V1 1, U 1; approved by A. Counsel on 2027-01-31" in lines
    assert "  policy strict-fallback: 2 rules, U 2; a draft" in lines
    assert "  1 more policy that no creditor lists" in lines


def test_the_summary_names_what_a_provider_refuses_the_creditor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("ACCOUNT_SID", f"AC{'a' * 32}"), ("AUTH_TOKEN", "token"), ("FROM", "+15005550006")):
        monkeypatch.setenv(f"TWILIO_{name}", value)
    write_configuration(
        Path("config"),
        duly=DULY.replace("sms: outbox", "sms: twilio"),
        policy=POLICY.replace("status:", "applies: {residence: [GB]}\nstatus:"),
        creditor=CREDITOR.replace("original_creditor", "third_party"),
    )

    assert run(["check"]) == 0

    line = "  creditor harbour: cadence standard, policy careful; and twilio/third-party-sms"
    assert line in capsys.readouterr().out.splitlines()


def test_the_summary_ends_with_what_drafts_keep_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:2525")
    write_configuration(Path("config"), duly=DULY.replace("email: [outbox]", "email: [smtp]"))

    assert run(["check"]) == 0
    *_, held_back, remedy = capsys.readouterr().out.splitlines()
    write_configuration(Path("config"), duly=DULY.replace("[outbox]", "[smtp]") + "drafts: sent\n")
    assert run(["check"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]

    assert held_back == "Nothing goes out by email to anybody whom these drafts govern: careful."
    assert remedy == "Let somebody approve them in their files, or say `drafts: sent` in duly.yaml."
    assert last == "  channel email: smtp"


def test_each_mistake_is_one_line_and_the_answer_is_no(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(
        Path("config"), creditor=CREDITOR.replace("Europe/London", "London").replace("standard", "standart")
    )

    assert run(["check"]) == 1

    zone, cadence = capsys.readouterr().out.splitlines()
    assert zone.startswith('config/creditors/harbour.yaml:6:1: "London" is no time zone')
    assert cadence.startswith('config/creditors/harbour.yaml:7:1: there is no cadence "standart"')


def test_a_provider_without_its_variables_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"), duly=DULY.replace("sms: outbox", "sms: twilio"))

    assert run(["check"]) == 1
    assert capsys.readouterr().out.startswith("config/duly.yaml: Provider twilio is not configured: set ")


def test_a_provider_that_does_not_exist_is_named_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"), duly=DULY.replace("sms: outbox", "sms: twillio"))

    assert run(["check"]) == 1
    sentence = 'config/duly.yaml:2:3: "twillio" is no provider of sms; did you mean "twilio"?\n'
    assert capsys.readouterr().out == sentence


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    write_configuration(Path("config"))
    assert run(["check", "--json"]) == 0
    sound = json.loads(capsys.readouterr().out)
    policy = sound["policies"]["careful"]

    write_configuration(Path("config"), creditor=CREDITOR.replace("Europe/London", "London"))
    assert run(["check", "--json"]) == 1
    wrong = json.loads(capsys.readouterr().out)

    assert sound["ok"] is True
    assert sound["drafts_in_use"] == ["careful"]
    assert (policy["rules"], policy["confidence"], policy["status"]) == (2, {"U": 2}, "draft")
    assert (policy["used_by"], policy["fallback_of"]) == (["harbour"], [])
    assert sound["creditors"]["harbour"] == {
        "cadence": "standard",
        "policies": ["careful"],
        "fallback": None,
        "providers_with_rules": [],
        "held_back": {},
        "policy_version": policy["version"],
    }
    assert sound["channels"] == {"sms": ["outbox"], "email": ["outbox"]}
    assert wrong["ok"] is False
    assert {key: wrong["mistakes"][0][key] for key in ("file", "line", "column")} == {
        "file": "config/creditors/harbour.yaml",
        "line": 6,
        "column": 1,
    }


# ------------------------------------------------------------------------------ which configuration it is


def test_the_option_wins_over_the_variable_and_the_variable_over_the_folder_at_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("option", "variable", "config"):
        write_configuration(Path(name))

    def checked(*options: str) -> str:
        assert run([*options, "check"]) == 0
        return capsys.readouterr().out.partition(" ")[0]

    assert checked() == "config"
    monkeypatch.setenv("DULY_CONFIG", "variable")
    assert checked() == "variable"
    assert checked("--config", "option") == "option"


def test_without_any_the_shipped_configuration_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == 0
    assert "  creditor harbour: cadence standard, policy strict-fallback" in capsys.readouterr().out


def test_a_folder_at_hand_that_lacks_its_entrance_is_refused_and_not_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("config").mkdir()

    assert run(["check"]) == 2
    assert capsys.readouterr().err.startswith("config holds no duly.yaml; ")


# ------------------------------------------------------------------------------------ errors and exit codes


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
