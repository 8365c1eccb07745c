"""Runs the command as an operator does, and reads what it prints."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

Duly = Callable[..., int]
"""Runs the command with these arguments and returns its exit code."""


def entries(duly: Duly, capsys: pytest.CaptureFixture[str], event: str) -> list[Mapping[str, Any]]:
    """Return the log's entries of one kind, with their personal payloads."""
    capsys.readouterr()
    assert duly("log", "--event", event, "--personal", "--json") == 0
    found: list[Mapping[str, Any]] = json.loads(capsys.readouterr().out)["entries"]
    return found


def answer(duly: Duly, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Run the command, which must succeed, and return the lines that it printed."""
    capsys.readouterr()
    code, told = duly(*arguments), capsys.readouterr()
    assert (code, told.err) == (0, "")
    return told.out.splitlines()


def refusal(duly: Duly, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which must refuse, and return the one sentence that it says."""
    capsys.readouterr()
    code, told = duly(*arguments), capsys.readouterr()
    assert (code, told.out, told.err.count("\n")) == (2, "", 1)
    return told.err.removesuffix("\n")
