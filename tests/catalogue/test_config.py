"""What a sound configuration means, and what it takes to be one."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue, load
from scheduler.domain.counters import Cap, Period, Scope
from scheduler.domain.hours import Week
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Hours
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


def rule_of(folder: Path, form: str) -> Rule:
    """Return the rule that a form makes, beside the other rules of the policy."""
    policy = (
        POLICY + f"  - rule: tried\n    kinds: [reply]\n    {form}\n    citation: c\n    confidence: V2\n"
    )
    catalogue = load(write_configuration(folder, policy=policy))
    return next(each for each in catalogue.policies["careful"].rules if each.id == "careful/tried")


# ------------------------------------------------------------------------------------------------- meaning


def test_the_shipped_configuration_is_sound() -> None:
    catalogue = load(SHIPPED, PROVIDERS)

    assert set(catalogue.creditors) == {"harbour"}
    assert catalogue.drafts_in_use == {"strict-fallback"}
    assert catalogue.channels == {"sms": ("outbox",), "email": ("outbox",)}


def test_the_shipped_policy_names_every_kind_that_the_shipped_cadence_sends() -> None:
    catalogue = load(SHIPPED)
    policy = catalogue.policy_for("harbour")

    hours = [each for each in policy.rules if isinstance(each.form, Hours)]
    for step in catalogue.cadences["standard"].steps:
        for channel in step.channels:
            assert any(each.names(step.kind, channel) for each in hours)


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
    form = rule_of(folder, 'hours: {mon-fri: ["09:00-18:00"]}').form

    assert isinstance(form, Hours)
    assert form.week == Week(dict.fromkeys(range(5), NINE_TO_SIX), ())


def test_holidays_may_be_like_any_day_or_have_hours_of_their_own(folder: Path) -> None:
    alike = rule_of(folder / "a", 'hours: {sat: ["09:00-18:00"], holidays: like any day}').form
    own = rule_of(folder / "b", 'hours: {sat: [], sun: ["09:00-18:00"], holidays: ["10:00-24:00"]}').form

    assert isinstance(alike, Hours)
    assert isinstance(own, Hours)
    assert alike.week == Week({5: NINE_TO_SIX}, None)
    assert own.week == Week({6: NINE_TO_SIX}, ((time(10), None),))


def test_a_stretch_of_days_may_go_round_the_end_of_the_week(folder: Path) -> None:
    form = rule_of(folder, 'hours: {sun-tue: ["09:00-18:00"]}').form

    assert isinstance(form, Hours)
    assert sorted(form.week.days) == [0, 1, 6]


def test_several_openings_of_a_day_are_put_in_order(folder: Path) -> None:
    form = rule_of(folder, 'hours: {mon: ["14:00-18:00", "09:00-14:00"]}').form

    assert isinstance(form, Hours)
    assert form.week.days == {0: ((time(9), time(14)), (time(14), time(18)))}


def test_limits_are_rolling_or_by_calendar_and_a_gap_is_a_limit_of_one(folder: Path) -> None:
    rolling = rule_of(folder / "a", "at_most: {count: 2, in: 7 days}").form
    calendar = rule_of(folder / "b", "at_most: {count: 3, per: month, for: contact_point}").form
    gap = rule_of(folder / "c", "gap: 48 hours").form

    assert isinstance(rolling, Cap)
    assert isinstance(calendar, Cap)
    assert isinstance(gap, Cap)
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
