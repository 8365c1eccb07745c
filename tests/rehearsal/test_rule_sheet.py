"""The rules that hold, as rows: for whom, for which kinds, and when they are in force."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduler.domain.facts import Facts
from scheduler.domain.plan import Role
from scheduler.domain.policy import Policy
from scheduler.domain.rule import ALWAYS, ANYBODY, Applies, Confidence, Effective, Residence, Rule
from scheduler.domain.touchpoint import ASKING, CONFIRMING, Kind
from scheduler.domain.windows import Closed
from scheduler.rehearsal.rule_sheet import Row, Sheet, Wanted, sheet
from scheduler.rehearsal.whom import added, common, common_dates, first_day, in_words, last_day
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import SMS, hours, policy, rule

US, NEW_YORK, CITY = Residence("US"), Residence("US", "NY"), Residence("US", "NY", ("100", "101"))
IN_BRITAIN = Applies(residence=(Residence("GB"),))
ALL = Wanted(NOW, or_later=True)


def shown(*rules: Rule, facts: Facts | None = None, wanted: Wanted = ALL) -> Sheet:
    """The sheet of these rules."""
    return sheet(policy(*rules), facts, wanted, {"law/hours": "a note"})


def row(*rules: Rule, facts: Facts | None = None, wanted: Wanted = ALL) -> Row:
    """The only row that these rules make."""
    (found,) = shown(*rules, facts=facts, wanted=wanted).rows
    return found


def names(found: Sheet) -> list[str]:
    """The rules on a sheet."""
    return [each.rule for each in found.rows]


def test_a_row_says_what_a_rule_says_and_where_it_is_written() -> None:
    found = row(hours(id="law/hours", kinds=ASKING | {Kind.RECEIPT}, channels=SMS))

    assert (found.rule, found.layer, found.says) == ("law/hours", "law", "every day 09:00–18:00")
    assert (found.kinds, found.channels) == ("asking, receipt", "sms")
    assert (found.confidence, found.citation, found.note) == ("U", "none", "a note")
    assert (found.whom, found.when, found.first, found.last) == ("", "", None, None)


# ------------------------------------------------------------------------------------------ what is asked for


def test_only_rules_about_the_kind_and_the_channel_are_shown() -> None:
    rules = (hours(id="law/asking", kinds=ASKING), hours(id="law/sms", channels=SMS, kinds=CONFIRMING))

    assert names(shown(*rules, wanted=replace(ALL, kind=Kind.REMINDER_DUE))) == ["law/asking"]
    assert names(shown(*rules, wanted=replace(ALL, channel="email"))) == ["law/asking"]
    assert names(shown(*rules, wanted=replace(ALL, kind=Kind.RECEIPT, channel="sms"))) == ["law/sms"]


def test_what_was_is_not_shown_and_what_will_be_only_when_later_is_asked_for() -> None:
    second = timedelta(seconds=1)
    rules = (
        hours(id="law/past", effective=Effective(None, NOW)),
        hours(id="law/ends", effective=Effective(None, NOW + second)),
        hours(id="law/begins", effective=Effective(NOW, None)),
        hours(id="law/future", effective=Effective(NOW + second, None)),
    )

    assert names(shown(*rules, wanted=Wanted(NOW))) == ["law/ends", "law/begins"]
    assert names(shown(*rules, wanted=ALL)) == ["law/ends", "law/begins", "law/future"]


# ------------------------------------------------------------------------------------------------ for whom


def test_for_a_debtor_only_what_applies_to_him_is_shown() -> None:
    rules = (
        hours(id="here/hours", applies=IN_BRITAIN),
        hours(id="there/hours", applies=Applies(residence=(US,))),
        hours(id="agencies/hours", applies=Applies(roles=frozenset({Role.THIRD_PARTY}))),
    )

    assert names(shown(*rules, facts=builders.facts())) == ["here/hours"]
    assert len(shown(*rules).rows) == 3


def fallback(effective: Effective = ALWAYS) -> tuple[Rule, Rule]:
    """Hours of the residence for what asks by SMS, and hours that stand in for whatever has none."""
    local = hours(id="law/hours", kinds=ASKING, channels=SMS, applies=IN_BRITAIN, effective=effective)
    stands_in = hours(id="fallback/hours", kinds=ASKING | CONFIRMING, fallback=True)
    return replace(local, confidence=Confidence.READ), stands_in


def test_a_fallback_is_shown_only_as_far_as_it_holds() -> None:
    found = shown(*fallback(), facts=builders.facts())

    assert [(each.rule, each.kinds, each.channels) for each in found.rows] == [
        ("law/hours", "asking", "sms"),
        ("fallback/hours", "asking", "email"),
        ("fallback/hours", "confirming", "sms, email"),
    ]
    assert [(each.kinds, each.channels) for each in shown(*fallback()).rows] == [
        ("asking", "sms"),
        ("asking, confirming", "sms, email"),
    ]


def test_a_fallback_comes_back_when_the_local_law_ends() -> None:
    ends = Effective.of_dates(None, date(2027, 6, 30))
    wanted = replace(ALL, kind=Kind.REMINDER_DUE, channel="sms")

    found = shown(*fallback(ends), facts=builders.facts(), wanted=wanted).rows

    assert [(each.rule, each.first, each.last) for each in found] == [
        ("law/hours", None, date(2027, 6, 30)),
        ("fallback/hours", date(2027, 7, 1), None),
    ]


def test_a_rule_says_what_it_adds_to_its_layer() -> None:
    everywhere, agencies = (
        Applies(residence=(US,)),
        Applies(residence=(NEW_YORK,), roles=frozenset({Role.THIRD_PARTY})),
    )

    found = shown(
        hours(id="law/all", applies=everywhere),
        rule(
            Closed("no"), "law/some", applies=agencies, effective=Effective.of_dates(date(2027, 1, 1), None)
        ),
    )

    assert in_words(found.common["law"].applies) == "in US"
    assert [(each.whom, each.when) for each in found.rows] == [
        ("", ""),
        ("in US-NY; by a third party", "from 2027-01-01"),
    ]


@pytest.mark.parametrize(
    ("applies", "words"),
    [
        (ANYBODY, ""),
        (Applies(residence=(US, NEW_YORK, CITY)), "in US, US-NY, US-NY 100… 101…"),
        (Applies(residence=(Residence("US", "NY", tuple("12345")),)), "in US-NY (5 postal codes)"),
        (Applies(roles=frozenset(Role)), "by an original creditor or a third party"),
        (Applies(products=frozenset({"b", "a"})), "product a or b"),
        (Applies(other_products=frozenset({"b", "a"})), "any product but a and b"),
        (Applies(debt_statuses=frozenset({"charged-off"})), "debt charged-off"),
    ],
    ids=["anybody", "places", "many-codes", "roles", "products", "other-products", "status"],
)
def test_whom_a_rule_is_for_is_said_in_words(applies: Applies, words: str) -> None:
    assert in_words(applies) == words


def test_what_rules_have_in_common_is_the_widest_where_it_includes_all() -> None:
    def of(*places: Residence) -> Applies:
        return Applies(residence=places)

    assert common([of(US), of(NEW_YORK), of(CITY)]) == of(US)
    assert common([of(NEW_YORK), of(CITY)]) == of(NEW_YORK)
    assert common([of(CITY), of(NEW_YORK)]) == of(NEW_YORK)
    assert common([of(NEW_YORK), of(Residence("US", "CA"))]) == ANYBODY
    assert common([of(US), ANYBODY]) == ANYBODY
    assert common([of(US), of(Residence("GB"))]) == ANYBODY
    assert added(of(CITY), of(US)) == of(CITY)
    assert added(of(US), of(US)) == ANYBODY


def test_a_policy_without_rules_has_nothing_in_common() -> None:
    assert shown().common.keys() == {"hours"}
    assert sheet(Policy("empty", "v1", ()), None, ALL, {}) == Sheet((), {})


def test_the_days_of_a_rule_are_those_that_its_file_names() -> None:
    days = Effective.of_dates(date(2027, 1, 1), date(2027, 1, 31))

    assert (first_day(days), last_day(days)) == (date(2027, 1, 1), date(2027, 1, 31))
    assert common_dates([days, Effective.of_dates(date(2027, 1, 1), None)]).end is None
    assert common_dates([days, Effective.of_dates(date(2027, 2, 1), None)]) == Effective()
