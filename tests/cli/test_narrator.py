"""What `duly run` says of outcomes and of what is about no message of its own: sober, and by references only."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from scheduler.cli.log_tables import entries_table
from scheduler.cli.narrator import Narrator
from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event, Json
from scheduler.ledger.line import FIELDS

AT = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
ABOUT: Mapping[str, Json] = {"debtor_ref": "D-1", "plan_refs": ["P-1"], "step": "due-today", "channel": "sms"}


def because(code: str, verdict: str = "defer") -> Mapping[str, Json]:
    """Return the field that tells by which code a provider's part is known."""
    return {"reasons": [{"rule": "provider", "verdict": verdict, "detail": code, "until": None}]}


OF_MESSAGES = [
    (Event.UNKNOWN, because("no_answer"), "the provider did not answer in time (no_answer)"),
    (Event.PRESUMED, because("no_evidence"), "no evidence came by the deadline (no_evidence)"),
    (
        Event.RELEASED,
        because("not_listed", "skip"),
        "asked twice, the provider has no such message (not_listed)",
    ),
    (Event.RELEASED, {**because("settled_by_hand", "skip"), "author": "ann"}, "by the word of ann"),
    (Event.ACCEPTED, {**because("settled_by_hand", "allow"), "author": "ann"}, "by the word of ann"),
    (Event.ACCEPTED, {"evidence": "look_up"}, "found by a look-up"),
    (Event.ACCEPTED, {"evidence": "callback"}, "known by the provider's report"),
    (Event.ACCEPTED, {}, ""),
    (Event.DELIVERED, {"outcome": "delivered"}, ""),
    (Event.UNDELIVERED, {"code": "30003"}, "the provider's code is 30003"),
    (Event.REJECTED, because("30006", "refuse"), "provider: 30006"),
]
AT_LARGE = [
    (
        Event.PAUSED,
        {"pause": 1, "author": "ann", "reason": "wrong words"},
        "paused   everything to everybody; ",
    ),
    (
        Event.RESUMED,
        {"pause": 1, "creditor": "harbour", "channel": "sms"},
        "resumed  sms from creditor harbour; ",
    ),
    (
        Event.QUARANTINED,
        {"cause": "lost_tail", "detail": "an intent is gone"},
        "quarantine lost tail; an intent is gone",
    ),
    (Event.QUARANTINE_RELEASED, {"author": "ann"}, "quarantine released author ann"),
    (
        Event.ALARM,
        {"alarm": "orphan_callback", "provider": "twilio", "in_a_day": 3},
        "alarm    orphan callback; provider twilio; in a day 3",
    ),
]


def told(event: Event, public: Mapping[str, Json], chain: str = "harbour/D-1") -> str:
    """Return the one line that is said of an entry."""
    lines: list[str] = []
    Narrator(lines.append).listen([Draft(chain, event, AT, public)])
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("event", "more", "why"), OF_MESSAGES, ids=[f"{e}-{w[:20]}" for e, _, w in OF_MESSAGES]
)
def test_an_outcome_is_told_in_line_with_the_others_and_says_how_it_is_known(
    event: Event, more: Mapping[str, Json], why: str
) -> None:
    line = told(event, {**ABOUT, **more})
    usual = told(Event.DEFERRED, ABOUT)
    assert line.startswith("2027-03-09 09:00:00Z ")
    assert line.index(" sms ") == usual.index(" sms ")
    assert line[line.index(" sms ") :] == f" sms   debtor D-1 plan P-1  {why}".rstrip()


@pytest.mark.parametrize(("event", "public", "said"), AT_LARGE, ids=[each.value for each, _, _ in AT_LARGE])
def test_what_is_about_no_message_says_what_it_is(
    event: Event, public: Mapping[str, Json], said: str
) -> None:
    assert told(event, public, SYSTEM_CHAIN).removeprefix("2027-03-09 09:00:00Z ").startswith(said)


def test_a_pause_of_a_person_names_the_person_by_reference() -> None:
    line = told(Event.PAUSED, {"pause": 2, "debtor_ref": "D-1", "plan_refs": [], "author": "ann"})
    assert line.endswith("paused   everything to debtor D-1 of harbour; pause 2; author ann")


def test_what_waits_for_a_pause_without_an_end_says_no_instant() -> None:
    stopped: Mapping[str, Json] = {"rule": "pause", "verdict": "defer", "detail": "stopped by ann (pause 1)"}
    endless = {**ABOUT, "reasons": [{**stopped, "until": None}], "until": "2028-03-09T09:00:00.000000Z"}
    assert told(Event.DEFERRED, endless).endswith("(pause 1); until somebody resumes it")
    ends = "2027-03-10T09:00:00.000000Z"
    ending = {**ABOUT, "reasons": [{**stopped, "until": ends}], "until": ends}
    assert told(Event.DEFERRED, ending).endswith("(pause 1); until 2027-03-10 09:00Z")


@pytest.mark.parametrize("event", list(Event), ids=lambda each: each.value)
def test_the_log_has_a_line_for_every_event(event: Event) -> None:
    line = dict.fromkeys(FIELDS) | {"seq": 1, "at": "2027-03-09T09:00:00.000000Z", "event": event.value}
    line |= {"chain": SYSTEM_CHAIN, "chain_seq": 1, **because("no_answer")}
    assert entries_table([line]).row_count == 1
