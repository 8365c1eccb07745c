"""What providers do not carry: found beforehand, refused in earnest, lifted by an approval."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.registry import ROOMS, Room
from scheduler.catalogue import CatalogueError, load
from scheduler.catalogue.carriers import Carriers
from scheduler.domain.decision import Send
from scheduler.domain.plan import Role
from scheduler.domain.rule import Confidence
from scheduler.domain.touchpoint import Kind
from tests.builders import a_creditor
from tests.catalogue.configuration import CREDITOR, DULY, POLICY, add_file, write_configuration
from tests.catalogue.deciding import against, decided

THIRD_PARTY = CREDITOR.replace("original_creditor", "third_party")
APPROVAL = "approvals:\n  third-party-sms: {by: Twilio, on: 2027-01-31, reference: ticket 12345}\n"
BY_TWILIO = DULY.replace("sms: outbox", "sms: twilio").replace("templates:", "drafts: sent\ntemplates:")
NOON_IN_NEW_YORK = datetime(2027, 3, 9, 17, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for one configuration."""
    return tmp_path


def mistakes_in(config: Path) -> list[str]:
    """Return what is wrong, with files seen from the configuration."""
    with pytest.raises(CatalogueError) as refusal:
        load(config, ROOMS)
    return [str(each).removeprefix(f"{config}/") for each in refusal.value.mistakes]


def test_a_creditor_may_belong_to_a_group_and_have_approvals(folder: Path) -> None:
    config = write_configuration(folder, creditor=CREDITOR + "group: quay\n" + APPROVAL)
    harbour = load(config, ROOMS).creditors["harbour"]

    assert (harbour.group, harbour.sender_group) == ("quay", "quay")
    assert harbour.approvals == {"third-party-sms"}


def test_a_creditor_without_them_is_a_sender_by_itself(folder: Path) -> None:
    harbour = load(write_configuration(folder)).creditors["harbour"]

    assert (harbour.group, harbour.sender_group) == (None, "harbour")
    assert harbour.approvals == frozenset()


UNCARRIED = (
    "Twilio carries no SMS of a third-party collector to the United States or Canada "
    "(Twilio error pages 30460, 30863 and 30869); once twilio has approved it, record that under `approvals` as "
    '"third-party-sms", or let another provider carry sms'
)


def residing(*places: str) -> str:
    """Return a policy for people in these places."""
    return POLICY.replace("status:", f"applies: {{residence: [{', '.join(places)}]}}\nstatus:")


@pytest.mark.parametrize(
    ("policy", "is_refused"),
    [
        (POLICY, True),
        (residing("US"), True),
        (residing("GB", "CA-ON"), True),
        (residing("GB"), False),
    ],
    ids=["anywhere", "us", "gb-and-ontario", "gb"],
)
def test_what_the_provider_refuses_a_third_party_is_found_beforehand_where_it_can_be_sent(
    folder: Path, policy: str, is_refused: bool
) -> None:
    config = write_configuration(folder, policy=policy, creditor=THIRD_PARTY, duly=BY_TWILIO)

    if is_refused:
        assert mistakes_in(config) == [f"creditors/harbour.yaml:3:1: {UNCARRIED}"]
    else:
        load(config, ROOMS)


def test_whoever_runs_regardless_is_refused_there_and_nowhere_else(folder: Path) -> None:
    config = write_configuration(folder, creditor=THIRD_PARTY, duly=BY_TWILIO)
    catalogue = load(config, ROOMS, tolerant=True)

    by_sms = decided(catalogue, "US", now=NOON_IN_NEW_YORK)
    by_email = decided(catalogue, "US", now=NOON_IN_NEW_YORK, channels=("email",))

    assert catalogue.policy_for("harbour").id == "careful+twilio"
    assert against(by_sms) == ["twilio/third-party-sms"]
    assert isinstance(by_email, Send)
    assert isinstance(decided(catalogue), Send)


@pytest.mark.parametrize(
    ("creditor", "duly"),
    [
        (THIRD_PARTY + APPROVAL, BY_TWILIO),
        (CREDITOR, BY_TWILIO),
        (THIRD_PARTY, DULY),
    ],
    ids=["approved", "original-creditor", "another-provider"],
)
def test_nothing_is_refused_to_whom_the_provider_serves(folder: Path, creditor: str, duly: str) -> None:
    catalogue = load(write_configuration(folder, creditor=creditor, duly=duly), ROOMS)

    assert catalogue.policy_for("harbour").id == "careful"


def test_a_provider_that_only_comes_second_counts(folder: Path) -> None:
    second = BY_TWILIO.replace("sms: twilio", "sms: [outbox, twilio]")
    config = write_configuration(folder, creditor=THIRD_PARTY, duly=second)

    assert mistakes_in(config) == [f"creditors/harbour.yaml:3:1: {UNCARRIED}"]
    assert load(config, ROOMS, tolerant=True).layers["harbour"].providers == ("twilio",)


def test_an_opt_out_is_confirmed_even_where_the_provider_refuses_the_rest(folder: Path) -> None:
    policy = POLICY.replace("[receipt, plan_completed]", "[receipt, plan_completed, opt_out_confirmation]")
    config = write_configuration(folder, policy=policy, creditor=THIRD_PARTY, duly=BY_TWILIO)

    decision = decided(
        load(config, ROOMS, tolerant=True),
        "US",
        now=NOON_IN_NEW_YORK,
        kind=Kind.OPT_OUT_CONFIRMATION,
    )

    assert isinstance(decision, Send)


@pytest.mark.parametrize(("served", "binds"), [("sms", True), ("email", False)])
def test_a_restriction_of_a_channel_that_the_provider_does_not_serve_here_binds_nobody(
    served: str, binds: bool
) -> None:
    restrictions = ROOMS["twilio"].restrictions
    pigeon = Room(frozenset({"sms", "email"}), "channels.pigeon.send", restrictions=restrictions)
    carriers = Carriers({served: ("pigeon",)}, {"pigeon": pigeon})

    assert (
        list(carriers.restricting(a_creditor(role=Role.THIRD_PARTY))) == [("pigeon", restrictions[0])] * binds
    )


def test_no_policy_goes_by_the_name_of_a_provider(folder: Path) -> None:
    config = add_file(
        write_configuration(folder), "policies/twilio.yaml", POLICY.replace("careful", "twilio")
    )

    assert mistakes_in(config) == [
        'policies/twilio.yaml:1:1: "twilio" is a provider, with rules of that name; call policy and file something else'
    ]


def test_what_a_provider_does_not_carry_is_cited(folder: Path) -> None:
    catalogue = load(write_configuration(folder, creditor=THIRD_PARTY, duly=BY_TWILIO), ROOMS, tolerant=True)
    (rule,) = (each for each in catalogue.policy_for("harbour").rules if each.id == "twilio/third-party-sms")

    assert rule.citation == "Twilio error pages 30460, 30863 and 30869"
    assert rule.confidence is Confidence.READ
