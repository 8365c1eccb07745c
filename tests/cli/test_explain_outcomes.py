"""What became of a message, as an explanation tells it: by whose answer, word or silence."""

from typing import Any

import pytest

from scheduler.cli.explain_outcomes import is_outcome, outcome_lines, outcome_title
from scheduler.rehearsal.explaining import Finding, Told


def told(event: str, why: str | None = None, **fields: Any) -> Told:
    """Return an entry of a story; `why` is the provider's code for it."""
    findings = () if why is None else (Finding("provider", "defer", why, None, "", "", ""),)
    return Told("2027-03-09T09:00:00.000000Z", event, findings, {"provider": "twilio"} | fields, None, False)


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (told("accepted"), "Sent: the provider took the message"),
        (told("accepted", provider="outbox"), "Written to the outbox; nothing was sent to the debtor"),
        (told("accepted", evidence="look_up"), "Sent: the provider has the message, as a look-up found"),
        (told("accepted", evidence="callback"), "Sent: the provider reported of the message"),
        (told("accepted", "settled_by_hand", evidence="by_hand", author="ann"), "Sent, by the word of ann"),
        (
            told("released", "settled_by_hand", evidence="by_hand", author="ann"),
            "Never sent, by the word of ann",
        ),
        (told("released", "not_listed"), "Proved not to have arrived; it counts for no limit"),
        (told("delivered"), "Delivered, as the provider reports"),
        (told("undelivered"), "Not delivered, as the provider reports"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_title_says_what_became_of_it_and_how_that_is_known(entry: Told, title: str) -> None:
    assert is_outcome(entry)
    assert outcome_title(entry) == title


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("no_answer", "the provider did not answer in time"),
        ("http_503", "the provider answered with HTTP 503"),
        ("exception KeyError", "a fault of Duly's own: KeyError"),
        ("30006", "the provider's code is 30006"),
    ],
)
def test_a_code_stands_after_its_words(code: str, why: str) -> None:
    assert list(outcome_lines(told("unknown", code))) == [f"  Because: {why} [{code}]"]


def test_a_report_names_its_code_and_what_it_means_for_the_address() -> None:
    assert list(outcome_lines(told("undelivered", code="30003", address_invalid=True))) == [
        "  Because: the provider's code is 30003 [30003]",
        "  The address will never work, and is not used again.",
    ]


def test_a_proof_that_was_wrong_is_said_to_be_so() -> None:
    (line,) = outcome_lines(told("accepted", incident="proof_was_wrong"))
    assert line == "  It had been held to be proved that it never arrived; that was wrong."


def test_a_persons_word_needs_no_code() -> None:
    assert list(outcome_lines(told("released", "settled_by_hand", author="ann"))) == []


def test_a_decision_is_no_outcome() -> None:
    assert not any(map(is_outcome, map(told, ("planned", "deferred", "skipped", "refused", "armed"))))
