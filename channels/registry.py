"""The only table of rooms: which provider can serve which channel, and how it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Protocol

from channels.sendgrid.hooks import EVENTS
from channels.tools import Timeouts as Timeouts
from channels.tools import Tools as Tools
from channels.tools import Variables as Variables
from channels.twilio.hooks import INBOUND, STATUS
from channels.twilio.settings import RESTRICTIONS as TWILIO_RESTRICTIONS
from channels.webhook import Hook as Hook
from channels.webhook import Reader as Reader
from channels.webhook import Report as Report
from channels.webhook import Webhook as Webhook
from scheduler.domain.delivery import Delivery, Finding
from scheduler.domain.errors import UsageError
from scheduler.domain.message import Inquiry, Message
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

    @property
    def absence_proves_after(self) -> timedelta | None:
        """How long after a call the provider surely lists its message; None where absence proves nothing."""
        ...

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Say what is known of a message whose outcome is in doubt; Unknown where the provider cannot tell.

        Never raises for what a provider does.
        """
        ...

    async def check(self) -> tuple[str, ...]:
        """Ask the provider once whether credentials and sender are good; return what is wrong, a sentence each.

        A provider that cannot be reached is one of them. No sentence shows a secret, nor more of a number than its
        last two digits. Never raises for what a provider does, and ends in time.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class _Opens(Protocol):
    def __call__(self, channel: str, get: Variables, tools: Tools) -> Channel: ...


class _OpensReader(Protocol):
    def __call__(self, get: Variables, tools: Tools) -> Reader: ...


@dataclass(frozen=True, slots=True)
class Room:
    """A provider's room: the channels it can serve, and the package whose `send` and `receipts` are opened.

    They are imported when they are needed, because each brings a library that takes a fifth of a second. What
    `delivers` reaches people; `restrictions` are what it does not carry without an approval of the provider's;
    `webhooks` are the addresses that it calls, by name.
    """

    channels: frozenset[str]
    package: str
    delivers: bool = True
    restrictions: tuple[Restriction, ...] = ()
    webhooks: Mapping[str, Hook] = field(default_factory=dict)


def _named(*hooks: Hook) -> Mapping[str, Hook]:
    return {each.name: each for each in hooks}


ROOMS: Mapping[str, Room] = {
    "outbox": Room(frozenset({"sms", "email"}), "channels.outbox", delivers=False),
    "sendgrid": Room(frozenset({"email"}), "channels.sendgrid", webhooks=_named(EVENTS)),
    "smtp": Room(frozenset({"email"}), "channels.smtp"),
    "twilio": Room(
        frozenset({"sms"}),
        "channels.twilio",
        restrictions=TWILIO_RESTRICTIONS,
        webhooks=_named(STATUS, INBOUND),
    ),
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
    open_room: _Opens = import_module(f"{room.package}.send").open_room
    return open_room(channel, get, tools)


def open_reader(provider: str, get: Variables, tools: Tools) -> Reader:
    """Open what reads a provider's requests to us; it needs the variables that they are believed by, no others.

    Raises UsageError for an unknown provider, one that calls nobody, and one whose variables are missing or unusable.
    """
    room = ROOMS.get(provider)
    if room is None or not room.webhooks:
        able = ", ".join(sorted(name for name, room in ROOMS.items() if room.webhooks))
        raise UsageError(f"Provider {provider!r} reports nothing by itself; those that do: {able}")
    opens: _OpensReader = import_module(f"{room.package}.receipts").open_reader
    return opens(get, tools)
