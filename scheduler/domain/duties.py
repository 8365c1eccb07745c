"""Duties that stop no message: how long records are kept, how far stated times bind, that debts share a message."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class KeptAfter(StrEnum):
    """From when on the time of keeping counts."""

    LAST_ACTIVITY = "last_activity"
    EACH_CONTACT = "each_contact"


@dataclass(frozen=True, slots=True)
class Keep:
    """Records are kept at least this long; a legal hold keeps them longer."""

    length: timedelta
    after: KeptAfter = KeptAfter.LAST_ACTIVITY


@dataclass(frozen=True, slots=True)
class StatedTimes:
    """How far times that a debtor states bind: advice to whoever records them, since Duly honours every one.

    What was only said binds for `oral_binds`, and for good once it is written within `written_within`; a debtor may
    close no less than `weekly` hours a week and `channels` channels.
    """

    oral_binds: timedelta | None = None
    written_within: timedelta | None = None
    weekly: timedelta | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class OneMessage:
    """Several debts are spoken of in one message where possible: the flow always merges them."""
