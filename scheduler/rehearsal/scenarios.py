"""Runs the scenarios of policies: what the real engine decides, beside what the file says it must decide.

A scenario's layers are exactly those that its file names, with the catalogue's own policies and calendars.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from scheduler.catalogue.document import Document, open_document, place_of
from scheduler.catalogue.layers import FALLBACK
from scheduler.catalogue.mistakes import CatalogueError, Mistake, quoted, remedy
from scheduler.catalogue.models import Known
from scheduler.domain.decision import Decision, Send
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Calendar, local_date
from scheduler.domain.message import Words
from scheduler.domain.policy import Policy, decide, merge, wording_objection
from scheduler.rehearsal.expectation import Expected, expected, is_met, rules_of
from scheduler.rehearsal.feasts import feasts
from scheduler.rehearsal.scenario_facts import build_facts
from scheduler.rehearsal.scenario_given import WordsGiven
from scheduler.rehearsal.scenario_models import ScenarioFileModel

_BUILT_IN = ("contact_point", "hold", "policy", "zones")
_STATED = "debtor"


class Book(Protocol):
    """What scenarios need of the catalogue."""

    @property
    def policies(self) -> Mapping[str, Policy]:
        """The policies by id, each by itself."""
        ...

    @property
    def fallback(self) -> Policy | None:
        """The policy that stands in for missing local law, as it then holds."""
        ...

    @property
    def broken(self) -> Mapping[str, tuple[Mistake, ...]]:
        """What is wrong with policies that could not be read."""
        ...

    @property
    def calendar(self) -> Calendar:
        """Knows holidays."""
        ...


@dataclass(frozen=True, slots=True)
class Scenario:
    """One example: at this instant these facts must lead to what is expected. `line` is where it stands."""

    file: str
    line: int
    name: str
    policy: Policy
    facts: Facts
    at: datetime
    words: Words | None
    expected: Expected


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario, what was decided, and the holidays on that day where the person may be."""

    scenario: Scenario
    decision: Decision
    holidays: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Whether it came as expected."""
        return is_met(self.scenario.expected, self.decision)


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A file of scenarios, with the policies that are their layers."""

    path: Path
    policies: tuple[str, ...]
    scenarios: tuple[Scenario, ...]


def read_scenarios(paths: Iterable[Path], book: Book) -> tuple[ScenarioFile, ...]:
    """Return the files' scenarios. Raises CatalogueError with every mistake in them."""
    mistakes: list[Mistake] = []
    known = Known(policies=tuple(book.policies))
    documents = [(each, open_document(each, ScenarioFileModel, known, mistakes)) for each in paths]
    files = [_file(path, document, book, mistakes) for path, document in documents if document is not None]
    if mistakes:
        raise CatalogueError(mistakes)
    return tuple(files)


def run(scenario: Scenario, calendar: Calendar) -> Result:
    """Decide as it is decided in earnest, the words of the message included where they are given."""
    facts, policy, at = scenario.facts, scenario.policy, scenario.at
    decision = decide(facts, policy, calendar, at)
    if isinstance(decision, Send) and scenario.words is not None:
        channel = decision.contact_point.channel
        if (objection := wording_objection(facts, policy, channel, scenario.words, at)) is not None:
            decision = objection
    days = dict.fromkeys(local_date(at, each) for each in facts.debtor.zones)
    holidays = dict.fromkeys(name for day in days for name in feasts(facts, policy, calendar, day))
    return Result(scenario, decision, tuple(holidays))


def _file(
    path: Path, document: Document[ScenarioFileModel], book: Book, mistakes: list[Mistake]
) -> ScenarioFile:
    names = document.value.policies
    policy = merge(_layers(document.value, book))
    broken = [each for name in names for each in book.broken.get(name, ())]
    mistakes += (each for each in broken if each not in mistakes)
    mistakes += () if broken else _unknown_rules(document, policy)
    return ScenarioFile(path, names, tuple(_scenarios(document, policy)))


def _layers(value: ScenarioFileModel, book: Book) -> Iterator[Policy]:
    for name in value.policies:
        stands_in = name == FALLBACK and value.fallback
        yield book.fallback if stands_in and book.fallback else book.policies[name]


def _scenarios(document: Document[ScenarioFileModel], policy: Policy) -> Iterator[Scenario]:
    for index, each in enumerate(document.value.scenarios):
        given = document.value.given.with_changes(each.given)
        yield Scenario(
            file=document.file,
            line=place_of(document.root, ("scenarios", index)).line,
            name=each.scenario,
            policy=policy,
            facts=build_facts(given, each, policy.lookback),
            at=each.when.at,
            words=_words(each.words),
            expected=expected(each.then),
        )


def _words(given: WordsGiven | None) -> Words | None:
    return None if given is None else Words(given.text, given.subject)


def _unknown_rules(document: Document[ScenarioFileModel], policy: Policy) -> Iterator[Mistake]:
    """Find rules that no layer has, which could never be the reason for anything."""
    known = {*_BUILT_IN, *(each.id for each in policy.rules)}
    for index, each in enumerate(document.value.scenarios):
        for name in rules_of(expected(each.then)):
            if name not in known and not name.startswith(f"{_STATED}/"):
                key = "because" if each.then.because else "refuse"
                sentence = f"there is no rule {quoted(name)} in these policies; {remedy(name, known)}"
                yield document.mistake(("scenarios", index, "then", key), sentence)
