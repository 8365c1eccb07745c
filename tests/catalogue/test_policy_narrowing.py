"""Whom a rule holds for and when: its policy's persons and days, and its own within them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.catalogue.models_policy import PolicyModel
from scheduler.domain.plan import Role
from scheduler.domain.rule import Applies, Confidence, Effective, Residence
from tests.catalogue.policy_text import model_of, policy_of, policy_text, rule_of, sentences_of

GAP = "gap: 1 day"
US = "applies: {residence: [US]}"


def applies_of(folder: Path, policy: str, rule: str) -> Applies:
    """Return whom a rule holds for, whose policy says `policy` and which itself says `rule`."""
    head = f"applies: {{{policy}}}" if policy else ""
    return rule_of(folder, f"{GAP}\napplies: {{{rule}}}" if rule else GAP, head=head).applies


def test_whom_a_policy_is_for_holds_for_each_of_its_rules(tmp_path: Path) -> None:
    policy = (
        "residence: [US, CA-ON], role: [third_party], product: [cards], "
        "other_than_product: [homes], debt_status: [charged-off]"
    )

    assert applies_of(tmp_path, policy, "") == Applies(
        (Residence("US"), Residence("CA", "ON")),
        frozenset({Role.THIRD_PARTY}),
        frozenset({"cards"}),
        frozenset({"homes"}),
        frozenset({"charged-off"}),
    )


@pytest.mark.parametrize(
    ("policy", "rule", "meaning"),
    [
        ("residence: [US]", "residence: [US-NY]", (Residence("US", "NY"),)),
        ("residence: [US, CA]", "residence: [CA-QC, US]", (Residence("CA", "QC"), Residence("US"))),
        ("role: [third_party]", "residence: [US-NY]", (Residence("US", "NY"),)),
        ("residence: [US]", 'residence: [US-NY], postal_codes: ["100", "101"]',
         (Residence("US", "NY", ("100", "101")),)),
        ('residence: [US-NY], postal_codes: ["10"]', "residence: [US-NY]", (Residence("US", "NY", ("10",)),)),
        ('residence: [US-NY], postal_codes: ["10"]', 'residence: [US-NY], postal_codes: ["104"]',
         (Residence("US", "NY", ("104",)),)),
    ],
    ids=["region", "several", "rule-only", "postal-codes", "policys-postal-codes", "narrower-postal-codes"],
)  # fmt: skip
def test_a_rules_residence_narrows_its_policys(
    tmp_path: Path, policy: str, rule: str, meaning: tuple[Residence, ...]
) -> None:
    assert applies_of(tmp_path, policy, rule).residence == meaning


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        ("residence: [US-NY]", "residence: [US]"),
        ("residence: [US-NY]", "residence: [US-NJ]"),
        ("residence: [US]", "residence: [US-NY, CA-QC]"),
        ('residence: [US-NY], postal_codes: ["10"]', 'residence: [US-NY], postal_codes: ["104", "112"]'),
        ("role: [third_party]", "role: [original_creditor]"),
        ("product: [cards]", "product: [homes]"),
        ("debt_status: [current]", "debt_status: [charged-off]"),
        ("other_than_product: [cards]", "product: [cards]"),
        ("product: [cards]", "other_than_product: [cards]"),
    ],
    ids=[
        "wider",
        "elsewhere",
        "partly",
        "postal-codes",
        "role",
        "product",
        "status",
        "left-out",
        "leaving-out",
    ],
)
def test_a_rule_that_its_policy_leaves_no_room_for_is_refused(tmp_path: Path, policy: str, rule: str) -> None:
    text = policy_text(f"{GAP}\napplies: {{{rule}}}", head=f"applies: {{{policy}}}")

    assert len(sentences_of(tmp_path, text)) == 1


def test_what_policy_and_rule_both_choose_is_what_holds(tmp_path: Path) -> None:
    policy = "role: [third_party, original_creditor], product: [cards, homes], other_than_product: [cars]"
    rule = "role: [third_party], product: [homes, boats], other_than_product: [planes]"

    applies = applies_of(tmp_path, policy, rule)

    assert applies.roles == {Role.THIRD_PARTY}
    assert applies.products == {"homes"}
    assert applies.other_products == {"cars", "planes"}


def test_postal_codes_are_written_in_capitals(tmp_path: Path) -> None:
    applies = applies_of(tmp_path, 'residence: [GB], postal_codes: ["sw1"]', "")

    assert applies.residence == (Residence("GB", None, ("SW1",)),)


@pytest.mark.parametrize(
    "name",
    ["XK", "GB-SCT", "CN-SH", "CN-HK", "US-DC", "US-PR", "PR", "FR-IDF", "FR-75", "DE-BY", "MX-JAL", "KE-30"],
)
def test_countries_and_their_regions_are_known(tmp_path: Path, name: str) -> None:
    country, _, region = name.partition("-")

    assert applies_of(tmp_path, f"residence: [{name}]", "").residence == (Residence(country, region or None),)


@pytest.mark.parametrize(
    "name",
    [
        "UK",
        "EU",
        "US-NX",
        "US-New York",
        "us",
        "GB-SCO",
        "USA",
        "DE-BAY",
        "MX-XXX",
        "CN-99",
        "CN-31",
        "FR-99",
        "RU-UA",
        "JP-48",
        "PR-001",
    ],
)
def test_a_place_that_is_unknown_is_refused(tmp_path: Path, name: str) -> None:
    text = policy_text(GAP, head=f"applies: {{residence: [{name}]}}")

    assert len(sentences_of(tmp_path, text)) == 1


# --------------------------------------------------------------------------------------------------- dates


def effective_of(folder: Path, policy: str, rule: str) -> Effective:
    """Return when a rule is in force, whose policy says `policy` and which itself says `rule`."""
    head = f"effective: {{{policy}}}" if policy else ""
    return rule_of(folder, f"{GAP}\neffective: {{{rule}}}" if rule else GAP, head=head).effective


@pytest.mark.parametrize(
    ("policy", "rule", "first", "last"),
    [
        ("", "", None, None),
        ("from: 2027-01-01", "", date(2027, 1, 1), None),
        ("", "to: 2027-12-31", None, date(2027, 12, 31)),
        ("from: 2027-01-01, to: 2027-12-31", "from: 2027-03-01", date(2027, 3, 1), date(2027, 12, 31)),
        ("from: 2027-01-01", "from: 2026-01-01, to: 2027-02-01", date(2027, 1, 1), date(2027, 2, 1)),
    ],
    ids=["always", "policy", "rule", "later", "earlier"],
)
def test_a_rule_is_in_force_on_the_days_that_policy_and_rule_share(
    tmp_path: Path, policy: str, rule: str, first: date | None, last: date | None
) -> None:
    assert effective_of(tmp_path, policy, rule) == Effective.of_dates(first, last)


def test_the_days_begin_with_the_first_zone_on_earth_and_end_with_the_last(tmp_path: Path) -> None:
    effective = effective_of(tmp_path, "from: 2027-01-01, to: 2027-01-31", "")

    assert effective.start == datetime(2027, 1, 1, tzinfo=UTC) - timedelta(hours=14)
    assert effective.end == datetime(2027, 2, 1, tzinfo=UTC) + timedelta(hours=12)


@pytest.mark.parametrize(
    ("rule", "is_sound"),
    [
        ("from: 2027-12-31", True),
        ("from: 2028-01-01", False),
        ("to: 2027-01-01", True),
        ("to: 2026-12-31", False),
    ],
    ids=str,
)
def test_a_rules_days_share_one_at_least_with_its_policys(tmp_path: Path, rule: str, is_sound: bool) -> None:
    head = "effective: {from: 2027-01-01, to: 2027-12-31}"
    text = policy_text(f"{GAP}\neffective: {{{rule}}}", head=head)

    assert (not sentences_of(tmp_path, text)) is is_sound


# ---------------------------------------------------------------------------------------------- the policy


def test_a_rule_is_named_after_its_policy_and_says_how_well_its_source_is_known(tmp_path: Path) -> None:
    rule = policy_of(tmp_path, policy_text(GAP, confidence="V2-")).rules[0]

    assert (rule.id, rule.citation, rule.confidence) == ("careful/tried", "house rule", Confidence.DOUBTFUL)


def test_a_fallback_marks_every_rule_and_another_version(tmp_path: Path) -> None:
    text = policy_text(GAP)
    plain, fallback = policy_of(tmp_path, text), policy_of(tmp_path, text, fallback=True)

    assert [each.fallback for each in plain.rules] == [False]
    assert [each.fallback for each in fallback.rules] == [True]
    assert plain.version != fallback.version


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("house rule", '"house rule"   # a comment', False),
        ("A careful policy", "Another title", False),
        ("gap: 1 day", "note: n\n    gap: 24 hours", False),
        ("gap: 1 day", "gap: 2 days", True),
        ("kinds: asking", "kinds: all", True),
        ("rules:", "effective: {from: 2027-01-01}\nrules:", True),
        ("rules:", f"{US}\nrules:", True),
    ],
    ids=["comment", "title", "same-length", "length", "kinds", "days", "persons"],
)
def test_a_version_changes_with_what_the_rules_mean_and_with_nothing_else(
    tmp_path: Path, old: str, new: str, changes: bool
) -> None:
    text = policy_text(GAP)
    before, after = policy_of(tmp_path, text), policy_of(tmp_path, text.replace(old, new))

    assert (before.version != after.version) is changes


def test_what_is_only_shown_stays_on_the_model(tmp_path: Path) -> None:
    text = policy_text(f"{GAP}\nnote: Ask counsel.").replace(
        "status: draft", "status: approved\napproved: {by: R. Advocate, on: 2027-01-31}"
    )

    model: PolicyModel = model_of(tmp_path, text)

    assert (model.title, model.status) == ("A careful policy", "approved")
    assert model.approved is not None
    assert (model.approved.by, model.approved.on) == ("R. Advocate", date(2027, 1, 31))
    assert (model.rules[0].note, model.rules[0].says) == ("Ask counsel.", "gap")
