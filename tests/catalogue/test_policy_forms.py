"""What each form of a rule means, apart from hours."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from scheduler.catalogue.models_kinds import GROUPS
from scheduler.catalogue.models_rule import FORMS
from scheduler.catalogue.models_windows import BESIDE_HOURS
from scheduler.domain.counters import Cap, Counted, OneChannel, Period, Scope
from scheduler.domain.duties import Keep, KeptAfter, OneMessage, StatedTimes
from scheduler.domain.facts import HoldKind, Unit
from scheduler.domain.holds import HoldRule
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.phrases import ForbiddenWords, Part, Phrase, Turn
from scheduler.domain.plan import Purpose, Source
from scheduler.domain.points import ConsentNeeded, OptOutReach, OptOutScope, Proof, Provenance
from scheduler.domain.rule import Form
from scheduler.domain.touchpoint import ANSWERING, ASKING, CONFIRMING, FORMAL, REPLIES, Kind
from scheduler.domain.windows import Closed, ClosedDays
from tests.catalogue.policy_text import form_of, policy_text, rule_of, sentences_of

DAY = timedelta(days=1)
BOTH = frozenset({"sms", "email"})
OWN = Counted(ASKING, BOTH)


@pytest.mark.parametrize(
    ("form", "meaning"),
    [
        ("at_most: {count: 2, in: 7 days}", Cap(Scope.PERSON, OWN, 2, 7 * DAY)),
        ("at_most: {count: 3, per: month, for: contact_point}",
         Cap(Scope.CONTACT_POINT, OWN, 3, None, Period.MONTH)),
        ("gap: 48 hours", Cap(Scope.PERSON, OWN, 1, 2 * DAY)),
        ("gap: {of: 7 days, for: sender_group}", Cap(Scope.SENDER_GROUP, OWN, 1, 7 * DAY)),
        ("one_channel: {per: week}", OneChannel(OWN, Period.WEEK)),
        ("closed_on: [2027-02-06, 2027-02-08..2027-02-12]",
         ClosedDays(((date(2027, 2, 6), date(2027, 2, 6)), (date(2027, 2, 8), date(2027, 2, 12))))),
        ("notice_first: {kinds: [first_contact_notice], by: [letter, email], wait: 6 days}",
         NoticeFirst(frozenset({Kind.FIRST_CONTACT_NOTICE}), frozenset({"letter", "email"}), 6 * DAY)),
        ("notice_first: {kinds: validation_notice, by: [letter], within: 5 days}",
         NoticeFirst(frozenset({Kind.VALIDATION_NOTICE}), frozenset({"letter"}), within=5 * DAY)),
        ("deadline: 5 minutes", Deadline(timedelta(minutes=5))),
        ("consent: {bases: [consent], grants: [electronic, written]}",
         ConsentNeeded(frozenset({"consent"}), frozenset({Purpose.ELECTRONIC, Purpose.WRITTEN}))),
        ("address: {sources: [debtor], fresh: 60 days, proof: [used], work: no, shared: no}",
         Provenance(frozenset({Source.DEBTOR}), 60 * DAY, frozenset({Proof.USED}), False, False)),
        ("address: {fresh: 2 months}", Provenance(frozenset(), 62 * DAY, frozenset(Proof), True, True)),
        ("opt_out: {reaches: sender}", OptOutScope(OptOutReach.SENDER, BOTH)),
        ('phrase: {texts: {en: "From {creditor}.", fr: "De {creditor}."}, turn: first}',
         Phrase({"en": "From {creditor}.", "fr": "De {creditor}."}, Turn.FIRST)),
        ('phrase: {texts: {en: "Hello."}}', Phrase({"en": "Hello."}, Turn.ANY)),
        ('forbid: {words: [lottery], numbers: ["+449", "09"], in: subject}',
         ForbiddenWords(("lottery",), ("+449", "09"), Part.SUBJECT)),
        ("hold: {of: [moratorium], lasts: 60 days, extensions: 1, lifted_by: the adviser}",
         HoldRule(frozenset({HoldKind.MORATORIUM}), 60 * DAY, 1, "the adviser")),
        ("keep: {for: 3 years}", Keep(3 * 366 * DAY)),
        ("keep: {for: 2 weeks, after: each_contact}", Keep(14 * DAY, KeptAfter.EACH_CONTACT)),
        ("stated_times: {oral_binds: 10 days, written_within: 7 days, weekly: 28 hours, channels: 2}",
         StatedTimes(10 * DAY, 7 * DAY, timedelta(hours=28), 2)),
        ("merge: yes", OneMessage()),
        ("never: SMS is not accepted here", Closed("SMS is not accepted here")),
    ],
    ids=lambda each: re.sub(r"\W+", "-", each) if isinstance(each, str) else type(each).__name__,
)  # fmt: skip
def test_a_form_makes_the_domains_value(tmp_path: Path, form: str, meaning: Form) -> None:
    assert form_of(tmp_path, form) == meaning


def test_what_counts_may_be_other_contacts_than_those_that_the_rule_is_about(tmp_path: Path) -> None:
    form = (
        "channels: [sms]\nat_most: {count: 7, in: 7 days, for: plan}\n"
        "counts: {kinds: [asking, receipt], channels: [call, sms], unit: conversation, requested: no}"
    )

    rule = rule_of(tmp_path, form)

    counted = Counted(ASKING | {Kind.RECEIPT}, frozenset({"call", "sms"}), Unit.CONVERSATION, requested=False)
    assert rule.channels == {"sms"}
    assert rule.form == Cap(Scope.PLAN, counted, 7, 7 * DAY)


def test_what_is_not_said_of_what_counts_is_as_the_rule_has_it(tmp_path: Path) -> None:
    rule = rule_of(tmp_path, "channels: [email]\ngap: 1 day\ncounts: {unit: sent}", kinds="[receipt]")

    counted = Counted(frozenset({Kind.RECEIPT}), frozenset({"email"}), Unit.SENT)
    assert rule.form == Cap(Scope.PERSON, counted, 1, DAY)


@pytest.mark.parametrize("channel", ["call", "sms", "email"])
def test_what_goes_to_an_address_is_counted_for_each_contact_point(tmp_path: Path, channel: str) -> None:
    rule = rule_of(tmp_path, f"gap: {{of: 1 day, for: contact_point}}\ncounts: {{channels: [{channel}]}}")

    assert rule.form == Cap(Scope.CONTACT_POINT, Counted(ASKING, frozenset({channel})), 1, DAY)


@pytest.mark.parametrize("channel", ["letter", "visit", "message", "workplace", "fax"])
def test_what_goes_to_no_address_is_counted_for_a_person_and_for_no_contact_point(
    tmp_path: Path, channel: str
) -> None:
    counts = f"counts: {{channels: [call, {channel}]}}"
    for_point = policy_text(f"at_most: {{count: 2, per: day, for: contact_point}}\n{counts}")

    (sentence,) = sentences_of(tmp_path, for_point)

    assert sentence.startswith(f"a contact by {channel} has no address")
    assert not sentences_of(tmp_path, for_point.replace("contact_point", "person"))
    assert not sentences_of(tmp_path, policy_text(f"one_channel: {{per: week}}\n{counts}"))


def test_an_opt_out_reaches_the_channels_of_its_rule(tmp_path: Path) -> None:
    form = form_of(tmp_path, "channels: [email]\nopt_out: {reaches: sender}")

    assert form == OptOutScope(OptOutReach.SENDER, frozenset({"email"}))


@pytest.mark.parametrize(
    ("kinds", "meaning"),
    [
        ("asking", ASKING),
        ("confirming", CONFIRMING),
        ("replies", REPLIES),
        ("answering", ANSWERING),
        ("formal", FORMAL),
        ("all", frozenset(Kind)),
        ("receipt", {Kind.RECEIPT}),
        ("[receipt]", {Kind.RECEIPT}),
        ("[asking, receipt]", ASKING | {Kind.RECEIPT}),
    ],
    ids=lambda each: each if isinstance(each, str) else "kinds",
)
def test_kinds_are_groups_or_single_kinds_or_both(
    tmp_path: Path, kinds: str, meaning: frozenset[Kind]
) -> None:
    assert rule_of(tmp_path, "gap: 1 day", kinds=kinds).kinds == meaning


def test_every_kind_belongs_to_a_group_other_than_all() -> None:
    groups = [kinds for name, kinds in GROUPS.items() if name != "all"]

    assert frozenset().union(*groups) == GROUPS["all"]


def test_a_rule_without_channels_is_for_all_of_them(tmp_path: Path) -> None:
    assert rule_of(tmp_path, "gap: 1 hour").channels == BOTH
    assert rule_of(tmp_path, "channels: [sms]\ngap: 1 hour").channels == {"sms"}


STRANGE = (
    "", "[]", "{}", '""', "x", "0", "-1", "[x]", "[[]]", "{x: y}", "{of: }", "{texts: x}", "{kinds: {}}",
    "9" * 5_000, "0001-01-01", "[9999-12-31]", "[2027-01-01..9999-12-31]", "[00:00-24:00]",
)  # fmt: skip


KEYS = [each for each in FORMS if each != "never"]  # which may say anything on one line


@pytest.mark.parametrize("key", [*KEYS, *BESIDE_HOURS, "counts", "applies", "effective"])
def test_whatever_stands_there_is_refused_in_sentences(tmp_path: Path, key: str) -> None:
    for value in STRANGE:
        sentences = sentences_of(tmp_path, policy_text(f"{key}: {value}"))

        assert sentences, value
        assert all(each.isprintable() and len(each) < 300 for each in sentences), value
