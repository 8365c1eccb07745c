"""Instants by the clock of somebody who may be in several time zones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Times:
    """Says instants in one of the zones in which the debtor may be: `home` where it is among them.

    Else it is the first of those that share the commonest offset at that instant. Without zones it is UTC.
    """

    zones: Sequence[str]
    home: str | None = None

    def local(self, instant: str) -> str:
        """Say an instant with its zone: Sat 20 Mar 2027, 09:30 (Europe/London)."""
        return f"{self.wall(instant)} ({self.zone_at(instant)})"

    def wall(self, instant: str) -> str:
        """Say an instant without its zone, with seconds where it has any."""
        there = self._there(instant)
        seconds = f":{there:%S}" if there.second else ""
        return f"{there:%a} {there.day} {there:%b %Y, %H:%M}{seconds}"

    def day(self, instant: str) -> str:
        """Say the day on which an instant falls: 20 Mar 2027."""
        there = self._there(instant)
        return f"{there.day} {there:%b %Y}"

    def zone_at(self, instant: str) -> str:
        """Return the zone in which an instant is said."""
        if not self.zones:
            return "UTC"
        if self.home is not None and self.home in self.zones:
            return self.home
        offsets = self._offsets(instant)
        commonest, _ = Counter(offsets).most_common(1)[0]
        return self.zones[offsets.index(commonest)]

    def others(self, instant: str) -> int:
        """Return how many more zones are possible where they do not all show the same time, else 0."""
        return len(self.zones) - 1 if len(set(self._offsets(instant))) > 1 else 0

    def _offsets(self, instant: str) -> list[timedelta | None]:
        at = datetime.fromisoformat(instant)
        return [at.astimezone(ZoneInfo(each)).utcoffset() for each in self.zones]

    def _there(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(ZoneInfo(self.zone_at(instant)))
