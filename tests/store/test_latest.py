"""The newest entries: all, about somebody, about a plan, or of one event."""

from collections.abc import Sequence

import pytest

from scheduler.domain.entry import Entry
from scheduler.domain.errors import UsageError
from scheduler.store.engine import Database
from scheduler.store.latest import Wanted, latest
from tests.ledger.lived_in import live


@pytest.fixture
def lived_in(database: Database) -> Database:
    """A database whose log has seen something."""
    live(database)
    return database


def events(entries: Sequence[Entry]) -> list[object]:
    return [each.body["event"] for each in entries]


def test_the_newest_come_last_and_no_more_than_asked(lived_in: Database) -> None:
    everything = latest(lived_in, Wanted(1_000))
    assert [each.seq for each in everything] == sorted(each.seq for each in everything)
    assert len(everything) == 24
    assert latest(lived_in, Wanted(2)) == everything[-2:]


def test_an_empty_log_has_no_newest(database: Database) -> None:
    assert latest(database, Wanted(10)) == []


def test_of_one_debtor(lived_in: Database) -> None:
    found = latest(lived_in, Wanted(1_000, debtor_ref="D-3"))
    assert {each.body["chain"] for each in found} == {"northwind/D-3"}
    assert events(found)[-2:] == ["hold_placed", "hold_released"]
    assert latest(lived_in, Wanted(1, debtor_ref="D-3")) == found[-1:]


def test_of_one_plan_what_is_about_the_debtor_alone_is_left_out(lived_in: Database) -> None:
    found = latest(lived_in, Wanted(1_000, plan_ref="P-3"))
    assert events(found) == ["plan_imported", "planned", "deferred", "armed", "accepted"]
    assert latest(lived_in, Wanted(2, plan_ref="P-3")) == found[-2:]


def test_of_one_event(lived_in: Database) -> None:
    found = latest(lived_in, Wanted(1_000, event="deferred"))
    assert [each.body["debtor_ref"] for each in found] == ["D-1", "D-2", "D-3"]
    assert latest(lived_in, Wanted(1, event="deferred")) == found[-1:]


def test_of_one_debtor_plan_and_event(lived_in: Database) -> None:
    wanted = Wanted(1_000, debtor_ref="D-1", plan_ref="P-1", event="armed")
    assert len(latest(lived_in, wanted)) == 3
    assert latest(lived_in, Wanted(1_000, debtor_ref="D-1", plan_ref="P-2")) == []


@pytest.mark.parametrize("length", [1, 2, 5, 23, 24])
def test_what_lies_far_back_is_found_stretch_by_stretch(
    lived_in: Database, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    whole = latest(lived_in, Wanted(1_000, event="plan_imported"))
    monkeypatch.setattr("scheduler.store.latest._STRETCH", length)
    assert latest(lived_in, Wanted(1_000, event="plan_imported")) == whole
    assert latest(lived_in, Wanted(2, event="plan_imported")) == whole[-2:]


@pytest.mark.parametrize("ref", ["D-4", "d-1", "%", "D_1", "northwind/D-1", "", "1"])
def test_a_debtor_whom_nobody_knows_is_told(lived_in: Database, ref: str) -> None:
    with pytest.raises(UsageError, match="knows no debtor"):
        latest(lived_in, Wanted(10, debtor_ref=ref))


def test_a_plan_that_nobody_knows_is_told(lived_in: Database) -> None:
    with pytest.raises(UsageError, match="no plan 'P-9'"):
        latest(lived_in, Wanted(10, plan_ref="P-9"))
