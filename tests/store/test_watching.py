"""What the watch finds in the database, when it stops everything or a channel, and that only a person resumes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, insert, select, update

from scheduler.domain.delivery import Accepted, NotSent, Unknown
from scheduler.domain.outcome import Absent, Seen
from scheduler.domain.watch import Limits, tripped
from scheduler.intake.switches import Switches
from scheduler.planner import plan_due
from scheduler.ports import Settlement
from scheduler.store.engine import Database
from scheduler.store.pulses import KEPT, RAMP_BEGAN, SENT
from scheduler.store.tables import entry, message
from scheduler.store.tables_delivery import pause, pulse
from scheduler.watch import Watch
from tests.builders import NOW
from tests.fakes.world import World, a_plan_row, events, hand_over, states, turn
from tests.store.crowd import crowd

CHANNELS = ("email", "sms")


def a_watch(world: World, **limits: object) -> Watch:
    """Return a watch with the usual limits, varied."""
    return Watch(world.store, world.clock, Limits(**limits), CHANNELS)  # type: ignore[arg-type]  # real fields


def switches(world: World) -> list[tuple[str | None, str]]:
    """Return what was ever set: the channel and the reason."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(pause.c.channel, pause.c.reason).order_by(pause.c.id))
        return [(row.channel, row.reason) for row in rows]


def told(world: World, of_event: str) -> list[dict[str, object]]:
    """Return the entries of an event as they were written."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(entry.c.chain, entry.c.public).where(entry.c.event == of_event))
        return [{"chain": row.chain, **json.loads(row.public)} for row in rows]


def resume(world: World) -> None:
    """Resume everything that stands, as a person would."""
    desk = Switches(world.store)
    for each in desk.standing(world.clock.now()):
        desk.resume(each.number, "ann", world.clock.now())
    world.clock.move(seconds=1)


def report(world: World, number: int, undelivered: int, *, channel: str = "email") -> None:
    """Let the providers report about so many more messages, one a second, the undelivered ones first."""
    with world.store.database.write() as connection:
        newest = connection.execute(select(func.coalesce(func.max(message.c.id), 0))).scalar_one()
        taken = connection.execute(select(message).limit(1)).one()._asdict()
        rows = [
            taken
            | {"id": newest + n + 1, "attempt": newest + n + 1, "channel": channel}
            | {"reported": "undelivered" if n < undelivered else "delivered"}
            | {"reported_at": world.clock.now() + timedelta(seconds=n)}
            for n in range(number)
        ]
        connection.execute(insert(message), rows)
    world.clock.move(seconds=number)


async def test_a_world_in_order_stops_nothing(world: World) -> None:
    crowd(world.store.database, "northwind", range(1, 31), NOW, sendable=True)
    await turn(world)
    assert await a_watch(world, per_hour=30, per_day=30).run_once() == 0
    assert switches(world) == []


async def test_too_many_messages_stop_everything_and_say_so(world: World) -> None:
    crowd(world.store.database, "northwind", range(1, 32), NOW, sendable=True)
    await turn(world)
    world.clock.move(minutes=1)
    assert await a_watch(world, per_hour=30).run_once() == 1
    reason = "volume: 31 messages in an hour, and no more than 30 are expected"
    assert switches(world) == [(None, reason)]
    (paused,), (alarm,) = told(world, "paused"), told(world, "alarm")
    assert paused == {"chain": "_system", "pause": 1, "author": "duly", "reason": reason}
    assert alarm == {"chain": "_system", "pause": 1, "alarm": "volume", "reason": reason}
    crowd(world.store.database, "northwind", range(101, 111), NOW, sendable=True)
    await turn(world)
    assert len(world.channel.sent) == 31


async def test_what_was_sent_longer_ago_than_an_hour_is_no_part_of_the_hour(world: World) -> None:
    crowd(world.store.database, "northwind", range(1, 32), NOW, sendable=True)
    await turn(world)
    world.clock.move(minutes=60)
    assert await a_watch(world, per_hour=30).run_once() == 0
    assert await a_watch(world, per_day=30).run_once() == 1


async def test_it_trips_once_and_after_a_person_resumed_only_on_what_came_since(world: World) -> None:
    crowd(world.store.database, "northwind", range(1, 32), NOW, sendable=True)
    await turn(world)
    world.clock.move(minutes=1)
    watch = a_watch(world, per_hour=30)
    assert [await watch.run_once() for _ in range(3)] == [1, 0, 0]
    resume(world)
    assert [await watch.run_once() for _ in range(3)] == [0, 0, 0]
    crowd(world.store.database, "northwind", range(101, 132), NOW, sendable=True)
    world.clock.move(minutes=1)
    await turn(world)
    world.clock.move(minutes=1)
    assert await watch.run_once() == 1
    assert len(switches(world)) == 2


async def test_two_watches_that_see_the_same_set_one_switch(world: World) -> None:
    crowd(world.store.database, "northwind", range(1, 32), NOW, sendable=True)
    await turn(world)
    limits = Limits(per_hour=30)
    seen = world.store.evidence(CHANNELS, limits, world.clock.now() + timedelta(seconds=1))
    trips = list(tripped(seen, limits))
    for _ in range(2):
        a_watch(world).stop(trips, world.clock.now())
    assert len(switches(world)) == 1


async def twice_accepted(world: World) -> None:
    """Let a message be sent again that was held to be lost, and then turn up after all."""
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    now = world.clock.now()
    world.store.settle([replace(each, evidence=NotSent("reset")) for each in await hand_over(world, armed)])
    world.clock.move(minutes=2)
    await turn(world)
    world.store.settle([Settlement(armed[0].message_id, Seen("late-1", "callback"), now)])


async def test_a_touchpoint_that_was_accepted_twice_stops_everything(world: World) -> None:
    await twice_accepted(world)
    assert states(world) == {"upcoming": "accepted"}
    assert len(world.channel.sent) == 2
    world.clock.move(seconds=1)
    watch = a_watch(world)
    assert [await watch.run_once() for _ in range(2)] == [1, 0]
    key = world.channel.sent[0].touchpoint
    assert switches(world) == [(None, f"duplicates: accepted more than once: touchpoint {key[:8]}")]
    resume(world)
    assert await watch.run_once() == 0


async def test_one_that_was_repeated_after_a_certain_no_stops_nothing(world: World) -> None:
    world.channel.answers = [NotSent("smtp_451")]
    world.take_plans(a_plan_row())
    await turn(world)
    world.clock.move(minutes=1)
    await turn(world)
    world.clock.move(minutes=1)
    assert [each.attempt for each in world.channel.sent] == [1, 2]
    assert await a_watch(world).run_once() == 0


async def test_one_that_went_by_another_channel_after_it_was_not_delivered_stops_nothing(
    world: World,
) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(update(message).values(reported="undelivered", reported_at=world.clock.now()))
        connection.exec_driver_sql("UPDATE touchpoint SET state = 'planned'")
    world.clock.move(hours=48)
    await turn(world)
    world.clock.move(minutes=1)
    assert [each.channel for each in world.channel.sent] == ["email", "sms"]
    assert await a_watch(world).run_once() == 0


async def test_too_many_undelivered_among_the_last_reports_stop_their_channel(world: World) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    report(world, 200, 20)
    watch = a_watch(world)
    assert await watch.run_once() == 0
    report(world, 1, 1)
    assert await watch.run_once() == 0, "the first of the undelivered is no longer among the last reports"
    report(world, 1, 0)
    report(world, 20, 20)
    assert await watch.run_once() == 1
    (said,) = switches(world)
    assert said[0] == "email"
    assert said[1].startswith("bounces: 21 of the last 200 reports say undelivered")
    resume(world)
    assert await watch.run_once() == 0
    report(world, 199, 199)
    assert await watch.run_once() == 0, "it waits for as many reports since"
    report(world, 1, 1)
    assert await watch.run_once() == 1


async def test_one_channels_reports_say_nothing_of_another_nor_yesterdays_of_today(world: World) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    report(world, 100, 100, channel="sms")
    report(world, 100, 100)
    assert await a_watch(world).run_once() == 0
    report(world, 100, 100, channel="sms")
    world.clock.move(days=1)
    assert await a_watch(world).run_once() == 0


async def test_counts_are_dropped_after_two_days_but_not_the_beginning_of_a_ramp(world: World) -> None:
    with world.store.database.write() as connection:
        ages = {"old": KEPT + timedelta(seconds=1), "young": KEPT - timedelta(seconds=1)}
        rows = [{"what": SENT, "subject": name, "at": NOW - age, "number": 1} for name, age in ages.items()]
        rows.append({"what": RAMP_BEGAN, "subject": "standard@v1", "at": NOW - 9 * KEPT, "number": 1})
        connection.execute(insert(pulse), rows)
    await a_watch(world).run_once()
    with world.store.database.read() as connection:
        left = connection.execute(select(pulse.c.subject).order_by(pulse.c.id)).scalars().all()
    assert left == ["young", "standard@v1"]


async def test_its_queries_follow_their_indexes(world: World, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plans by what is stored, and here is next to nothing")
    queries: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, sql: str, values: object, *_: object) -> None:
        if sql.startswith("SELECT"):
            queries.append((sql, values))

    event.listen(database.engine, "before_cursor_execute", note)
    world.store.evidence(CHANNELS, Limits(per_hour=1, per_day=1), NOW)
    event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as connection:
        steps = [
            row[-1]
            for sql, values in queries
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]
        ]
    assert len(queries) == 6
    assert [each for each in steps if each.startswith(("SCAN message", "SCAN pulse"))] == []
    assert not [each for each in steps if "TEMP B-TREE" in each and "message" in each]


async def test_an_absence_that_was_proved_wrong_after_a_second_sending_is_such_a_duplicate(
    world: World,
) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    id_, now = armed[0].message_id, world.clock.now()
    world.store.settle([Settlement(id_, Unknown("no_answer"), now)])
    world.store.settle([Settlement(id_, Absent(), now, retry_at=now)])
    await turn(world)
    world.store.settle([Settlement(id_, Accepted("late"), now)])
    world.clock.move(seconds=1)
    assert await a_watch(world).run_once() == 1
    assert await a_watch(world, duplicates=False).run_once() == 0
    assert "alarm" in events(world)
