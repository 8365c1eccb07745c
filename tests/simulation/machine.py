"""What a simulated process has of the world: a clock of its own, and a line to each provider."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduler.domain.delivery import Delivery, Finding, NotSent
from scheduler.domain.doubt import LEASE
from scheduler.domain.message import Inquiry, Message
from tests.simulation.provider import Provider

if TYPE_CHECKING:
    from tests.simulation.ground import Ground
    from tests.simulation.process import Life


class Clock:
    """A process's own clock: set a little wrong, and jumping with the weather."""

    def __init__(self, world: "Ground", offset_s: float) -> None:
        """Run ahead of the truth by an offset."""
        self._world, self.offset_s, self.slept_s, self.jumped_s = world, offset_s, 0.0, 0.0

    @property
    def ahead_s(self) -> float:
        """By how much the wall clock is ahead of the truth."""
        return self.offset_s + self.jumped_s

    def now(self) -> datetime:
        """Return what the wall clock shows."""
        return self._world.instant(self._world.loop.time() + self.ahead_s)

    def monotonic_s(self) -> float:
        """Return seconds that never jump, and stand still while a laptop sleeps."""
        return self._world.loop.time() - self.slept_s

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Line:
    """One process's line to a provider: what the product knows as a channel."""

    life: "Life"
    far: Provider

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.far.name

    @property
    def absence_proves_after(self) -> timedelta | None:
        """How long after a call a message is surely listed."""
        return self.life.world.scene.proves_after if self.far.lists else None

    async def check(self) -> tuple[str, ...]:
        """Find nothing wrong with credentials that are never asked for."""
        return ()

    async def send(self, message: Message) -> Delivery:
        """Begin a call at once: between the fence and the first byte there is no boundary."""
        life = self.life
        if life.dead:
            await life.end()
        call, answer = self.far.begin(message)
        life.world.note(f"{life.name} calls {call.key} {call.fate}")
        life.world.witness.call_begins(call, message, life)
        try:
            delivery = await answer
        finally:
            await life.at("answer")
        if isinstance(delivery, NotSent) and delivery.retry_after_s:
            until_s = life.world.loop.time() + min(delivery.retry_after_s, 3600.0)
            life.limited_s[self.far.name] = max(until_s, life.limited_s.get(self.far.name, 0.0))
        return delivery

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Read the provider's list, which takes as long as it takes."""
        world = self.life.world
        await self.life.at("look_up:ask")
        armed_s = world.seconds(inquiry.armed_at)
        until_s = armed_s + LEASE.total_seconds() + 60
        found = self.far.look_up(inquiry.to, inquiry.body_sha256, armed_s - 60, until_s)
        world.note(f"{self.life.name} looks up {inquiry.message_key} {found}")
        if world.chance.happens(world.weather.answer_lies):
            await asyncio.sleep(world.chance.around(60.0, 4 * 3600.0))  # before anybody acts on it
        await self.life.at("look_up:answer")
        return found

    async def close(self) -> None:
        """Nothing to let go of."""
