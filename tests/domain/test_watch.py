"""Breakers on volume, duplicates and bounces: each at its edge, and none that stands already."""

import pytest

from scheduler.domain.watch import Evidence, Limits, Trip, tripped


def found(limits: Limits | None = None, **evidence: object) -> list[Trip]:
    """Return what trips on this evidence."""
    return list(tripped(Evidence(**evidence), limits or Limits()))  # type: ignore[arg-type]  # real fields


def reasons(trips: list[Trip]) -> list[str]:
    """Return the words of the switches that they would set."""
    return [each.reason for each in trips]


def test_without_a_number_no_volume_is_too_much() -> None:
    assert found(in_hour=10**9, in_day=10**9) == []


@pytest.mark.parametrize(("sent", "trips"), [(100, False), (101, True)])
def test_more_than_the_hour_may_hold_stops_everything(sent: int, trips: bool) -> None:
    expected = ["volume: 101 messages in an hour, and no more than 100 are expected"] if trips else []
    assert reasons(found(Limits(per_hour=100), in_hour=sent, in_day=sent)) == expected


def test_more_than_the_day_may_hold_stops_everything_once() -> None:
    both = Limits(per_hour=100, per_day=1000)
    assert reasons(found(both, in_hour=50, in_day=1001)) == [
        "volume: 1001 messages in a day, and no more than 1000 are expected"
    ]
    assert len(found(both, in_hour=101, in_day=1001)) == 1


def test_a_touchpoint_that_was_accepted_twice_stops_everything() -> None:
    (one,) = found(twice=("29ee280e" + 24 * "0",))
    assert one == Trip("duplicates", None, "accepted more than once: touchpoint 29ee280e")
    (two,) = found(twice=("29ee280e" + 24 * "0", "aa"))
    assert two.why == "accepted more than once: touchpoint 29ee280e and 1 more"
    assert found(Limits(duplicates=False), twice=("29ee280e",)) == []


@pytest.mark.parametrize(
    ("undelivered", "reports", "trips"),
    [(20, 200, False), (21, 200, True), (199, 199, False)],
    ids=["as-many", "more", "too-few-reports"],
)
def test_more_undelivered_than_the_share_of_the_last_reports_stops_the_channel(
    undelivered: int, reports: int, trips: bool
) -> None:
    stopped = found(undelivered={"sms": (undelivered, reports), "email": (0, 200)})
    assert [each.channel for each in stopped] == (["sms"] if trips else [])
    if trips:
        assert reasons(stopped) == ["bounces: 21 of the last 200 reports say undelivered, more than 10 %"]


def test_what_has_tripped_and_stands_does_not_trip_again() -> None:
    evidence = {"in_hour": 9, "twice": ("aa",), "undelivered": {"sms": (99, 200), "email": (99, 200)}}
    standing = {("volume", None), ("duplicates", None), ("bounces", "sms")}
    assert len(found(Limits(per_hour=1), **evidence)) == 4
    assert [each.channel for each in found(Limits(per_hour=1), **evidence, standing=standing)] == ["email"]
