"""The words that come with Duly, together with what a policy requires."""

import pytest

from scheduler.catalogue.words import Wording
from scheduler.domain.decision import Required
from scheduler.domain.message import Words
from scheduler.domain.plan import Creditor
from scheduler.domain.segments import segments
from tests.builders import NOW
from tests.templates.portfolio import (
    CASES,
    KINDS,
    LOCALES,
    ORDINARY,
    ROOT,
    THIRD_PARTY,
    Balance,
    Case,
    every,
    named,
)

DISCLOSURE = {
    "en": "This is an attempt to collect a debt, and any information obtained will be used for that purpose.",
    "zh": "本短信旨在催收一笔债务，所获得的任何信息将用于该目的。",
}
STOP = {"en": "Reply STOP to stop texts to this number.", "zh": "回复STOP即可停止向本号码发短信。"}
BOTH = (Required("us-regf/first-disclosure", DISCLOSURE), Required("us-regf/opt-out-line", STOP))
OWN_STOP = {"en": "Reply STOP to stop texts", "zh": "回复STOP，我们将不再向本号码发短信"}


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load(ROOT)


def said(
    wording: Wording,
    case: Case,
    template: str,
    channel: str,
    language: str,
    phrases: tuple[Required, ...] = BOTH,
) -> Words:
    return wording.compose(case.facts(template, LOCALES[language]), channel, NOW, phrases)


@pytest.mark.parametrize("case", named(CASES))
@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_a_message_says_what_is_required_once(
    wording: Wording, template: str, language: str, case: Case
) -> None:
    sms = said(wording, case, template, "sms", language).text
    email = said(wording, case, template, "email", language)
    assert email.html is not None
    for text in (sms, email.text, Balance(email.html).words):
        assert [text.count(each[language]) for each in (DISCLOSURE, STOP)] == [1, 1]
    assert "\n\n\n" not in sms + email.text
    assert Balance(email.html).faults == []


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_an_sms_tells_how_to_stop_once_in_the_words_of_the_policy(
    wording: Wording, template: str, language: str
) -> None:
    case = Case("ordinary")
    own = said(wording, case, template, "sms", language, BOTH[:1]).text
    policys = said(wording, case, template, "sms", language).text
    assert (own.count("STOP"), policys.count("STOP")) == (1, 1)
    assert OWN_STOP[language] in own
    assert policys.endswith(f"\n{STOP[language]}")
    assert "\n\n" not in own + policys


@pytest.mark.parametrize("template", KINDS)
def test_an_sms_whose_own_line_is_what_the_policy_asks_says_it_once(wording: Wording, template: str) -> None:
    phrase = Required("house/stop", {"en": "reply STOP to stop  texts to this number"})
    text = said(wording, Case("ordinary"), template, "sms", "en", (phrase,)).text
    assert text.count("STOP") == 1


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("template", KINDS)
def test_an_email_keeps_its_own_line_on_how_to_stop(wording: Wording, template: str, language: str) -> None:
    assert "unsubscribe" in every(said(wording, Case("ordinary"), template, "email", language))


@pytest.mark.parametrize("creditor", [Case("own").creditor, THIRD_PARTY], ids=["own", "third"])
@pytest.mark.parametrize("case", named(ORDINARY))
@pytest.mark.parametrize(("language", "encoding", "most"), [("en", "GSM-7", 3), ("zh", "UCS-2", 5)])
@pytest.mark.parametrize("template", KINDS)
def test_a_disclosure_and_an_opt_out_line_cost_an_sms_one_part_more(
    wording: Wording, template: str, language: str, encoding: str, most: int, case: Case, creditor: Creditor
) -> None:
    given = Case(case.name, case.plans, creditor, case.debtor)
    with_phrases = segments(said(wording, given, template, "sms", language).text)
    without = segments(said(wording, given, template, "sms", language, ()).text)
    assert with_phrases.encoding == encoding
    assert with_phrases.count <= min(most, without.count + 1)
