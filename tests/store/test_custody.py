"""Custody of a database: a copy is put back, a server is replaced, and nothing goes out a second time."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from scheduler.domain.delivery import Accepted, NotSent
from scheduler.domain.doubt import DEADLINE
from scheduler.domain.outcome import MessageState
from scheduler.planner import plan_due
from scheduler.ports import Settlement
from scheduler.store.custody import SqlCustody, Standing
from scheduler.store.tables import debtor, entry, message, touchpoint
from scheduler.store.tables_delivery import custody
from tests.fakes.world import World, a_payment_row, a_plan_row, events, hand_over, turn
from tests.store.copies import House, house_of


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


def take(world: World, *numbers: int, **changes: object) -> None:
    """Import a plan of a debtor of its own for each number."""
    for number in numbers:
        own = {"plan_ref": f"P-{number}", "debtor_ref": f"D-{number}", "phone": None}
        world.take_plans(a_plan_row(**(own | {"email": f"d{number}@example.com"} | changes)))


def pay(world: World, number: int) -> None:
    """Note a payment of half a plan, which is confirmed."""
    row = a_payment_row(payment_ref=f"PAY-{number}", plan_ref=f"P-{number}", amount_minor=5_000)
    assert world.take_payments(row) == ["added"]


def plan_all(world: World) -> None:
    """Plan what has come due and send nothing."""
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass


async def started(house: House, minutes: float = 5) -> World:
    """Start a process, so long after the time at which a world begins, that has looked once."""
    world = house.start()
    world.clock.move(minutes=minutes)
    await world.custodian.run_once()
    return world


def states(world: World) -> dict[str, tuple[str, str | None]]:
    """Return the state of each touchpoint, and of its latest message, by debtor and step."""
    query = (
        select(debtor.c.ref, touchpoint.c.step, touchpoint.c.state, message.c.state.label("sent"))
        .join(touchpoint, touchpoint.c.debtor_id == debtor.c.id)
        .join(message, message.c.touchpoint_id == touchpoint.c.id, isouter=True)
        .order_by(message.c.attempt)
    )
    with world.store.database.read() as connection:
        return {f"{row.ref} {row.step}": (row.state, row.sent) for row in connection.execute(query)}


def standing(world: World) -> Standing | None:
    """Return how things stand."""
    return SqlCustody(world.store).standing()


def cause(world: World) -> str | None:
    """Return why a quarantine stands; None when none does."""
    found = standing(world)
    return None if found is None else found.quarantine.cause


def release(world: World) -> None:
    """Release the quarantine although not everything is settled."""
    SqlCustody(world.store).release("ann", "checked", world.clock.now(), although_unknown=True)
    assert standing(world) is None


def sent_to(world: World) -> list[str]:
    """Return to whom this process has handed messages over."""
    return [each.to for each in world.channel.sent]


def sent_twice(*worlds: World) -> list[str]:
    """Return the touchpoints that were handed over more than once, by whichever process."""
    sent = Counter(each.touchpoint for world in worlds for each in world.channel.sent)
    return [key for key, number in sent.items() if number > 1]


UNKNOWN, ACCEPTED = ("unknown", "unknown"), ("accepted", "accepted")


# ----------------------------------------------------------------------------------- a copy is put back


async def test_a_restored_copy_sends_nothing_twice_and_goes_on_once_it_is_released(house: House) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    await turn(before)
    take(before, 2)
    plan_all(before)
    house.copy()
    take(before, 3)
    pay(before, 1)
    await turn(before)
    assert len(before.channel.sent) == 4
    house.restore()

    world = await started(house)
    assert cause(world) == "lost_tail"
    assert states(world) == {"D-1 upcoming": ACCEPTED, "D-2 upcoming": UNKNOWN}
    found = standing(world)
    assert found is not None
    assert (found.unknown, found.lost, found.forgotten) == (1, 1, 2)

    take(world, 3)
    pay(world, 1)
    await turn(world)
    assert states(world) == {
        "D-1 upcoming": ACCEPTED,
        "D-2 upcoming": UNKNOWN,
        "D-1 receipt": UNKNOWN,
        "D-3 upcoming": UNKNOWN,
    }
    assert sent_to(world) == []

    release(world)
    await world.custodian.run_once()
    take(world, 4)
    await turn(world)
    assert sent_to(world) == ["d4@example.com"]
    assert sent_twice(before, world) == []


async def test_the_next_start_after_a_release_begins_no_quarantine(house: House) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    plan_all(before)
    house.copy()
    await turn(before)
    house.restore()
    release(await started(house))
    again = await started(house, minutes=10)
    assert cause(again) is None
    await again.custodian.run_once()
    assert cause(again) is None


async def test_a_lost_intent_is_looked_for_at_once_as_what_it_was(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    plan_all(before)
    a_file.copy()
    await turn(before)
    (sent,) = before.channel.sent
    a_file.restore()
    world = await started(a_file)
    (doubt,) = world.store.in_doubt(world.clock.now(), 10)
    assert (doubt.inquiry.message_key, doubt.inquiry.to) == (sent.key, sent.to)
    assert (doubt.state, doubt.armed_at) == (MessageState.UNKNOWN, before.clock.now())
    assert doubt.inquiry.body_sha256 == "", "nobody knows its words any more"
    assert events(world)[-2:] == ["quarantined", "unknown"]


async def test_without_evidence_it_is_held_to_have_been_sent_at_its_deadline(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    plan_all(before)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file)
    found = standing(world)
    assert found is not None
    assert found.looked_for_until == before.clock.now() + DEADLINE
    world.clock.instant = before.clock.now() + DEADLINE
    await world.reconciler.run_once()
    assert states(world) == {"D-1 upcoming": ("presumed", "presumed")}


async def test_it_is_not_released_while_what_was_lost_is_looked_for(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    plan_all(before)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file)
    keeper, now = SqlCustody(world.store), world.clock.now()
    refused = keeper.release("ann", "checked", now, although_unknown=False)
    assert refused is not None
    assert (refused.lost, cause(world)) == (1, "lost_tail")
    (doubt,) = world.store.in_doubt(now, 10)
    world.store.settle([Settlement(doubt.message_id, Accepted("fake-1"), now)])
    released = keeper.release("ann", "checked", now, although_unknown=False)
    assert released is not None
    assert (released.lost, cause(world)) == (0, None)
    assert keeper.release("ann", "again", now, although_unknown=True) is None


async def test_a_copy_that_is_put_back_although_nothing_was_sent_since_is_seen_as_well(house: House) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    house.copy()
    take(before, 2)
    await before.custodian.run_once()
    house.restore()
    world = await started(house)
    take(world, 3)
    assert cause(world) in ("lost_tail", "another_database")
    await turn(world)
    assert sent_to(world) == []


async def test_a_step_that_has_passed_meanwhile_is_unknown_too_and_counts(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file, minutes=3 * 24 * 60)
    await turn(world)
    assert states(world) == {"D-1 upcoming": UNKNOWN, "D-1 due-today": ("planned", None)}
    release(world)
    world.channel.sent.clear()
    await turn(world)
    assert len(world.channel.sent) == 1


async def test_an_attempt_that_was_lost_after_one_that_is_known_is_the_latest(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    before.channel.answers = [NotSent("429")]
    await turn(before)
    a_file.copy()
    before.clock.move(minutes=5)
    await turn(before)
    assert [each.attempt for each in before.channel.sent] == [1, 2]
    a_file.restore()
    world = await started(a_file, minutes=10)
    assert states(world) == {"D-1 upcoming": UNKNOWN}
    release(world)
    await turn(world)
    assert sent_to(world) == []


async def test_what_the_lost_message_spoke_for_beside_its_own_instalment_is_not_sent_by_itself(
    house: House,
) -> None:
    before = await started(house, minutes=0)
    take(before, 1)
    house.copy()
    take(before, 1, plan_ref="P-9")  # of the same debtor, and due on the same day
    await turn(before)
    assert sent_to(before) == ["d1@example.com"]
    house.restore()
    world = await started(house)
    plan_all(world)
    take(world, 1, plan_ref="P-9")
    plan_all(world)
    await world.custodian.run_once()
    with world.store.database.read() as connection:
        found = connection.execute(
            select(touchpoint.c.state, touchpoint.c.merged_into).order_by(touchpoint.c.id)
        )
        lead = connection.execute(
            select(touchpoint.c.key).where(touchpoint.c.state == "unknown")
        ).scalar_one()
        assert [(row.state, row.merged_into) for row in found] == [("unknown", None), ("skipped", lead)]
    release(world)
    world.clock.move(days=2)
    await turn(world)
    assert sent_to(world) == []


async def test_what_came_due_after_the_lost_message_goes_out_by_itself(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1)
    a_file.copy()
    await turn(before)
    a_file.restore()
    world = await started(a_file)
    plan_all(world)
    take(world, 1, plan_ref="P-9", due_date=date(2027, 3, 14))
    release(world)
    world.clock.move(days=2)
    await turn(world)
    assert sent_to(world) == ["d1@example.com"]


async def test_a_debtor_whose_address_is_gone_was_written_to_all_the_same(a_file: House) -> None:
    before = await started(a_file, minutes=0)
    take(before, 1, phone="+442079460018", email=None)
    plan_all(before)
    a_file.copy()
    take(before, 1)
    await turn(before)
    assert sent_to(before) == ["d1@example.com"]
    a_file.restore()
    world = await started(a_file)
    assert states(world) == {"D-1 upcoming": ("presumed", "presumed")}
    assert world.store.in_doubt(world.clock.now(), 10) == []


# --------------------------------------------------------------------------- a process that is still running


@pytest.mark.parametrize("kind", ["file", "overwritten", "server"])
async def test_a_process_whose_database_is_replaced_arms_nothing_even_before_its_next_look(
    tmp_path: Path, kind: str
) -> None:
    with house_of(kind, tmp_path) as house:
        world = await started(house, minutes=0)
        custodian = world.custodian
        await custodian.run_once()
        take(world, 1, 2)
        plan_all(world)
        house.copy()
        pipeline = world.pipeline
        while await pipeline.run_batch():
            pass
        assert len(world.channel.sent) == 2
        house.restore()
        assert await world.pipeline.run_batch() == 0, "though it remembers no intent of its own"
        assert await pipeline.run_batch() == 0
        await custodian.run_once()
        assert cause(world) == "lost_tail"
        assert states(world) == {"D-1 upcoming": UNKNOWN, "D-2 upcoming": UNKNOWN}
        release(world)
        take(world, 3)
        await turn(world)
        assert sent_twice(world) == []
        assert sent_to(world)[2:] == ["d3@example.com"]


@pytest.mark.parametrize("kind", ["file", "overwritten", "server"])
async def test_what_is_armed_when_the_database_is_replaced_is_not_handed_over(
    tmp_path: Path, kind: str
) -> None:
    with house_of(kind, tmp_path) as house:
        world = await started(house, minutes=0)
        take(world, 1)
        plan_all(world)
        house.copy()
        _, armed = world.pipeline.arm(world.clock.now())
        assert world.store.last_look(armed, world.clock.now()) == {}
        house.restore()
        (settlement,) = await hand_over(world, armed)
        assert getattr(settlement.evidence, "code", None) == "quarantined"
        assert sent_to(world) == []


async def test_an_answer_that_comes_after_the_replacement_settles_its_own_message(house: House) -> None:
    """Numbers of messages are given again after a restore: an old answer must not meet a new message."""
    before = await started(house, minutes=0)
    take(before, 1)
    plan_all(before)
    house.copy()
    take(before, 2)
    await turn(before)
    with before.store.database.read() as connection:
        query = select(debtor.c.ref, message.c.id).join(message, message.c.debtor_id == debtor.c.id)
        numbers = {row.ref: row.id for row in connection.execute(query)}
    house.restore()
    world = await started(house)
    take(world, 9, 2)
    plan_all(world)
    world.store.settle([Settlement(numbers["D-2"], Accepted("of-2"), world.clock.now())])
    assert states(world)["D-2 upcoming"] == ACCEPTED
    assert states(world)["D-1 upcoming"] == UNKNOWN
    release(world)
    await turn(world)
    assert sent_to(world) == ["d9@example.com"]


# ------------------------------------------------------------------------------------------- the server


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
