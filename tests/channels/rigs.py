"""Each room beside the provider it talks to, under one set of handles, for the contract suite."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.registry import Channel, open_channel
from channels.tools import Timeouts, Tools
from scheduler.domain.message import Message
from tests.channels.messages import VARIABLES, a_message, some_tools
from tests.channels.post_office import PostOffice, Scene
from tests.fakes.provider import LoopbackProvider
from tests.fakes.twists import HANG_AFTER, Twist


@dataclass(frozen=True, slots=True)
class Rig:
    """A room, a message for it, and what its provider saw.

    `calls` counts hand-overs begun, `taken` tells the keys of what the provider kept, `stall` makes the
    provider keep the next message and never answer.
    """

    channel: Channel
    message: Message
    next: Callable[[Twist | Scene], None]
    calls: Callable[[], int]
    taken: Callable[[], Sequence[str]]
    stall: Callable[[], None]


Opens = Callable[[Path, Timeouts], AbstractAsyncContextManager[Rig]]

BRIEF = Timeouts(connect_s=10.0, total_s=0.3)
"""For a provider that shall stay silent."""

BRIEF_SMTP = Timeouts(connect_s=10.0, total_s=0.8)
"""The same for a mail server, which must be greeted first."""


def variables(**more: str) -> Callable[[str], str | None]:
    """Look-up over the fictional variables and some more."""
    return {**VARIABLES, **more}.get


@asynccontextmanager
async def twilio(folder: Path, timeouts: Timeouts) -> AsyncIterator[Rig]:
    async with LoopbackProvider() as provider:
        get = variables(DULY_TWILIO_BASE_URL=provider.url)
        channel = open_channel("twilio", "sms", get, some_tools(folder, timeouts=timeouts))
        yield _over_http(channel, a_message("sms"), provider)
        await channel.close()


@asynccontextmanager
async def sendgrid(folder: Path, timeouts: Timeouts) -> AsyncIterator[Rig]:
    async with LoopbackProvider() as provider:
        get = variables(DULY_SENDGRID_BASE_URL=provider.url)
        channel = open_channel("sendgrid", "email", get, some_tools(folder, timeouts=timeouts))
        yield _over_http(channel, a_message("email"), provider)
        await channel.close()


def _over_http(channel: Channel, message: Message, provider: LoopbackProvider) -> Rig:
    def next_(twist: Twist | Scene) -> None:
        assert isinstance(twist, Twist)
        provider.script.append(twist)

    return Rig(
        channel,
        message,
        next_,
        lambda: provider.posts,
        lambda: [f"{each.touchpoint}-{message.channel}-{each.attempt}" for each in provider.accepted],
        lambda: provider.script.append(HANG_AFTER),
    )


@asynccontextmanager
async def smtp(folder: Path, timeouts: Timeouts) -> AsyncIterator[Rig]:
    async with PostOffice() as office:
        channel = open_channel(
            "smtp", "email", variables(SMTP_URL=f"smtp://{office.url}"), some_tools(folder, timeouts=timeouts)
        )

        def next_(scene: Twist | Scene) -> None:
            assert isinstance(scene, Scene)
            office.script.append(scene)

        yield Rig(
            channel,
            a_message("email"),
            next_,
            lambda: office.transactions,
            lambda: [str(mail["Message-ID"])[1:].partition("@")[0] for mail in office.taken],
            lambda: office.script.append(Scene(hangs_at="data")),
        )
        await channel.close()


@asynccontextmanager
async def outbox(folder: Path, timeouts: Timeouts) -> AsyncIterator[Rig]:
    channel = open_channel("outbox", "email", variables(), some_tools(folder, timeouts=timeouts))
    yield Rig(
        channel,
        a_message("email"),
        lambda _: None,
        lambda: len(list(folder.iterdir())),
        lambda: [path.stem for path in folder.iterdir()],
        lambda: None,
    )
    await channel.close()


RIGS: Mapping[str, Opens] = {"outbox": outbox, "sendgrid": sendgrid, "smtp": smtp, "twilio": twilio}


def closed_room(provider: str, tools: Tools) -> Channel:
    """A room whose provider is not there: nothing listens on the discard port of this machine."""
    nowhere = "http://127.0.0.1:9"
    get = variables(
        DULY_TWILIO_BASE_URL=nowhere, DULY_SENDGRID_BASE_URL=nowhere, SMTP_URL="smtp://127.0.0.1:9"
    )
    return open_channel(provider, "sms" if provider == "twilio" else "email", get, tools)
