"""Who carries the messages of each channel, as far as that says what may go out."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from scheduler.domain.plan import Creditor
from scheduler.domain.restriction import Restriction


class Provider(Protocol):
    """What the configuration may know of a room of `channels/`."""

    @property
    def channels(self) -> Collection[str]:
        """The channels that it can serve."""
        ...

    @property
    def delivers(self) -> bool:
        """Whether what it carries reaches people."""
        ...

    @property
    def restrictions(self) -> Collection[Restriction]:
        """What it does not carry without an approval."""
        ...


Providers = Mapping[str, Provider]
"""Which providers there are."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """The providers of each channel in order, what is known of them, and whether drafts may be sent to people.

    A provider of which nothing is known is taken on trust: it restricts nothing, and does not count as delivering.
    """

    channels: Mapping[str, tuple[str, ...]]
    providers: Providers = field(default_factory=dict)
    drafts_sent: bool = False

    @property
    def closed_to_drafts(self) -> frozenset[str]:
        """The channels on which nothing goes out under a policy that nobody has approved."""
        known = self.providers
        delivering = (
            channel
            for channel, names in self.channels.items()
            if any(name in known and known[name].delivers for name in names)
        )
        return frozenset() if self.drafts_sent else frozenset(delivering)

    def restricting(self, creditor: Creditor) -> Iterator[tuple[str, Restriction]]:
        """Yield each restriction that binds the creditor on a channel which its provider serves, with the provider."""
        for name in sorted({name for names in self.channels.values() for name in names}):
            served = {channel for channel, names in self.channels.items() if name in names}
            for each in self.providers[name].restrictions if name in self.providers else ():
                if each.binds(creditor) and served & each.channels:
                    yield name, each
