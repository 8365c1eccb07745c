"""Which words the rules in force require of a message, and which they forbid."""

from datetime import datetime

from scheduler.domain.decision import Decision, Required, Send
from scheduler.domain.facts import Facts
from scheduler.domain.message import Words
from scheduler.domain.phrases import ForbiddenWords, Part, Phrase
from scheduler.domain.policy import decide, wording_objection
from scheduler.domain.rule import Effective, Rule
from scheduler.domain.touchpoint import Kind
from tests import builders
from tests.builders import NOW
from tests.domain.rules_and_days import (
    DAY,
    EMAIL,
    NO_HOLIDAYS,
    SECOND,
    SMS,
    about,
    hours,
    policy,
    rule,
)


def decided(facts: Facts, *rules: Rule, now: datetime = NOW) -> Decision:
    """Decide by these rules."""
    return decide(facts, policy(*rules), NO_HOLIDAYS, now)


ALWAYS_OPEN = hours("00:00-24:00")


def test_what_is_sent_must_say_what_rules_in_force_require() -> None:
    say = rule(Phrase({"en": "from a debt collector"}), "law/say", effective=Effective(NOW, NOW + DAY))

    def phrases(now: datetime) -> tuple[Required, ...]:
        decision = decided(builders.facts(), ALWAYS_OPEN, say, now=now)
        assert isinstance(decision, Send)
        return decision.phrases

    assert phrases(NOW - SECOND) == ()
    assert phrases(NOW) == (Required("law/say", {"en": "from a debt collector"}),)
    assert phrases(NOW + DAY) == ()


def test_required_words_are_those_of_the_channel_that_is_used() -> None:
    by_email = rule(Phrase({"en": "To unsubscribe"}), "law/email", channels=EMAIL)

    decision = decided(builders.facts(), ALWAYS_OPEN, by_email)

    assert isinstance(decision, Send)
    assert decision.phrases == ()


def objection(facts: Facts, *rules: Rule, text: str, channel: str = "sms", now: datetime = NOW) -> str | None:
    """Return which rule objects to the words, and how."""
    found = wording_objection(facts, policy(*rules), channel, Words(text), now)
    return None if found is None else f"{found.reasons[0].rule}: {found.reasons[0].detail}"


def test_words_that_must_not_stand_are_named_with_the_rule() -> None:
    no_lottery = rule(
        ForbiddenWords(("lottery",), part=Part.ANYWHERE), "law/no", effective=Effective(NOW, NOW + DAY)
    )

    assert (
        objection(builders.facts(), no_lottery, text="a lottery")
        == "law/no: the words must not say 'lottery'"
    )
    assert objection(builders.facts(), no_lottery, text="a note") is None
    assert objection(builders.facts(), no_lottery, text="a lottery", now=NOW - SECOND) is None
    assert objection(builders.facts(), no_lottery, text="a lottery", now=NOW + DAY) is None


def test_words_are_forbidden_to_the_kinds_and_channels_of_the_rule() -> None:
    no_lottery = rule(ForbiddenWords(("lottery",)), "law/no", kinds=frozenset({Kind.RECEIPT}), channels=SMS)
    receipt = about(Kind.RECEIPT)

    assert objection(receipt, no_lottery, text="a lottery") is not None
    assert objection(receipt, no_lottery, text="a lottery", channel="email") is None
    assert objection(builders.facts(), no_lottery, text="a lottery") is None
