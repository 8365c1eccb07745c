"""Instants as the debtor's own clock shows them."""

from datetime import datetime
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def local(at: datetime, zone: str) -> str:
    """Return an instant with its weekday by a zone's clock and in UTC: Tue 2027-03-02 11:00 Asia/Tokyo (02:00Z)."""
    there, utc = at.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo("UTC"))
    day = "" if there.date() == utc.date() else f"{utc:%Y-%m-%d} "
    if zone == "UTC":
        return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d} {clock(there)} UTC"
    return f"{_DAYS[there.weekday()]} {there:%Y-%m-%d} {clock(there)} {zone} ({day}{clock(utc)}Z)"


def clock(wall: datetime) -> str:
    """Return a time of day, with its seconds where it has any."""
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


def day_name(at: datetime) -> str:
    """Return a day with its weekday."""
    return f"{_DAYS[at.weekday()]} {at:%Y-%m-%d}"
