"""Whether a creditor's policies can ever let out what its cadence sends."""

from pathlib import Path

import pytest

from scheduler.catalogue import CatalogueError, load
from tests.catalogue.configuration import CREDITOR, POLICY, PROVIDERS, add_file, write_configuration

FALLBACK = POLICY.replace("id: careful", "id: strict-fallback")
"""A policy for everybody, closed at the weekend."""

ALL_WEEK = (
    POLICY.replace("mon-fri", "mon-sun")
    .replace("status:", "applies: {residence: [GB]}\nstatus:")
    .replace("confidence: U", "confidence: V1")
)
"""The law of one country, open at the weekend."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for one configuration."""
    return tmp_path


def mistakes_in(config: Path) -> list[str]:
    """Return what is wrong, with files seen from the configuration."""
    with pytest.raises(CatalogueError) as refusal:
        load(config, PROVIDERS)
    return [str(each).removeprefix(f"{config}/") for each in refusal.value.mistakes]


def both(folder: Path, first: str, second: str) -> Path:
    """Write a configuration whose creditor is under two policies, `first` in the place of the usual one."""
    config = write_configuration(
        folder, policy=first, creditor=CREDITOR.replace("[careful]", "[careful, second]")
    )
    return add_file(config, "policies/second.yaml", second)


WEEKEND = POLICY.replace("careful", "second").replace("mon-fri", "sat-sun")
"""A second policy, whose hours never meet those of the usual one."""


def test_hours_that_never_meet_are_a_mistake_where_both_hold_for_everybody(folder: Path) -> None:
    found = mistakes_in(both(folder, POLICY, WEEKEND))

    assert found[0].endswith("let the hours of careful/asking-hours and second/asking-hours meet")


@pytest.mark.parametrize(
    "second",
    [
        WEEKEND.replace("status:", "applies: {residence: [FR]}\nstatus:"),
        WEEKEND.replace("status:", "applies: {product: [loan]}\nstatus:"),
        WEEKEND.replace("status:", "effective: {from: 2028-01-01}\nstatus:"),
        WEEKEND.replace(
            '["09:00-18:00"]}', '["09:00-18:00"]}\n    with_consent: {mon-sun: ["06:00-24:00"]}'
        ).replace(": U", ": V1"),
        WEEKEND.replace('["09:00-18:00"]}', '["09:00-18:00"]}\n    answers: at any time').replace(
            ": U", ": V1"
        ),
    ],
    ids=["elsewhere", "another-product", "later", "with-consent", "answers"],
)
def test_hours_that_hold_for_some_or_sometimes_need_not_meet_the_others(folder: Path, second: str) -> None:
    load(both(folder, POLICY, second), PROVIDERS)


def test_the_fallback_need_not_meet_the_others_where_there_is_local_law(folder: Path) -> None:
    config = both(folder, POLICY.replace("mon-fri", "sat-sun"), ALL_WEEK.replace("careful", "second"))

    load(add_file(config, "policies/strict-fallback.yaml", FALLBACK), PROVIDERS)


def test_local_law_that_nobody_verified_does_not_make_the_fallback_give_way(folder: Path) -> None:
    unverified = ALL_WEEK.replace("careful", "second").replace("confidence: V1", "confidence: U")
    config = both(folder, POLICY.replace("mon-fri", "sat-sun"), unverified)

    found = mistakes_in(add_file(config, "policies/strict-fallback.yaml", FALLBACK))

    assert found[0].endswith("let the hours of careful/asking-hours and strict-fallback/asking-hours meet")


def test_the_fallback_gives_hours_for_what_the_others_leave_out(folder: Path) -> None:
    asking_only = POLICY[: POLICY.index("  - rule: answering-hours")]
    config = write_configuration(folder, policy=asking_only)
    assert "none of these policies gives hours for receipt by email" in mistakes_in(config)[0]

    load(add_file(config, "policies/strict-fallback.yaml", FALLBACK), PROVIDERS)


def test_hours_for_another_role_give_no_hours(folder: Path) -> None:
    policy = POLICY.replace("status:", "applies: {role: [third_party]}\nstatus:")

    found = mistakes_in(write_configuration(folder, policy=policy))

    assert len(found) == 4
    assert all("none of these policies gives hours for" in each for each in found)


def test_a_fallback_that_never_meets_the_hours_for_everybody_is_a_mistake(folder: Path) -> None:
    config = write_configuration(folder, policy=POLICY.replace("mon-fri", "sat-sun"))
    found = mistakes_in(add_file(config, "policies/strict-fallback.yaml", FALLBACK))

    assert found[0].endswith("let the hours of careful/asking-hours and strict-fallback/asking-hours meet")


@pytest.mark.parametrize(
    ("first", "second", "is_sound"),
    [
        ('{mon: ["09:00-12:00"]}', '{mon: ["12:00-15:00"]}', False),
        ('{mon: ["09:00-12:01"]}', '{mon: ["12:00-15:00"]}', True),
        ('{mon: ["09:00-12:00"]}', '{tue: ["09:00-12:00"], holidays: ["09:00-12:00"]}', False),
        ('{mon: ["09:00-12:00"], holidays: like any day}', '{tue: ["09:00-12:00"], holidays: ["09:00-12:00"]}', True),
        ('{mon: [], holidays: ["15:00-18:00"]}', '{tue: ["09:00-12:00"], holidays: ["16:00-18:00"]}', True),
    ],
    ids=["touching", "overlapping", "a-holiday-closes", "a-holiday-like-any-day", "both-on-holidays"],
)  # fmt: skip
def test_hours_meet_if_one_instant_of_the_week_or_of_a_holiday_is_open_in_both(
    folder: Path, first: str, second: str, is_sound: bool
) -> None:
    other = POLICY.replace("careful", "other").replace('{mon-fri: ["09:00-18:00"]}', second)
    config = write_configuration(
        folder,
        policy=POLICY.replace('{mon-fri: ["09:00-18:00"]}', first),
        creditor=CREDITOR.replace("[careful]", "[careful, other]"),
    )
    add_file(config, "policies/other.yaml", other)

    if is_sound:
        load(config)
    else:
        assert all("are never open" in each for each in mistakes_in(config))
