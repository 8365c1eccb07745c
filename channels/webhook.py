"""One request that a provider makes to us, before anybody has believed it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request exactly as it came.

    `url` is what the provider signed: the configured public address with the path and query as received, not
    what a proxy made of them. `headers` has its names in lower case.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
