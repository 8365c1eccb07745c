"""Brings in what providers report, as the web does: what fails is not acknowledged and comes again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.domain.inbound import Inbound, Keyword
from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind
from scheduler.intake.receipts import ReceiptIntake
from tests.simulation.provider import Provider, Report

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class Post:
    """The way in for callbacks."""

    world: "World"

    def __post_init__(self) -> None:
        """Know which provider serves which channel."""
        channels = {each.name: channel for channel, each in self.world.providers.items()}
        self.acknowledged: dict[str, set[str]] = {}
        self._events: set[str] = set()
        self.intake = ReceiptIntake(self.world.store, channels)

    def receive(self, far: Provider, report: Report) -> None:
        """Take one callback. Raises DBAPIError when it is not durable."""
        call = report.taken.call
        self.world.note(f"callback {report.event_id} {report.kind} {call.key}")
        receipt = DeliveryReceipt(
            kind=ReceiptKind(report.kind),
            provider_id=report.taken.name,
            event_id=report.event_id,
            touchpoint=call.touchpoint,
            attempt=call.attempt,
            code=None,
            at=self.world.now(),
        )
        if report.event_id in self._events:
            self.world.rare.hit("callback_twice")
        self.intake.take(far.name, [receipt], self.world.now())
        self._events.add(report.event_id)
        self.acknowledged.setdefault(call.key, set()).add(report.kind)

    def hear(self, sender: str, word: Keyword, event_id: str) -> None:
        """Take one word that somebody sends. Raises DBAPIError when it is not durable."""
        far = self.world.providers["sms"]
        inbound = Inbound(far.name, event_id, "sms", sender, word.value, word)
        self.intake.take(far.name, [inbound], self.world.now())
