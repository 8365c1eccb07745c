"""The facts of a decision and its instants, in words."""

from collections.abc import Mapping

from scheduler.cli.explain_facts import Background, facts_words
from scheduler.cli.explain_times import Times
from scheduler.domain.entry import Json

WINTER, SUMMER = "2027-02-26T15:00:00.000000Z", "2027-07-06T14:00:00.000000Z"
ONTARIO = ("America/Atikokan", "America/Toronto", "America/Winnipeg")

FACTS: Mapping[str, Json] = {
    "country": "CA",
    "region": "ON",
    "postal_code": "M5H 2N2",
    "zones": list(ONTARIO),
    "role": "third_party",
    "products": ["card", None],
    "debt_statuses": [None],
    "holds": ["dispute"],
    "stated": [{"number": 1, "channels": ["email", "sms"], "until": None}],
    "contacts": {"counted": 1, "latest": WINTER},
    "history": {"notices": [{"kind": "first_contact_notice", "channel": "letter", "at": WINTER}]},
    "points": [
        {
            "channel": "sms",
            "consent_basis": "consent",
            "source": "debtor",
            "used_at": WINTER,
            "grants": ["electronic", "written"],
        },
        {"channel": "email", "consent_basis": None, "opted_out": True, "work": True},
    ],
}


def test_facts_say_all_that_may_have_mattered() -> None:
    assert facts_words(FACTS, WINTER, Background("America/Toronto")) == (
        "lives in CA-ON M5H 2N2; clock America/Toronto (and 2 other possible zones); product card; "
        "the sender is a third party; holds: dispute; the debtor stated hours for SMS and emails (number 1); "
        "1 contact within the reach of a limit, the latest on Fri 26 Feb 2027, 10:00; "
        "first-contact notice by letter on 26 Feb 2027; SMS, on the basis of consent, address given by the debtor, "
        "used on 26 Feb 2027, recorded consent to electronic messages and in writing; "
        "email, without consent, opted out, work address."
    )


def test_what_is_unknown_of_a_debt_is_said_where_a_rule_asks_for_it() -> None:
    asking = Background(asks_product=True, asks_debt_status=True)

    said = facts_words(FACTS, WINTER, asking)
    assert "; product card and unknown; debt status unknown; " in said


def test_instants_are_said_in_the_creditors_own_zone_where_the_debtor_may_be_there() -> None:
    assert Times(ONTARIO, "America/Toronto").local(SUMMER) == "Tue 6 Jul 2027, 10:00 (America/Toronto)"
    assert Times(ONTARIO, "Europe/London").zone_at(SUMMER) == "America/Atikokan"


def test_else_they_are_said_in_the_zone_with_which_most_agree_at_that_instant() -> None:
    zones = ("Australia/Broken_Hill", "Australia/Hobart", "Australia/Sydney")

    assert Times(zones).zone_at(WINTER) == "Australia/Hobart"
    assert Times(("Europe/Berlin", "Europe/Busingen")).others(WINTER) == 0
    assert Times(zones).others(WINTER) == 2


def test_without_a_zone_instants_are_said_in_utc() -> None:
    assert Times(()).local(WINTER) == "Fri 26 Feb 2027, 15:00 (UTC)"
