"""The composer: which template speaks, in which language, and what happens when it cannot."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from scheduler.catalogue.words import EMAIL_MOST, SMS_MOST, Wording
from scheduler.domain.facts import Claim, Facts
from scheduler.domain.message import Words
from scheduler.domain.plan import Plan
from scheduler.domain.segments import segments
from scheduler.ports import ComposeError, Composer
from tests.builders import (
    NOW,
    a_creditor,
    a_debtor,
    a_payment,
    a_plan,
    a_touchpoint,
    an_instalment,
    facts,
    write_files,
)

LAYOUT = """<!doctype html>
<html lang="{{ language }}"><head><title>{{ subject }}</title></head><body>{{ content }}</body></html>
"""


def wording(root: Path, files: Mapping[str, str]) -> Wording:
    return Wording.load(write_files(root, files))


def composed(words: Wording, channel: str = "sms", locale: str = "en-GB") -> Words:
    return words.compose(facts(debtor=a_debtor(locale=locale)), channel, NOW)


def test_it_is_a_composer(tmp_path: Path) -> None:
    composer: Composer = wording(tmp_path, {"upcoming/sms.en.txt": "Hello"})
    assert composer.compose(facts(), "sms", NOW) == Words("Hello")


def test_it_tells_what_it_has(tmp_path: Path) -> None:
    words = wording(
        tmp_path,
        {"upcoming/sms.en.txt": "a", "upcoming/sms.zh.txt": "b", "receipt/email.en.txt": "Subject: a\n\nb"},
    )
    assert words.templates() == {"upcoming", "receipt"}
    assert words.has("upcoming", "sms")
    assert not words.has("upcoming", "email")
    assert not words.has("nothing", "sms")
    assert words.locales("upcoming", "sms") == {"en", "zh"}
    assert words.locales("upcoming", "email") == frozenset()


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh", "Chinese"),
        ("zh-CN", "Chinese"),
        ("zh_Hans", "Chinese"),
        ("ZH-hans-SG", "Chinese"),
        ("pt-BR", "Brazilian"),
        ("pt_br", "Brazilian"),
        ("pt-PT", "English"),
        ("en-GB", "English"),
        ("fr", "English"),
        ("", "English"),
        ("../../secrets", "English"),
    ],
)
def test_the_language_is_exact_then_shorter_then_english(tmp_path: Path, locale: str, said: str) -> None:
    files = {
        "upcoming/sms.en.txt": "English",
        "upcoming/sms.zh.txt": "Chinese",
        "upcoming/sms.pt_BR.txt": "Brazilian",
    }
    assert composed(Wording.load(write_files(tmp_path, files)), locale=locale).text == said


def test_amounts_within_words_of_another_language_keep_the_debtors_habits(tmp_path: Path) -> None:
    words = wording(tmp_path, {"upcoming/sms.en.txt": "{{ first.remaining }} on {{ first.due_date }}"})
    assert composed(words, locale="de-DE").text == "234,50 £ on 12 Mar 2027"
    assert composed(words, locale="en-US").text == "£234.50 on Mar 12, 2027"


def test_an_sms_that_is_written_in_gsm_7_stays_so(tmp_path: Path) -> None:
    source = "It’s {{ first.remaining }} – “{{ creditor.name }}”"
    plan = a_plan(currency="INR", instalments=[an_instalment(amount_minor=123_450)])
    given = facts(plan=plan, creditor=a_creditor(name="North\u00a0Wind…"), debtor=a_debtor(locale="en-IN"))
    text = wording(tmp_path, {"upcoming/sms.en.txt": source}).compose(given, "sms", NOW).text
    assert text == 'It\'s INR 1,234.50 - "North Wind..."'
    assert segments(text).encoding == "GSM-7"


def test_an_sms_that_cannot_be_gsm_7_keeps_its_signs(tmp_path: Path) -> None:
    words = wording(
        tmp_path, {"upcoming/sms.en.txt": "a", "upcoming/sms.zh.txt": "“{{ first.remaining }}”到期"}
    )
    plan = a_plan(currency="INR")
    given = facts(plan=plan, debtor=a_debtor(locale="zh"))
    assert words.compose(given, "sms", NOW).text == "“₹234.50”到期"


def test_an_email_has_a_subject_a_text_and_html_in_the_layout(tmp_path: Path) -> None:
    words = wording(
        tmp_path,
        {
            "_layout/email.html": LAYOUT,
            "upcoming/email.en.txt": "Subject: From {{ creditor.name }}\n\nDear {{ debtor.name }}\n",
            "upcoming/email.en.html": "<p>Dear {{ debtor.name }}</p>",
        },
    )
    found = composed(words, "email")
    assert (found.subject, found.text) == ("From Northwind Credit", "Dear Maria Silva\n")
    assert found.html is not None
    assert "<title>From Northwind Credit</title>" in found.html
    assert "<p>Dear Maria Silva</p>" in found.html
    assert 'lang="en"' in found.html


def test_html_may_be_left_out(tmp_path: Path) -> None:
    assert composed(wording(tmp_path, {"upcoming/email.en.txt": "Subject: a\n\nb"}), "email").html is None


@pytest.mark.parametrize(
    "name", ["Evil\r\nBcc: all@example.com", "Evil\nBcc: x", "Evil\u2028Bcc: x", "Evil\x0bBcc: x"]
)
def test_a_subject_is_always_one_line(tmp_path: Path, name: str) -> None:
    words = wording(tmp_path, {"upcoming/email.en.txt": "Subject: A note\tto {{ debtor.name }}\n\na"})
    subject = words.compose(facts(debtor=a_debtor(name=name)), "email", NOW).subject
    assert subject is not None
    assert subject.startswith("A note to Evil Bcc: ")
    assert len(subject.splitlines()) == 1


def test_html_shows_a_name_as_it_is_written(tmp_path: Path) -> None:
    words = wording(
        tmp_path,
        {
            "_layout/email.html": LAYOUT,
            "upcoming/email.en.txt": "Subject: To {{ debtor.name }}\n\n{{ debtor.name }}",
            "upcoming/email.en.html": '<p title="{{ debtor.name }}">{{ debtor.name }}</p>',
        },
    )
    found = words.compose(facts(debtor=a_debtor(name='"><b>&{{ 7 }}')), "email", NOW)
    escaped = "&#34;&gt;&lt;b&gt;&amp;{{ 7 }}"
    assert found.html is not None
    assert f'<p title="{escaped}">{escaped}</p>' in found.html
    assert f"<title>To {escaped}</title>" in found.html
    assert found.text == '"><b>&{{ 7 }}\n'


def test_a_line_of_tags_leaves_no_line_behind_and_others_keep_their_ends(tmp_path: Path) -> None:
    source = "a\n  {% if several %}\nb\n{% else %}{# x #}\nc {% if several %}d{% endif %}\n{% endif %}\n\n\n\ne  \n"
    assert composed(wording(tmp_path, {"upcoming/sms.en.txt": source})).text == "a\nc\n\ne"


def test_a_part_says_its_words_where_it_is_included(tmp_path: Path) -> None:
    words = wording(
        tmp_path,
        {
            "_layout/foot.en.txt": "Bye, {{ debtor.name }}\n",
            "upcoming/sms.en.txt": "Hi. {% include \"foot\" %}!\n{% include 'foot' %}\n?",
        },
    )
    assert composed(words).text == "Hi. Bye, Maria Silva!\nBye, Maria Silva\n?"


@pytest.mark.parametrize(
    ("source", "given", "sentence"),
    [
        (
            "{{ payment.amount }}",
            facts(),
            "upcoming, sms, en: `payment.amount` is asked for and there is none",
        ),
        ("{{ first.amount }}", facts(claims=[]), "`first.amount` is asked for and there is none"),
        (
            "{{ next_due.due_date }}",
            facts(plan=a_plan(instalments=[]), claims=[]),
            "`next_due.due_date` is asked for",
        ),
        (
            "a",
            facts(creditor=a_creditor(payment_link="ftp://example.com")),
            "upcoming, sms, en: the creditor's",
        ),
        ("a", facts(touchpoint=a_touchpoint(template="nothing")), "nothing, sms: there is no such template"),
    ],
    ids=range(5),
)
def test_what_cannot_be_composed_is_said(tmp_path: Path, source: str, given: Facts, sentence: str) -> None:
    with pytest.raises(ComposeError) as caught:
        wording(tmp_path, {"upcoming/sms.en.txt": source}).compose(given, "sms", NOW)
    assert sentence in str(caught.value)
    assert "Maria" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_group_may_be_asked_for(tmp_path: Path) -> None:
    words = wording(tmp_path, {"upcoming/sms.en.txt": "{% if payment %}paid{% else %}not paid{% endif %}"})
    assert composed(words).text == "not paid"
    assert words.compose(facts(payment=a_payment()), "sms", NOW).text == "paid"


def test_an_unknown_channel_is_said(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="upcoming, fax"):
        wording(tmp_path, {"upcoming/sms.en.txt": "a"}).compose(facts(), "fax", NOW)


def test_an_sms_is_never_longer_than_its_limit(tmp_path: Path) -> None:
    words = wording(tmp_path, {"upcoming/sms.en.txt": "{{ creditor.address }}"})
    fits, too_long = (facts(creditor=a_creditor(address="x" * each)) for each in (SMS_MOST, SMS_MOST + 1))
    assert len(words.compose(fits, "sms", NOW).text) == SMS_MOST
    with pytest.raises(ComposeError, match="beyond 1600 characters"):
        words.compose(too_long, "sms", NOW)


def test_an_sms_is_measured_as_it_is_sent(tmp_path: Path) -> None:
    words = wording(tmp_path, {"upcoming/sms.en.txt": "{{ creditor.address }}"})
    with pytest.raises(ComposeError, match="beyond 1600 characters"):
        words.compose(facts(creditor=a_creditor(address="x" * (SMS_MOST - 1) + "…")), "sms", NOW)


def test_an_email_is_never_longer_than_its_limit(tmp_path: Path) -> None:
    words = wording(
        tmp_path,
        {"upcoming/email.en.txt": "Subject: a\n\n{% for item in items %}{{ creditor.address }}{% endfor %}"},
    )
    plan: Plan = a_plan(instalments=[an_instalment(id=each) for each in range(100)])
    given = facts(
        creditor=a_creditor(address="x" * (EMAIL_MOST // 100 + 1)),
        plan=plan,
        claims=[Claim(plan, each) for each in plan.instalments],
    )
    with pytest.raises(ComposeError, match="beyond 200000 characters"):
        words.compose(given, "email", NOW)


def test_the_same_facts_give_the_same_words(tmp_path: Path) -> None:
    words = wording(tmp_path, {"upcoming/sms.en.txt": "{{ debtor.name }} {{ first.days }}"})
    assert composed(words).sha256 == composed(words).sha256
