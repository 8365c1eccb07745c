"""Runs `duly policy …` as a compliance officer does, and reads what it prints."""

import json
from pathlib import Path
from typing import Any

import pytest

from scheduler.cli import run
from tests.catalogue.configuration import CREDITOR
from tests.rehearsal.shelves import GIVEN

Capture = pytest.CaptureFixture[str]

HARBOUR = CREDITOR.replace("policies: [careful]", "policies: [rules]").replace(
    "zone: Europe/London", "zone: Europe/London\ndefault_consent_basis: contract"
)
DUE = "when: {kind: reminder_due, at: 2027-03-09T12:00:00Z}"
LATE = "when: {kind: reminder_due, at: 2027-03-09T20:00:00Z}"
GOOD = f"  - {{scenario: Noon is open, {DUE}, then: send}}\n"
BAD = f"  - {{scenario: Eight at night is open, {LATE}, then: send}}\n"


def write_scenarios(config: Path, *scenarios: str, name: str = "rules") -> Path:
    """Write scenarios about the policy `rules`."""
    path = config / "tests" / "policies" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GIVEN + "".join(scenarios), encoding="utf-8")
    return path


def said(capsys: Capture, code: int, *arguments: str) -> list[str]:
    """Run the command, which must leave with this code, and return what it printed."""
    capsys.readouterr()
    assert run(["policy", *arguments]) == code
    return [each.rstrip() for each in capsys.readouterr().out.splitlines()]


def as_json(capsys: Capture, code: int, *arguments: str) -> Any:
    """Run the command with --json, and return what it printed."""
    return json.loads("\n".join(said(capsys, code, *arguments, "--json")))


def refused(capsys: Capture, *arguments: str) -> str:
    """Run the command, which must find the input unusable, and return its words."""
    capsys.readouterr()
    assert run(["policy", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.removesuffix("\n")
