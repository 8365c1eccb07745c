"""The story of a send, where it does not go as planned."""

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler.domain.decision import Required
from scheduler.domain.delivery import Delivery, NotSent, Unknown
from scheduler.domain.facts import Facts
from scheduler.domain.message import Message, Words
from scheduler.planner import plan_due
from scheduler.ports import ComposeError
from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from scheduler.store.tables import entry
from tests.fakes.world import FakeChannel, PlainWords, World, a_plan_row, events, hand_over, states, turn


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The flow on an empty store."""
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    yield World(SqlStore(database, secrets.token_bytes))
    database.close()


class BrokenChannel(FakeChannel):
    """Raises where a channel must not."""

    async def send(self, message: Message) -> Delivery:
        """Note the message and raise."""
        self.sent.append(message)
        raise RuntimeError


class Stumbling(PlainWords):
    """Cannot write to one plan's debtor."""

    def __init__(self, plan_ref: str, error: Exception) -> None:
        """Stumble over this plan with this error."""
        self._plan_ref, self._error = plan_ref, error

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Raise for one plan."""
        if facts.plan.ref == self._plan_ref:
            raise self._error
        return super().compose(facts, channel, now, phrases)


def two_debtors(world: World) -> None:
    """Import two plans of two debtors."""
    other = a_plan_row(line=3, plan_ref="P-2", debtor_ref="D-2", phone="+442079460019", email="b@example.com")
    world.take_plans(a_plan_row(), other)


async def test_an_exception_of_a_channel_leaves_the_outcome_unknown(world: World) -> None:
    world.channel = BrokenChannel()
    world.take_plans(a_plan_row())
    await turn(world)
    world.clock.move(hours=2)
    await turn(world)
    assert states(world) == {"upcoming": "unknown"}
    assert len(world.channel.sent) == 1


async def test_a_template_that_cannot_be_rendered_refuses_one_touchpoint_only(world: World) -> None:
    two_debtors(world)
    world.composer = Stumbling("P-1", ComposeError("upcoming cannot be rendered for email in en"))
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["upcoming P-2 [1] open 10000"]
    assert "refused" in events(world)


async def test_a_fault_of_our_own_delays_one_touchpoint_only(world: World) -> None:
    two_debtors(world)
    world.composer = Stumbling("P-1", ZeroDivisionError())
    await turn(world)
    assert [each.words.text for each in world.channel.sent] == ["upcoming P-2 [1] open 10000"]
    world.composer = PlainWords()
    world.clock.move(hours=1)
    await turn(world)
    assert len(world.channel.sent) == 2


async def test_while_a_provider_is_paused_nothing_is_armed_for_it(world: World) -> None:
    two_debtors(world)
    world.breakers.learn("fake", NotSent("http_429", retry_after_s=600), world.clock.now())
    await turn(world)
    assert world.channel.sent == []
    assert "armed" not in events(world)
    world.clock.move(minutes=10)
    await turn(world)
    assert len(world.channel.sent) == 2


async def test_a_provider_that_is_down_is_left_alone_and_tried_ever_more_rarely(world: World) -> None:
    world.take_plans(a_plan_row())
    world.channel.answers = [NotSent("http_401", channel_down=True)] * 3
    begun = world.clock.now()
    tried = []
    for _ in range(8):
        before = len(world.channel.sent)
        await turn(world)
        if len(world.channel.sent) > before:
            tried.append(round((world.clock.now() - begun).total_seconds() / 60))
        world.clock.move(minutes=1)
    assert tried == [0, 1, 3, 7]


async def test_news_between_arming_and_the_last_look_stops_the_call(world: World) -> None:
    two_debtors(world)
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.take_plans(a_plan_row(amount_minor=9_000))
    stopped = world.store.last_look(armed, world.clock.now())
    assert len(armed) == 2
    assert [each.message.to for each in armed if each.message_id not in stopped] == ["b@example.com"]
    assert set(stopped.values()) == {"facts_changed"}


@pytest.mark.parametrize(("age_s", "handed_over"), [(0, True), (5, True), (5.001, False), (-0.001, False)])
async def test_the_fence_is_five_seconds_wide_and_closed_when_the_clock_ran_back(
    world: World, age_s: float, handed_over: bool
) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.clock.move(seconds=age_s)
    await hand_over(world, armed)
    assert bool(world.channel.sent) is handed_over


@pytest.mark.parametrize(("late_s", "handed_over"), [(1, True), (2, False)])
async def test_nothing_is_handed_over_once_the_contact_window_has_closed(
    world: World, late_s: int, handed_over: bool
) -> None:
    world.clock.instant = datetime(2027, 3, 9, 17, 59, 58, tzinfo=UTC)
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.clock.move(seconds=late_s)
    await hand_over(world, armed)
    assert bool(world.channel.sent) is handed_over


async def test_a_doubt_is_not_settled_before_its_lease_has_ended(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    world.pipeline.arm(world.clock.now())
    world.clock.move(seconds=89)
    assert await world.reconciler.run_once() == 0
    world.clock.move(seconds=1)
    assert await world.reconciler.run_once() == 1
    assert world.channel.asked


async def test_a_late_settlement_of_a_settled_message_changes_nothing(world: World) -> None:
    world.take_plans(a_plan_row())
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    settled = await hand_over(world, armed)
    world.store.settle(settled)
    logged = events(world)
    world.channel.answers = [Unknown("late")]
    world.store.settle([*settled, *await hand_over(world, armed)])
    assert events(world) == logged
    assert states(world) == {"upcoming": "accepted"}


async def test_a_listener_that_fails_holds_up_no_message(world: World) -> None:
    def fail(_drafts: object) -> None:
        raise BrokenPipeError

    world.store = SqlStore(world.store.database, secrets.token_bytes, fail)
    world.take_plans(a_plan_row())
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}
    assert len(world.channel.sent) == 1


async def test_a_deferral_beyond_the_end_of_its_step_says_so(world: World) -> None:
    world.clock.instant = datetime(2027, 3, 12, 19, 0, tzinfo=UTC)  # Friday evening, due today
    world.take_plans(a_plan_row())
    await turn(world)
    with world.store.database.read() as connection:
        told = connection.execute(select(entry.c.public).where(entry.c.event == "deferred")).scalar_one()
    assert json.loads(told)["until"] == "2027-03-13T00:00:00.000000Z"
    reasons = json.loads(told)["reasons"]
    objections = ["courtesy/asking-hours", "step_end"]
    assert [each["rule"] for each in reasons if each["verdict"] == "defer"] == objections
    assert [each["rule"] for each in reasons] == [*objections, "courtesy/two-a-week", "courtesy/gap"]
    world.clock.instant = datetime(2027, 3, 13, 0, 0, tzinfo=UTC)
    await turn(world)
    assert states(world)["due-today"] == "skipped"
