"""Zones that show the same time all day long are one clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Clock:
    """The first zone that shows a time, and the others that show the same."""

    zone: str
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The zone, and how many more there are."""
        return f"{self.zone} +{len(self.others)}" if self.others else self.zone


def clocks(zones: Iterable[str], start: datetime, end: datetime) -> tuple[Clock, ...]:
    """Return the different clocks of a stretch of time, in the order of their first zones."""
    steps = [start + number * _STEP for number in range((end - start) // _STEP + 1)]
    groups: dict[tuple[timedelta | None, ...], list[str]] = {}
    for zone in zones:
        groups.setdefault(_offsets(zone, steps), []).append(zone)
    return tuple(Clock(first, tuple(others)) for first, *others in groups.values())


def _offsets(zone: str, steps: Sequence[datetime]) -> tuple[timedelta | None, ...]:
    tz = ZoneInfo(zone)
    return tuple(each.astimezone(tz).utcoffset() for each in steps)
