"""What waits for its transaction: together, not behind a flood, not for ever, and not too many."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import OperationalError

from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.ports import Report
from scheduler.web import lanes
from scheduler.web.app import create_app
from scheduler.web.lanes import Crowded, Lane
from tests.store.reporting import closed
from tests.web.house import House


def a_report(event_id: str) -> DeliveryReceipt:
    return DeliveryReceipt(ReceiptKind.SENT, "SM1", event_id, None, None, None, None)


@dataclass(slots=True)
class Taker:
    """Takes reports when it is let, and notes which came together."""

    free: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    taken: list[list[str]] = field(default_factory=list)
    fault: Callable[[Sequence[str]], Exception | None] = lambda _: None

    def take(self, reports: Sequence[Report]) -> None:
        names = [each.event_id for each in reports]
        self.taken.append(names)
        self.begun.set()
        assert self.free.wait(10)
        if (fault := self.fault(names)) is not None:
            raise fault


async def through(lane: Lane, *names: str) -> list[BaseException | None]:
    """Bring requests of one report each, all at once, and return what became of them."""
    return await asyncio.gather(*(lane.through([a_report(each)]) for each in names), return_exceptions=True)


async def test_what_comes_during_a_transaction_goes_into_the_next_together() -> None:
    taker = Taker()
    lane = Lane(taker.take, asyncio.to_thread)
    first = asyncio.create_task(through(lane, "a"))
    await asyncio.to_thread(taker.begun.wait, 10)
    rest = asyncio.create_task(through(lane, "b", "c", "d"))
    await asyncio.sleep(0.01)
    taker.free.set()
    assert [await first, await rest] == [[None], [None, None, None]]
    assert taker.taken == [["a"], ["b", "c", "d"]]


async def test_a_transaction_takes_no_more_than_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "TOGETHER", 2)
    taker = Taker()
    taker.free.set()
    await through(Lane(taker.take, asyncio.to_thread), "a", "b", "c")
    assert taker.taken == [["a", "b"], ["c"]]


async def test_one_that_cannot_be_kept_keeps_no_other_from_being_kept() -> None:
    taker = Taker(fault=lambda names: ValueError("bad") if "bad" in names else None)
    taker.free.set()
    became = await through(Lane(taker.take, asyncio.to_thread), "a", "bad", "c")
    assert [type(each) for each in became] == [type(None), ValueError, type(None)]


async def test_while_the_database_is_away_everybody_is_told_at_once() -> None:
    taker = Taker(fault=lambda _: OperationalError("", {}, Exception()))
    taker.free.set()
    became = await through(Lane(taker.take, asyncio.to_thread), "a", "b", "c")
    assert {type(each) for each in became} == {OperationalError}
    assert len(taker.taken) == 1


async def test_as_many_may_wait_as_there_is_room_for_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 2)
    taker = Taker()
    lane = Lane(taker.take, asyncio.to_thread)
    under_way = asyncio.create_task(through(lane, "a"))
    await asyncio.to_thread(taker.begun.wait, 10)
    waiting = asyncio.create_task(through(lane, "b", "c"))
    await asyncio.sleep(0)
    (became,) = await through(lane, "d")
    assert isinstance(became, Crowded)
    taker.free.set()
    assert [await under_way, await waiting] == [[None], [None, None]]


async def test_nobody_waits_for_ever_and_what_was_begun_is_still_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_S", 0.02)
    taker = Taker()
    lane = Lane(taker.take, asyncio.to_thread)
    (became,) = await through(lane, "a")
    assert isinstance(became, TimeoutError)
    taker.free.set()
    monkeypatch.setattr(lanes, "PATIENCE_S", 5.0)
    assert await through(lane, "b") == [None]
    assert taker.taken == [["a"], ["b"]]


async def test_a_stop_does_not_wait_behind_a_flood_of_other_reports(house: House) -> None:
    sent, flood = await house.send("twilio", "sms"), Taker()

    def take(provider: str, reports: Sequence[Report]) -> None:
        if all(isinstance(each, DeliveryReceipt) for each in reports):
            flood.take(reports)
        house.take(provider, reports)

    house.app = create_app(replace(house.parts(), take=take, registry=CollectorRegistry()))
    waiting = [
        asyncio.create_task(house.say("status", {"MessageSid": f"SM{each:032x}", "MessageStatus": "sent"}))
        for each in range(100)
    ]
    await asyncio.to_thread(flood.begun.wait, 10)
    stop = {"MessageSid": f"SM{999:032x}", "From": sent.phone, "Body": "STOP"}
    async with asyncio.timeout(5):
        assert (await house.say("inbound", stop)).status_code == 200
    assert closed(house.world) == {sent.phone: (True, False)}
    assert not any(each.done() for each in waiting)
    flood.free.set()
    assert {each.status_code for each in await asyncio.gather(*waiting)} == {204}
