"""What a sound configuration means, and what it takes to be one."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.catalogue import Catalogue, CatalogueError, load
from scheduler.domain.errors import UsageError
from scheduler.domain.hours import Week
from scheduler.domain.rules import CapRule, Period, Scope, WindowRule
from scheduler.domain.touchpoint import Kind
from tests.catalogue.configuration import (
    CADENCE,
    CREDITOR,
    DULY,
    POLICY,
    PROVIDERS,
    write_configuration,
)

SHIPPED = Path(__file__).parents[2] / "config"
NINE_TO_SIX = ((time(9), time(18)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for one configuration."""
    return tmp_path


def mistakes_in(config: Path) -> list[str]:
    """Return what is wrong, with files seen from the configuration."""
    with pytest.raises(CatalogueError) as refusal:
        load(config, PROVIDERS)
    return [str(each).removeprefix(f"{config}/") for each in refusal.value.mistakes]


def rule_of(folder: Path, form: str) -> WindowRule | CapRule:
    """Return the rule that a form makes of the first rule of the policy."""
    policy = (
        POLICY
        + f"  - rule: tried\n    kinds: [reply]\n    {form}\n    citation: c\n    confidence: reported\n"
    )
    catalogue = load(write_configuration(folder, policy=policy))
    return next(each for each in catalogue.policies["careful"].rules if each.id == "careful/tried")


# ------------------------------------------------------------------------------------------------- meaning


def test_the_shipped_configuration_is_sound() -> None:
    catalogue = load(SHIPPED, PROVIDERS)

    assert set(catalogue.creditors) == {"harbour"}
    assert catalogue.drafts == {"strict-fallback"}
    assert catalogue.channels == {"sms": ("outbox",), "email": ("outbox",)}


def test_the_shipped_policy_names_every_kind_that_the_shipped_cadence_sends() -> None:
    catalogue = load(SHIPPED)
    policy = catalogue.policy_for("harbour")

    for step in catalogue.cadences["standard"].steps:
        assert all(policy.rules_for(step.kind, channel) for channel in step.channels)


def test_steps_stand_in_the_order_in_which_they_come_due_wherever_the_file_has_them(folder: Path) -> None:
    head, rest = CADENCE.split("  - step: upcoming\n")
    upcoming, late_and_rest = rest.split("  - step: late\n")
    late, tail = late_and_rest.split("receipt: ")
    turned = f"{head}  - step: late\n{late}  - step: upcoming\n{upcoming}receipt: {tail}"

    straight = load(write_configuration(folder / "a")).cadences["standard"]
    cadence = load(write_configuration(folder / "b", cadence=turned)).cadences["standard"]

    assert [each.id for each in cadence.steps] == ["upcoming", "late"]
    assert cadence.version == straight.version


def test_a_step_means_its_day_its_time_its_words_and_its_channels_in_order(folder: Path) -> None:
    upcoming, late = load(write_configuration(folder)).cadences["standard"].steps

    assert (upcoming.offset_days, upcoming.at) == (-3, time(0))
    assert (late.offset_days, late.at) == (3, time(10))
    assert (late.kind, late.template, late.channels) == (Kind.OVERDUE_NOTICE, "late", ("sms", "email"))


def test_the_due_date_itself_is_no_day_away(folder: Path) -> None:
    cadence = CADENCE.replace("3 days before due", "on the due date").replace(
        "reminder_pre_due", "reminder_due"
    )
    policy = POLICY.replace("reminder_pre_due", "reminder_due")
    catalogue = load(write_configuration(folder, cadence=cadence, policy=policy))

    assert catalogue.cadences["standard"].steps[0].offset_days == 0


def test_a_day_that_no_hours_name_is_closed_and_so_is_a_holiday(folder: Path) -> None:
    rule = rule_of(folder, 'hours: {mon-fri: ["09:00-18:00"]}')

    assert isinstance(rule, WindowRule)
    assert rule.week == Week(dict.fromkeys(range(5), NINE_TO_SIX), ())


def test_holidays_may_be_like_any_day_or_have_hours_of_their_own(folder: Path) -> None:
    alike = rule_of(folder / "a", 'hours: {sat: ["09:00-18:00"], holidays: like any day}')
    own = rule_of(folder / "b", 'hours: {sat: [], sun: ["09:00-18:00"], holidays: ["10:00-24:00"]}')

    assert isinstance(alike, WindowRule)
    assert isinstance(own, WindowRule)
    assert alike.week == Week({5: NINE_TO_SIX}, None)
    assert own.week == Week({6: NINE_TO_SIX}, ((time(10), None),))


def test_a_stretch_of_days_may_go_round_the_end_of_the_week(folder: Path) -> None:
    rule = rule_of(folder, 'hours: {sun-tue: ["09:00-18:00"]}')

    assert isinstance(rule, WindowRule)
    assert sorted(rule.week.days) == [0, 1, 6]


def test_several_openings_of_a_day_are_put_in_order(folder: Path) -> None:
    rule = rule_of(folder, 'hours: {mon: ["14:00-18:00", "09:00-14:00"]}')

    assert isinstance(rule, WindowRule)
    assert rule.week.days == {0: ((time(9), time(14)), (time(14), time(18)))}


def test_limits_are_rolling_or_by_calendar_and_a_gap_is_a_limit_of_one(folder: Path) -> None:
    rolling = rule_of(folder / "a", "at_most: {count: 2, in: 7 days}")
    calendar = rule_of(folder / "b", "at_most: {count: 3, per: month, for: contact_point}")
    gap = rule_of(folder / "c", "gap: 48 hours")

    assert isinstance(rolling, CapRule)
    assert isinstance(calendar, CapRule)
    assert isinstance(gap, CapRule)
    assert (rolling.maximum, rolling.rolling, rolling.scope) == (2, timedelta(days=7), Scope.PERSON)
    assert (calendar.maximum, calendar.period, calendar.scope) == (3, Period.MONTH, Scope.CONTACT_POINT)
    assert (gap.maximum, gap.rolling) == (1, timedelta(hours=48))


def test_a_rule_without_channels_is_for_all_of_them(folder: Path) -> None:
    assert rule_of(folder / "a", "gap: 1 hour").channels == {"sms", "email"}
    assert rule_of(folder / "b", "gap: 1 hour\n    channels: [sms]").channels == {"sms"}


def test_a_creditors_policies_are_one_policy(folder: Path) -> None:
    config = write_configuration(folder, creditor=CREDITOR.replace("[careful]", "[quiet, careful]"))
    quiet = POLICY.replace("id: careful", "id: quiet")
    (config / "policies" / "quiet.yaml").write_text(quiet, encoding="utf-8")

    policy = load(config).policy_for("harbour")

    assert policy.id == "careful+quiet"
    assert [each.id for each in policy.rules] == sorted(each.id for each in policy.rules)
    assert {each.id.partition("/")[0] for each in policy.rules} == {"careful", "quiet"}


def test_an_unknown_creditor_has_no_policy(folder: Path) -> None:
    with pytest.raises(LookupError):
        load(write_configuration(folder)).policy_for("nobody")


def test_an_approved_policy_is_no_draft(folder: Path) -> None:
    approved = "status: approved\napproved: {by: A. Counsel, on: 2027-01-31}"
    policy = POLICY.replace("status: draft", approved)

    assert load(write_configuration(folder / "a")).drafts == {"careful"}
    assert load(write_configuration(folder / "b", policy=policy)).drafts == frozenset()


def test_what_is_not_said_has_a_default(folder: Path) -> None:
    catalogue = load(write_configuration(folder))

    assert catalogue.receipt_newest == timedelta(days=3)
    assert catalogue.creditors["harbour"].payment_link is None
    assert catalogue.creditors["harbour"].default_consent_basis is None


def test_a_list_of_providers_keeps_its_order(folder: Path) -> None:
    config = write_configuration(folder, duly=DULY.replace("[outbox]", "[smtp, outbox]"))

    assert load(config, PROVIDERS).channels["email"] == ("smtp", "outbox")


def test_a_creditor_may_write_under_a_name_with_a_comma(folder: Path) -> None:
    sender = "'\"Harbour, Ltd\" <plans@harbour.example.com>'"
    creditor = CREDITOR.replace("Harbour Lending <plans@harbour.example.com>", sender)

    loaded = load(write_configuration(folder, creditor=creditor)).creditors["harbour"]

    assert loaded.email_from == '"Harbour, Ltd" <plans@harbour.example.com>'


# ------------------------------------------------------------------------------------------------ versions


def versions(catalogue: Catalogue) -> tuple[str, str, str]:
    """Return every version in a catalogue of one of each."""
    return catalogue.version, catalogue.cadences["standard"].version, catalogue.policies["careful"].version


def test_versions_do_not_change_with_comments_quotes_or_the_order_of_keys_and_rules(folder: Path) -> None:
    rules = POLICY.split("  - rule: ")
    turned = f"# A comment.\n{rules[0]}  - rule: {rules[2]}  - rule: {rules[1]}"
    duly = 'templates: "words"\nchannels: {email: outbox, sms: outbox}\n'

    before = load(write_configuration(folder / "a"))
    after = load(write_configuration(folder / "b", policy=turned, duly=duly))

    assert versions(before) == versions(after)


@pytest.mark.parametrize(
    ("part", "text", "old", "new", "changed"),
    [
        ("cadence", CADENCE, "3 days after", "4 days after", (True, True, False)),
        ("cadence", CADENCE, "[sms, email]", "[email, sms]", (True, True, False)),
        ("policy", POLICY, "18:00", "17:59", (True, False, True)),
        ("policy", POLICY, "holidays: like any day", "holidays: closed", (True, False, True)),
        ("creditor", CREDITOR, "Europe/London", "Europe/Paris", (True, False, False)),
        ("duly", DULY, "[outbox]", "[outbox, smtp]", (True, False, False)),
    ],
    ids=["day", "order-of-channels", "hours", "holidays", "zone", "providers"],
)
def test_a_version_changes_with_what_it_means(
    folder: Path, part: str, text: str, old: str, new: str, changed: tuple[bool, bool, bool]
) -> None:
    before = versions(load(write_configuration(folder / "a")))
    after = versions(load(write_configuration(folder / "b", **{part: text.replace(old, new)})))

    assert tuple(a != b for a, b in zip(before, after, strict=True)) == changed


def test_the_version_changes_with_the_words(folder: Path) -> None:
    config = write_configuration(folder)
    before = load(config).version
    (config / "words" / "late" / "sms.en.txt").write_text("It is late.\n", encoding="utf-8")

    assert load(config).version != before


# ------------------------------------------------------------------------------------- files as a whole


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
