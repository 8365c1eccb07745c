"""When a message may be delivered and how often, read off wall clocks minute by minute; knows nothing of policies."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.simulation.scene import Opening

_MINUTES = 1_440


@lru_cache(maxsize=200_000)
def _open_minutes(opening: Opening, zone: str, day: int) -> bytes:
    """Return for each minute of a UTC day whether the wall clock of a zone lies in the opening."""
    midnight, there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day), ZoneInfo(zone)
    walls = (midnight + timedelta(minutes=each) for each in range(_MINUTES))
    return bytes(_is_open(opening, each.astimezone(there)) for each in walls)


def _is_open(opening: Opening, wall: datetime) -> bool:
    return wall.weekday() in opening.weekdays and opening.start <= wall.hour * 60 + wall.minute < opening.end


def is_open_throughout(opening: Opening, zones: Sequence[str], start: datetime, end: datetime) -> bool:
    """Whether every minute from `start` until just before `end` is open in every zone."""
    first = int(start.timestamp()) // 60
    last = max(-(-int(end.timestamp()) // 60) - 1, first)
    for zone in zones:
        for minute in range(first, last + 1):
            day, within = divmod(minute, _MINUTES)
            if not _open_minutes(opening, zone, day)[within]:
                return False
    return True


def before(times_s: Iterable[float], at_s: float, length_s: float) -> int:
    """Return how many of the instants lie in the stretch of a length that ends with an instant, which counts too."""
    return sum(at_s - length_s < each <= at_s for each in times_s)
