"""Stop switches on both databases: what they stop, from when on, and that resuming wakes all of it and nothing else."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, event, select

from scheduler.domain.delivery import NotSent
from scheduler.ports import KnownPause, NewPause, Stopped
from scheduler.store.engine import Database
from scheduler.store.tables import touchpoint
from tests.builders import a_creditor
from tests.fakes.world import World, a_plan_row, hand_over, turn
from tests.store.attempts import settle
from tests.store.noting import plan_all

EVERYTHING = Stopped()
D1 = ("northwind", "D-1")


def pause(world: World, stopped: Stopped = EVERYTHING, until: datetime | None = None) -> KnownPause:
    """Set a switch now."""
    now = world.clock.now()
    with world.store.switching(now) as switches:
        number = switches.pause(NewPause(stopped, "ann", "wrong words", now, until))
        found = switches.numbered(number)
    assert found is not None
    return found


def resume(world: World, known: KnownPause) -> int:
    """Resume a switch now and return how many touchpoints it wakes."""
    with world.store.switching(world.clock.now()) as switches:
        return switches.resume(known, "bob")


def take(world: World, number: int, creditor: str = "northwind", **changes: object) -> None:
    """Import a plan of a debtor with addresses of their own, varied."""
    own = {
        "plan_ref": f"P-{number}",
        "debtor_ref": f"D-{number}",
        "creditor": creditor,
        "phone": f"+4420794600{number:02}",
        "email": f"d{number}@example.com",
    }
    world.take_plans(a_plan_row(**own | changes))


def waiting(world: World) -> dict[str, datetime]:
    """Return until when each planned touchpoint waits, by its plan."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(touchpoint).where(touchpoint.c.state == "planned"))
        return {f"P-{row.plan_id}": row.look_at for row in rows}


def sent_to(world: World) -> set[str]:
    """Return whom messages went to."""
    return {each.to for each in world.channel.sent}


@pytest.fixture
def both(world: World) -> World:
    """Two creditors; D-1 and D-2 are the first one's, and D-3 is the other's."""
    world.creditors = {**world.creditors, "harbour": a_creditor(id="harbour")}
    for number, creditor in ((1, "northwind"), (2, "northwind"), (3, "harbour")):
        take(world, number, creditor)
    return world


@pytest.mark.parametrize(
    ("stopped", "reached"),
    [
        (Stopped(), set()),
        (Stopped(channel="sms"), {1, 2, 3}),
        (Stopped(creditor="harbour", channel="email"), {1, 2}),
        (Stopped(debtor=D1), {2, 3}),
        (Stopped(debtor=D1, channel="sms"), {1, 2, 3}),
    ],
    ids=lambda case: case.words.replace(" ", "-") if isinstance(case, Stopped) else "",
)
async def test_a_switch_stops_what_it_names_and_resuming_lets_it_go_once(
    both: World, stopped: Stopped, reached: set[int]
) -> None:
    known = pause(both, stopped)
    await turn(both)
    assert sent_to(both) == {f"d{number}@example.com" for number in reached}
    both.clock.move(hours=1)
    resume(both, known)
    await turn(both)
    assert sorted(each.to for each in both.channel.sent) == [f"d{number}@example.com" for number in (1, 2, 3)]


async def test_a_switch_that_is_set_after_arming_stops_the_call(world: World) -> None:
    take(world, 1)
    plan_all(world)
    _, armed = world.pipeline.arm(world.clock.now())
    known = pause(world)
    settlements = await hand_over(world, armed)
    assert [each.evidence for each in settlements] == [NotSent("paused")]
    assert world.channel.sent == []
    world.store.settle(settlements)
    await turn(world)
    assert world.channel.sent == []
    resume(world, known)
    await turn(world)
    assert sent_to(world) == {"d1@example.com"}


@pytest.mark.parametrize(
    "shared", [{"email": "d1@example.com"}, {"phone": "+442079460001"}], ids=["email", "phone"]
)
async def test_a_switch_of_a_debtor_stops_whoever_shares_an_address_even_if_imported_later(
    both: World, shared: dict[str, object]
) -> None:
    known = pause(both, Stopped(debtor=D1))
    take(both, 4, "harbour", **shared)
    await turn(both)
    assert sent_to(both) == {"d2@example.com", "d3@example.com"}
    assert resume(both, known) == 2


async def test_a_switch_ends_by_itself_at_its_instant_and_not_before(world: World) -> None:
    take(world, 1)
    ends = world.clock.now() + timedelta(hours=2)
    pause(world, until=ends)
    await turn(world)
    assert waiting(world) == {"P-1": ends}
    world.clock.instant = ends - timedelta(microseconds=1)
    await turn(world)
    assert world.channel.sent == []
    world.clock.instant = ends
    await turn(world)
    assert sent_to(world) == {"d1@example.com"}


async def test_resuming_one_of_two_switches_leaves_what_the_other_stops(both: World) -> None:
    all_of_it, one = pause(both), pause(both, Stopped(creditor="northwind"))
    await turn(both)
    resume(both, all_of_it)
    await turn(both)
    assert sent_to(both) == {"d3@example.com"}
    resume(both, one)
    await turn(both)
    assert sent_to(both) == {f"d{number}@example.com" for number in (1, 2, 3)}


async def test_resuming_wakes_what_the_switch_names_and_nobody_else(both: World) -> None:
    both.clock.instant = datetime.fromisoformat("2027-03-09T05:00:00Z")
    await turn(both)
    before = waiting(both)
    assert len(before) == 3
    for stopped, woken in (
        (Stopped(creditor="harbour"), {"P-3"}),
        (Stopped(debtor=D1), {"P-1"}),
        (Stopped(debtor=D1, channel="sms"), {"P-1"}),
        (Stopped(channel="email"), {"P-1", "P-2", "P-3"}),
        (Stopped(), {"P-1", "P-2", "P-3"}),
    ):
        both.clock.move(minutes=1)
        assert resume(both, pause(both, stopped)) == len(woken)
        after = waiting(both)
        assert {each for each in after if after[each] == both.clock.now()} == woken
        await turn(both)
        assert waiting(both) == before


async def test_what_no_message_can_use_the_channel_for_stays_asleep(world: World) -> None:
    take(world, 1)
    plan_all(world)
    with world.store.database.write() as connection:
        later = world.clock.now() + timedelta(days=1)
        connection.execute(touchpoint.update().values(channels=("email",), look_at=later))
    assert resume(world, pause(world, Stopped(channel="sms"))) == 0
    assert resume(world, pause(world, Stopped(channel="email"))) == 1


def test_nothing_that_is_put_off_while_a_switch_is_resumed_sleeps_on(world: World) -> None:
    take(world, 1)
    plan_all(world)
    known, now = pause(world), world.clock.now()
    resuming = threading.Thread(target=resume, args=(world, known), daemon=True)
    pipeline = world.pipeline
    with world.store.arming(now, world.creditors, timedelta(days=31), 10) as batch:
        for group in batch.groups:
            pipeline._consider(batch, group, now)
        resuming.start()
        resuming.join(0.5)
        assert resuming.is_alive(), "it did not wait for a batch that saw the switch standing"
    resuming.join(10)
    assert waiting(world) == {"P-1": now}


async def test_a_touchpoint_of_which_an_attempt_was_stopped_is_decided_afresh_and_not_lost(
    world: World,
) -> None:
    take(world, 1)
    plan_all(world)
    _, (armed,) = world.pipeline.arm(world.clock.now())
    known = pause(world)
    settle(world, armed, NotSent("paused"), retry_at=world.clock.now())
    await turn(world)
    assert waiting(world)["P-1"] > world.clock.now()
    resume(world, known)
    assert waiting(world) == {"P-1": world.clock.now()}


def test_a_number_that_was_resumed_is_not_resumed_again(world: World) -> None:
    known = pause(world)
    resume(world, known)
    with world.store.switching(world.clock.now()) as switches:
        switches.resume(known, "eve")
        found = switches.numbered(known.number)
    assert found is not None
    assert (found.resumed_by, found.stands(world.clock.now())) == ("bob", False)
    assert world.store.standing_pauses(world.clock.now()) == []


def test_resuming_reads_only_what_waits(both: World, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses its plans by what is stored, and here is next to nothing")
    plan_all(both)
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, _x: object, _many: object) -> None:
        if statement.startswith("UPDATE touchpoint"):
            asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    for stopped in (Stopped(), Stopped(channel="sms"), Stopped(creditor="harbour"), Stopped(debtor=D1)):
        resume(both, pause(both, stopped))
    event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as connection:
        plans = {_plan(connection, *each) for each in asked}
    assert plans == {
        "SEARCH touchpoint USING INDEX ix_touchpoint_due (priority=? AND creditor=? AND look_at>?)",
        "SEARCH touchpoint USING INDEX ix_touchpoint_waiting (debtor_id=?)",
    }


def _plan(connection: Connection, statement: str, values: object) -> str:
    explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
    return next(iter(explained)).detail  # type: ignore[no-any-return]  # a column of SQLite's own
