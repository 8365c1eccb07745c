"""What the policy requires is said in every message, once, in its language, and never as anything but text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.catalogue.required import missing, says_stop, shown, text_in
from scheduler.catalogue.words import EMAIL_MOST, SMS_MOST, Wording
from scheduler.domain.decision import Required
from scheduler.domain.errors import UsageError
from scheduler.domain.facts import Facts, History
from scheduler.domain.message import Words
from scheduler.domain.segments import segments
from scheduler.domain.touchpoint import Kind
from scheduler.ports import ComposeError, Composer
from tests.builders import NOW, a_contact, a_creditor, a_debtor, a_plan, facts, write_files

LAYOUT = """<!doctype html>
<html lang="{{ language }}"><head><title>{{ subject }}</title></head>
<body><div class="card">{{ content }}</div><p>Goodbye.</p></body></html>
"""
FILES = {
    "_layout/email.html": LAYOUT,
    "upcoming/sms.en.txt": "An instalment is near.\n",
    "upcoming/sms.zh.txt": "一期款项即将到期。\n",
    "upcoming/email.en.txt": "Subject: Soon\n\nAn instalment is near.\n",
    "upcoming/email.en.html": "<p>An instalment is near.</p>",
}
COLLECTOR = {"en": "This message is from a debt collector.", "zh": "本信息由催收机构发出。"}
STOP = {"en": "Reply STOP to stop texts to this number."}


def required(texts: Mapping[str, str], rule: str = "us-regf/disclosure") -> Required:
    return Required(rule, texts)


def said(
    root: Path,
    *texts: Mapping[str, str],
    channel: str = "sms",
    given: Facts | None = None,
    files: Mapping[str, str] | None = None,
) -> Words:
    words = Wording.load(write_files(root, {**FILES, **(files or {})}))
    phrases = [required(each) for each in texts]
    return words.compose(facts() if given is None else given, channel, NOW, phrases)


def refused(root: Path, phrase: Required, channel: str = "sms", locale: str = "en", **files: str) -> str:
    named = {name.replace("__", "/"): text for name, text in files.items()}
    words = Wording.load(write_files(root, {**FILES, **named}))
    with pytest.raises(ComposeError) as caught:
        words.compose(facts(debtor=a_debtor(locale=locale)), channel, NOW, [phrase])
    assert "Maria" not in str(caught.value)
    return str(caught.value)


def noticed(*days: int, plan_id: int = 1) -> History:
    at = [datetime(2027, 2, day, 23, 30, tzinfo=UTC) for day in days]
    kind = Kind.FIRST_CONTACT_NOTICE
    return History(
        notices=tuple(a_contact(at=each, kind=kind, channel="letter", plan_ids=[plan_id]) for each in at)
    )


def test_it_is_a_composer_that_may_be_asked_for_phrases(tmp_path: Path) -> None:
    composer: Composer = Wording.load(write_files(tmp_path, FILES))
    assert composer.compose(facts(), "sms", NOW) == composer.compose(facts(), "sms", NOW, [])
    assert "debt collector" in composer.compose(facts(), "sms", NOW, [required(COLLECTOR)]).text


def test_an_sms_ends_with_what_is_required_in_the_order_of_the_rules(tmp_path: Path) -> None:
    assert said(tmp_path, COLLECTOR, STOP).text.split("\n") == [
        "An instalment is near.",
        "This message is from a debt collector.",
        "Reply STOP to stop texts to this number.",
    ]


def test_an_email_says_it_at_the_end_of_its_text_and_below_its_page(tmp_path: Path) -> None:
    words = said(tmp_path, COLLECTOR, STOP, channel="email")
    assert words.text == (
        "An instalment is near.\n\nThis message is from a debt collector.\n\n"
        "Reply STOP to stop texts to this number.\n"
    )
    assert words.html is not None
    page, _, rest = words.html.partition('<div class="required">')
    assert "An instalment is near." in page
    first, second = (
        "<p>This message is from a debt collector.</p>",
        "<p>Reply STOP to stop texts to this number.</p>",
    )
    assert 0 <= rest.index(first) < rest.index(second) < rest.index("Goodbye.")
    assert words.subject == "Soon"


def test_where_nothing_is_required_nothing_is_left_behind(tmp_path: Path) -> None:
    words = said(tmp_path, channel="email")
    assert words.text == "An instalment is near.\n"
    assert words.html is not None
    assert "required" not in words.html


def test_an_email_without_html_says_it_in_its_text(tmp_path: Path) -> None:
    words = Wording.load(write_files(tmp_path, {"upcoming/email.en.txt": "Subject: Soon\n\nNear.\n"}))
    found = words.compose(facts(), "email", NOW, [required(COLLECTOR)])
    assert (found.text, found.html) == ("Near.\n\nThis message is from a debt collector.\n", None)


def test_a_phrase_is_said_in_the_language_of_the_words_and_not_of_the_debtor(tmp_path: Path) -> None:
    chinese, french = (facts(debtor=a_debtor(locale=each)) for each in ("zh-CN", "fr-FR"))
    french_too = {**COLLECTOR, "fr": "Ce message vient d'un agent de recouvrement."}
    assert said(tmp_path, COLLECTOR, given=chinese).text == "一期款项即将到期。\n本信息由催收机构发出。"
    assert said(tmp_path, french_too, given=french).text.endswith("This message is from a debt collector.")


@pytest.mark.parametrize(
    ("languages", "locale", "chosen"),
    [
        (("en", "zh"), "en", "en"),
        (("en", "zh"), "zh-hant", "zh"),
        (("en", "zh", "zh-Hant"), "zh-hant", "zh-Hant"),
        (("en", "zh", "zh_Hant"), "zh-hant", "zh_Hant"),
        (("en", "zh", "zh-Hant"), "zh-hant-tw", "zh-Hant"),
        (("en", "zh", "zh-Hant"), "zh", "zh"),
        (("en", "zh-Hant"), "zh", None),
        (("zh",), "en", None),
        (("en",), "fr", None),
        (("en",), "eng", None),
    ],
)
def test_the_longest_language_that_fits_is_chosen_and_english_is_no_way_out(
    languages: Sequence[str], locale: str, chosen: str | None
) -> None:
    assert text_in({each: each for each in languages}, locale) == chosen


def test_a_phrase_without_words_in_the_language_stops_the_message_and_names_its_rule(tmp_path: Path) -> None:
    phrase = required({"en": "To say."}, rule="us-regf/first-disclosure")
    sentence = refused(tmp_path, phrase, locale="zh-CN")
    assert (
        sentence == "upcoming, sms, zh: us-regf/first-disclosure has no words in zh; add them to the policy"
    )


@pytest.mark.parametrize(
    "template",
    [
        "Hello. This message is from a debt collector. Bye.",
        "THIS MESSAGE IS FROM A DEBT COLLECTOR.",
        "This  message is\nfrom a\u00a0debt collector.",
    ],
    ids=["same", "case", "spacing"],
)
def test_what_an_sms_says_already_is_not_said_twice(tmp_path: Path, template: str) -> None:
    words = said(tmp_path, COLLECTOR, files={"upcoming/sms.en.txt": template})
    assert " ".join(words.text.casefold().split()).count("from a debt collector") == 1


def test_a_phrase_that_is_said_nearly_is_said(tmp_path: Path) -> None:
    words = said(tmp_path, COLLECTOR, files={"upcoming/sms.en.txt": "This message is from a collector."})
    assert words.text == "This message is from a collector.\nThis message is from a debt collector."


def test_text_and_html_are_looked_at_each_for_itself(tmp_path: Path) -> None:
    in_text = {"upcoming/email.en.txt": "Subject: Soon\n\nThis message is from a debt collector.\n"}
    in_page = {"upcoming/email.en.html": "<p>This message is\n<strong>from a debt collector</strong>.</p>"}
    in_both = in_text | in_page
    for name, files in {"text": in_text, "page": in_page, "both": in_both}.items():
        words = said(tmp_path / name, COLLECTOR, channel="email", files=files)
        assert words.html is not None
        assert words.text.count("from a debt collector") == words.html.count("from a debt collector") == 1
        assert ('class="required"' in words.html) == (name == "text")


def test_a_subject_or_an_invisible_attribute_does_not_count_as_said(tmp_path: Path) -> None:
    phrase = COLLECTOR["en"]
    files = {
        "upcoming/email.en.txt": f"Subject: {phrase}\n\nNear.\n",
        "upcoming/email.en.html": f'<p title="{phrase}">Near.</p>',
    }
    words = said(tmp_path, COLLECTOR, channel="email", files=files)
    assert words.text.count(phrase) == 1
    assert words.html is not None
    assert f"<p>{phrase}</p>" in words.html


def test_two_rules_that_ask_for_the_same_are_answered_once(tmp_path: Path) -> None:
    again, part = {"en": "this MESSAGE is from a debt  collector."}, {"en": "from a debt collector"}
    words = said(tmp_path, part, COLLECTOR, again)
    assert words.text == "An instalment is near.\nThis message is from a debt collector."


def test_of_two_phrases_the_longer_one_serves_for_both_and_order_is_kept() -> None:
    assert missing(["c", "a b", "a b d", "c"], "nothing") == ("c", "a b d")
    assert missing(["a", "b"], "A and B") == ()


def test_html_shows_a_phrase_as_it_is_written(tmp_path: Path) -> None:
    phrase = '<b>Smith & Sons</b> {{ debtor.name }} {% if x %} "quoted" &amp; it\'s {this}'
    words = said(tmp_path, {"en": phrase}, channel="email")
    assert words.text.endswith(f"{phrase}\n")
    assert words.html is not None
    escaped = (
        "&lt;b&gt;Smith &amp; Sons&lt;/b&gt; {{ debtor.name }} {% if x %} "
        "&#34;quoted&#34; &amp;amp; it&#39;s {this}"
    )
    assert f"<p>{escaped}</p>" in words.html
    assert phrase in shown(words.html)


def test_a_phrase_in_another_script_is_untouched(tmp_path: Path) -> None:
    phrase = "هذه الرسالة من \u2068شركة تحصيل\u2069 👩\u200d👧。"
    words = said(tmp_path, {"en": phrase}, channel="email")
    assert phrase in words.text
    assert words.html is not None
    assert phrase in words.html


def test_placeholders_are_filled_from_the_facts(tmp_path: Path) -> None:
    phrase = {"en": "{creditor} wrote on {notice_date} about {plan} (ref {notice_reference})."}
    given = facts(
        creditor=a_creditor(writes_as="Harbour\u202e Accounts"),
        debtor=a_debtor(locale="en-US"),
        history=noticed(3, 1),
    )
    filled = "Harbour Accounts wrote on {} about NW-2027-0042 (ref NW-2027-0042)."
    assert said(tmp_path, phrase, given=given).text.endswith(filled.format("Feb 3, 2027"))
    assert said(tmp_path, phrase, given=given, channel="email").text.endswith(
        filled.format("February 3, 2027") + "\n"
    )


def test_the_day_of_a_notice_is_the_day_in_the_zone_of_the_plan(tmp_path: Path) -> None:
    given = facts(plan=a_plan(zone="Asia/Tokyo"), history=noticed(3))
    assert said(tmp_path, {"en": "On {notice_date}."}, given=given).text.endswith("On 4 Feb 2027.")


@pytest.mark.parametrize(
    "value", ["{plan}", "{creditor}", "{notice_date}", "{{ debtor.name }}", "{0}", "\\g<0>"]
)
def test_a_value_with_braces_is_not_filled_again(tmp_path: Path, value: str) -> None:
    given = facts(creditor=a_creditor(writes_as=value))
    assert said(tmp_path, {"en": "From {creditor}: {plan}."}, given=given).text.endswith(
        f"From {value}: NW-2027-0042."
    )


def test_other_braces_are_words(tmp_path: Path) -> None:
    phrase = "{} {0} {name} {plan.ref} {plan!r} { plan }"
    assert said(tmp_path, {"en": phrase}).text.endswith(phrase)


@pytest.mark.parametrize("history", [History(), noticed(3, plan_id=2)], ids=["no notice", "of another plan"])
def test_a_phrase_that_names_a_notice_stops_the_message_while_there_is_none(
    tmp_path: Path, history: History
) -> None:
    words = Wording.load(write_files(tmp_path, FILES))
    phrase = required({"en": "We wrote on {notice_date}."}, rule="fr/first-letter")
    with pytest.raises(ComposeError, match="fr/first-letter names the date of a notice, and none is known"):
        words.compose(facts(history=history), "sms", NOW, [phrase])
    assert words.compose(facts(history=noticed(3)), "sms", NOW, [phrase]).text.endswith("on 3 Feb 2027.")


def test_a_phrase_that_is_written_out_with_its_values_is_not_said_twice(tmp_path: Path) -> None:
    files = {"upcoming/sms.en.txt": "{{ creditor.writes_as }} writes about {{ reference }}. Pay."}
    words = said(tmp_path, {"en": "{creditor} writes about {plan}."}, files=files)
    assert words.text == "Northwind Credit writes about NW-2027-0042. Pay."


def test_a_phrase_keeps_a_gsm_7_sms_in_gsm_7(tmp_path: Path) -> None:
    phrase = {"en": "It’s a debt collector’s message – “Harbour”…"}
    text = said(tmp_path, phrase).text
    assert text.endswith("\nIt's a debt collector's message - \"Harbour\"...")
    assert segments(text).encoding == "GSM-7"
    files = {"upcoming/sms.en.txt": "It’s a debt collector’s message – “Harbour”…"}
    assert said(tmp_path, phrase, files=files).text.count("Harbour") == 1


def test_the_caps_on_what_is_sent_hold_with_phrases_too(tmp_path: Path) -> None:
    near = "An instalment is near.\n"
    fits, too_long = ({"en": "x" * (SMS_MOST - len(near) + each)} for each in (0, 1))
    assert len(said(tmp_path, fits).text) == SMS_MOST
    assert "beyond 1600 characters" in refused(tmp_path, required(too_long))
    assert "beyond 200000 characters" in refused(tmp_path, required({"en": "x" * EMAIL_MOST}), "email")


def test_a_template_cannot_name_the_list_itself(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='there is no field "required"'):
        said(tmp_path, files={"upcoming/sms.en.txt": "{% for each in required %}{{ each }}{% endfor %}"})


def test_a_layout_that_can_leave_its_content_out_stops_the_message(tmp_path: Path) -> None:
    layout = LAYOUT.replace("{{ content }}", "{% if payment %}{{ content }}{% endif %}")
    sentence = refused(tmp_path, required(COLLECTOR), "email", **{"_layout__email.html": layout})
    assert "the HTML leaves out what the policy requires; let the layout always show `content`" in sentence


def test_a_style_of_the_layout_reaches_the_phrases(tmp_path: Path) -> None:
    layout = LAYOUT.replace("</head>", "<style>.required p { color: red; }</style></head>")
    words = said(tmp_path, COLLECTOR, channel="email", files={"_layout/email.html": layout})
    assert words.html is not None
    assert '<p style="color:red">This message is from a debt collector.</p>' in words.html


@pytest.mark.parametrize(
    ("phrase", "speaks"),
    [
        ("Reply STOP to stop texts to this number.", True),
        ("回复STOP即可停止。", True),
        ("拒收请回复R退订", True),
        ("To stop, write to us.", False),
        ("STOPPING is not offered", False),
        ("This message is from a debt collector.", False),
    ],
)
def test_a_template_can_be_silent_where_the_policy_speaks_of_stop(
    tmp_path: Path, phrase: str, speaks: bool
) -> None:
    files = {"upcoming/sms.en.txt": "Near.{% if not says_stop %} Text STOP to end this.{% endif %}"}
    assert says_stop([phrase]) is speaks
    words = said(tmp_path, {"en": phrase}, files=files)
    assert ("Text STOP" in words.text) is not speaks
    assert words.text.endswith(phrase)


def test_the_first_notice_is_meant_although_another_formal_one_followed(tmp_path: Path) -> None:
    first = noticed(3).notices[0]
    later = replace(first, at=first.at + timedelta(days=9), kind=Kind.LEGAL_NOTICE)
    given = facts(history=History(notices=(first, later)))
    assert said(tmp_path, {"en": "On {notice_date}."}, given=given).text.endswith("On 3 Feb 2027.")
