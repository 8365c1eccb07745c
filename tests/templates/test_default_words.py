"""The words that come with Duly say everything they must, whatever a portfolio may hold."""

import re
from datetime import timedelta
from itertools import product

import pytest

from scheduler.catalogue.words import Wording
from scheduler.domain.message import Words
from scheduler.domain.plan import Role
from scheduler.domain.touchpoint import Kind
from tests.builders import DUE, NOW, a_debtor, a_payment, a_plan, a_touchpoint, an_instalment, facts
from tests.templates.portfolio import (
    CASES,
    KINDS,
    LOCALES,
    PART_PAID,
    REMINDERS,
    ROOT,
    THIRD_PARTY,
    Balance,
    Case,
    composed,
    every,
    in_currency,
    named,
    paid,
)


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load(ROOT)


def test_every_template_speaks_both_languages_on_both_channels(wording: Wording) -> None:
    assert wording.templates() == set(KINDS)
    for template, channel in product(KINDS, ("sms", "email")):
        assert wording.locales(template, channel) == set(LOCALES)


@pytest.mark.parametrize("case", named(CASES))
@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_a_message_is_whole_whatever_it_speaks_of(
    wording: Wording, template: str, language: str, channel: str, case: Case
) -> None:
    words = composed(wording, case, template, channel, language)
    unfilled = every(words).replace("{{ 7 * 7 }}{% x %}", "")
    assert not re.search(r"\{\{|\{%|\{#|\bNone\b|Undefined|object at|\ue000|duly:", unfilled)
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\r]", every(words))
    assert words.text.strip() == words.text.rstrip("\n")
    assert "\n\n\n" not in words.text
    assert not re.search(r"[ \t]\n| ,|\(\)|（）|，，|, ,", words.text)
    says_who_how_and_whom(words, case, template)


def says_who_how_and_whom(words: Words, case: Case, template: str) -> None:
    """Who writes, how much, how to pay, whom to ask and how to stop: each is said in every shape of the message."""
    shapes = [words.text] if words.html is None else [words.text, Balance(words.html).words]
    asks = template != "plan-completed"
    for text in shapes:
        assert case.creditor.writes_as[:20].split("\n")[0].replace("\u2067", "") in text
        if case.creditor.role is Role.THIRD_PARTY:
            assert case.creditor.name in text
        assert re.search(r"\d", text)
        assert case.creditor.email in text or (case.creditor.phone or "-") in text
        if asks:
            assert (case.creditor.payment_link or case.creditor.email) in text
            assert text.count(case.plans[0].ref) >= (2 if words.html and len(case.plans) == 1 else 1)
        assert re.search("reply STOP to stop texts to this number|回复STOP|unsubscribe", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["£234.50", "£200.00", "£30.00", "£4.50", "£100.00", "£134.50", "12 Mar"]),
        ("zh", ["£234.50", "£200.00", "£30.00", "£4.50", "£100.00", "£134.50", "2027年3月12日"]),
    ],
)
@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("template", REMINDERS)
def test_a_reminder_says_how_much_it_is_made_of_what(
    wording: Wording, template: str, channel: str, language: str, said: list[str]
) -> None:
    words = composed(wording, Case("part-paid", plans=(PART_PAID,)), template, channel, language)
    for text in filter(None, (words.text, words.html)):
        assert [each for each in said if each not in text] == []


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", REMINDERS)
def test_several_instalments_are_listed_with_a_total_for_each_currency(
    wording: Wording, template: str, language: str, channel: str
) -> None:
    plans = (in_currency("GBP", 1), in_currency("GBP", 2), in_currency("EUR", 3))
    words = composed(wording, Case("several", plans=plans), template, channel, language)
    for text in filter(None, (words.text, words.html)):
        assert [plan.ref for plan in plans if plan.ref not in text] == []
        assert "£469.00" in text
        assert text.count("€234.50") >= 2


@pytest.mark.parametrize(
    ("language", "count", "more"),
    [("en", 6, "and 1 more"), ("en", 5, ""), ("zh", 6, "另有1期"), ("zh", 5, "")],
)
def test_a_list_that_is_cut_says_so(wording: Wording, language: str, count: int, more: str) -> None:
    plans = tuple(in_currency("GBP", each) for each in range(1, count + 1))
    text = composed(wording, Case("many", plans=plans), "upcoming", "sms", language).text
    assert ("more" in text or "另有" in text) == bool(more)
    assert more in text


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("language", LOCALES)
def test_a_receipt_says_what_came_when_and_what_remains(
    wording: Wording, language: str, channel: str
) -> None:
    words = composed(wording, Case("part-paid", plans=(PART_PAID,)), "payment-received", channel, language)
    said = [
        "£100.00",
        "PAY-0007",
        "£369.00",
        "£134.50",
        *(["9 Mar", "12 Mar"] if language == "en" else ["3月9日"]),
    ]
    for text in filter(None, (words.text, words.html)):
        assert [each for each in said if each not in text] == []


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(("language", "said"), [("en", "Nothing more is owed"), ("zh", "已全部还清")])
def test_a_receipt_for_the_last_of_it_says_that_nothing_remains(
    wording: Wording, language: str, said: str, channel: str
) -> None:
    plan = paid(a_plan())
    touchpoint = a_touchpoint(step="payment-received", kind=Kind.RECEIPT)
    given = facts(touchpoint=touchpoint, plan=plan, payment=a_payment(), debtor=a_debtor(locale=language))
    words = wording.compose(given, channel, NOW)
    for text in filter(None, (words.text, words.html)):
        assert said in text
        assert "https://pay" not in text


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("language", "said"), [("en", ["ank you", "othing more is owed"]), ("zh", ["谢", "已全部还清"])]
)
def test_a_completed_plan_is_thanked_for_and_asks_for_nothing(
    wording: Wording, language: str, said: list[str], channel: str
) -> None:
    words = composed(wording, Case("ordinary"), "plan-completed", channel, language)
    for text in filter(None, (words.text, words.html)):
        assert [each for each in said if each not in text] == []
        assert "https://pay" not in text


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Money troubles happen", "more time", "smaller instalments", "talk"]),
        ("zh", ["困难", "宽限", "调低", "商量"]),
    ],
)
def test_help_is_offered_by_name(wording: Wording, language: str, said: list[str], channel: str) -> None:
    words = composed(wording, Case("ordinary"), "overdue-help", channel, language)
    for text in filter(None, (words.text, words.html)):
        assert [each for each in said if each.lower() not in text.lower()] == []


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("template", KINDS)
@pytest.mark.parametrize(("language", "said"), [("en", "Harbour Accounts"), ("zh", "委托")])
def test_only_a_third_party_of_another_name_says_for_whom_it_writes(
    wording: Wording, template: str, channel: str, language: str, said: str
) -> None:
    for_another = every(composed(wording, Case("third", creditor=THIRD_PARTY), template, channel, language))
    for_itself = every(composed(wording, Case("own"), template, channel, language))
    assert said in for_another
    assert "Northwind Credit" in for_another
    assert not re.search("behalf| for Northwind|委托", for_itself)


def test_due_dates_are_told_in_the_days_that_are_left(wording: Wording) -> None:
    plan = a_plan(instalments=[an_instalment(due_date=NOW.date() + timedelta(days=1))])
    assert "in 1 day." in composed(wording, Case("tomorrow", plans=(plan,)), "upcoming", "email", "en").text
    assert f"{DUE:%Y}" in composed(wording, Case("ordinary"), "upcoming", "email", "zh").text


def test_a_payment_is_a_payment_whatever_its_method(wording: Wording) -> None:
    payment = a_payment(method=None)
    touchpoint = a_touchpoint(step="payment-received", kind=Kind.RECEIPT)
    assert wording.compose(facts(touchpoint=touchpoint, payment=payment), "sms", NOW).text
