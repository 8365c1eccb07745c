"""Stop switches: what each names, it stops, and nothing else."""

from datetime import UTC, datetime

import pytest

from scheduler.domain.gate import OPEN_GATE, Gate, Pause

SINCE = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)


def a_pause(
    id: int = 1, creditor: str | None = None, channel: str | None = None, debtor_id: int | None = None
) -> Pause:
    """A stop switch without an end; one that names nothing stops everything."""
    return Pause(id, creditor, channel, debtor_id, "ann", "a mistake in the words", SINCE, None)


@pytest.mark.parametrize(
    ("pause", "stops"),
    [
        (a_pause(), True),
        (a_pause(creditor="northwind"), True),
        (a_pause(creditor="other"), False),
        (a_pause(channel="sms"), True),
        (a_pause(channel="email"), False),
        (a_pause(debtor_id=7), True),
        (a_pause(debtor_id=8), False),
        (a_pause(creditor="northwind", channel="sms", debtor_id=7), True),
        (a_pause(creditor="northwind", channel="email"), False),
        (a_pause(creditor="other", channel="sms"), False),
        (a_pause(creditor="northwind", channel="sms", debtor_id=8), False),
    ],
    ids=[
        "everything",
        "this-creditor",
        "another-creditor",
        "this-channel",
        "another-channel",
        "this-debtor",
        "another-debtor",
        "all-three",
        "this-creditor-on-another-channel",
        "another-creditor-on-this-channel",
        "another-debtor-on-this-channel",
    ],
)
def test_a_stop_switch_stops_a_message_when_all_that_it_names_fits(pause: Pause, stops: bool) -> None:
    assert pause.stops("northwind", "sms", 7) is stops


def test_a_debtor_without_an_id_yet_is_not_the_one_that_a_switch_names() -> None:
    assert not a_pause(debtor_id=7).stops("northwind", "sms", 0)


def test_the_first_switch_that_a_message_would_meet_is_told() -> None:
    switches = (a_pause(1, channel="email"), a_pause(2, debtor_id=7), a_pause(3))
    gate = Gate(quarantined=False, pauses=switches)

    assert gate.pause_of("northwind", "sms", 7) == switches[1]
    assert gate.pause_of("northwind", "sms", 8) == switches[2]


def test_an_open_gate_stops_nothing() -> None:
    assert OPEN_GATE.pause_of("northwind", "sms", 7) is None
    assert not OPEN_GATE.quarantined
