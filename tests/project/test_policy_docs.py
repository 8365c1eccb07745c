"""What docs/policies.md says of policies is so: every key is named, every example is sound, the table is complete."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import typer

from scheduler.catalogue import Catalogue, load
from scheduler.catalogue.document import open_document
from scheduler.catalogue.files import Model
from scheduler.catalogue.layers import FALLBACK
from scheduler.catalogue.mistakes import Mistake
from scheduler.catalogue.models import Known
from scheduler.catalogue.models_calendar import CalendarModel
from scheduler.catalogue.models_kinds import GROUPS
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.catalogue.models_rule import FORMS
from scheduler.catalogue.schema import policy_schema
from scheduler.cli.app import build
from scheduler.domain.counters import Period, Scope
from scheduler.domain.facts import Unit
from scheduler.domain.notices import NoticeFirst
from scheduler.domain.plan import Purpose, Role, Source
from scheduler.domain.points import ConsentNeeded, Provenance
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Confidence, Rule
from scheduler.domain.touchpoint import ASKING, Kind
from scheduler.domain.windows import Hours
from scheduler.rehearsal.coverage import coverage, lacking
from scheduler.rehearsal.scenarios import read_scenarios, run
from tests.project.test_docs import ROOT, blocks, commands, spans, text_of
from tests.rehearsal.test_shipped_policies import COMPLETE

PAGE = "docs/policies.md"
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEAD = """\
id: example
title: An example
status: draft
rules:
  - rule: example
    kinds: asking
    citation: house rule
    confidence: V1
"""


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """Return the configuration that ships."""
    return load(ROOT / "config")


def section(title: str) -> str:
    """Return what stands under a heading of the second order."""
    return text_of(PAGE).partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def examples() -> Mapping[str, list[str]]:
    """Return the examples of each form, by the heading under which they stand."""
    _, *parts = re.split(r"^### ", section("The forms"), flags=re.MULTILINE)
    return {part.partition("\n")[0]: YAML.findall(part) for part in parts}


def as_rule(example: str) -> str:
    """Return a policy whose one rule says what an example shows."""
    return HEAD + "".join(f"    {line}\n" for line in example.splitlines())


def opened(folder: Path, model: type[Model], text: str) -> Model | list[Mistake]:
    """Return a file of the configuration, or what is wrong with it."""
    path, mistakes = folder / "example.yaml", list[Mistake]()
    path.write_text(text, encoding="utf-8")
    calendars = [each.stem for each in (ROOT / "config" / "calendars").glob("*.yaml")]
    document = open_document(path, model, Known(calendars=calendars), mistakes)
    return mistakes if document is None else document.value


# ------------------------------------------------------------------------------------------------ every name


def test_every_form_has_a_section_of_its_name_and_an_example() -> None:
    assert sorted(examples()) == sorted(FORMS)
    assert all(any(each.startswith(f"{form}:") for each in found) for form, found in examples().items())


def test_every_key_of_a_policy_is_named() -> None:
    parts = [policy_schema(), *policy_schema()["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}
    said = " ".join((*spans(PAGE), *blocks(PAGE, "yaml")))
    assert {"gap", "oral_binds", "for"} <= keys
    assert keys <= set(re.findall(r"[a-z_]+", said))


def test_every_word_that_a_key_may_hold_is_named() -> None:
    words = {*Kind, *GROUPS, *Confidence, *Role, *Source, *Purpose, *Scope, *Period}
    assert {str(each) for each in words} | {each.name.lower() for each in Unit} <= set(spans(PAGE))


def test_every_command_about_policies_is_named() -> None:
    group: Any = typer.main.get_command(build())
    named = {words[1] for words in commands(PAGE) if words[0] == "policy"}
    assert set(group.commands["policy"].commands) == named


# ---------------------------------------------------------------------------------------------- the examples


@pytest.mark.parametrize("form", FORMS)
def test_every_example_of_a_form_is_a_sound_rule(form: str, tmp_path: Path) -> None:
    for example in examples()[form]:
        assert isinstance(opened(tmp_path, PolicyModel, as_rule(example)), PolicyModel), example


def test_an_example_that_is_not_sound_would_be_found(tmp_path: Path) -> None:
    assert not isinstance(opened(tmp_path, PolicyModel, as_rule("gap: soon")), PolicyModel)


def test_the_file_the_approval_and_the_calendar_that_are_shown_are_sound(tmp_path: Path) -> None:
    (file,), (approval,) = YAML.findall(section("The file")), YAML.findall(section("Approve a draft"))
    (calendar,) = YAML.findall(section("Calendars"))
    assert isinstance(opened(tmp_path, PolicyModel, file), PolicyModel)
    assert isinstance(opened(tmp_path, PolicyModel, file.replace("status: draft\n", approval)), PolicyModel)
    assert isinstance(opened(tmp_path, CalendarModel, calendar), CalendarModel)


def test_the_house_rules_do_what_their_scenarios_say_and_these_try_every_rule(tmp_path: Path) -> None:
    rules, scenarios = YAML.findall(section("Rules of your own"))
    model = opened(tmp_path, PolicyModel, rules)
    assert isinstance(model, PolicyModel)
    (tmp_path / "house-rules.yaml").write_text(scenarios, encoding="utf-8")
    book = replace(shipped(), policies={**shipped().policies, "house-rules": model.value()})
    (file,) = read_scenarios([tmp_path / "house-rules.yaml"], book)
    results = [run(each, book.calendar) for each in file.scenarios]
    covered = coverage(book.policies["house-rules"], results)
    assert [each.scenario.name for each in results if not each.is_met] == []
    assert lacking(covered) == ()
    printed = re.findall(r"^(house-rules/[a-z-]+) +(\d+) +(\d+)$", text_of(PAGE), re.MULTILINE)
    assert printed == [(each.rule.id, str(each.stopped), str(each.passed)) for each in covered]


def test_the_house_rules_that_ship_are_tried_on_each_edge_and_bind_nobody() -> None:
    (file,) = read_scenarios([ROOT / "config" / "tests" / "policies" / "house-example.yaml"], shipped())
    results = [run(each, shipped().calendar) for each in file.scenarios]
    assert [each.scenario.name for each in results if not each.is_met] == []
    assert lacking(coverage(shipped().policies["house-example"], results)) == ()
    assert all("house-example" not in each.policies for each in shipped().creditors.values())


# ------------------------------------------------------------------------------------- the table of policies


def table() -> Mapping[str, list[str]]:
    """Return the cells of the table of policies, by the policy's id."""
    rows = re.findall(r"^\| `([a-z-]+)` \|(.+)\|$", section("Choose your policies"), re.MULTILINE)
    return {name: [each.strip() for each in cells.split("|")] for name, cells in rows}


def local_hours(policy: Policy) -> Iterator[Rule]:
    """Yield the rules that make strict-fallback give way for whatever asks."""
    for rule in policy.rules:
        sure = rule.confidence is not Confidence.UNVERIFIED
        if isinstance(rule.form, Hours) and rule.applies.residence and sure and rule.kinds >= ASKING:
            yield rule


def fallback_words(policy: Policy) -> str:
    """Return what becomes of strict-fallback where the policy holds."""
    rules = list(local_hours(policy))
    if policy.id == FALLBACK:
        return "–"
    if not rules:
        return "stays"
    by = "" if {channel for each in rules for channel in each.channels} == {"sms", "email"} else " for SMS"
    whom = " for third parties" if all(each.applies.roles == {Role.THIRD_PARTY} for each in rules) else ""
    return f"gives way{by}{whom}"


def test_every_policy_that_ships_is_in_the_table_and_no_other() -> None:
    assert sorted(table()) == sorted(shipped().policies)


def test_the_table_says_which_policies_are_complete() -> None:
    assert sorted(name for name, cells in table().items() if cells[1] == "complete") == sorted(COMPLETE)
    assert {cells[1] for cells in table().values()} == {"complete", "draft"}


def test_the_table_says_where_strict_fallback_gives_way() -> None:
    said = {name: cells[2] for name, cells in table().items()}
    assert said == {name: fallback_words(each) for name, each in shipped().policies.items()}


def asks_for_records(rule: Rule) -> bool:
    """Whether nothing that asks goes out until somebody notes a consent, an origin or a notice."""
    form = rule.form
    of_address = isinstance(form, Provenance) and bool(form.sources or form.fresh)
    return bool(rule.kinds & ASKING) and (of_address or isinstance(form, ConsentNeeded | NoticeFirst))


def test_the_page_names_every_policy_that_asks_for_something_on_record() -> None:
    asked = section("Choose your policies").partition("### What they ask of your data")[2]
    named = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\|[^|]+\|(.+)\|$", asked, re.MULTILINE))))
    asking = {name for name, each in shipped().policies.items() if any(map(asks_for_records, each.rules))}
    assert named - {"contract"} == asking
