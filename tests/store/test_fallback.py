"""Another provider where the first cannot be used, another channel where an address cannot: each only after a no."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.breakers import IN_DOUBT
from scheduler.domain.delivery import NotSent, Rejected, Unknown
from scheduler.pipeline import Pipeline
from scheduler.planner import plan_due
from scheduler.store.store import SqlStore
from scheduler.store.tables import entry, message
from tests.fakes.world import FakeChannel, World, a_plan_row, events, states

DOWN = NotSent("http_401", channel_down=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(world: World) -> "TwoProviders":
    """The flow with two providers for SMS and one for email."""
    return TwoProviders(world.store)


@dataclass(slots=True)
class TwoProviders(World):
    """Hands SMS to the first provider and, where that cannot be used, to the second; email to a third."""

    first: FakeChannel = field(default_factory=lambda: FakeChannel("first"))
    second: FakeChannel = field(default_factory=lambda: FakeChannel("second"))
    third: FakeChannel = field(default_factory=lambda: FakeChannel("third"))

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline over all three."""
        own: Pipeline = World.pipeline.__get__(self)
        rules = replace(own.rules, providers={"sms": ["first", "second"], "email": ["third"]})
        channels: Mapping[tuple[str, str], FakeChannel] = {
            ("first", "sms"): self.first,
            ("second", "sms"): self.second,
            ("third", "email"): self.third,
        }
        return replace(own, rules=rules, channels=channels)

    @property
    def handed(self) -> list[list[str]]:
        """What each provider was handed, by its plan."""
        return [
            [each.words.text.split()[1] for each in one.sent] for one in (self.first, self.second, self.third)
        ]


def sms_only(world: World, number: int) -> None:
    """Let so many debtors, who can be reached by SMS only, have a reminder due."""
    rows = [
        a_plan_row(line=n, plan_ref=f"P-{n}", debtor_ref=f"D-{n}", phone=f"+4477009000{n:02}", email=None)
        for n in range(number)
    ]
    world.take_plans(*rows)


async def turn(world: World) -> None:
    """Plan and dispatch until nothing more is due."""
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass
    while await world.pipeline.run_batch():
        pass


def reasons(world: World, event: str) -> list[str]:
    """Return what the entries of an event give as reasons, without what allowed it."""
    with world.store.database.read() as connection:
        told = connection.execute(select(entry.c.public).where(entry.c.event == event).order_by(entry.c.seq))
        return [
            f"{why['rule']}: {why['detail']}"
            for each in told.scalars()
            for why in json.loads(each)["reasons"]
            if why["verdict"] != "allow"
        ]


# ------------------------------------------------------------------------------------- another provider


async def test_when_the_first_cannot_be_used_the_second_carries_the_very_message_at_once(
    world: TwoProviders,
) -> None:
    world.first.answers = [DOWN]
    sms_only(world, 1)
    await turn(world)
    assert world.handed == [["P-0"], ["P-0"], []]
    assert states(world) == {"upcoming": "accepted"}
    assert [each.attempt for each in (*world.first.sent, *world.second.sent)] == [1, 2]


async def test_what_comes_meanwhile_goes_by_the_second_and_later_by_the_first_again(
    world: TwoProviders,
) -> None:
    world.first.answers = [DOWN]
    sms_only(world, 1)
    await turn(world)
    world.take_plans(a_plan_row(plan_ref="P-8", debtor_ref="D-8", phone="+447700900088", email=None))
    await turn(world)
    world.clock.instant += MINUTE
    world.take_plans(a_plan_row(plan_ref="P-9", debtor_ref="D-9", phone="+447700900099", email=None))
    await turn(world)
    assert world.handed == [["P-0", "P-9"], ["P-0", "P-8"], []]


async def test_what_is_in_doubt_goes_by_nobody_else(world: TwoProviders) -> None:
    world.first.answers = [Unknown("http_503")] * IN_DOUBT
    sms_only(world, IN_DOUBT)
    await turn(world)
    assert world.second.sent == []
    assert states(world) == {"upcoming": "unknown"}
    world.take_plans(a_plan_row(plan_ref="P-9", debtor_ref="D-9", phone="+447700900099", email=None))
    await turn(world)
    assert world.handed[1] == ["P-9"], "but what comes later does"


async def test_when_both_cannot_be_used_everything_waits_for_the_one_that_is_there_first(
    world: TwoProviders,
) -> None:
    world.first.answers = [DOWN] * 2
    world.second.answers = [NotSent("http_429", retry_after_s=20)]
    sms_only(world, 1)
    await turn(world)
    assert states(world) == {"upcoming": "planned"}
    world.clock.move(seconds=19)
    await turn(world)
    assert world.handed == [["P-0"], ["P-0"], []]
    world.clock.move(seconds=1)
    await turn(world)
    assert world.handed == [["P-0"], ["P-0", "P-0"], []]
    assert states(world) == {"upcoming": "accepted"}


async def test_calls_that_have_not_begun_when_it_opens_never_begin_and_are_not_in_doubt(
    world: TwoProviders,
) -> None:
    world.first.answers = [Unknown("http_503")] * 99
    sms_only(world, 30)
    pipeline = replace(world.pipeline, _lines={"first": asyncio.Semaphore(1)})
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass
    await pipeline.run_batch()
    assert len(world.first.sent) == IN_DOUBT
    while await pipeline.run_batch():
        pass
    assert len(world.second.sent) == 30 - IN_DOUBT
    assert reasons(world, "deferred").count("provider: provider_paused") == 30 - IN_DOUBT


async def test_after_its_wait_one_message_tries_it_and_the_rest_follows_when_it_got_through(
    world: World,
) -> None:
    one = World(world.store)
    one.channel.answers = [NotSent("no_connection", channel_down=True)] * 2
    sms_only(one, 20)
    while plan_due(one.store, one.cadences, one.clock.now()):
        pass
    pipeline = replace(one.pipeline, _lines={"fake": asyncio.Semaphore(1)})
    tried = []
    for _ in range(9):
        before = len(one.channel.sent)
        while await pipeline.run_batch():
            pass
        tried.append(len(one.channel.sent) - before)
        one.clock.move(seconds=30)
    assert tried == [1, 0, 1, 0, 0, 0, 1, 19, 0]
    assert states(one) == {"upcoming": "accepted"}


# -------------------------------------------------------------------------------------- another channel


async def test_what_is_refused_for_good_on_one_channel_goes_by_the_next(world: TwoProviders) -> None:
    world.third.answers = [Rejected("http_400")]
    world.take_plans(a_plan_row())
    await turn(world)
    assert world.handed == [["P-1"], [], ["P-1"]]
    assert states(world) == {"upcoming": "accepted"}


async def test_each_contact_point_is_tried_once(world: TwoProviders) -> None:
    world.third.answers, world.first.answers = [Rejected("http_400")], [Rejected("30007")]
    world.take_plans(a_plan_row())
    for _ in range(5):
        await turn(world)
        world.clock.move(minutes=30)
    assert world.handed == [["P-1"], [], ["P-1"]]
    assert states(world) == {"upcoming": "refused"}


async def test_what_was_refused_for_its_words_is_tried_once_more_when_the_configuration_has_changed(
    world: TwoProviders,
) -> None:
    store: SqlStore = world.store
    store.note_configuration("v1", world.clock.now())
    world.third.answers, world.first.answers = [Rejected("http_400")] * 2, [Rejected("30007")]
    world.take_plans(a_plan_row())
    await turn(world)
    world.clock.move(hours=1)
    store.note_configuration("v1", world.clock.now())
    await turn(world)
    assert states(world) == {"upcoming": "refused"}, "the same configuration changes nothing"
    store.note_configuration("v2", world.clock.now())
    await turn(world)
    assert world.handed == [["P-1", "P-1"], [], ["P-1", "P-1"]]
    assert states(world) == {"upcoming": "accepted"}


async def test_an_address_that_was_to_blame_stays_closed_whatever_the_configuration(
    world: TwoProviders,
) -> None:
    store: SqlStore = world.store
    store.note_configuration("v1", world.clock.now())
    world.first.answers = [Rejected("21211", blames_address=True)]
    sms_only(world, 1)
    await turn(world)
    world.clock.move(hours=1)
    store.note_configuration("v2", world.clock.now())
    await turn(world)
    assert world.handed == [["P-0"], [], []]
    assert states(world) == {"upcoming": "refused"}


async def test_what_was_not_delivered_goes_by_the_next_channel_under_the_same_limits(
    world: TwoProviders,
) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    store: SqlStore = world.store
    with store.database.write() as connection:
        connection.execute(update(message).values(reported="undelivered", reported_at=world.clock.now()))
        connection.exec_driver_sql("UPDATE touchpoint SET state = 'planned'")
    await turn(world)
    assert world.handed == [[], [], ["P-1"]], "two days must lie between two reminders"
    world.clock.move(hours=48)
    await turn(world)
    assert world.handed == [["P-1"], [], ["P-1"]]
    store.note_configuration("v2", world.clock.now())
    assert "rejected" not in events(world)
