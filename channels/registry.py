"""The only table of rooms: which provider can serve which channel, and how it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from channels.tools import Timeouts as Timeouts
from channels.tools import Tools as Tools
from channels.tools import Variables as Variables
from channels.twilio.settings import RESTRICTIONS as TWILIO_RESTRICTIONS
from scheduler.domain.delivery import Delivery
from scheduler.domain.errors import UsageError
from scheduler.domain.message import Message
from scheduler.domain.restriction import Restriction


class Channel(Protocol):
    """What every room's `open_room` returns; the flow knows it as the protocol of the same name."""

    @property
    def provider(self) -> str:
        """The room's name."""
        ...

    async def send(self, message: Message) -> Delivery:
        """Make exactly one call and say what came of it. Never raises for what a provider does."""
        ...

    async def look_up(self, message_key: str) -> Delivery:
        """Say what is known of a message whose outcome is in doubt."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class _Opens(Protocol):
    def __call__(self, channel: str, get: Variables, tools: Tools) -> Channel: ...


@dataclass(frozen=True, slots=True)
class Room:
    """A provider's room: the channels it can serve, and the module whose `open_room` opens it.

    The module is imported when it is needed, because each brings a library that takes a fifth of a second. What
    `delivers` reaches people; `restrictions` are what it does not carry without an approval of the provider's.
    """

    channels: frozenset[str]
    module: str
    delivers: bool = True
    restrictions: tuple[Restriction, ...] = ()


ROOMS: Mapping[str, Room] = {
    "outbox": Room(frozenset({"sms", "email"}), "channels.outbox.send", delivers=False),
    "sendgrid": Room(frozenset({"email"}), "channels.sendgrid.send"),
    "smtp": Room(frozenset({"email"}), "channels.smtp.send"),
    "twilio": Room(frozenset({"sms"}), "channels.twilio.send", restrictions=TWILIO_RESTRICTIONS),
}


def open_channel(provider: str, channel: str, get: Variables, tools: Tools) -> Channel:
    """Open a provider's room for one channel; nothing is connected before the first message.

    Raises UsageError for an unknown provider, one that cannot serve the channel, and one whose variables are
    missing or unusable; the sentence names the providers or variables that would do.
    """
    room = ROOMS.get(provider)
    if room is None or channel not in room.channels:
        able = sorted(name for name, room in ROOMS.items() if channel in room.channels)
        choice = f"choose one of {', '.join(able)}" if able else "no provider serves that channel"
        raise UsageError(f"Provider {provider!r} cannot serve the channel {channel!r}; {choice}")
    open_room: _Opens = import_module(room.module).open_room
    return open_room(channel, get, tools)
