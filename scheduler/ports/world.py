"""What the flow needs of the world: a clock, providers to hand messages to, and words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from scheduler.domain.decision import Required
from scheduler.domain.delivery import Delivery
from scheduler.domain.facts import Facts
from scheduler.domain.message import Message, Words


class Clock(Protocol):
    """Tells the time. Only the real one reads the machine's clock; a virtual one is set by its owner."""

    def now(self) -> datetime:
        """Return this instant in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Channel(Protocol):
    """One provider, serving one channel. A room of `channels/` implements it."""

    @property
    def provider(self) -> str:
        """The room's name, for the log."""
        ...

    async def send(self, message: Message) -> Delivery:
        """Make exactly one call and say what came of it. Never raises for what a provider does."""
        ...

    async def look_up(self, message_key: str) -> Delivery:
        """Say what is known of a message whose outcome is in doubt; Unknown where the provider cannot tell."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Composer(Protocol):
    """Renders a message's words."""

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return the words of one message, every phrase among them; raises `ComposeError` when it cannot."""
        ...


class ComposeError(Exception):
    """Words could not be made; the sentence names template, channel, locale, and field or rule, no personal data."""
