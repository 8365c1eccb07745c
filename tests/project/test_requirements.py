"""The lock files: every release pinned by hash, the same in all, and nothing that belongs to one machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["build", "dev", "run"]
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall(text(lock)))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_release_is_pinned_by_hash(lock: str) -> None:
    requirements = text(lock).replace("\\\n", " ").splitlines()
    wanted = [line for line in requirements if line and not line.lstrip().startswith("#")]
    assert wanted
    assert [line for line in wanted if not (PIN.match(line) and "--hash=sha256:" in line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_nothing_of_where_releases_come_from(lock: str) -> None:
    assert re.findall(r"\w+://|(?:^|\s)-[a-z] |--(?!hash)[a-z-]+", text(lock)) == []


@pytest.mark.parametrize("lock", ["build", "run"])
def test_what_is_tested_is_what_is_shipped(lock: str) -> None:
    assert pins(lock).items() <= pins("dev").items()
