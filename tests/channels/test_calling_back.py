"""The loopback provider calls back: what our readers believe, and neither surely, once nor in order."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from channels.registry import Channel, Reader, Report, Webhook, open_channel, open_reader
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from tests.channels.messages import TOUCHPOINT, VARIABLES, a_message, some_tools
from tests.fakes.callbacks import Callbacks, Habits
from tests.fakes.provider import LoopbackProvider
from tests.fakes.signing import PUBLIC_KEY
from tests.fakes.twists import HANG_AFTER

TOKEN = VARIABLES["TWILIO_AUTH_TOKEN"]
PUBLIC = "https://duly.example.com"
EVENTS_URL = f"{PUBLIC}/webhooks/sendgrid/events"
KEYS = {**VARIABLES, "SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC_KEY}


@dataclass(slots=True)
class Doorstep:
    """Takes in what providers say, as our web does, and answers what it is told to."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: list[Report] = field(default_factory=list)
    forged: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        provider = request.path.split("/")[2]
        reader: Reader = open_reader(provider, KEYS.get, some_tools())
        headers = {name.lower(): value for name, value in request.headers.items()}
        reports = reader.read(Webhook(f"{PUBLIC}{request.raw_path}", headers, await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        if reports is None:
            self.forged += 1
        elif status == 204:
            self.heard.extend(reports)
        return web.Response(status=status)

    def kinds(self) -> list[ReceiptKind]:
        """What was heard, in the order it came."""
        return [each.kind for each in self.heard if isinstance(each, DeliveryReceipt)]


@pytest.fixture
async def doorstep() -> AsyncIterator[Doorstep]:
    """A web server of this test's own."""
    doorstep = Doorstep()
    app = web.Application()
    app.router.add_post("/webhooks/{provider}/{name}", doorstep.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    doorstep.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield doorstep
    await runner.cleanup()


@asynccontextmanager
async def calling(
    doorstep: Doorstep, channel: str = "sms", **habits: float
) -> AsyncIterator[tuple[Channel, Callbacks]]:
    """A room whose provider calls back through a proxy."""
    callbacks = Callbacks(
        token=TOKEN,
        events_url=EVENTS_URL,
        via=doorstep.url,
        habits=Habits(**habits),  # type: ignore[arg-type]  # a whole number is a number
    )
    async with LoopbackProvider(callbacks=callbacks) as provider, asyncio.timeout(30):
        get = {**KEYS, "DULY_TWILIO_BASE_URL": provider.url, "DULY_SENDGRID_BASE_URL": provider.url}.get
        room = open_channel("twilio" if channel == "sms" else "sendgrid", channel, get, some_tools())
        yield room, callbacks
        await room.close()


async def send_many(room: Channel, channel: str, count: int) -> None:
    await asyncio.gather(
        *(room.send(a_message(channel, touchpoint=f"{number:032x}")) for number in range(count))
    )


@pytest.mark.parametrize(
    ("channel", "kinds"),
    [
        ("sms", [ReceiptKind.SENT, ReceiptKind.DELIVERED]),
        ("email", [ReceiptKind.QUEUED, ReceiptKind.DELIVERED]),
    ],
)
async def test_a_message_is_reported_step_by_step_under_our_key(
    doorstep: Doorstep, channel: str, kinds: list[ReceiptKind]
) -> None:
    async with calling(doorstep, channel) as (room, callbacks):
        await room.send(a_message(channel, attempt=3))
        await callbacks.idle()
    assert doorstep.kinds() == kinds
    assert doorstep.forged == 0
    assert {
        (each.touchpoint, each.attempt) for each in doorstep.heard if isinstance(each, DeliveryReceipt)
    } == {(TOUCHPOINT, 3)}


async def test_a_message_whose_answer_never_came_is_reported_all_the_same(doorstep: Doorstep) -> None:
    callbacks = Callbacks(token=TOKEN, via=doorstep.url)
    async with LoopbackProvider(callbacks=callbacks) as provider:
        provider.script.append(HANG_AFTER)
        get = {**KEYS, "DULY_TWILIO_BASE_URL": provider.url}.get
        room = open_channel("twilio", "sms", get, some_tools())
        call = asyncio.create_task(room.send(a_message()))
        while not doorstep.heard:  # noqa: ASYNC110  # the provider is a real one and has no event to set
            await asyncio.sleep(0.005)
        call.cancel()
        await asyncio.wait([call])
        await callbacks.idle()
        await room.close()
    assert doorstep.kinds() == [ReceiptKind.SENT, ReceiptKind.DELIVERED]


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("habits", "holds"),
    [
        ({"lost": 1.0}, lambda kinds: kinds == []),
        ({"doubled": 1.0}, lambda kinds: len(kinds) == 4 and set(Counter(kinds).values()) == {2}),
        ({"reordered": 1.0}, lambda kinds: kinds[0] is ReceiptKind.DELIVERED and len(kinds) == 2),
        ({"undelivered": 1.0}, lambda kinds: kinds[-1] is ReceiptKind.UNDELIVERED),
    ],
)
async def test_a_habit_shows(
    doorstep: Doorstep,
    channel: str,
    habits: dict[str, float],
    holds: Callable[[list[ReceiptKind]], bool],
) -> None:
    async with calling(doorstep, channel, **habits) as (room, callbacks):
        await room.send(a_message(channel))
        await callbacks.idle()
    assert holds(doorstep.kinds())


async def test_a_seed_loses_and_doubles_the_same_callbacks_again(doorstep: Doorstep) -> None:
    runs = []
    for seed in (7, 7, 8):
        doorstep.heard.clear()
        async with calling(doorstep, lost=0.3, doubled=0.3, seed=seed) as (room, callbacks):
            await send_many(room, "sms", 20)
            await callbacks.idle()
        told = [each for each in doorstep.heard if isinstance(each, DeliveryReceipt)]
        runs.append(Counter((each.touchpoint, each.kind) for each in told))
    assert runs[0] == runs[1] != runs[2]


async def test_sendgrid_comes_again_until_it_is_heard_and_twilio_does_not(doorstep: Doorstep) -> None:
    for channel, heard in (("email", 2), ("sms", 1)):
        doorstep.heard.clear()
        doorstep.answers[:] = [503]
        async with calling(doorstep, channel) as (room, callbacks):
            await room.send(a_message(channel))
            await callbacks.idle()
        assert callbacks.answers[503] == 1
        assert len(doorstep.heard) == heard


async def test_twilio_comes_again_when_nobody_is_there(doorstep: Doorstep) -> None:
    callbacks = Callbacks(token=TOKEN, via="http://127.0.0.1:9")
    async with LoopbackProvider(callbacks=callbacks) as provider:
        get = {**KEYS, "DULY_TWILIO_BASE_URL": provider.url}.get
        room = open_channel("twilio", "sms", get, some_tools())
        await room.send(a_message())
        await callbacks.idle()
        await room.close()
    assert callbacks.answers == {0: 4}


async def test_a_callback_signed_with_another_token_is_not_believed(doorstep: Doorstep) -> None:
    callbacks = Callbacks(token="another", via=doorstep.url)
    async with LoopbackProvider(callbacks=callbacks) as provider:
        get = {**KEYS, "DULY_TWILIO_BASE_URL": provider.url}.get
        room = open_channel("twilio", "sms", get, some_tools())
        await room.send(a_message())
        await callbacks.idle()
        await room.close()
    assert (doorstep.heard, doorstep.forged) == ([], 2)
