"""Files as a whole: which are read, which are refused, and that none takes long."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.catalogue import CatalogueError, load
from scheduler.domain.decision import Defer
from scheduler.domain.errors import UsageError
from tests.catalogue.configuration import (
    CADENCE,
    CREDITOR,
    DULY,
    POLICY,
    PROVIDERS,
    add_file,
    write_configuration,
)
from tests.catalogue.deciding import decided


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for one configuration."""
    return tmp_path


def mistakes_in(config: Path) -> list[str]:
    """Return what is wrong, with files seen from the configuration."""
    with pytest.raises(CatalogueError) as refusal:
        load(config, PROVIDERS)
    return [str(each).removeprefix(f"{config}/") for each in refusal.value.mistakes]


def test_a_folder_without_an_entrance_is_refused_with_a_remedy(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no duly\.yaml; name the folder that does with --config"):
        load(folder)


def test_a_configuration_without_a_creditor_is_refused(folder: Path) -> None:
    config = write_configuration(folder)
    (config / "creditors" / "harbour.yaml").unlink()

    assert mistakes_in(config) == ["creditors: there is no creditor here; add one, such as harbour.yaml"]


def test_a_file_that_would_be_overlooked_is_a_mistake(folder: Path) -> None:
    config = write_configuration(folder)
    (config / "policies" / "strict.yml").write_text(POLICY, encoding="utf-8")

    assert mistakes_in(config) == [
        "policies/strict.yml: this would be overlooked; rename it to end in .yaml, or move it"
    ]


@pytest.mark.parametrize("name", [".swap.yaml", "standard.yaml~", "README.md"])
def test_what_editors_and_people_leave_behind_is_no_mistake(folder: Path, name: str) -> None:
    config = write_configuration(folder)
    (config / "cadences" / name).write_text("not: [ours", encoding="utf-8")

    assert load(config).cadences.keys() == {"standard"}


def test_mistakes_of_all_files_are_reported_together(folder: Path) -> None:
    config = write_configuration(
        folder,
        duly=DULY.replace("sms:", "sns:"),
        cadence=CADENCE.replace("3 days after due", "late"),
        policy=POLICY.replace("status: draft", "status: daft"),
        creditor=CREDITOR.replace("Europe/London", "London"),
    )

    files = [each.partition(":")[0] for each in mistakes_in(config)]

    assert files == ["cadences/standard.yaml", "creditors/harbour.yaml", "duly.yaml", "policies/careful.yaml"]


def test_a_mistake_in_one_file_makes_no_mistakes_in_those_that_name_it(folder: Path) -> None:
    config = write_configuration(folder, cadence="id: standard\n", policy="id: careful\n")

    assert not [each for each in mistakes_in(config) if each.startswith("creditors")]


def test_a_channel_that_nobody_serves_cannot_be_a_steps(folder: Path) -> None:
    config = write_configuration(folder, duly=DULY.replace("  email: [outbox]\n", ""))

    assert "no provider serves email; add it under `channels` in duly.yaml" in mistakes_in(config)[0]


def test_a_mistake_in_the_words_is_reported_with_the_others(folder: Path) -> None:
    config = write_configuration(folder, creditor=CREDITOR.replace("Europe/London", "London"))
    (config / "words" / "late" / "sms.en.txt").write_text("{% if %}", encoding="utf-8")

    creditor, words = mistakes_in(config)

    assert creditor.startswith("creditors/harbour.yaml:6:1: ")
    assert words.startswith("words/late/sms.en.txt:1:1: ")


def test_a_file_in_another_encoding_is_refused_where_it_stops_being_utf_8(folder: Path) -> None:
    config = write_configuration(folder)
    (config / "creditors" / "harbour.yaml").write_bytes("id: harbour\nname: Müller\n".encode("latin-1"))

    sentence = "creditors/harbour.yaml:2:8: this is not UTF-8; save the file in that encoding"
    assert mistakes_in(config) == [sentence]


def test_a_byte_order_mark_is_welcome(folder: Path) -> None:
    config = write_configuration(folder)
    (config / "creditors" / "harbour.yaml").write_text("\ufeff" + CREDITOR, encoding="utf-8")

    assert load(config).creditors.keys() == {"harbour"}


def test_a_control_character_is_refused_where_it_stands(folder: Path) -> None:
    config = write_configuration(folder, creditor=CREDITOR.replace("role: ", "role: \x00"))

    sentence = "creditors/harbour.yaml:3:7: there is a character here that YAML does not allow; remove it"
    assert mistakes_in(config) == [sentence]


def test_an_empty_file_is_refused(folder: Path) -> None:
    config = write_configuration(folder, policy="")

    assert mistakes_in(config) == ["policies/careful.yaml: the file is empty; fill it in or delete it"]


def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    config = write_configuration(folder)
    (config / "policies" / "quiet.yaml").mkdir()

    sentence = "policies/quiet.yaml: this is no file that can be read; put a YAML file in its place"
    assert mistakes_in(config) == [sentence]


def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(folder: Path) -> None:
    config = write_configuration(folder)
    os.mkfifo(config / "policies" / "quiet.yaml")

    assert mistakes_in(config)[0].startswith("policies/quiet.yaml: this is no file that can be read")


def test_a_megabyte_is_read_and_one_byte_more_is_refused(folder: Path) -> None:
    filling = 1_000_000 - len(POLICY.encode())
    config = write_configuration(folder, policy=f"{POLICY}#{'x' * (filling - 2)}\n")
    assert load(config).policies.keys() == {"careful"}

    config = write_configuration(folder, policy=f"{POLICY}#{'x' * (filling - 1)}\n")
    assert mistakes_in(config) == ["policies/careful.yaml: the file is larger than 1 MB; split it"]


def shapes() -> Iterator[tuple[str, str]]:
    """Files that make a careless reader slow, deep or large."""
    yield "open-brackets", "[" * 100_000
    yield "open-braces", "{a: " * 100_000
    yield "dashes", "- " * 100_000
    yield "questions", "? " * 100_000
    yield "many-values", "- a\n" * 60_000
    yield "one-long-key", "x" * 100_000 + ": a"
    yield "many-unknown-keys", "".join(f"k{index}: a\n" for index in range(20_000))
    yield "one-long-empty-key", "x" * 100_000 + ":"
    yield "long-empty-hours", "rules: [{hours: {" + "x" * 100_000 + ": }}]"
    yield "one-key-many-times", "a: b\n" * 20_000
    yield "laughs", "a: &a [x]\n" + "".join(f"{index}: &a [*a, *a]\n" for index in range(1000))


@pytest.mark.parametrize(("name", "text"), [pytest.param(*each, id=each[0]) for each in shapes()])
def test_no_file_is_too_strange_to_be_refused_in_a_few_sentences(folder: Path, name: str, text: str) -> None:
    found = mistakes_in(write_configuration(folder, policy=text))

    assert 1 <= len(found) <= 50, name
    assert all(len(each) < 300 for each in found)


@given(
    text=st.one_of(
        st.text(max_size=200),
        st.lists(st.sampled_from([*POLICY.split("\n"), "- ", "  x:", "{", "[", '"']), max_size=20).map(
            "\n".join
        ),
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    config = write_configuration(tmp_path_factory.mktemp("config"))
    (config / "policies" / "careful.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(CatalogueError):
        load(config)


# -------------------------------------------------------------------------------------------- other folders


CALENDAR = """\
id: harbour-days
title: Days without collection
citation: house rule
confidence: U
covers: {from: 2027, to: 2027}
days:
  - {name: Founder's Day, on: "03-09"}
"""


def test_a_policy_may_ask_a_calendar_of_its_own(folder: Path) -> None:
    named = POLICY.replace(
        '{mon-fri: ["09:00-18:00"]}', '{mon-fri: ["09:00-18:00"]}\n    calendar: harbour-days'
    )
    catalogue = load(
        add_file(write_configuration(folder, policy=named), "calendars/harbour-days.yaml", CALENDAR)
    )

    decision = decided(catalogue)

    assert isinstance(decision, Defer)
    assert decision.until == datetime(2027, 3, 10, 9, tzinfo=UTC)


def test_the_version_changes_with_a_calendar(folder: Path) -> None:
    config = add_file(write_configuration(folder), "calendars/harbour-days.yaml", CALENDAR)
    before = load(config).version

    assert (
        load(add_file(config, "calendars/harbour-days.yaml", CALENDAR.replace("03-09", "03-10"))).version
        != before
    )


@pytest.mark.parametrize("name", ["tests/policies/careful.yaml", "schemas/policy.json"])
def test_folders_that_are_not_the_configurations_are_left_alone(folder: Path, name: str) -> None:
    config = write_configuration(folder)
    before = load(config).version
    (config / name).parent.mkdir(parents=True)
    (config / name).write_text("not: [ours", encoding="utf-8")

    assert load(config).version == before
