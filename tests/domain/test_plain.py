"""What a rule says, in plain words: one line a form."""

from datetime import date, time, timedelta

import pytest

from scheduler.domain.counters import Cap, OneChannel, Period, Scope
from scheduler.domain.duties import Keep, KeptAfter, OneMessage, StatedTimes
from scheduler.domain.facts import HoldKind, Unit
from scheduler.domain.holds import HoldRule
from scheduler.domain.hours import Week
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.phrases import ForbiddenWords, Part, Phrase, Turn
from scheduler.domain.plain import says
from scheduler.domain.plain_words import (
    channels,
    contacts,
    kind_words,
    kinds,
    kinds_counted,
    purpose_words,
    span,
    with_article,
)
from scheduler.domain.plan import Purpose, Source
from scheduler.domain.points import ConsentNeeded, OptOutReach, OptOutScope, Provenance
from scheduler.domain.rule import Form
from scheduler.domain.touchpoint import ANSWERING, ASKING, CONFIRMING, FORMAL, Kind
from scheduler.domain.windows import Closed, ClosedDays, Hours
from tests.domain.rules_and_days import ALL, BOTH, DAY, HOUR, MINUTE, SMS, counted, openings, rule, week

WORKDAYS = week("09:00-18:00", days=range(5), holidays=())
CALLS = frozenset({"call"})

SAID: list[tuple[Form, str]] = [
    # hours
    (Hours(WORKDAYS), "Mon–Fri 09:00–18:00, not on public holidays"),
    (Hours(week("08:00-20:00")), "every day 08:00–20:00"),
    (Hours(week("00:00-24:00")), "at any hour"),
    (Hours(week("00:00-24:00", holidays=())), "closed on public holidays"),
    (Hours(week("00:00-24:00", holidays=()), calendar="ca-qc"), "closed on the days of calendar ca-qc"),
    (Hours(week("08:00-20:00", holidays=())), "Mon–Sun 08:00–20:00, not on public holidays"),
    (Hours(week("08:00-20:00", days=(5, 0))), "Mon, Sat 08:00–20:00, holidays like any day"),
    (
        Hours(
            Week(
                {0: openings("09:00-12:00", "14:00-18:00"), 5: openings("10:00-24:00")},
                openings("10:00-11:00"),
            )
        ),
        "Mon 09:00–12:00 and 14:00–18:00, Sat 10:00–24:00, public holidays 10:00–11:00",
    ),
    (Hours(WORKDAYS, calendar="ca-qc"), "Mon–Fri 09:00–18:00, not on holidays of ca-qc"),
    (
        Hours(WORKDAYS, margin=5 * MINUTE),
        "Mon–Fri 09:00–18:00, not on public holidays; none in the last 5 minutes of an opening",
    ),
    (
        Hours(WORKDAYS, consented=week("06:00-24:00")),
        "Mon–Fri 09:00–18:00, not on public holidays; with recorded consent every day 06:00–24:00",
    ),
    (
        Hours(WORKDAYS, consented=week("00:00-24:00")),
        "Mon–Fri 09:00–18:00, not on public holidays; at any hour with recorded consent",
    ),
    (
        Hours(week("08:00-21:00"), answers_any_time=True),
        "every day 08:00–21:00; an answer on the debtor's own medium at any hour",
    ),
    (
        ClosedDays(((date(2027, 2, 8), date(2027, 2, 12)), (date(2027, 2, 6), date(2027, 2, 6)))),
        "nothing on 2027-02-06, 2027-02-08 to 2027-02-12",
    ),
    (Closed("not accepted here"), "never: not accepted here"),
    # counters
    (
        Cap(Scope.PLAN, counted(ASKING, CALLS, requested=False), 7, 7 * DAY),
        "at most 7 in 7 days for a plan, counting messages that ask, by call, not what the debtor asked for",
    ),
    (
        Cap(Scope.PERSON, counted(unit=Unit.SENT), 2, period=Period.DAY),
        "at most 2 sent a day, counting every contact by SMS and email",
    ),
    (
        OneChannel(counted(), Period.WEEK),
        "through one channel only in a week, counting every contact by SMS and email",
    ),
    # notices
    (
        NoticeFirst(frozenset({Kind.FIRST_CONTACT_NOTICE}), frozenset({"letter"}), 6 * DAY),
        "nothing until 6 days after a first-contact notice by letter",
    ),
    (
        NoticeFirst(frozenset({Kind.FIRST_CONTACT_NOTICE}), frozenset({"letter", "email"})),
        "nothing before a first-contact notice by email or letter",
    ),
    (
        NoticeFirst(frozenset({Kind.VALIDATION_NOTICE}), frozenset({"letter"}), within=5 * DAY),
        "nothing later than 5 days after the first contact until a validation notice by letter is out",
    ),
    (Deadline(5 * MINUTE), "within 5 minutes, or not at all"),
    # contact points
    (
        ConsentNeeded(frozenset({"consent"}), frozenset({Purpose.ELECTRONIC, Purpose.DEBT_DETAILS})),
        "only on the basis of consent and with recorded consent to details of the debt in messages and recorded "
        "consent to electronic messages",
    ),
    (
        Provenance(frozenset({Source.DEBTOR, Source.CREDITOR}), 60 * DAY, work=False, shared=False),
        "only an address from the creditor or debtor, used or checked in the last 60 days, not at work, "
        "not shared with others",
    ),
    (
        OptOutScope(OptOutReach.CHANNEL, BOTH),
        "an opt-out of one address closes all of the debtor's on that channel",
    ),
    (
        OptOutScope(OptOutReach.SENDER, BOTH),
        "an opt-out of one address closes all of the debtor's by sms, email",
    ),
    # words
    (
        Phrase({"es": "Aviso.", "en": "Notice.", "fr": "Avis."}, Turn.FIRST),
        "the first message must say “Notice.” (also in es, fr)",
    ),
    (Phrase({"en": "{creditor}", "fr": "{creditor}"}), "every message must name the sender"),
    (Phrase({"en": "{creditor}.", "fr": "{creditor}"}), "every message must say “{creditor}.” (also in fr)"),
    (Phrase({"de": "Hinweis."}, Turn.LATER), "later messages must say “Hinweis.”"),
    (
        ForbiddenWords(("lottery", "prize"), ("+449",)),
        "a message must not say “lottery” or “prize” nor a number that begins with +449",
    ),
    (ForbiddenWords(("debt",), part=Part.SUBJECT), "the subject must not say “debt”"),
    # holds and duties
    (
        HoldRule(frozenset({HoldKind.MORATORIUM}), 60 * DAY, 1, "the court"),
        "nothing during a hold of kind moratorium; it lasts 60 days; it may be extended once; "
        "to lift it: the court",
    ),
    (HoldRule(frozenset({HoldKind.DISPUTE})), "nothing during a hold of kind dispute"),
    (Keep(3 * 366 * DAY), "records are kept 3 years after the last activity"),
    (Keep(61 * DAY, KeptAfter.EACH_CONTACT), "records are kept 61 days after each contact"),
    (
        StatedTimes(10 * DAY, 7 * DAY, 28 * HOUR, 2),
        "times that a debtor states bind, those only said for 10 days unless written within 7 days; "
        "at least 28 hours a week and 2 channels may be closed",
    ),
    (StatedTimes(), "times that a debtor states bind"),
    (OneMessage(), "several debts share one message"),
]


@pytest.mark.parametrize(
    ("form", "words"), SAID, ids=[f"{place}-{type(form).__name__}" for place, (form, _) in enumerate(SAID)]
)
def test_each_form_is_said_in_one_line(form: Form, words: str) -> None:
    assert says(form) == words


def test_a_counter_does_not_repeat_what_its_rule_is_about_anyway() -> None:
    own, calls = Cap(Scope.PERSON, counted(), 2, 7 * DAY), Cap(Scope.PERSON, counted(ALL, CALLS), 2, 7 * DAY)

    assert says(own, rule(own)) == "at most 2 in 7 days"
    assert says(calls, rule(calls)) == "at most 2 in 7 days, counting calls"
    assert (
        says(own, rule(own, kinds=ASKING)) == "at most 2 in 7 days, counting every contact by SMS and email"
    )


def test_a_long_list_of_words_is_cut_to_how_many_more_there_are() -> None:
    words = tuple(f"word{number}" for number in range(11))

    assert says(ForbiddenWords(words)).endswith("“word7” or 3 more")
    assert says(ForbiddenWords(words[:9])).endswith("“word7” or “word8”")


def test_what_is_no_form_has_no_words() -> None:
    with pytest.raises(TypeError, match="int has no words"):
        says(7)


@pytest.mark.parametrize(
    ("these", "words"),
    [
        (frozenset(Kind), "all"),
        (frozenset(Kind) - {Kind.RECEIPT}, "all but receipt"),
        (ASKING, "asking"),
        (ASKING | FORMAL, "asking, formal"),
        (ANSWERING, "answering"),
        (CONFIRMING, "confirming"),
        (CONFIRMING | {Kind.PLAN_UPDATE}, "confirming, plan_update"),
        (ASKING - {Kind.MEDIATION_OFFER}, "asking (except mediation_offer)"),
        ({Kind.REMINDER_DUE, Kind.OVERDUE_NOTICE}, "overdue_notice, reminder_due"),
    ],
    ids=["all", "all-but", "asking", "two-groups", "answering", "confirming", "more", "but", "single"],
)
def test_kinds_go_by_the_names_of_their_groups(these: frozenset[Kind], words: str) -> None:
    assert kinds(these) == words


@pytest.mark.parametrize(
    ("these", "words"),
    [
        (frozenset(Kind), "every contact"),
        (frozenset(Kind) - {Kind.RECEIPT}, "every contact except receipts"),
        (ASKING | FORMAL, "messages that ask and formal notices"),
        (ANSWERING, "answers to the debtor"),
        (CONFIRMING | {Kind.REPLY}, "confirmations of payments and replies"),
        ({Kind.OVERDUE_NOTICE}, "overdue notices"),
    ],
    ids=["all", "all-but", "two-groups", "a-larger-group", "group-and-kind", "single"],
)
def test_kinds_that_are_counted_are_named_as_messages(these: frozenset[Kind], words: str) -> None:
    assert kinds_counted(these) == words


def test_every_kind_and_every_purpose_of_consent_has_words_for_people() -> None:
    assert with_article(kind_words("overdue_notice")) == "an overdue notice"
    assert with_article(kind_words("opt_out_confirmation")) == "an opt-out confirmation"
    assert with_article(kind_words("reminder_due")) == "a reminder on the due date"
    assert kind_words("long_gone") == "long gone"
    assert not any("_" in kind_words(each) for each in Kind)
    assert purpose_words(Purpose.ELECTRONIC) == "recorded consent to electronic messages"
    assert len({purpose_words(each) for each in Purpose}) == len(Purpose)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=1), "24 hours"),
        (timedelta(hours=72), "72 hours"),
        (timedelta(hours=96), "4 days"),
        (timedelta(hours=28), "28 hours"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(days=366), "1 year"),
    ],
    ids=str,
)
def test_a_length_is_said_in_the_largest_unit_that_divides_it_and_in_hours_up_to_three_days(
    length: timedelta, words: str
) -> None:
    assert span(length) == words


def test_channels_come_in_one_order_and_count_in_their_own_words() -> None:
    assert channels({"visit", "email", "sms"}) == "sms, email, visit"
    assert contacts({"letter", "sms", "call"}) == "SMS, calls and letters"
    assert contacts(SMS) == "SMS"


def test_a_time_of_day_past_noon_is_said_by_the_24_hour_clock() -> None:
    assert says(Hours(Week({0: ((time(13, 5), time(23, 59)),)}))) == "Mon 13:05–23:59, not on public holidays"
