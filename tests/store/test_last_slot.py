"""The last slot of a counter is taken once, whatever the counter runs over and whoever comes at the same time."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from scheduler.domain.counters import Cap, Counted, Scope
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Week
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import ASKING
from scheduler.domain.windows import Hours
from scheduler.ports import Arming
from scheduler.store.store import SqlStore
from tests.builders import a_creditor
from tests.fakes.world import BOTH, FakeChannel, World, a_plan_row, hand_over, states, turn
from tests.store.noting import a_contact, facts_due, log_contact, person_of, plan_all
from tests.store.side_by_side import another_process, at_once, work_side_by_side

PHONE = "+447946000001"
WORKERS = 4
NORTHWIND = a_creditor(group="the-group")
HARBOUR = a_creditor(id="harbour", group="the-group")
STRANGER = a_creditor(id="stranger")
COUNTED = Counted(ASKING, BOTH | {"call"})

TOGETHER = (
    pytest.param(Scope.CONTACT_POINT, NORTHWIND, id="one-phone"),
    pytest.param(Scope.PERSON, STRANGER, id="one-person-with-two-creditors"),
    pytest.param(Scope.CREDITOR, NORTHWIND, id="one-creditor"),
    pytest.param(Scope.SENDER_GROUP, HARBOUR, id="two-creditors-of-one-group"),
)
"""A counter, and whose the other debtor is, with whom the first one shares a phone and a slot."""

APART = (
    pytest.param(Scope.CREDITOR, HARBOUR, id="another-creditor"),
    pytest.param(Scope.SENDER_GROUP, STRANGER, id="another-group"),
    pytest.param(Scope.DEBTOR, NORTHWIND, id="another-record"),
    pytest.param(Scope.PLAN, NORTHWIND, id="another-plan"),
)


def once_a_week(scope: Scope) -> Policy:
    """Return a policy of hours and one counter."""
    every_day = Week({day: ((time(8), time(20)),) for day in range(7)}, holidays=None)
    forms = {"hours": Hours(every_day), "once-a-week": Cap(scope, COUNTED, 1, timedelta(days=7))}
    rules = (Rule(f"test/{name}", "house rule", ASKING, BOTH, form) for name, form in forms.items())
    return Policy("test", "v1", tuple(rules))


def two_debtors(world: World, scope: Scope, other: Creditor) -> None:
    """Give the world two debtors who share a phone, and a counter."""
    world.policy = once_a_week(scope)
    world.creditors = {each.id: each for each in (NORTHWIND, HARBOUR, STRANGER)}
    first = a_plan_row(creditor="northwind", phone=PHONE, email=None)
    second = replace(first, line=3, creditor=other.id, plan_ref="P-2", debtor_ref="D-2")
    world.take_plans(first, second)
    plan_all(world)


@contextmanager
def hesitation(world: World) -> Iterator["Hesitant"]:
    """Give a store that hesitates no longer than the block lasts."""
    store = Hesitant(world.store)
    try:
        yield store
    finally:
        store.go_on.set()


class Hesitant(SqlStore):
    """Stops between the decisions and the commit until it is told to go on."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store.database, store._random_bytes)
        self.decided, self.go_on = threading.Event(), threading.Event()

    @contextmanager
    def arming(
        self, now: datetime, creditors: Mapping[str, Creditor], lookback: timedelta, limit: int
    ) -> Iterator[Arming]:
        with super().arming(now, creditors, lookback, limit) as batch:
            yield batch
            self.decided.set()
            self.go_on.wait(20)


def armed_by(world: World) -> int:
    """Arm one debtor's message, and return how many intents came of it."""
    return len(replace(world.pipeline, batch_size=1).arm(world.clock.now())[1])


@pytest.mark.parametrize(("scope", "other"), TOGETHER)
def test_who_comes_second_waits_for_the_first_and_counts_its_message(
    world: World, scope: Scope, other: Creditor
) -> None:
    two_debtors(world, scope, other)
    with another_process(world) as second, ThreadPoolExecutor(2) as pool, hesitation(world) as hesitant:
        ahead = pool.submit(armed_by, replace(world, store=hesitant))
        assert hesitant.decided.wait(10)
        behind = pool.submit(armed_by, second)
        assert not is_done_within(behind, 0.3)
        hesitant.go_on.set()
        assert (ahead.result(20), behind.result(20)) == (1, 0)


def is_done_within(work: Future[int], seconds: float) -> bool:
    """Whether it ends in that time."""
    try:
        work.result(seconds)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(("scope", "other"), TOGETHER)
async def test_the_second_in_one_batch_counts_the_first(world: World, scope: Scope, other: Creditor) -> None:
    two_debtors(world, scope, other)
    await turn(world)
    assert len(world.channel.sent) == 1


@pytest.mark.parametrize(("scope", "other"), APART)
async def test_a_slot_of_somebody_else_is_left_alone(world: World, scope: Scope, other: Creditor) -> None:
    two_debtors(world, scope, other)
    await turn(world)
    assert len(world.channel.sent) == 2


def test_who_shares_nothing_does_not_wait(world: World) -> None:
    two_debtors(world, Scope.PERSON, NORTHWIND)
    if world.store.database.is_sqlite:
        pytest.skip("SQLite has one writer: everybody waits for everybody")
    world.take_plans(a_plan_row(line=2, creditor="northwind", debtor_ref="D-2", plan_ref="P-2", phone=None))
    plan_all(world)
    with another_process(world) as second, ThreadPoolExecutor(2) as pool, hesitation(world) as hesitant:
        ahead = pool.submit(armed_by, replace(world, store=hesitant))
        assert hesitant.decided.wait(10)
        assert armed_by(second) == 1
        hesitant.go_on.set()
        assert ahead.result(20) == 1


@pytest.mark.parametrize(
    ("scope", "slots"),
    [(Scope.CONTACT_POINT, 1), (Scope.PERSON, 1), (Scope.SENDER_GROUP, 1), (Scope.CREDITOR, 2)],
)
async def test_four_workers_never_pass_a_counter_over_shared_phones(
    world: World, scope: Scope, slots: int
) -> None:
    world.policy = once_a_week(scope)
    world.creditors = {each.id: each for each in (NORTHWIND, HARBOUR)}
    rows = [
        a_plan_row(
            line=n,
            creditor=("northwind", "harbour")[n % 2],
            plan_ref=f"P-{n}",
            debtor_ref=f"D-{n}",
            phone=f"+44794600{n // 2 % 8:04d}",
            email=None,
        )
        for n in range(96)
    ]
    world.take_plans(*rows)
    channels = [FakeChannel() for _ in range(WORKERS)]
    await asyncio.to_thread(work_side_by_side, world, channels)
    asked = Counter(each.to for channel in channels for each in channel.sent)
    assert len(asked) == 8
    assert set(asked.values()) == {slots}


async def test_a_call_that_is_noted_while_a_message_is_armed_stops_it_before_it_is_sent(world: World) -> None:
    two_debtors(world, Scope.PERSON, STRANGER)
    with another_process(world) as desk, ThreadPoolExecutor(2) as pool, hesitation(world) as hesitant:
        worker = replace(world, store=hesitant)
        arming = pool.submit(replace(worker.pipeline, batch_size=1).arm, world.clock.now())
        assert hesitant.decided.wait(10)
        noting = pool.submit(log_contact, desk, "D-2", "stranger", plan_ids=(2,))
        assert not is_done_within(noting, 0.3)
        hesitant.go_on.set()
        (armed,) = arming.result(20)[1]
        noting.result(20)
    assert world.store.last_look([armed], world.clock.now()) == {armed.message_id: "facts_changed"}
    world.store.settle(await hand_over(world, [armed]))
    await turn(world)
    assert world.channel.sent == []
    assert states(world) == {"upcoming": "planned"}


async def test_a_message_is_not_armed_while_a_call_is_being_noted_and_waits_once_it_is(world: World) -> None:
    two_debtors(world, Scope.PERSON, STRANGER)
    now = world.clock.now()
    with another_process(world) as worker, ThreadPoolExecutor(1) as pool:
        with world.store.intake(now) as transaction:
            person = person_of(transaction, "D-2", "stranger")
            transaction.log_contact(person, a_contact(at=now, plan_ids=(2,)))
            arming = pool.submit(armed_by, worker)
            is_done_within(arming, 0.3)
        assert arming.result(20) == 0
    await turn(world)
    assert world.channel.sent == []
    assert states(world) == {"upcoming": "planned"}


def test_two_who_note_calls_to_one_family_never_wait_for_each_other(world: World) -> None:
    two_debtors(world, Scope.PERSON, NORTHWIND)
    with another_process(world) as other:

        def note(of: World, debtor_ref: str) -> None:
            for _ in range(20):
                log_contact(of, debtor_ref)

        at_once([lambda: note(world, "D-1"), lambda: note(other, "D-2")])
    facts: dict[str, Facts] = facts_due(world)
    assert {ref: len(each.contacts) for ref, each in facts.items()} == {"P-1": 40, "P-2": 40}
