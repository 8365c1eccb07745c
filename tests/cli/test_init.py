"""`duly init`: the starting set, written without harm to anything that exists."""

from pathlib import Path

import pytest

from scheduler.cli import defaults, run

ROOT = Path(__file__).parents[2]


def files_in(folder: Path) -> set[str]:
    """Return every file's path within the folder."""
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}


def test_it_writes_the_configuration_and_the_words_as_they_are_shipped(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "new")]) == 0

    written = files_in(tmp_path / "new")
    assert {"config/duly.yaml", "config/creditors/harbour.yaml", "templates/upcoming/sms.en.txt"} <= written
    assert all((tmp_path / "new" / each).read_bytes() == (ROOT / each).read_bytes() for each in written)


def test_an_installed_copy_finds_its_defaults_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config/duly.yaml", "templates/upcoming/sms.en.txt"):
        path = tmp_path / "package" / "_defaults" / name
        path.parent.mkdir(parents=True)
        path.write_text("as installed\n", encoding="utf-8")
    monkeypatch.setattr(defaults, "_PACKAGE", tmp_path / "package")

    assert run(["init", str(tmp_path / "new")]) == 0
    assert files_in(tmp_path / "new") == {"config/duly.yaml", "templates/upcoming/sms.en.txt"}


def test_a_copy_without_defaults_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(defaults, "_PACKAGE", tmp_path / "package")

    assert run(["init", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.startswith("Duly's own config/ and templates/ are missing; ")


def test_what_it_writes_is_sound(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])

    assert run(["--config", str(tmp_path / "config"), "check"]) == 0


def test_every_file_of_the_configuration_explains_itself(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])

    for path in (tmp_path / "config").rglob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# "), path.name


def test_it_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", str(tmp_path)])

    assert f"duly --config {tmp_path / 'config'} check" in capsys.readouterr().out


def test_a_file_that_exists_is_named_and_nothing_at_all_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "config" / "duly.yaml"
    mine.parent.mkdir()
    mine.write_text("channels: {}\n", encoding="utf-8")

    assert run(["init", str(tmp_path)]) == 2

    captured = capsys.readouterr()
    assert captured.err.startswith(f"nothing was written, because these exist: {mine}; ")
    assert captured.out == ""
    assert files_in(tmp_path) == {"config/duly.yaml"}
    assert mine.read_text(encoding="utf-8") == "channels: {}\n"


def test_files_of_other_names_do_not_stand_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "config" / "creditors").mkdir(parents=True)
    (tmp_path / "config" / "creditors" / "mine.yaml").write_text("id: mine\n", encoding="utf-8")

    assert run(["init", str(tmp_path)]) == 0


def test_a_long_list_of_existing_files_is_cut_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["init", str(tmp_path)])
    total = len(files_in(tmp_path))
    capsys.readouterr()

    assert run(["init", str(tmp_path)]) == 2
    assert f" and {total - 5} more; " in capsys.readouterr().err


def test_a_failure_half_way_takes_back_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "templates").write_text("in the way", encoding="utf-8")

    assert run(["init", str(tmp_path)]) == 2
    assert files_in(tmp_path) == {"templates"}
    assert "Traceback" not in capsys.readouterr().err
