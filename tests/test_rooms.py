"""Keeps the house in order: who imports whom, how long a thing may be, what may never be written down."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("scheduler", "channels", "tests", "benchmarks")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 70

# Put together from pieces, so that this file does not find itself.
REGISTRY = re.compile(
    "|".join(
        [
            "--(extra-)?index-" + "url|--find-" + "links|--trusted-" + "host",
            '"resolved": *"' + 'http|registry *= *"' + "http|/simple/" + "[a-z0-9-]+/",
            r"\.".join(["pypi", "org"]),
            r"\.".join(["pythonhosted", "org"]),
            r"\.".join(["npmjs", "(org|com)"]),
        ]
    )
)
MACHINE = re.compile(r"(^|[^\w.])/(" + "|".join(["work", "farm", "root", "opt", "tmp"]) + ")/")


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in modules():
        yield str(path.relative_to(ROOT)), ast.parse(path.read_bytes())


def kept_files() -> list[str]:
    """The files that git keeps or is about to keep."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree: which files are kept cannot be known")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in names.split("\0") if name and (ROOT / name).is_file()})


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """Where a kept text file matches, as file:line."""
    return [
        f"{name}:{number}"
        for name in kept_files()
        for number, line in enumerate((ROOT / name).read_text("utf-8", "ignore").splitlines(), start=1)
        if pattern.search(line)
    ]


def contracts() -> dict[str, dict[str, list[str]]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def test_every_room_imports_only_what_it_may() -> None:
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    outcome = subprocess.run(lint, cwd=ROOT, check=False, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_room_of_the_scheduler_has_its_place_among_the_layers() -> None:
    placed = set(re.findall(r"scheduler\.(\w+)", " ".join(contracts()["rooms"]["layers"])))
    found = {path.stem for path in (ROOT / "scheduler").iterdir() if (path / "__init__.py").exists()}
    found |= {path.stem for path in (ROOT / "scheduler").glob("*.py")}
    assert found - placed - {"__init__", "__main__", "_defaults"} == set()


def test_every_provider_is_a_stranger_to_the_others() -> None:
    rooms = {f"channels.{path.parent.name}" for path in (ROOT / "channels").glob("*/send.py")}
    assert rooms == set(contracts()["providers"]["modules"])


def test_the_domain_imports_the_standard_library_and_itself() -> None:
    allowed = sys.stdlib_module_names | {"scheduler.domain"}
    strangers = [
        f"{name}: {module}"
        for name, tree in parsed()
        if name.startswith("scheduler/domain/")
        for module in imported(tree)
        if not ({module, module.split(".")[0], ".".join(module.split(".")[:2])} & allowed)
    ]
    assert strangers == []


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_no_module_is_longer_than_a_reader_holds_in_mind() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_bytes().splitlines()) for path in modules()}
    assert {str(path): lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_opens_with_a_sentence() -> None:
    assert [name for name, tree in parsed() if not opens_with_a_sentence(tree)] == []


def opens_with_a_sentence(tree: ast.Module) -> bool:
    opening = (ast.get_docstring(tree) or "").split("\n\n")[0]
    return opening.endswith((".", "?", "!", ":"))


def test_no_kept_file_names_a_package_registry() -> None:
    assert lines_matching(REGISTRY) == []


def test_no_kept_file_names_a_path_of_one_machine() -> None:
    assert lines_matching(MACHINE) == []


@pytest.mark.parametrize("line", ["--extra-" + "index-url x", "python" + "hosted.org", "/simple" + "/rich/"])
def test_a_registry_is_recognised(line: str) -> None:
    assert REGISTRY.search(line)


@pytest.mark.parametrize("line", ["/wo" + "rk/main", "open('/tm" + "p/x')", "home=/ro" + "ot/.cache"])
def test_a_machine_path_is_recognised(line: str) -> None:
    assert MACHINE.search(line)


@pytest.mark.parametrize("line", ["tmpfs: /tmp", "example.org/work/1", "./opt/x", "--no-emit-index-url"])
def test_what_only_resembles_one_is_let_pass(line: str) -> None:
    assert not MACHINE.search(line)
    assert not REGISTRY.search(line)
