"""What would be decided, with each rule in words."""

from dataclasses import replace
from datetime import timedelta

from scheduler.domain.record import rules_in_words
from scheduler.rehearsal.explaining import verdict
from tests import builders
from tests.domain.rules_and_days import Holidays, hours, policy, utc

NIGHT, MORNING = utc(9, 5), utc(9, 9)
DAYTIME = policy(hours("09:00-18:00"))
RULES = rules_in_words([DAYTIME])


def test_what_may_be_sent_is_possible_at_once_and_names_its_channel() -> None:
    found = verdict(builders.facts(), DAYTIME, Holidays(), MORNING, RULES)

    assert (found.answer, found.channel, found.next_at) == ("send", "sms", found.at)
    assert found.findings[0].says == "every day 09:00–18:00"


def test_a_step_that_ends_first_still_says_when_contact_is_possible() -> None:
    facts = builders.facts()
    ending = replace(facts, touchpoint=replace(facts.touchpoint, ends_at=NIGHT + timedelta(hours=1)))
    lasting = replace(facts, touchpoint=replace(facts.touchpoint, ends_at=None))

    soon = verdict(ending, DAYTIME, Holidays(), NIGHT, RULES)
    later = verdict(lasting, DAYTIME, Holidays(), NIGHT, RULES)

    assert (soon.answer, soon.ends_first, soon.next_at) == ("defer", True, "2027-03-09T09:00:00.000000Z")
    assert (later.answer, later.ends_first, later.next_at) == ("defer", False, soon.next_at)
    assert [each.rule for each in soon.findings if each.verdict == "defer"][-1] == "step_end"
