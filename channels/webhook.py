"""One request that a provider makes to us, before anybody has believed it, and what reading it gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from scheduler.domain.inbound import Inbound
from scheduler.domain.receipt import DeliveryReceipt

Report = DeliveryReceipt | Inbound
"""What a provider tells: what became of a message of ours, or a message to us."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request exactly as it came.

    `url` is what the provider signed: the configured public address with the path and query as received, not
    what a proxy made of them. `headers` has its names in lower case.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Hook:
    """One address that a provider may call, `/webhooks/<provider>/<name>`, always by POST.

    What is of another content type, or longer than `largest_body` bytes, can be refused before it is read. `answer` is
    the XML that the provider expects to what was taken; without it 204 is enough.
    """

    name: str
    content_type: str
    largest_body: int
    answer: str = ""


class Reader(Protocol):
    """Believes a provider's requests, or does not."""

    def read(self, webhook: Webhook) -> tuple[Report, ...] | None:
        """Return what was reported, perhaps nothing; None when the provider did not sign it. Never raises."""
        ...


OpenHooks = Mapping[tuple[str, str], tuple[Hook, Reader]]
"""What providers may call, by provider and name, each with who believes what comes there."""
