"""A policy that cannot be read stops what goes out to those whom it governs, and to nobody else."""

from pathlib import Path

import pytest

from channels.registry import ROOMS
from scheduler.catalogue import CatalogueError, load
from scheduler.domain.decision import Refuse, Send
from scheduler.domain.touchpoint import Kind
from tests.catalogue.configuration import CREDITOR, POLICY, add_file, write_configuration
from tests.catalogue.deciding import against, decided

APPLIES = "applies: {residence: [FR]}\n"
BROKEN = POLICY.replace("careful", "broken").replace("18:00", "18.00")
"""A policy with one mistake, in the hours of its first rule."""

OTHER = CREDITOR.replace("id: harbour", "id: quay").replace("[careful]", "[careful, broken]")
"""A second creditor, under the broken policy too."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for one configuration."""
    return tmp_path


def with_broken(folder: Path, policy: str, listed: str = "[careful, broken]") -> Path:
    """Write a configuration whose creditor harbour is under the broken policy too."""
    config = write_configuration(folder, creditor=CREDITOR.replace("[careful]", listed))
    return add_file(config, "policies/broken.yaml", policy)


def test_one_creditors_broken_policy_does_not_stop_another_creditor(folder: Path) -> None:
    config = add_file(write_configuration(folder), "policies/broken.yaml", BROKEN)
    catalogue = load(add_file(config, "creditors/quay.yaml", OTHER), ROOMS, tolerant=True)

    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, creditor="quay")) == ["broken/unreadable"]


def test_under_a_broken_policy_alone_nothing_goes_out(folder: Path) -> None:
    catalogue = load(with_broken(folder, BROKEN, "[broken]"), ROOMS, tolerant=True)

    assert isinstance(decided(catalogue), Refuse)


def test_whoever_checks_hears_of_it_and_whoever_runs_can_tell(folder: Path) -> None:
    config = with_broken(folder, BROKEN)
    with pytest.raises(CatalogueError) as refusal:
        load(config, ROOMS)
    (mistake,) = refusal.value.mistakes

    catalogue = load(config, ROOMS, tolerant=True)

    assert mistake.file == f"{config}/policies/broken.yaml"
    assert catalogue.broken == {"broken": (mistake,)}
    assert list(catalogue.complaints()) == [
        f"{mistake} (until then, nothing goes out to anybody whom broken governs)"
    ]


def test_a_configuration_without_such_a_mistake_has_no_complaints(folder: Path) -> None:
    catalogue = load(write_configuration(folder), ROOMS, tolerant=True)

    assert catalogue.broken == {}
    assert list(catalogue.complaints()) == []


def test_it_governs_whom_it_says_as_long_as_that_can_be_read(folder: Path) -> None:
    catalogue = load(with_broken(folder, APPLIES + BROKEN), ROOMS, tolerant=True)

    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, "FR")) == ["broken/unreadable"]


@pytest.mark.parametrize(
    "policy",
    [
        BROKEN,
        APPLIES.replace("FR", "France") + BROKEN,
        APPLIES.replace("residence", "residense") + BROKEN,
        "applies: {}\n" + BROKEN,
        "applies: {residence: [FR], postal_codes: ['75'], product: [loan], other_than_product: [loan]}\n" + BROKEN,
        "applies: [FR]\n" + BROKEN,
        APPLIES + APPLIES.replace("FR", "DE") + BROKEN,
        APPLIES + BROKEN + "  - {\n",
        "- a list\n",
        "",
    ],
    ids=[
        "left-out",
        "no-place",
        "misspelt",
        "empty",
        "contradictory",
        "a-list",
        "twice",
        "no-yaml",
        "no-mapping",
        "no-text",
    ],
)  # fmt: skip
def test_it_governs_everybody_when_whom_it_is_for_cannot_be_read_either(folder: Path, policy: str) -> None:
    catalogue = load(with_broken(folder, policy), ROOMS, tolerant=True)

    assert against(decided(catalogue)) == ["broken/unreadable"]


def test_every_kind_of_message_is_stopped_on_every_channel(folder: Path) -> None:
    catalogue = load(with_broken(folder, BROKEN), ROOMS, tolerant=True)
    (rule,) = catalogue.policies["broken"].rules

    assert rule.kinds == set(Kind)
    assert rule.channels == {"sms", "email"}


def test_a_broken_fallback_stops_only_whom_it_stands_in_for(folder: Path) -> None:
    law = POLICY.replace("status:", "applies: {residence: [GB]}\nstatus:").replace(": U", ": V1")
    fallback = BROKEN.replace("broken", "strict-fallback")
    config = add_file(write_configuration(folder, policy=law), "policies/strict-fallback.yaml", fallback)
    catalogue = load(config, ROOMS, tolerant=True)

    assert isinstance(decided(catalogue), Send)
    assert isinstance(decided(catalogue, "FR"), Refuse)


def test_a_broken_calendar_breaks_the_policies_that_ask_it_and_no_others(folder: Path) -> None:
    asking = POLICY.replace("careful", "asking").replace(
        '{mon-fri: ["09:00-18:00"]}', '{mon-fri: ["09:00-18:00"]}\n    calendar: harbour-days'
    )
    config = write_configuration(folder)
    add_file(config, "policies/asking.yaml", asking)
    add_file(config, "calendars/harbour-days.yaml", "id: harbour-days\n")
    add_file(config, "creditors/quay.yaml", OTHER.replace("broken", "asking"))

    catalogue = load(config, ROOMS, tolerant=True)

    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, creditor="quay")) == ["asking/unreadable"]
    assert {each.file for each in catalogue.broken["asking"]} == {f"{config}/calendars/harbour-days.yaml"}


def test_a_mistake_of_a_calendar_is_said_once(folder: Path) -> None:
    named = POLICY.replace(
        '{mon-fri: ["09:00-18:00"]}', '{mon-fri: ["09:00-18:00"]}\n    calendar: harbour-days'
    )
    config = write_configuration(folder, policy=named)
    add_file(config, "calendars/harbour-days.yaml", "id: harbour-days\n")

    with pytest.raises(CatalogueError) as refusal:
        load(config, ROOMS)

    assert len(set(refusal.value.mistakes)) == len(refusal.value.mistakes)
    assert {each.file for each in refusal.value.mistakes} == {f"{config}/calendars/harbour-days.yaml"}


def test_a_mended_policy_is_another_version_so_that_what_was_refused_is_looked_at_again(folder: Path) -> None:
    broken = load(with_broken(folder / "a", BROKEN), ROOMS, tolerant=True).version
    elsewhere = load(with_broken(folder / "b", APPLIES + BROKEN), ROOMS, tolerant=True).version
    mended = load(with_broken(folder / "c", BROKEN.replace("18.00", "18:00")), ROOMS, tolerant=True).version

    assert len({broken, elsewhere, mended}) == 3


def test_a_policy_lies_in_a_file_of_its_name_or_is_broken(folder: Path) -> None:
    catalogue = load(with_broken(folder, POLICY), ROOMS, tolerant=True)

    assert catalogue.broken.keys() == {"broken"}
    assert against(decided(catalogue)) == ["broken/unreadable"]


@pytest.mark.parametrize("name", ["draft", "unreadable"])
def test_no_rule_may_have_the_name_of_one_of_duly_s_own(folder: Path, name: str) -> None:
    policy = POLICY.replace("careful", "broken").replace("asking-hours", name)

    with pytest.raises(CatalogueError) as refusal:
        load(with_broken(folder, policy), ROOMS)

    sentence = f'broken.yaml:5:5: "{name}" is what Duly calls a rule of its own; give this one another name'
    assert str(refusal.value).endswith(sentence)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("creditors/harbour.yaml", CREDITOR.replace("careful", "carefull"), 'there is no policy "carefull"'),
        (
            "creditors/harbour.yaml",
            CREDITOR.replace("[careful]", "[careful, careful]"),
            "names something twice",
        ),
        ("policies/strict-fallback.yml", POLICY, "this would be overlooked"),
        ("cadences/standard.yaml", "id: standard\n", "steps is missing"),
        (
            "duly.yaml",
            "channels: {sms: outbox, email: pigeon}\ntemplates: words\n",
            '"pigeon" is no provider',
        ),
    ],
    ids=["misspelt", "twice", "overlooked", "cadence", "duly"],
)
def test_any_other_mistake_stops_everybody(folder: Path, name: str, text: str, sentence: str) -> None:
    config = add_file(with_broken(folder, BROKEN), name, text)

    with pytest.raises(CatalogueError) as refusal:
        load(config, ROOMS, tolerant=True)

    assert sentence in str(refusal.value)
    assert "broken.yaml" not in str(refusal.value)
