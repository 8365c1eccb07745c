"""How the policies of a creditor come together: its own, one that stands in, and what drafts keep back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from channels.registry import ROOMS
from scheduler.catalogue import CatalogueError, load
from scheduler.domain.decision import Refuse, Send
from tests.catalogue.configuration import CREDITOR, DULY, POLICY, add_file, write_configuration
from tests.catalogue.deciding import against, decided

SATURDAY = datetime(2027, 3, 13, 10, tzinfo=UTC)
APPROVED = "status: approved\napproved: {by: A. Counsel, on: 2027-01-31}"

FALLBACK = POLICY.replace("id: careful", "id: strict-fallback")
"""A policy for everybody, closed at the weekend."""

ALL_WEEK = (
    POLICY.replace("mon-fri", "mon-sun")
    .replace("status:", "applies: {residence: [GB]}\nstatus:")
    .replace("confidence: U", "confidence: V1")
)
"""The law of one country, open at the weekend."""

NONE_LISTED = CREDITOR.replace("policies: [careful]\n", "")
BY_TWILIO = DULY.replace("sms: outbox", "sms: twilio")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for one configuration."""
    return tmp_path


def mistakes_in(config: Path) -> list[str]:
    """Return what is wrong, with files seen from the configuration."""
    with pytest.raises(CatalogueError) as refusal:
        load(config, ROOMS)
    return [str(each).removeprefix(f"{config}/") for each in refusal.value.mistakes]


# ---------------------------------------------------------------------------------------------- the fallback


def test_the_fallback_stands_in_only_where_no_law_of_the_residence_gives_hours(folder: Path) -> None:
    catalogue = load(
        add_file(write_configuration(folder, policy=ALL_WEEK), "policies/strict-fallback.yaml", FALLBACK)
    )

    at_home = decided(catalogue, now=SATURDAY)
    abroad = decided(catalogue, "FR", now=SATURDAY)

    assert isinstance(at_home, Send)
    assert against(abroad) == ["strict-fallback/asking-hours"]


def test_a_fallback_that_the_creditor_lists_itself_holds_beside_the_others(folder: Path) -> None:
    config = write_configuration(
        folder, policy=ALL_WEEK, creditor=CREDITOR.replace("[careful]", "[careful, strict-fallback]")
    )
    catalogue = load(add_file(config, "policies/strict-fallback.yaml", FALLBACK))

    assert against(decided(catalogue, now=SATURDAY)) == ["strict-fallback/asking-hours"]
    assert catalogue.layers["harbour"].fallback is None
    assert catalogue.layers["harbour"].names == ("careful", "strict-fallback")


def test_where_no_policy_is_listed_the_fallback_holds_alone(folder: Path) -> None:
    config = write_configuration(folder, creditor=NONE_LISTED)
    catalogue = load(add_file(config, "policies/strict-fallback.yaml", FALLBACK))

    assert catalogue.policy_for("harbour").id == "strict-fallback"
    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, now=SATURDAY)) == ["strict-fallback/asking-hours"]


def test_a_creditor_without_any_policy_is_refused(folder: Path) -> None:
    assert mistakes_in(write_configuration(folder, creditor=NONE_LISTED)) == [
        "creditors/harbour.yaml:1:1: no policy holds for this creditor; list one under `policies`, or add "
        "strict-fallback.yaml to the policies, which then holds alone"
    ]


def test_both_roles_of_the_fallback_are_at_hand(folder: Path) -> None:
    catalogue = load(add_file(write_configuration(folder), "policies/strict-fallback.yaml", FALLBACK))

    assert catalogue.fallback is not None
    assert all(each.fallback for each in catalogue.fallback.rules)
    assert not any(each.fallback for each in catalogue.policies["strict-fallback"].rules)
    assert load(write_configuration(folder / "without")).fallback is None


# --------------------------------------------------------------------------------------------------- drafts


def test_under_a_draft_nothing_goes_out_but_into_the_outbox(folder: Path) -> None:
    catalogue = load(write_configuration(folder, duly=BY_TWILIO), ROOMS)

    decision = decided(catalogue)

    assert against(decision) == ["careful/draft"]
    assert isinstance(decision, Refuse)
    assert decision.reasons[0].detail == (
        "careful is a draft; somebody must approve it, or duly.yaml says `drafts: sent`"
    )
    assert isinstance(decided(catalogue, channels=("email",)), Send)
    assert catalogue.layers["harbour"].held_back == {"careful": {"sms"}}


@pytest.mark.parametrize(
    ("duly", "policy"),
    [
        (BY_TWILIO + "drafts: sent\n", POLICY),
        (BY_TWILIO + "drafts: outbox only\n", POLICY.replace("status: draft", APPROVED)),
        (DULY, POLICY),
    ],
    ids=["drafts-sent", "approved", "outbox"],
)
def test_what_somebody_stands_for_or_only_the_outbox_sees_goes_out(
    folder: Path, duly: str, policy: str
) -> None:
    catalogue = load(write_configuration(folder, duly=duly, policy=policy), ROOMS)

    assert isinstance(decided(catalogue), Send)
    assert catalogue.layers["harbour"].held_back == {}


def test_a_channel_whose_second_provider_delivers_is_closed_to_drafts(folder: Path) -> None:
    config = write_configuration(folder, duly=DULY.replace("sms: outbox", "sms: [outbox, twilio]"))

    assert against(decided(load(config, ROOMS))) == ["careful/draft"]


def test_a_draft_keeps_back_only_what_it_governs(folder: Path) -> None:
    config = write_configuration(
        folder,
        duly=BY_TWILIO,
        policy=POLICY.replace("status: draft", APPROVED),
        creditor=CREDITOR.replace("[careful]", "[careful, french]"),
    )
    french = POLICY.replace("careful", "french").replace("status:", "applies: {residence: [FR]}\nstatus:")
    catalogue = load(add_file(config, "policies/french.yaml", french), ROOMS)

    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, "FR")) == ["french/draft"]


def test_a_draft_that_only_stands_in_keeps_back_only_whom_it_stands_in_for(folder: Path) -> None:
    law = ALL_WEEK.replace("status: draft", APPROVED)
    config = write_configuration(folder, duly=BY_TWILIO, policy=law)
    catalogue = load(add_file(config, "policies/strict-fallback.yaml", FALLBACK), ROOMS)

    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, "FR")) == ["strict-fallback/draft"]


def test_a_draft_that_is_not_yet_in_force_keeps_back_nothing_yet(folder: Path) -> None:
    config = write_configuration(
        folder,
        duly=BY_TWILIO,
        policy=POLICY.replace("status: draft", APPROVED),
        creditor=CREDITOR.replace("[careful]", "[careful, later]"),
    )
    later = POLICY.replace("careful", "later").replace("status:", "effective: {from: 2027-06-01}\nstatus:")
    catalogue = load(add_file(config, "policies/later.yaml", later), ROOMS)

    assert isinstance(decided(catalogue), Send)
    assert against(decided(catalogue, now=datetime(2027, 6, 1, 10, tzinfo=UTC))) == ["later/draft"]


def test_the_version_changes_with_what_drafts_may_do(folder: Path) -> None:
    kept_back = load(write_configuration(folder / "a", duly=BY_TWILIO), ROOMS)
    sent = load(write_configuration(folder / "b", duly=BY_TWILIO + "drafts: sent\n"), ROOMS)

    assert kept_back.version != sent.version
    assert kept_back.policy_for("harbour").version != sent.policy_for("harbour").version


# ------------------------------------------------------------------------------------------ what files say


def test_a_policys_file_says_who_stands_for_it_and_who_uses_it(folder: Path) -> None:
    policy = POLICY.replace("status: draft", APPROVED).replace(
        "citation: house rule\n    confidence: U",
        "citation: house rule\n    confidence: U\n    note: seen in 2026",
        1,
    )
    catalogue = load(
        add_file(write_configuration(folder, policy=policy), "policies/strict-fallback.yaml", FALLBACK)
    )
    careful, fallback = catalogue.files["careful"], catalogue.files["strict-fallback"]

    assert (careful.title, careful.approved_by, careful.approved_on) == (
        "A careful policy",
        "A. Counsel",
        date(2027, 1, 31),
    )
    assert careful.notes == {"careful/asking-hours": "seen in 2026"}
    assert (careful.used_by, careful.fallback_of) == (("harbour",), ())
    assert (fallback.used_by, fallback.fallback_of) == ((), ("harbour",))
    assert (careful.is_draft, fallback.is_draft) == (False, True)
    assert catalogue.drafts_in_use == {"strict-fallback"}


def test_a_policy_that_nobody_lists_is_not_in_use(folder: Path) -> None:
    config = add_file(write_configuration(folder), "policies/other.yaml", POLICY.replace("careful", "other"))
    catalogue = load(config)

    assert not catalogue.files["other"].in_use
    assert catalogue.drafts == {"careful", "other"}
    assert catalogue.drafts_in_use == {"careful"}
