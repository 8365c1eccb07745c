"""What an installed Duly is made of: a wheel carries the default config and words, an editable one not."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ("config", "templates")


def built(version: str, folder: Path) -> zipfile.ZipFile:
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        f"wheel:{version}",
        "--directory",
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("duly-*.whl")
    return zipfile.ZipFile(wheel)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return built("standard", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_carries_every_default(wheel: zipfile.ZipFile) -> None:
    kept = [path for name in DATA for path in (ROOT / name).rglob("*") if path.is_file()]
    wanted = {f"scheduler/_defaults/{path.relative_to(ROOT).as_posix()}" for path in kept}
    assert wanted
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_carries_the_two_packages_and_nothing_beside_them(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"scheduler", "channels"}


def test_the_command_is_duly(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "duly = scheduler.cli:main" in wheel.read(entry_points).decode()


def test_an_editable_install_reads_the_repository_s_own_folders(tmp_path: Path) -> None:
    names = built("editable", tmp_path).namelist()
    assert [name for name in names if name.startswith(("scheduler/", "config/", "templates/"))] == []
