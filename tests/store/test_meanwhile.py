"""News that comes while something is queued, refused or armed: the next decision sees it, and nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from scheduler.domain.cadence import Step
from scheduler.domain.delivery import Accepted, Finding, Rejected
from scheduler.domain.facts import HoldKind
from scheduler.domain.message import Inquiry
from scheduler.domain.touchpoint import Kind
from scheduler.intake.desk import Desk
from scheduler.planner import plan_due
from scheduler.ports import Armed, NewHold, Settlement
from scheduler.store.tables import message
from tests.fakes.world import (
    CADENCE,
    FakeChannel,
    World,
    a_payment_row,
    a_plan_row,
    events,
    hand_over,
    states,
    turn,
)


def texts(world: World) -> list[str]:
    """Return what was handed over, oldest first."""
    return [each.words.text for each in world.channel.sent]


def before_hours(world: World, day: int = 9) -> None:
    """Go to an hour of March at which nothing may be sent."""
    world.clock.instant = datetime(2027, 3, day, 5, 0, tzinfo=UTC)


async def test_an_amended_amount_keeps_the_step_and_changes_its_words(world: World) -> None:
    before_hours(world)
    world.take_plans(a_plan_row())
    await turn(world)
    assert world.take_plans(a_plan_row(amount_minor=9_000)) == ["amended"]
    world.clock.move(hours=6)
    await turn(world)
    assert texts(world) == ["upcoming P-1 [1] open 9000"]


async def test_a_paid_instalment_that_grows_is_asked_for_again(world: World) -> None:
    before_hours(world)
    world.take_plans(a_plan_row(), a_plan_row(line=3, instalment_no="2", due_date=date(2027, 6, 1)))
    await turn(world)
    world.take_payments(a_payment_row(received_at=datetime(2027, 3, 1, tzinfo=UTC)))
    world.take_plans(a_plan_row(amount_minor=20_000))
    world.clock.move(hours=6)
    await turn(world)
    assert texts(world) == ["upcoming P-1 [1] open 20000"]


async def test_a_refused_step_of_an_amended_due_date_is_not_sent_when_its_hold_is_lifted(
    world: World,
) -> None:
    world.clock.instant = datetime(2027, 3, 23, 10, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    desk = Desk(world.store, world.creditors)
    new = NewHold(HoldKind.DISPUTE, "ann", "the date is wrong", world.clock.now(), None)
    number = desk.hold(None, "D-1", None, new)
    await turn(world)
    world.take_plans(a_plan_row(due_date=date(2027, 4, 30)))
    await turn(world)
    desk.release(number, "ann", world.clock.now())
    await turn(world)
    assert texts(world) == []


async def test_a_step_that_was_armed_when_its_due_date_was_amended_is_not_sent(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 23, 10, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.take_plans(a_plan_row(due_date=date(2027, 4, 30)))
    world.store.settle(await hand_over(world, armed))
    await turn(world)
    assert texts(world) == []
    assert states(world) == {
        "upcoming": "skipped",
        "due-today": "skipped",
        "gentle": "skipped",
        "help": "skipped",
    }


@pytest.mark.parametrize("kind", [Kind.OVERDUE_NOTICE, Kind.REMINDER_DUE])
async def test_another_cadence_replaces_what_is_queued_on_the_old_one(world: World, kind: Kind) -> None:
    soft = Step("soft-note", 5, time.min, kind, "soft", ("email",))
    world.cadences = {"standard": CADENCE, "soft": replace(CADENCE, id="soft", version="s1", steps=(soft,))}
    world.clock.instant = datetime(2027, 3, 18, 5, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    await turn(world)
    assert world.take_plans(a_plan_row(cadence="soft")) == ["amended"]
    world.clock.move(hours=6)
    await turn(world)
    world.clock.move(days=8)
    await turn(world)
    assert texts(world) == ["soft P-1 [1] open 10000"]


def test_an_emptied_cadence_cell_returns_to_the_creditors_own(world: World) -> None:
    world.cadences = {"standard": CADENCE, "soft": replace(CADENCE, id="soft", version="s1")}
    world.take_plans(a_plan_row(cadence="soft"))
    row = a_plan_row()
    assert world.take_plans(replace(row, given=row.given | {"cadence"})) == ["amended"]
    assert world.take_plans(row) == ["unchanged"]


async def test_a_reopened_plan_is_not_said_to_be_completed(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 9, 22, 0, tzinfo=UTC)
    world.take_plans(a_plan_row())
    world.take_payments(a_payment_row())
    world.take_plans(a_plan_row(instalment_no="2", due_date=date(2027, 6, 1)))
    world.clock.move(hours=12)
    await turn(world)
    assert texts(world) == ["payment-received P-1 [] open 10000"]


async def test_a_file_may_reopen_several_plans(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 9, 22, 0, tzinfo=UTC)
    refs = ("P-1", "P-2")
    world.take_plans(*(a_plan_row(line=n, plan_ref=ref) for n, ref in enumerate(refs)))
    world.take_payments(*(a_payment_row(payment_ref=f"PAY-{ref}", plan_ref=ref) for ref in refs))
    more = {"instalment_no": "2", "due_date": date(2027, 6, 1)}
    world.take_plans(*(a_plan_row(line=n, plan_ref=ref, **more) for n, ref in enumerate(refs)))
    world.clock.move(hours=12)
    await turn(world)
    assert texts(world) == [f"payment-received {ref} [] open 10000" for ref in refs]


async def test_whoever_shares_an_address_is_one_person_on_every_address(world: World) -> None:
    other = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email=None)
    world.take_plans(a_plan_row(), other)
    await turn(world)
    assert [each.channel for each in world.channel.sent] == ["email"]


async def test_an_opt_out_that_the_provider_knew_first_is_logged_as_one(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    world.channel.answers = [Rejected("21610", opted_out=True)]
    await turn(world)
    assert events(world)[-3:] == ["rejected", "consent_changed", "refused"]


async def test_when_the_last_look_fails_nothing_is_sent_and_nothing_is_lost(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())

    class Blind(type(world.store)):  # type: ignore[misc]  # one method of the real store fails
        def last_look(self, armed: Sequence[Armed], now: datetime) -> Mapping[int, str]:
            raise OperationalError("SELECT", {}, Exception("gone"))

    pipeline = replace(world.pipeline, store=Blind(world.store.database, bytes))
    await pipeline.run_batch()
    assert texts(world) == []
    world.clock.move(minutes=1)
    await turn(world)
    assert len(texts(world)) == 1


async def test_an_outcome_outlives_a_database_that_is_away_for_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    settle = world.store._settle
    failed: list[int] = []

    def flaky(settlements: list[Settlement]) -> None:
        if len(failed) < 6:
            failed.append(1)
            raise OperationalError("UPDATE", {}, Exception("server closed the connection"))
        settle(settlements)

    monkeypatch.setattr(world.store, "_settle", flaky)
    await world.pipeline.run_batch()
    assert states(world) == {"upcoming": "accepted"}


async def test_a_look_up_that_raises_does_not_hold_up_the_others(world: World) -> None:
    class Forgetful(FakeChannel):
        async def look_up(self, inquiry: Inquiry) -> Finding:
            self.asked.append(inquiry.message_key)
            if len(self.asked) == 1:
                raise OSError
            return Accepted("found")

    world.channel = Forgetful()
    other = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", email="b@example.com", phone="+442079460019")
    world.take_plans(a_plan_row(), other)
    plan_due(world.store, world.cadences, world.clock.now())
    world.pipeline.arm(world.clock.now())
    world.clock.move(minutes=5)
    assert await world.reconciler.run_once() == 2
    with world.store.database.read() as connection:
        assert sorted(connection.execute(select(message.c.state)).scalars()) == ["accepted", "unknown"]


def test_an_error_of_the_database_hides_what_it_was_given(world: World) -> None:
    statement = text("INSERT INTO debtor (ref, name) VALUES (:ref, :name)")
    with world.store.database.write() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(statement, {"ref": "D-1", "name": "Ada Example"})
    assert "SQL parameters hidden" in str(caught.value)
