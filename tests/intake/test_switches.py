"""Stop switches at the desk: whom they name must be known, nothing is set twice, and every change is in the log."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.errors import UsageError
from scheduler.intake.switches import Asked, Switches
from scheduler.store.log import SqlLog
from scheduler.store.tables import entry
from tests.builders import a_creditor
from tests.fakes.world import World, a_plan_row, turn

ALL = Asked()
DAY = timedelta(days=1)


@pytest.fixture
def switches(world: World) -> Switches:
    """The switches of a world with one debtor."""
    world.take_plans(a_plan_row())
    return Switches(world.store, lambda: ["northwind", "new-one"])


def public(world: World, *events: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return chain and public fields of the entries of some events."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(entry).where(entry.c.event.in_(events)).order_by(entry.c.seq)).all()
    return [(row.chain, json.loads(row.public)) for row in rows]


def personal(world: World, event: str) -> Mapping[str, Any] | None:
    """Return the personal part of the last entry of an event."""
    found = [each for each in SqlLog(world.store.database).entries(0, 100) if each.body["event"] == event]
    return found[-1].personal


def test_a_switch_is_set_once_however_often_it_is_asked_for(world: World, switches: Switches) -> None:
    now = world.clock.now()
    first, was_set = switches.pause(ALL, "ann", "wrong words", now, None)
    again, was_set_again = switches.pause(ALL, "bob", "wrong words", now, None)
    assert (was_set, was_set_again) == (True, False)
    assert again == first
    assert [each.author for each in switches.standing(now)] == ["ann"]
    assert len(public(world, "paused")) == 1


def test_a_switch_that_ends_sooner_than_asked_is_not_enough(world: World, switches: Switches) -> None:
    now = world.clock.now()
    switches.pause(ALL, "ann", "wrong words", now, now + DAY)
    assert switches.pause(ALL, "ann", "wrong words", now, now + DAY)[1] is False
    assert switches.pause(ALL, "ann", "wrong words", now, now + 2 * DAY)[1] is True
    assert switches.pause(ALL, "ann", "wrong words", now, None)[1] is True
    assert switches.pause(ALL, "ann", "wrong words", now, now + 9 * DAY)[1] is False
    assert [each.until for each in switches.standing(now)] == [now + DAY, now + 2 * DAY, None]
    assert len(switches.resume(ALL, "bob", now).pauses) == 3


def test_a_switch_that_has_ended_is_set_anew(world: World, switches: Switches) -> None:
    now = world.clock.now()
    switches.pause(ALL, "ann", "wrong words", now, now + DAY)
    assert switches.standing(now + DAY) == []
    assert switches.pause(ALL, "ann", "wrong words", now + DAY, None)[1] is True


def test_what_is_resumed_by_what_it_names_must_name_just_that(world: World, switches: Switches) -> None:
    now = world.clock.now()
    switches.pause(Asked(creditor="northwind", channel="sms"), "ann", "wrong words", now, None)
    with pytest.raises(UsageError) as said:
        switches.resume(Asked(creditor="northwind"), "bob", now)
    assert str(said.value) == (
        "No pause of everything from creditor northwind stands; what stands is 1 (sms from creditor northwind)"
    )
    assert len(switches.resume(Asked(creditor="northwind", channel="sms"), "bob", now).pauses) == 1
    with pytest.raises(UsageError, match="none stands at all"):
        switches.resume(ALL, "bob", now)


def test_a_number_is_resumed_once_and_said_to_be_so_after_that(world: World, switches: Switches) -> None:
    now = world.clock.now()
    known, _ = switches.pause(ALL, "ann", "wrong words", now, None)
    other, _ = switches.pause(Asked(channel="sms"), "ann", "wrong words", now, None)
    done = switches.resume(known.number, "bob", now)
    assert (done.pauses, done.standing, done.before) == ([known], [other], None)
    again = switches.resume(known.number, "eve", now)
    assert (list(again.pauses), again.standing) == ([], [other])
    assert again.before is not None
    assert again.before.resumed_by == "bob"
    assert len(public(world, "resumed")) == 1
    with pytest.raises(UsageError, match="There is no pause 7; what stands is 2"):
        switches.resume(7, "bob", now)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(creditor="nordwind"), "--creditor 'nordwind' is unknown; there is new-one, northwind"),
        (Asked(debtor_ref="D-9"), "There is no debtor 'D-9'; check the reference"),
        (
            Asked("northwind", None, "D-9"),
            "There is no debtor 'D-9' of creditor northwind; check the reference",
        ),
    ],
    ids=["creditor", "debtor", "debtor-of-creditor"],
)
def test_whoever_is_not_known_is_refused_because_nobody_would_be_stopped(
    asked: Asked, said: str, world: World, switches: Switches
) -> None:
    with pytest.raises(UsageError) as refused:
        switches.pause(asked, "ann", "wrong words", world.clock.now(), None)
    assert str(refused.value) == said
    assert switches.standing(world.clock.now()) == []


def test_a_creditor_that_is_only_configured_may_be_stopped_before_its_first_plan(
    world: World, switches: Switches
) -> None:
    now = world.clock.now()
    assert switches.pause(Asked(creditor="new-one"), "ann", "not before May", now, None)[1] is True


def test_the_configuration_is_not_asked_about_whom_the_database_knows(
    world: World, switches: Switches
) -> None:
    def broken() -> list[str]:
        raise AssertionError("a stop waited for the configuration")

    now = world.clock.now()
    on_its_own = Switches(world.store, broken)
    for asked in (ALL, Asked(creditor="northwind"), Asked(debtor_ref="D-1")):
        assert on_its_own.pause(asked, "ann", "wrong words", now, None)[1] is True


def test_a_debtor_of_two_creditors_needs_one_of_them_named(world: World, switches: Switches) -> None:
    world.creditors = {**world.creditors, "harbour": a_creditor(id="harbour")}
    world.take_plans(a_plan_row(creditor="harbour", plan_ref="P-2"))
    now = world.clock.now()
    with pytest.raises(
        UsageError, match="Several creditors have a debtor 'D-1'; name one: harbour, northwind"
    ):
        switches.pause(Asked(debtor_ref="D-1"), "ann", "asked for it", now, None)
    known, _ = switches.pause(Asked("harbour", None, "D-1"), "ann", "asked for it", now, None)
    assert known.stopped.words == "everything to debtor D-1 of harbour"


def test_what_is_set_at_large_is_on_the_systems_chain_with_its_reason(
    world: World, switches: Switches
) -> None:
    now = world.clock.now()
    switches.pause(Asked(creditor="northwind", channel="sms"), "ann", "wrong words", now, now + DAY)
    switches.resume(1, "bob", now)
    (chain, set_), (_, resumed) = public(world, "paused", "resumed")
    assert chain == "_system"
    assert (set_["creditor"], set_["channel"], set_["author"]) == ("northwind", "sms", "ann")
    assert (set_["reason"], set_["until"]) == ("wrong words", "2027-03-10T10:00:00.000000Z")
    assert (resumed["pause"], resumed["author"]) == (set_["pause"], "bob")
    assert personal(world, "paused") is None


async def test_why_a_debtor_is_stopped_is_personal_and_in_no_decision(
    world: World, switches: Switches
) -> None:
    secret = "was taken ill"
    switches.pause(Asked(debtor_ref="D-1"), "ann", secret, world.clock.now(), None)
    await turn(world)
    ((chain, set_),) = public(world, "paused")
    assert (chain, set_["debtor_ref"], set_["plan_refs"]) == ("northwind/D-1", "D-1", [])
    assert personal(world, "paused") == {"reason": secret}
    ((_, deferred),) = public(world, "deferred")
    assert [each["detail"] for each in deferred["reasons"] if each["rule"] == "pause"] == [
        "stopped by ann (pause 1)"
    ]
    with world.store.database.read() as connection:
        assert not any(secret in row for row in connection.execute(select(entry.c.public)).scalars())
