"""A server or a clock is not what it was, or a person knows better: quarantine stands until it is released."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from scheduler.store.custody import SqlCustody
from scheduler.store.tables import entry, message
from scheduler.store.tables_delivery import custody
from tests.fakes.world import World, events, turn
from tests.store.copies import House, house_of
from tests.store.kept import cause, pay, release, sent_to, started, states, take


@pytest.fixture(params=["file", "server"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A database of either kind that can be copied and put back."""
    with house_of(request.param, tmp_path) as built:
        yield built


@pytest.fixture
def a_file(tmp_path: Path) -> Iterator[House]:
    """A database that is a file, where the other kind would show nothing more."""
    with house_of("file", tmp_path) as built:
        yield built


@pytest.fixture
def server(tmp_path: Path) -> Iterator[House]:
    """A PostgreSQL database of its own."""
    with house_of("server", tmp_path) as built:
        yield built


def show_another(world: World, sign: str) -> None:
    """Let a sign that is kept be another one than the server shows."""
    with world.store.database.write() as connection:
        changed = update(custody).where(custody.c.name == sign).values(value="00000007")
        assert connection.execute(changed).rowcount == 1


async def test_a_server_shows_the_same_signs_at_every_look(server: House) -> None:
    world = await started(server, minutes=0)
    await world.custodian.run_once()
    assert (cause(world), world.store.gate(world.clock.now()).quarantined) == (None, False)
    with world.store.database.read() as connection:
        names = connection.execute(select(custody.c.name).order_by(custody.c.name)).scalars().all()
    assert names == ["place", "system", "timeline"]


@pytest.mark.parametrize(
    ("sign", "why"),
    [("timeline", "failed_over"), ("place", "another_database"), ("system", "another_database")],
)
async def test_a_server_that_was_replaced_sends_nothing_until_it_is_released(
    server: House, sign: str, why: str
) -> None:
    world = await started(server, minutes=0)
    take(world, 1)
    show_another(world, sign)
    if sign != "system":  # that one can change with the connection only
        assert world.store.gate(world.clock.now()).quarantined
        await turn(world)
        assert sent_to(world) == []
    await world.custodian.run_once()
    assert cause(world) == why
    release(world)
    await world.custodian.run_once()
    await turn(world)
    assert sent_to(world) == ["d1@example.com"]


async def test_a_database_of_a_file_keeps_no_signs_of_a_server(tmp_path: Path) -> None:
    with house_of("file", tmp_path) as house:
        world = await started(house, minutes=0)
        with world.store.database.read() as connection:
            assert connection.execute(select(func.count()).select_from(custody)).scalar_one() == 0


# -------------------------------------------------------------------------------------------- the clock


@pytest.mark.parametrize(("behind_s", "why"), [(60, None), (61, "clock_behind")])
async def test_a_clock_behind_the_log_sends_nothing_until_a_person_has_taken_note(
    house: House, behind_s: int, why: str | None
) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    world = house.start()
    world.clock.move(seconds=-behind_s)
    await world.custodian.run_once()
    assert cause(world) == why
    if why is not None:
        release(world)
        again = house.start()
        again.clock.move(seconds=-behind_s)
        await again.custodian.run_once()
        assert cause(again) is None


async def test_a_message_that_was_armed_ahead_of_the_clock_is_seen_although_the_log_has_gone_on(
    a_file: House,
) -> None:
    world = await started(a_file, minutes=0)
    take(world, 1)
    await turn(world)
    with world.store.database.write() as connection:
        connection.execute(update(message).values(armed_at=world.clock.now() + timedelta(days=1)))
    assert SqlCustody(world.store).latest_instant() == world.clock.now() + timedelta(days=1)


# ------------------------------------------------------------------------------------------- in quarantine


async def test_in_quarantine_news_is_taken_in_and_what_is_planned_waits(a_file: House) -> None:
    world = await started(a_file, minutes=0)
    keeper = SqlCustody(world.store)
    assert keeper.start("ann", "a copy of Monday was put back", world.clock.now())
    assert not keeper.start("bob", "again", world.clock.now())
    take(world, 1)
    pay(world, 1)
    await turn(world)
    assert sorted(states(world).values()) == [("planned", None), ("planned", None)]
    release(world)
    await turn(world)
    assert len(world.channel.sent) == 2
    assert events(world).count("quarantined") == events(world).count("quarantine_released") == 1


async def test_the_log_says_who_started_and_released_it_and_keeps_their_words_apart(a_file: House) -> None:
    world = await started(a_file, minutes=0)
    SqlCustody(world.store).start("ann", "words of a start", world.clock.now())
    SqlCustody(world.store).release("bob", "words of a release", world.clock.now(), although_unknown=False)
    with world.store.database.read() as connection:
        rows = connection.execute(
            select(entry.c.event, entry.c.public, entry.c.commitment).order_by(entry.c.seq)
        )
        told = [(each.event, each.public, each.commitment is not None) for each in rows]
    assert told == [
        ("quarantined", '{"author":"ann","cause":"by_hand"}', True),
        ("quarantine_released", '{"author":"bob"}', True),
    ]
