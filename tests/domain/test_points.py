"""Which contact point may be used: consent, provenance and freshness, opt-outs and how far they reach."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scheduler.domain.decision import Decision, Defer, Reason, Refuse, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.plan import ContactPoint, Grant, Origin, Purpose, Source
from scheduler.domain.points import (
    ConsentNeeded,
    OptOutReach,
    OptOutScope,
    PointForm,
    Proof,
    Provenance,
    objection,
)
from scheduler.domain.rule import Effective, Rule
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import BOTH, DAY, EMAIL, POINT, SECOND, SMS, about, rule

FACTS = builders.facts()


def refusal(rule: str, words: str) -> Refuse:
    """What stands until facts change."""
    return Refuse((Reason(rule, Verdict.REFUSE, words),))


def objects(point: ContactPoint, facts: Facts = FACTS, *rules: Rule, now: datetime = NOW) -> Decision | None:
    """Return what speaks against the contact point."""
    return objection(point, facts, [(each, _point_form(each)) for each in rules], now)


def _point_form(of: Rule) -> PointForm:
    assert isinstance(of.form, ConsentNeeded | Provenance | OptOutScope)
    return of.form


def why(
    form: PointForm, point: ContactPoint = POINT, facts: Facts = FACTS, now: datetime = NOW
) -> str | None:
    """Return what the form says against the contact point."""
    return form.objection(facts, point, now)


# ------------------------------------------------------------------------------------------- without any rule


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (builders.a_contact_point(consent_basis=None), "sms: no consent"),
        (builders.a_contact_point(opted_out=True), "sms: opted out"),
        (builders.a_contact_point(invalid=True), "sms: the address does not work"),
    ],
    ids=["no consent", "opted out", "broken"],
)
def test_a_contact_point_is_usable_with_consent_and_not_otherwise(point: ContactPoint, words: str) -> None:
    assert objects(POINT) is None
    assert objects(point) == refusal("contact_point", words)


def test_a_contact_point_that_refused_this_touchpoint_is_not_tried_again() -> None:
    tried = builders.facts(tried=frozenset({POINT.id}))

    assert objects(POINT, tried) == refusal(
        "contact_point", "sms: tried before, and refused or not delivered"
    )
    assert objects(POINT, builders.facts(tried=frozenset({POINT.id + 1}))) is None


def test_only_the_confirmation_of_an_opt_out_goes_to_an_address_that_opted_out() -> None:
    closed = builders.a_contact_point(opted_out=True)

    for kind in Kind:
        assert (objects(closed, about(kind)) is None) == (kind is Kind.OPT_OUT_CONFIRMATION)


def test_a_rule_about_contact_points_is_named_and_heeded_once_it_is_in_force() -> None:
    of = rule(ConsentNeeded(frozenset({"consent"})), "law/consent", effective=Effective(start=NOW))

    assert objects(POINT, FACTS, of, now=NOW - SECOND) is None
    assert objects(POINT, FACTS, of) == refusal("law/consent", "sms: the basis consent is needed")


def test_what_a_rule_with_an_end_objects_to_is_looked_at_again_then() -> None:
    of = rule(ConsentNeeded(frozenset({"consent"})), "law/consent", effective=Effective(NOW, NOW + DAY))
    reason = Reason("law/consent", Verdict.DEFER, "sms: the basis consent is needed", NOW + DAY)

    assert objects(POINT, FACTS, of) == Defer(NOW + DAY, (reason,))
    assert objects(POINT, FACTS, of, now=NOW + DAY) is None


# --------------------------------------------------------------------------------------------------- consent


def test_consent_of_another_basis_is_not_enough_where_one_is_named() -> None:
    form = ConsentNeeded(frozenset({"consent", "legal_obligation"}))

    assert why(form, builders.a_contact_point(consent_basis="consent")) is None
    assert why(form, builders.a_contact_point(consent_basis="legal_obligation")) is None
    assert why(form) == "sms: the basis consent or legal_obligation is needed"


def granted(*grants: Grant) -> ContactPoint:
    """A contact point with these recorded consents."""
    return builders.a_contact_point(grants=grants)


def test_a_recorded_consent_holds_from_its_beginning_until_before_its_end() -> None:
    form = ConsentNeeded(purposes=frozenset({Purpose.WRITTEN}))
    point, missing = (
        granted(Grant(Purpose.WRITTEN, NOW, NOW + DAY)),
        "sms: no recorded consent in writing",
    )

    assert why(form, point, now=NOW - SECOND) == missing
    assert why(form, point, now=NOW) is None
    assert why(form, point, now=NOW + DAY - SECOND) is None
    assert why(form, point, now=NOW + DAY) == missing


def test_a_recorded_consent_without_an_end_holds_until_it_is_revoked() -> None:
    form = ConsentNeeded(purposes=frozenset({Purpose.ELECTRONIC}))

    assert why(form, granted(Grant(Purpose.ELECTRONIC, NOW)), now=NOW + 9_999 * DAY) is None
    assert why(form) == "sms: no recorded consent to electronic messages"


def test_every_purpose_that_is_named_is_needed() -> None:
    form = ConsentNeeded(purposes=frozenset({Purpose.ELECTRONIC, Purpose.DEBT_DETAILS}))
    electronic, details = Grant(Purpose.ELECTRONIC, NOW), Grant(Purpose.DEBT_DETAILS, NOW)

    assert why(form, granted(electronic, details)) is None
    assert why(form, granted(electronic)) == "sms: no recorded consent to details of the debt in messages"
    assert why(form, granted(details)) == "sms: no recorded consent to electronic messages"


def test_basis_and_purposes_are_both_needed_where_both_are_named() -> None:
    form = ConsentNeeded(frozenset({"consent"}), frozenset({Purpose.WRITTEN}))
    written = (Grant(Purpose.WRITTEN, NOW),)

    assert why(form, builders.a_contact_point(consent_basis="consent", grants=written)) is None
    assert why(form, builders.a_contact_point(consent_basis="consent")) is not None
    assert why(form, builders.a_contact_point(grants=written)) is not None


def test_consent_belongs_to_the_address_for_which_it_was_given() -> None:
    form = ConsentNeeded(purposes=frozenset({Purpose.WRITTEN}))
    other = builders.a_contact_point(id=2, channel="email", grants=[Grant(Purpose.WRITTEN, NOW)])
    facts = builders.facts(debtor=builders.a_debtor(contact_points=[POINT, other]))

    assert why(form, other, facts) is None
    assert why(form, POINT, facts) is not None


# ------------------------------------------------------------------------------------------------ provenance


def from_(
    source: Source | None = Source.DEBTOR,
    *,
    used_at: datetime | None = None,
    checked_at: datetime | None = None,
    work: bool = False,
    shared: bool = False,
) -> ContactPoint:
    """A contact point of this origin."""
    return builders.a_contact_point(origin=Origin(source, used_at, checked_at, work, shared))


def test_an_address_must_come_from_a_source_that_is_named() -> None:
    form = Provenance(frozenset({Source.DEBTOR, Source.CREDITOR}))

    assert why(form, from_(Source.DEBTOR)) is None
    assert why(form, from_(Source.CREDITOR)) is None
    assert why(form, from_(Source.FOUND)) == (
        "sms: the address must come from the creditor or debtor, and it was found elsewhere"
    )
    unknown = "sms: the address must come from the creditor or debtor, and where it comes from is unknown"
    assert why(form, from_(None)) == unknown


SIXTY_DAYS = timedelta(days=60)


@pytest.mark.parametrize(
    "shown_at",
    [lambda at: from_(used_at=at), lambda at: from_(checked_at=at)],
    ids=["used", "checked"],
)
def test_an_address_goes_stale_at_its_age_and_not_before(
    shown_at: Callable[[datetime], ContactPoint],
) -> None:
    # 12 CFR 1006.6(d)(5): used or checked within sixty days.
    form = Provenance(fresh=SIXTY_DAYS)
    stale = "sms: the address was not checked or used in the last 60 days"

    assert why(form, shown_at(NOW - SIXTY_DAYS + SECOND)) is None
    assert why(form, shown_at(NOW - SIXTY_DAYS)) == stale
    assert why(form, from_()) == stale


def test_one_of_the_proofs_that_are_named_is_enough_and_another_is_none() -> None:
    used, checked = from_(used_at=NOW - DAY), from_(checked_at=NOW - DAY)
    only_checked = Provenance(fresh=SIXTY_DAYS, proof=frozenset({Proof.CHECKED}))

    assert why(only_checked, checked) is None
    assert why(only_checked, used) == "sms: the address was not checked in the last 60 days"
    assert why(Provenance(fresh=SIXTY_DAYS), used) is None


def test_an_old_proof_beside_a_fresh_one_does_no_harm() -> None:
    both = from_(used_at=NOW - 99 * DAY, checked_at=NOW - DAY)

    assert why(Provenance(fresh=SIXTY_DAYS), both) is None


@pytest.mark.parametrize(
    ("form", "point", "words"),
    [
        (Provenance(work=False), from_(work=True), "sms: the address is one at work"),
        (Provenance(shared=False), from_(shared=True), "sms: others read this address too"),
    ],
    ids=["work", "shared"],
)
def test_an_address_at_work_or_shared_with_others_is_closed_only_where_a_rule_says_so(
    form: Provenance, point: ContactPoint, words: str
) -> None:
    assert why(form, point) == words
    assert why(form, from_()) is None
    assert why(Provenance(), point) is None


# ------------------------------------------------------------------------------------------------- opt-outs


def with_points(*points: ContactPoint, kind: Kind = Kind.OVERDUE_NOTICE) -> Facts:
    """Facts about somebody with these contact points."""
    return about(kind, builders.facts(debtor=builders.a_debtor(contact_points=points)))


OLD_NUMBER = builders.a_contact_point(id=3, address="+447700900456", opted_out=True)
MAIL = builders.a_contact_point(id=2, channel="email")
CLOSED_MAIL = replace(MAIL, opted_out=True)


def test_an_opt_out_reaches_its_own_address_only_unless_a_rule_says_more() -> None:
    assert objects(POINT, with_points(POINT, OLD_NUMBER)) is None


@pytest.mark.parametrize(
    ("reach", "points", "closed"),
    [
        (OptOutReach.CHANNEL, [OLD_NUMBER], True),
        (OptOutReach.CHANNEL, [CLOSED_MAIL], False),
        (OptOutReach.CHANNEL, [MAIL], False),
        (OptOutReach.SENDER, [OLD_NUMBER], True),
        (OptOutReach.SENDER, [CLOSED_MAIL], True),
        (OptOutReach.SENDER, [MAIL], False),
    ],
)  # fmt: skip
def test_an_opt_out_reaches_as_far_as_the_rule_says(
    reach: OptOutReach, points: Sequence[ContactPoint], closed: bool
) -> None:
    found = why(OptOutScope(reach, BOTH), POINT, with_points(POINT, *points))

    assert (found is not None) == closed


def test_an_opt_out_of_a_sender_comes_from_the_channels_that_the_rule_is_about() -> None:
    only_sms, facts = OptOutScope(OptOutReach.SENDER, SMS), with_points(POINT, CLOSED_MAIL)

    assert why(only_sms, POINT, facts) is None
    assert (
        why(OptOutScope(OptOutReach.SENDER, SMS | EMAIL), POINT, facts)
        == "sms: closed by an opt-out on email"
    )


def test_an_opt_out_outlives_the_number_from_which_it_was_said() -> None:
    debtor = builders.a_debtor(contact_points=[POINT], opted_out_channels=frozenset({"sms"}))
    facts = builders.facts(debtor=debtor)

    assert why(OptOutScope(OptOutReach.CHANNEL, BOTH), POINT, facts) == "sms: closed by an opt-out on sms"
    assert why(OptOutScope(OptOutReach.SENDER, BOTH), MAIL, facts) == "email: closed by an opt-out on sms"
    assert why(OptOutScope(OptOutReach.CHANNEL, BOTH), MAIL, facts) is None
    assert objects(POINT, facts) is None


def test_the_confirmation_of_an_opt_out_is_not_closed_by_it() -> None:
    facts = with_points(POINT, OLD_NUMBER, kind=Kind.OPT_OUT_CONFIRMATION)

    assert why(OptOutScope(OptOutReach.CHANNEL, BOTH), POINT, facts) is None
