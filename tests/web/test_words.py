"""Instants, spans and log lines in plain words."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.entry import Event, Json, instant_text
from scheduler.store.outbox_log import LogLine
from scheduler.web.words import kind_words, local_time, span_words, state_words, tell

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(minutes=120), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=366), "366 days"),
    ],
)
def test_a_span_is_said_in_the_unit_that_people_would_use(span: timedelta, words: str) -> None:
    assert span_words(span) == words


def test_an_instant_is_said_in_the_first_zone() -> None:
    time = local_time(NOW, ("Asia/Ho_Chi_Minh", "Europe/London"))
    assert (time.words, time.zone) == ("Tue 9 Mar 2027, 17:00", "Asia/Ho Chi Minh")
    assert time.iso == "2027-03-09T17:00:00+07:00"


@pytest.mark.parametrize("zones", [(), ("Nowhere/Land",), ("../etc",)])
def test_without_a_zone_that_exists_it_is_said_in_utc(zones: tuple[str, ...]) -> None:
    assert local_time(NOW, zones).zone == "UTC"


def test_a_name_that_nobody_translated_is_still_readable() -> None:
    assert kind_words("dispute_ack") == "Dispute ack"
    assert state_words("rejected") == "Rejected"


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_a_title(event: Event) -> None:
    told = tell(LogLine(NOW, event.value, {}), ("Europe/London",))
    assert told.title
    assert "_" not in told.title


def _reason(verdict: str, until: datetime | None = None) -> Json:
    return {
        "rule": "r",
        "verdict": verdict,
        "detail": "because",
        "until": until.isoformat() if until else None,
    }


def test_a_deferral_says_when_it_is_looked_at_again_which_may_be_after_every_reason() -> None:
    later, latest = NOW + timedelta(hours=1), NOW + timedelta(days=1)
    reasons: list[Json] = [_reason("defer", later), _reason("defer", later)]
    public: dict[str, Json] = {"reasons": reasons, "until": instant_text(latest)}
    told = tell(LogLine(NOW, "deferred", public), ())
    assert told.title == "Deferred until Wed 10 Mar 2027, 10:00"
    assert [each.detail for each in told.reasons] == ["Because", "Because"]


def test_a_deferral_without_an_instant_is_just_deferred() -> None:
    assert tell(LogLine(NOW, "deferred", {"reasons": [_reason("defer")]}), ()).title == "Deferred"


def test_who_took_or_refused_a_message_is_named() -> None:
    public: dict[str, Json] = {"provider": "smtp"}
    assert tell(LogLine(NOW, "accepted", public), ()).meaning == "Taken by smtp."
    assert tell(LogLine(NOW, "rejected", public), ()).meaning == "Refused for good by smtp, because:"
    outbox: dict[str, Json] = {"provider": "outbox"}
    assert tell(LogLine(NOW, "accepted", outbox), ()).meaning == "Written to the outbox."


def test_what_allowed_a_message_is_told_where_it_was_sent_and_not_where_it_waits() -> None:
    public: dict[str, Json] = {"reasons": [_reason("defer"), _reason("allow")]}
    assert [each.verdict for each in tell(LogLine(NOW, "deferred", public), ()).reasons] == ["defer"]
    assert len(tell(LogLine(NOW, "armed", public), ()).reasons) == 2
