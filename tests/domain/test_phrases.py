"""Words that must stand in a message, and words and numbers that must not."""

from datetime import datetime

import pytest

from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts, History
from scheduler.domain.message import Words
from scheduler.domain.phrases import ForbiddenWords, Part, Phrase, Turn, due_phrases, plain
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import DAY, rule

# ---------------------------------------------------------------------------------------------- required


def known(*plan_ids: int) -> Facts:
    """Facts about two plans, of which these were surely spoken of before."""
    plans = (builders.a_plan(id=1), builders.a_plan(id=2, ref="P-2"))
    spoken: dict[int, datetime] = dict.fromkeys(plan_ids, NOW - DAY)
    claims = [builders.a_claim(each) for each in plans]
    return builders.facts(plan=plans[0], claims=claims, history=History(spoken_at=spoken))


@pytest.mark.parametrize(
    ("turn", "before", "due"),
    [
        (Turn.FIRST, (), True),
        (Turn.FIRST, (1,), True),
        (Turn.FIRST, (1, 2), False),
        (Turn.LATER, (), False),
        (Turn.LATER, (1,), True),
        (Turn.LATER, (1, 2), True),
        (Turn.ANY, (), True),
        (Turn.ANY, (1, 2), True),
    ],
)  # fmt: skip
def test_a_phrase_belongs_to_the_first_message_of_a_debt_or_to_those_after_it(
    turn: Turn, before: tuple[int, ...], due: bool
) -> None:
    # 12 CFR 1006.18(e): one disclosure in the initial communication, another in each one after it.
    assert Phrase({"en": "words"}, turn).is_due(known(*before)) == due


def test_what_was_said_of_another_debt_makes_this_one_no_later() -> None:
    facts = builders.facts(history=History(spoken_at={7: NOW - DAY}))

    assert Phrase({}, Turn.FIRST).is_due(facts)
    assert not Phrase({}, Turn.LATER).is_due(facts)


def test_an_attempt_that_may_have_reached_nobody_leaves_the_next_message_a_first_one() -> None:
    facts = builders.facts(history=History(first_contact_at={1: NOW - DAY}))

    assert Phrase({}, Turn.FIRST).is_due(facts)
    assert not Phrase({}, Turn.LATER).is_due(facts)


def test_each_phrase_that_is_due_is_asked_for_with_the_rule_that_asks() -> None:
    first, later = Phrase({"en": "first"}, Turn.FIRST), Phrase({"en": "later"}, Turn.LATER)
    rules = [(rule(first, "a/first"), first), (rule(later, "a/later"), later)]

    assert due_phrases(rules, builders.facts()) == (Required("a/first", {"en": "first"}),)
    assert due_phrases(rules, known(1, 2)) == (Required("a/later", {"en": "later"}),)
    assert due_phrases(rules, known(1)) == (
        Required("a/first", {"en": "first"}),
        Required("a/later", {"en": "later"}),
    )


# --------------------------------------------------------------------------------------------- forbidden words


def found(
    forbidden: ForbiddenWords, text: str = "", subject: str | None = None, html: str | None = None
) -> str | None:
    """Return what is found in a message."""
    return forbidden.found(Words(text, subject, html))


def words(*these: str, part: Part = Part.ANYWHERE) -> ForbiddenWords:
    """Words that must not stand."""
    return ForbiddenWords(words=these, part=part)


def wide(text: str) -> str:
    """The same letters and digits, each as wide as a Chinese character."""
    return "".join(chr(ord(each) + 0xFEE0) for each in text)


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("You won the lottery today", True),
        ("LOTTERY!", True),
        ("a lot\u00adtery", True),
        (wide("lottery"), True),
        ("(lottery)", True),
        ("lotteryman", False),
        ("prelottery", False),
        ("lottery2", False),
        ("l o t t e r y", False),
    ],
    ids=["plain", "capitals", "soft hyphen", "full width", "brackets", "longer", "within", "digit", "spaced"],
)
def test_a_word_is_found_as_a_whole_whatever_its_case_and_width(text: str, stands: bool) -> None:
    assert (found(words("lottery"), text) is not None) == stands


def test_several_words_are_found_whatever_white_space_lies_between_them() -> None:
    final_notice = words("Final  Notice")

    assert found(final_notice, "This is your final\n notice.") == "Final  Notice"
    assert found(final_notice, "This is your final\u00a0notice.") == "Final  Notice"
    assert found(final_notice, "This notice is final.") is None


def test_the_first_word_that_is_listed_is_named() -> None:
    assert found(words("prize", "lottery"), "a lottery with a prize") == "prize"


def test_words_that_end_in_a_sign_need_no_edge_there() -> None:
    assert found(words("100%"), "at 100%!") == "100%"
    assert found(words("$$$"), "win$$$now") == "$$$"


@pytest.mark.parametrize(
    ("forbidden", "text", "stands"),
    [
        ("中奖", "恭喜您中奖了", True),
        ("中奖", "其中有奖", False),
        (wide("VIP"), "尊敬的vip客户", True),
        ("app", "请下载APP领取", True),
        ("app", "请下载APPS领取", False),
        ("催收", "催\u200b收", True),
        ("รางวัล", "คุณได้รับรางวัลใหญ่", True),
        ("abogado", "Llame a su abogado.", True),
        ("cas", "cassé", False),
        ("caf", "un café", False),
    ],
)  # fmt: skip
def test_scripts_that_do_not_part_words_have_no_edges_and_others_keep_theirs(
    forbidden: str, text: str, stands: bool
) -> None:
    assert (found(words(forbidden), text) is not None) == stands


def test_a_word_may_be_forbidden_where_others_see_it_without_opening_the_message() -> None:
    # Reg F, comment 22(f)(2): nothing of a debt in what shows on a locked screen.
    subject = words("debt", part=Part.SUBJECT)

    assert found(subject, "Your debt", "A note from us") is None
    assert found(subject, "A note from us", "Your debt") == "debt"
    assert found(subject, "Your debt", None) is None
    assert found(words("debt"), "A note from us", "Your debt") == "debt"


def test_what_is_blank_is_nowhere_found() -> None:
    assert found(words(" ", "\u200b"), "any words") is None
    assert found(ForbiddenWords(), "any words") is None


@pytest.mark.parametrize(
    ("html", "stands"),
    [
        ("<p>Your <b>debt</b></p>", True),
        ("<p>Your de<b>bt</b></p>", True),
        ("<p>Your d&#101;bt</p>", True),
        ('<img alt="A debt">', True),
        ('<a href="https://example.com/debt">here</a>', True),
        ("<p>de</p><p>bt</p>", False),
        ("<style>.debt { color: red }</style><p>Hello</p>", False),
        ('<p class="debt">Hello</p>', False),
        ("<p>Hello</p>", False),
    ],
    ids=["bold", "half bold", "entity", "image", "link", "two paragraphs", "style", "class", "clean"],
)
def test_html_is_read_as_its_reader_reads_it(html: str, stands: bool) -> None:
    assert (found(words("debt"), "Hello", "Hello", html) is not None) == stands


# ------------------------------------------------------------------------------------------- forbidden numbers

PREMIUM = ForbiddenWords(numbers=("+449", "09"))


@pytest.mark.parametrize(
    "text",
    [
        "Call 09061234567", "call 0906 123 4567", "call 0906-123-4567", "call (0906) 123.4567",
        "09\u2011061234567",
        "call +449061234567", "call +44 906 123 4567", "call +44 (0)906 123 4567", "call 0044 906 123 4567",
        "call 0906/1234567", "from 5 to 6 call 12 0906 123 4567", "call\u00a00906\u00a01234567",
        "call 09 06 12 34 56 7", wide("call") + " " + wide("09061234567"),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_grouped(text: str) -> None:
    assert found(PREMIUM, text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Call 020 7946 0018", "call +44 20 7946 0018", "Due on 09.03.2027", "due on 09-03-2027", "due on 2027-03-09",
        "due on 09/03/27", "at 09:00", "09", "0.95 % interest", "GBP 1,090.00", "ref 109061234567", "+4409",
        "call 0800 123 4567", "Ref: P-09-08712", "1 095,00 EUR",
    ],
)  # fmt: skip
def test_other_numbers_dates_times_and_amounts_are_let_pass(text: str) -> None:
    assert found(PREMIUM, text) is None


def test_a_number_is_found_in_a_link_too() -> None:
    assert found(PREMIUM, "", "", '<a href="tel:+449061234567">Call us</a>') == "+449"
    assert found(PREMIUM, "", "", '<p style="color:#090909;margin:09px">Hello</p>') is None


def test_text_is_compared_without_differences_of_case_width_and_space() -> None:
    assert plain(f"  This\tIS\u00a0a {wide('DEBT')}\u00ad ") == "this is a debt"
    assert plain("STRASSE") == plain("Straße")
