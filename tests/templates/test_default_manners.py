"""The words that come with Duly are short, safe, polite and documented."""

import re
from dataclasses import fields

import pytest

from scheduler.catalogue.fields import (
    CreditorFields,
    DebtorFields,
    Fields,
    ItemFields,
    PaymentFields,
    TotalFields,
)
from scheduler.catalogue.grammar import FILTERS, LoopFields
from scheduler.catalogue.words import Wording
from scheduler.domain.segments import segments
from tests.templates.portfolio import (
    CASES,
    KINDS,
    LOCALES,
    NASTY,
    ORDINARY,
    PART_PAID,
    ROOT,
    THIRD_PARTY,
    Balance,
    Case,
    composed,
    named,
)

SOURCES = {
    str(path.relative_to(ROOT)): path
    for path in sorted(ROOT.rglob("*.*"))
    if path.suffix in (".txt", ".html")
}
CHINESE = {name: path for name, path in SOURCES.items() if ".zh." in name}

PRESSING = "must|immediate|urgent|final|warn|legal|court|lawyer|debt|collect|penalt|consequence|fail|demand"
SHAMING = "overdue|arrears|default|delinquen|neglect|ignor|owe us|late"
PRESSING_ZH = "逾期|催|欠|法律|诉讼|立即|务必|必须|最后期限|否则|征信|后果|违约|警告|你"
TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<style>.*?</style>|<[^>]*>", re.DOTALL)


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load(ROOT)


@pytest.mark.parametrize("case", named(ORDINARY))
@pytest.mark.parametrize("template", KINDS)
def test_an_english_sms_is_gsm_7_and_two_parts(wording: Wording, template: str, case: Case) -> None:
    text = composed(wording, case, template, "sms", "en").text
    assert (segments(text).encoding, segments(text).count <= 2) == ("GSM-7", True), text


@pytest.mark.parametrize("case", named(ORDINARY))
@pytest.mark.parametrize("template", KINDS)
def test_a_chinese_sms_is_four_parts_at_most(wording: Wording, template: str, case: Case) -> None:
    text = composed(wording, case, template, "sms", "zh").text
    assert segments(text).count <= 4, text


@pytest.mark.parametrize("case", named(NASTY))
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_no_sms_is_out_of_bounds_whatever_it_holds(
    wording: Wording, template: str, language: str, case: Case
) -> None:
    assert segments(composed(wording, case, template, "sms", language).text).count <= 8


@pytest.mark.parametrize("case", named(CASES))
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_the_html_is_well_formed_and_loads_nothing(
    wording: Wording, template: str, language: str, case: Case
) -> None:
    html = composed(wording, case, template, "email", language).html
    assert html is not None
    page = Balance(html)
    assert page.faults == []
    assert not page.elements & {"img", "script", "link", "iframe", "form", "i", "b"}
    assert not re.search(r"src=|url\(|@import|<link", html)
    assert len(html) < 60_000


@pytest.mark.parametrize("template", KINDS)
def test_names_are_escaped_in_html_and_kept_in_text(wording: Wording, template: str) -> None:
    case = next(each for each in CASES if each.name == "markup")
    words = composed(wording, case, template, "email", "en")
    assert words.html is not None
    assert "&lt;b&gt;&amp;&#34;{{ 7 * 7 }}{% x %}" in words.html
    assert "&lt;i&gt;N&amp;N&lt;/i&gt;" in words.html
    assert '<b>&"{{ 7 * 7 }}{% x %}' in words.text


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_text_and_html_say_the_same(wording: Wording, template: str, language: str) -> None:
    words = composed(
        wording, Case("third", creditor=THIRD_PARTY, plans=(PART_PAID,)), template, "email", language
    )
    assert words.html is not None
    shown = Balance(words.html).words
    missing = [
        sentence
        for sentence in re.findall(r"[A-Z\u4e00-\u9fff][^.。：:\n]{25,}[.。]", words.text)
        if re.sub(r"[\s\"“”]", "", sentence) not in re.sub(r"[\s\"“”]", "", shown)
    ]
    assert missing == []


@pytest.mark.parametrize("template", KINDS)
def test_the_html_is_readable_on_a_phone_and_in_the_dark(wording: Wording, template: str) -> None:
    html = composed(wording, Case("ordinary"), template, "email", "zh").html
    assert html is not None
    assert 'name="viewport" content="width=device-width' in html
    assert "prefers-color-scheme:dark" in html.replace(" ", "")
    assert '<html lang="zh">' in html
    assert 'class="card" style="' in html


@pytest.mark.parametrize("name", SOURCES)
def test_no_word_presses_threatens_or_shames(name: str) -> None:
    words = TAGS.sub("", SOURCES[name].read_text("utf-8"))
    assert not re.search("[!！]", words)
    assert set(re.findall(r"\b[A-Z]{2,}\b", words)) <= {"STOP"}
    assert not re.search(rf"(?i)\b({PRESSING}|{SHAMING})", words)
    assert not re.search(PRESSING_ZH, words)


@pytest.mark.parametrize("template", KINDS)
@pytest.mark.parametrize("language", LOCALES)
def test_a_subject_tells_a_stranger_nothing(wording: Wording, template: str, language: str) -> None:
    subject = composed(wording, Case("ordinary"), template, "email", language).subject
    assert subject is not None
    assert "Northwind Credit" in subject
    assert not re.search(
        r"(?i)due|owe|debt|repay|instalment|overdue|remind|\d|还款|欠|逾期|到期|提醒|催", subject
    )


@pytest.mark.parametrize("name", CHINESE)
def test_chinese_is_written_with_chinese_punctuation(name: str) -> None:
    words = TAGS.sub("x", CHINESE[name].read_text("utf-8").removeprefix("Subject:"))
    assert not re.search(r"[\u4e00-\u9fff][,;:?()]|[,;:?()][\u4e00-\u9fff]", words)


def test_every_field_is_documented_with_an_example() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| `([\w.]+)` \| ([^|]*\S) \|[^|]*\|$", page, re.MULTILINE))
    groups = {
        "creditor": CreditorFields,
        "debtor": DebtorFields,
        "item": ItemFields,
        "total": TotalFields,
        "payment": PaymentFields,
        "loop": LoopFields,
    }
    members = {f"{group}.{field.name}" for group, kind in groups.items() for field in fields(kind)}
    top = {field.name for field in fields(Fields)} - {"creditor", "debtor", "first", "next_due", "payment"}
    assert set(documented) - {"language", "subject", "content"} == members | top
    assert all(f"`{name}`" in page for name in (*FILTERS, "first", "next_due", "payment"))
