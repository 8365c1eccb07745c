"""Reconciliation, where it does not go as planned: slow, silent, or absent providers, and news in between."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.domain.delivery import Accepted, Finding, Listed, NotSent, Unknown
from scheduler.domain.doubt import BETWEEN_LOOKS, DEADLINE, LEASE
from scheduler.domain.message import Inquiry
from scheduler.domain.outcome import Absent, Seen
from scheduler.ports import Armed
from scheduler.reconciler import AT_ONCE, Reconciler
from scheduler.store.engine import open_database
from scheduler.store.migrations import upgrade
from scheduler.store.store import SqlStore
from tests.fakes.world import FakeChannel, World, a_plan_row, events, hand_over, states, turn
from tests.store.attempts import arm, resending, row_of, settle, written
from tests.store.noting import plan_all

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
VALID_FROM = LEASE + HOUR


async def nothing_happens() -> None:
    """Let nothing happen while a provider is asked."""


@dataclass(slots=True)
class ListingChannel(FakeChannel):
    """A provider that surely lists a message an hour after its call; things may happen while it is asked."""

    absence_proves_after: timedelta | None = HOUR
    found: Finding = field(default_factory=lambda: Listed(()))
    meanwhile: Callable[[], Awaitable[None]] = nothing_happens

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Answer what was true when the question came, however long the answer takes."""
        found = self.found
        self.asked.append(inquiry.message_key)
        await self.meanwhile()
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The flow on an empty store, with a provider that lists its messages."""
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    yield World(SqlStore(database, secrets.token_bytes), channel=ListingChannel())
    database.close()


def one_attempt(world: World) -> Armed:
    """Import one plan and arm its first message."""
    world.take_plans(a_plan_row())
    return arm(world)


async def reconcile(world: World) -> int:
    """Reconcile until nothing more is to be looked for now, and return how often something was."""
    looks = 0
    while found := await world.reconciler.run_once():
        looks += found
        assert looks < 50, "one doubt is asked about without end"
    return looks


async def let_pass(world: World, time: timedelta) -> None:
    """Let time pass, reconciling every five minutes and at the end."""
    end = world.clock.now() + time
    while world.clock.now() < end:
        world.clock.instant = min(world.clock.now() + timedelta(minutes=5), end)
        await reconcile(world)


async def test_where_nothing_is_in_doubt_nobody_is_asked(world: World) -> None:
    world.take_plans(a_plan_row())
    await turn(world)
    world.clock.move(days=2)
    assert states(world) == {"upcoming": "accepted"}
    assert await world.reconciler.run_once() == 0
    assert world.channel.asked == []


async def test_what_the_provider_lists_is_accepted_under_its_name(world: World) -> None:
    armed = one_attempt(world)
    world.channel.found = Listed(("SM1",))
    world.clock.move(seconds=90)
    await reconcile(world)
    assert (row_of(world, armed).state, row_of(world, armed).provider_id) == ("accepted", "SM1")
    assert written(world).log[-1]["evidence"] == "look_up"


async def test_an_absence_is_asked_for_until_it_is_proved_and_the_touchpoint_then_ends(world: World) -> None:
    armed = one_attempt(world)
    await let_pass(world, VALID_FROM + BETWEEN_LOOKS - SECOND)
    assert row_of(world, armed).state == "unknown"
    await let_pass(world, timedelta(minutes=5))
    assert row_of(world, armed).state == "released"
    assert states(world) == {"upcoming": "skipped"}
    await turn(world)
    assert world.channel.sent == []
    assert events(world)[-3:] == ["armed", "unknown", "released"]


async def test_an_answer_that_took_hours_is_worth_what_it_was_worth_when_it_was_asked_for(
    world: World,
) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"))

    async def three_hours_pass() -> None:
        world.clock.move(hours=3)

    assert isinstance(world.channel, ListingChannel)
    world.channel.meanwhile = three_hours_pass
    world.clock.instant = armed.armed_at + VALID_FROM - SECOND
    assert await world.reconciler.run_once() == 1
    assert row_of(world, armed).state == "unknown"
    assert row_of(world, armed).absent_at is None


@pytest.mark.parametrize("may", [False, True], ids=["never", "when_proved_lost"])
async def test_what_is_proved_lost_goes_out_again_only_by_the_creditors_own_rule(
    world: World, may: bool
) -> None:
    world = resending(world) if may else world
    one_attempt(world)
    await let_pass(world, VALID_FROM + 2 * BETWEEN_LOOKS)
    await turn(world)
    assert [each.attempt for each in world.channel.sent] == ([2] if may else [])


async def test_a_creditor_that_is_configured_no_more_has_no_rule_that_resends(world: World) -> None:
    armed = one_attempt(world)
    world = replace(world, creditors={})
    await let_pass(world, VALID_FROM + 2 * BETWEEN_LOOKS)
    assert row_of(world, armed).state == "released"
    assert states(world) == {"upcoming": "skipped"}


async def test_without_evidence_a_message_is_presumed_at_the_deadline_and_counts_for_ever(
    world: World,
) -> None:
    world.channel = FakeChannel()
    armed = one_attempt(world)
    await let_pass(world, DEADLINE - SECOND)
    assert row_of(world, armed).state == "unknown"
    await let_pass(world, SECOND)
    assert row_of(world, armed).state == "presumed"
    await turn(world)
    assert world.channel.sent == []
    assert len(world.channel.asked) < 20


async def test_two_candidates_are_left_to_a_person(world: World) -> None:
    armed = one_attempt(world)
    world.channel.found = Listed(("SM1", "SM2"))
    await let_pass(world, DEADLINE)
    assert row_of(world, armed).state == "presumed"
    assert row_of(world, armed).provider_id is None


async def test_a_provider_that_is_configured_no_more_leaves_the_doubt_to_the_deadline(world: World) -> None:
    armed = one_attempt(world)
    world.clock.move(seconds=90)
    reconciler = replace(world.reconciler, channels={})
    assert await reconciler.run_once() == 1
    assert row_of(world, armed).code == "no_outcome_noted"
    world.clock.instant = armed.armed_at + DEADLINE
    assert await reconciler.run_once() == 1
    assert row_of(world, armed).state == "presumed"


async def test_a_callback_that_comes_while_the_provider_is_asked_is_not_taken_back(world: World) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"))
    world.clock.instant = armed.armed_at + VALID_FROM
    await reconcile(world)
    world.clock.move(minutes=10)

    async def callback() -> None:
        settle(world, armed, Seen("SM1", "callback"))

    assert isinstance(world.channel, ListingChannel)
    world.channel.meanwhile = callback
    await world.reconciler.run_once()
    assert row_of(world, armed).state == "accepted"
    assert events(world).count("accepted") == 1
    assert "released" not in events(world)


async def test_a_verdict_on_the_first_attempt_is_not_applied_to_the_second(world: World) -> None:
    world = resending(world)
    first = one_attempt(world)
    settle(world, first, Unknown("timeout"))
    world.clock.instant = first.armed_at + VALID_FROM
    await reconcile(world)
    world.clock.move(minutes=10)

    async def another_worker_is_faster() -> None:
        settle(world, first, Absent(), retry_at=world.clock.now())
        settle(world, arm(world), Unknown("timeout"))

    assert isinstance(world.channel, ListingChannel)
    world.channel.meanwhile = another_worker_is_faster
    await world.reconciler.run_once()
    assert written(world).attempts == {1: "released", 2: "unknown"}
    assert states(world) == {"upcoming": "unknown"}


async def test_a_message_that_was_still_under_way_when_its_lease_ran_out_is_settled_by_its_answer(
    world: World,
) -> None:
    armed = one_attempt(world)
    settled = await hand_over(world, [armed])
    world.clock.move(seconds=90)
    await reconcile(world)
    assert row_of(world, armed).state == "unknown"
    world.store.settle(settled)
    assert row_of(world, armed).state == "accepted"


def twenty_debtors(world: World) -> list[Armed]:
    """Arm a message to each of twenty debtors."""
    for n in range(20):
        theirs = {"debtor_ref": f"D-{n}", "phone": None, "email": f"d{n}@example.com"}
        world.take_plans(a_plan_row(line=n, plan_ref=f"P-{n}", **theirs))
    plan_all(world)
    return list(world.pipeline.arm(world.clock.now())[1])


@dataclass(slots=True)
class MoodyChannel(ListingChannel):
    """Raises at every second question, and keeps count of how many are asked at once."""

    under_way: int = 0
    most: int = 0

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Take a moment, then answer or raise."""
        self.asked.append(inquiry.message_key)
        number = len(self.asked)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if number % 2:
            raise RuntimeError
        return Accepted(f"SM{number}")


async def test_a_provider_that_stumbles_over_one_question_answers_the_others(world: World) -> None:
    channel = world.channel = MoodyChannel()
    armed = twenty_debtors(world)
    world.clock.move(seconds=90)
    assert await world.reconciler.run_once() == len(armed) == 20
    found = [row_of(world, each).state for each in armed]
    assert (found.count("accepted"), found.count("unknown")) == (10, 10)
    assert 1 < channel.most <= AT_ONCE


async def test_what_certainly_never_reached_its_provider_is_decided_afresh_at_once(world: World) -> None:
    one_attempt(world)
    world.channel.found = NotSent("not_in_outbox")
    world.clock.move(seconds=90)
    await reconcile(world)
    await turn(world)
    assert [each.attempt for each in world.channel.sent] == [2]
    assert states(world) == {"upcoming": "accepted"}


async def test_two_reconcilers_that_find_the_same_tell_it_once(world: World) -> None:
    one_attempt(world)
    world.channel.found = Listed(("SM1",))
    world.clock.move(seconds=90)
    both: list[Reconciler] = [world.reconciler, world.reconciler]
    await asyncio.gather(*(each.run_once() for each in both))
    assert events(world).count("accepted") == 1


async def test_evidence_is_dated_when_it_is_noted_and_not_when_the_question_was_asked(world: World) -> None:
    armed = one_attempt(world)
    world.channel.found = Listed(("SM1",))

    async def a_minute_passes() -> None:
        world.clock.move(minutes=1)

    assert isinstance(world.channel, ListingChannel)
    world.channel.meanwhile = a_minute_passes
    world.clock.move(seconds=90)
    await reconcile(world)
    assert row_of(world, armed).settled_at == armed.armed_at + timedelta(seconds=150)


async def test_what_was_found_while_the_clock_jumped_is_dropped_and_looked_for_again(world: World) -> None:
    armed = one_attempt(world)
    settle(world, armed, Unknown("timeout"))
    world.channel.found = Listed(("SM1",))
    world.clock.move(minutes=2)
    unsteady = replace(world.reconciler, is_steady=lambda: False)
    assert await unsteady.run_once() == 0
    assert row_of(world, armed).state == "unknown"
    await world.reconciler.run_once()
    assert row_of(world, armed).state == "accepted"
