"""What the flow needs of the world: a clock, providers to hand messages to, and words."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar

from scheduler.domain.decision import Required
from scheduler.domain.delivery import Delivery, Finding
from scheduler.domain.facts import Facts
from scheduler.domain.message import Inquiry, Message, Words
from scheduler.ports.sending import Armed

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Runner(Protocol):
    """Runs a blocking piece of work, such as a transaction, beside the loop: `asyncio.to_thread` does.

    Every boundary of the flow is either one of these or a channel's call, so that a simulation can stand in between.
    """

    def __call__(
        self, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs
    ) -> Awaitable[Result]:
        """Run it and return what it returned."""
        ...


class Journal(Protocol):
    """A second memory of what was about to be sent, kept apart from the database, which may lose its tail."""

    def note(self, armed: Sequence[Armed]) -> None:
        """Have the intents on disk when this returns. Raises OSError when they cannot be."""
        ...


class Clock(Protocol):
    """Tells the time. Only the real one reads the machine's clock; a virtual one is set by its owner."""

    def now(self) -> datetime:
        """Return this instant in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds on a clock that never jumps, and that goes on while the machine sleeps."""
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
        """Ask the provider once whether credentials and sender are good; return what is wrong, a sentence each."""
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
