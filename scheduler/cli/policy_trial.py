"""Runs scenarios for the command line, and says how they went."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import typer

from scheduler.catalogue import Catalogue
from scheduler.cli.scenario_report import coverage_json, print_coverage, print_failed, result_json
from scheduler.clock import SystemClock
from scheduler.rehearsal.coverage import Covered, coverage, lacking
from scheduler.rehearsal.scenario_files import all_files, chosen_files
from scheduler.rehearsal.scenarios import Result, read_scenarios, run


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of the scenarios of some policies; `named` are those that somebody asked for."""

    policies: int
    results: tuple[Result, ...]
    coverage: tuple[Covered, ...]
    named: frozenset[str]
    took_s: float

    @classmethod
    def of(cls, config_dir: Path, catalogue: Catalogue, names: tuple[str, ...]) -> Self:
        """Run them. Raises UsageError when there are none, or they cannot be read."""
        clock = SystemClock()
        begun = clock.monotonic_s()
        chosen = chosen_files(config_dir, names, catalogue.policies) if names else None
        paths = chosen.paths if chosen else all_files(config_dir)
        files = read_scenarios(paths, catalogue)
        results = tuple(run(each, catalogue.calendar) for file in files for each in file.scenarios)
        tried = (
            chosen.policies if chosen else [each.stem for each in paths if each.stem in catalogue.policies]
        )
        covered = tuple(each for name in tried for each in coverage(catalogue.policies[name], results))
        named = frozenset(tried) if chosen else frozenset[str]()
        policies = len({each for file in files for each in file.policies})
        return cls(policies, results, covered, named, clock.monotonic_s() - begun)

    @property
    def failed(self) -> tuple[Result, ...]:
        """The scenarios that did not come as expected."""
        return tuple(each for each in self.results if not each.is_met)

    @property
    def all_met(self) -> bool:
        """Whether every scenario came as expected."""
        return not self.failed

    @property
    def named_lacking(self) -> tuple[str, ...]:
        """What no scenario shows of the policies that somebody asked for."""
        return lacking([each for each in self.coverage if each.rule.id.partition("/")[0] in self.named])

    @property
    def summary(self) -> str:
        """How it went, in one line."""
        scenarios, policies = (
            _count(len(self.results), "scenario"),
            _count(self.policies, "policy", "policies"),
        )
        failed = len(self.failed)
        words = "all as expected" if not failed else f"{failed} not as expected"
        return f"{scenarios} of {policies}: {words} ({self.took_s:.1f} s)"


def trial_tables(trial: Trial, with_coverage: bool) -> None:
    """Print what failed, the coverage where it is asked for, and the summary last."""
    for each in trial.failed:
        print_failed(each)
        typer.echo()
    if with_coverage:
        print_coverage(trial.coverage)
        typer.echo()
    for line in _last_lines(trial, with_coverage):
        typer.echo(line)


def _last_lines(trial: Trial, with_coverage: bool) -> Iterator[str]:
    missing = lacking(trial.coverage)
    if with_coverage:
        yield from missing
    yield trial.summary
    if missing and not with_coverage:
        rules = dict.fromkeys(each.rule.id for each in trial.coverage if each.lacking)
        policies = dict.fromkeys(each.partition("/")[0] for each in rules)
        yield f"Not tried both ways: {_count(len(rules), 'rule')} of {', '.join(policies)}; see --coverage"


def trial_json(trial: Trial, with_coverage: bool) -> dict[str, object]:
    """Return the outcome as JSON."""
    fields: dict[str, object] = {
        "ok": trial.all_met and not (with_coverage and trial.named_lacking),
        "scenarios": len(trial.results),
        "policies": trial.policies,
        "failed": [result_json(each) for each in trial.failed],
        "took_s": round(trial.took_s, 3),
    }
    return fields | ({"coverage": coverage_json(trial.coverage)} if with_coverage else {})


def _count(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
