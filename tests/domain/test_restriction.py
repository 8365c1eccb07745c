"""What a provider does not carry: whom it binds, and the rule that it makes."""

from dataclasses import replace

import pytest

from scheduler.domain.plan import Role
from scheduler.domain.points import NotServed
from scheduler.domain.restriction import Restriction
from scheduler.domain.rule import Confidence
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed
from tests.builders import NOW, a_contact_point, a_creditor, a_debtor, a_plan, facts

RESTRICTION = Restriction(
    id="third-party-sms",
    channels=frozenset({"sms"}),
    roles=frozenset({Role.THIRD_PARTY}),
    countries=frozenset({"US", "CA"}),
    detail="not carried",
    citation="the provider's terms",
    confidence=Confidence.READ,
)


@pytest.mark.parametrize(
    ("role", "approvals", "binds"),
    [
        (Role.THIRD_PARTY, frozenset[str](), True),
        (Role.THIRD_PARTY, frozenset({"something-else"}), True),
        (Role.THIRD_PARTY, frozenset({"third-party-sms"}), False),
        (Role.ORIGINAL_CREDITOR, frozenset[str](), False),
    ],
    ids=["none", "another", "approved", "other-role"],
)
def test_it_binds_senders_in_its_roles_until_the_provider_approves(
    role: Role, approvals: frozenset[str], binds: bool
) -> None:
    assert RESTRICTION.binds(a_creditor(role=role, approvals=approvals)) is binds


def test_its_rule_is_closed_on_its_channels_for_all_but_the_confirmation_of_an_opt_out() -> None:
    (rule,) = RESTRICTION.rules("pigeon")

    assert rule.id == "pigeon/third-party-sms"
    assert rule.form == Closed("not carried")
    assert (rule.citation, rule.confidence) == ("the provider's terms", Confidence.READ)
    assert {kind for kind in Kind if not rule.names(kind, "sms")} == {Kind.OPT_OUT_CONFIRMATION}
    assert not any(rule.names(kind, "email") for kind in Kind)


@pytest.mark.parametrize(
    ("country", "role", "applies"),
    [
        ("US", Role.THIRD_PARTY, True),
        ("CA", Role.THIRD_PARTY, True),
        (None, Role.THIRD_PARTY, True),
        ("GB", Role.THIRD_PARTY, False),
        ("US", Role.ORIGINAL_CREDITOR, False),
    ],
)
def test_its_rule_holds_in_its_countries_and_where_the_country_is_unknown(
    country: str | None, role: Role, applies: bool
) -> None:
    found = RESTRICTION.rules("pigeon")[0].applies.to(
        a_debtor(country=country), a_creditor(role=role), [a_plan()]
    )

    assert found is applies


def test_a_number_of_its_countries_is_not_served_wherever_its_owner_lives() -> None:
    lives, number = replace(RESTRICTION, prefixes=("+1",)).rules("pigeon")
    abroad = a_debtor(country="GB", region="ENG")

    assert lives.id == "pigeon/third-party-sms"
    assert (number.id, number.applies.residence) == ("pigeon/third-party-sms-number", ())
    assert number.applies.to(abroad, a_creditor(role=Role.THIRD_PARTY), [a_plan()])
    assert not number.applies.to(abroad, a_creditor(role=Role.ORIGINAL_CREDITOR), [a_plan()])
    assert isinstance(number.form, NotServed)
    american, british = (a_contact_point(address=each) for each in ("+12125550199", "+442079460018"))
    assert number.form.objection(facts(), american, NOW) == "sms: not carried"
    assert number.form.objection(facts(), british, NOW) is None
