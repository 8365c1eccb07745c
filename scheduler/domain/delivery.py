"""What a provider said to one call, in four words; see the outcome table in the design."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message and named it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good. `blames_address` when this address will never work; `opted_out` when its owner said so."""

    code: str
    blames_address: bool = False
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly not accepted, so it may be tried again.

    `retry_after_s` is the provider's wish; `channel_down` when every other message would fare the same
    (credentials, quota, connection).
    """

    code: str
    retry_after_s: float | None = None
    channel_down: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether the provider took it. Never repeated; counts as sent."""

    code: str


Delivery = Accepted | Rejected | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class Listed:
    """What a provider lists that may be a message in doubt, by its own names, oldest first; empty when it has none.

    `later` is what has the very words and was made when the call should long have ended: no proof of the message, but
    no proof of its absence either, because the call of a process that stood still goes out when it goes on.
    """

    provider_ids: tuple[str, ...]
    later: tuple[str, ...] = ()


Finding = Accepted | NotSent | Listed | Unknown
"""What a look-up found: the message for certain, its absence for good, candidates, or nothing that tells."""
