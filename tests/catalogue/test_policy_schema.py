"""The schema that editors read: published as it is made, true of the shipped policies, and no looser than it can be."""

import json
from pathlib import Path
from typing import Any

import pytest

from scheduler.catalogue.models_rule import FORMS
from scheduler.catalogue.models_windows import BESIDE_HOURS
from scheduler.catalogue.schema import policy_schema, schema_text
from scheduler.catalogue.yaml import read
from tests.catalogue.json_schema import faults
from tests.catalogue.policy_text import policy_text

CONFIG = Path(__file__).parents[2] / "config"
PUBLISHED = CONFIG / "schemas" / "policy.json"
POLICIES = sorted((CONFIG / "policies").glob("*.yaml"))
MISTAKES = Path(__file__).parent / "mistakes"

SCHEMA = policy_schema()


def faults_of(path: Path) -> list[str]:
    """Return where a policy's file breaks the schema."""
    return list(faults(read(path, path.name)[0].data(), SCHEMA, SCHEMA))


def written(folder: Path, text: str) -> Path:
    """Write a policy into a folder."""
    path = folder / "careful.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_schema_is_the_one_that_the_models_make() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), "write schema_text() to it anew"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_a_shipped_policy_fits_the_schema(policy: Path) -> None:
    assert faults_of(policy) == []


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_a_shipped_policy_tells_editors_where_the_schema_lies(policy: Path) -> None:
    first, _, _ = policy.read_text(encoding="utf-8").partition("\n")
    name, _, path = first.partition("=")

    assert name == "# yaml-language-server: $schema"
    assert (policy.parent / path).resolve() == PUBLISHED


SOUND = (
    'hours: {mon-fri: ["09:00-18:00"], sat-sun: closed, holidays: like any day}',
    'quiet: ["22:00-08:00"]\nmargin: 5 minutes\nclock: received',
    "at_most: {count: 2, in: 7 days}\ncounts: {channels: [call], unit: sent, requested: no}",
    "gap: 48 hours",
    "gap: {of: 48 hours, for: plan}",
    "one_channel: {per: week}",
    "closed_on: [2027-02-06, 2027-02-08..2027-02-12]",
    "notice_first: {kinds: first_contact_notice, by: [letter], wait: 6 days}",
    "deadline: 5 minutes",
    "consent: {grants: [written]}",
    "address: {fresh: 60 days, proof: [used]}",
    "opt_out: {reaches: sender}",
    'phrase: {texts: {en: "Hello."}, turn: first}',
    'forbid: {numbers: ["+449"]}',
    "hold: {of: [moratorium], lasts: 60 days, extensions: 1}",
    "keep: {for: 3 years}",
    "stated_times: {weekly: 28 hours}",
    "merge: yes",
    "never: Not here",
)


def test_every_form_is_tried() -> None:
    assert {each.partition(":")[0] for each in SOUND} == set(FORMS)


@pytest.mark.parametrize("form", SOUND)
def test_what_a_policy_may_say_fits_the_schema(tmp_path: Path, form: str) -> None:
    head = 'applies: {residence: [US-NY], postal_codes: ["100"], role: [third_party]}\neffective: {to: 2027-12-31}'
    assert faults_of(written(tmp_path, policy_text(form, head=head))) == []


CAUGHT = (
    "address-with-proof-of-nothing", "answers-in-other-words", "applies-to-nobody", "approved-by-nobody",
    "approved-though-a-draft", "clock-received-without-a-margin", "consent-to-nothing",
    "counts-where-nothing-counts", "effective-on-no-day", "forbid-nothing",
    "group-misspelt", "hold-extended-without-a-length", "keep-for-ever", "limit-of-nothing",
    "limit-with-two-times", "limit-without-a-time", "margin-without-hours", "merge-no",
    "monday-like-any-day", "no-rule", "notice-that-is-none", "notice-with-two-times", "phrase-in-an-unknown-language",
    "phrase-with-a-brace-left-open", "phrase-with-an-unknown-placeholder", "phrase-without-texts",
    "postal-codes-of-two-places", "quiet-in-other-words", "rule-with-two-forms", "rule-without-a-form",
    "unknown-confidence", "unknown-key", "unknown-weekday", "wider-hours-that-nobody-verified",
)  # fmt: skip


@pytest.mark.parametrize("name", CAUGHT)
def test_an_editor_catches_what_one_rule_says_wrongly(name: str) -> None:
    assert faults_of(MISTAKES / f"{name}.yaml")


@pytest.mark.parametrize("key", BESIDE_HOURS)
def test_what_stands_beside_hours_does_not_stand_alone(key: str) -> None:
    rule: dict[str, Any] = SCHEMA["$defs"]["RuleModel"]

    assert rule["dependentSchemas"][key] == {"anyOf": [{"required": ["hours"]}, {"required": ["quiet"]}]}


def test_every_key_says_what_it_is_for() -> None:
    mappings = {"policy": SCHEMA, **SCHEMA["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, mapping in mappings.items()
        for key, schema in mapping["properties"].items()
        if "description" not in schema
    ]

    assert silent == []


def test_the_schema_is_json_and_names_its_dialect() -> None:
    assert json.loads(schema_text())["$schema"] == "https://json-schema.org/draft/2020-12/schema"
