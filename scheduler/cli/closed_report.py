"""Why a debtor cannot be written to on a day: the bar, one line a rule, and the next opening."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.cli.day_bar import LEGEND, bar
from scheduler.cli.local_time import clock, day_name, local
from scheduler.cli.sheets import indented, width
from scheduler.domain.entry import instant_text
from scheduler.domain.hours import Interval
from scheduler.rehearsal.day import ClosedBy, Day


def print_day(day: Day, about: str, holidays: Iterable[str]) -> None:
    """Print a day; `about` says whose it is, and what for."""
    for line in _head(about, holidays):
        sys.stdout.write(indented(line, ""))
    sys.stdout.write("\n")
    for line in bar(day, width()):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{LEGEND}\n\n")
    for indent, line in _explanation(day):
        sys.stdout.write(indented(line, indent))


def _head(about: str, holidays: Iterable[str]) -> Iterator[str]:
    yield about
    yield from (f"Holiday: {each}" for each in holidays)


def _explanation(day: Day) -> Iterator[tuple[str, str]]:
    """Yield each line with its indent."""
    yield "", f"Open: {_stretches(day.open, day) or 'not at all'}"
    for each in day.closed_by:
        yield from _closing(each, day)
    yield "", f"Next opening{' after that' if day.open else ''}: {_next(day)}"
    clock = f"Times are those of {day.zones[0]}. " if len(day.zones) > 1 else ""
    yield "", f"{clock}What is known of the debtor today is taken to stay as it is."


def _closing(closed: ClosedBy, day: Day) -> Iterator[tuple[str, str]]:
    line = f"Closed by {closed.rule} {_stretches(closed.stretches, day)}"
    yield "", line if closed.by_zone else f"{line}: {'; '.join(closed.details)}"
    for zone, stretches in closed.by_zone:
        yield "  ", f"in {zone}: {_stretches(stretches, day) or 'open'}"


def _stretches(stretches: Iterable[Interval], day: Day) -> str:
    return ", ".join(_stretch(each, day) for each in stretches)


def _stretch(stretch: Interval, day: Day) -> str:
    if stretch == (day.start, day.end):
        return "all day"
    return f"{_clock(stretch[0], day)}-{_clock(stretch[1], day)}"


def _clock(at: datetime, day: Day) -> str:
    return "24:00" if at == day.end else clock(at.astimezone(ZoneInfo(day.zones[0])))


def _next(day: Day) -> str:
    if day.next_opening is None:
        return "none as things stand"
    still = ", and it stays open past midnight" if day.next_opening == day.end else ""
    return f"{local(day.next_opening, day.zones[0])}{still}"


def day_title(day: Day) -> str:
    """Return the day's date with its weekday, by its own clock."""
    return day_name(day.start.astimezone(ZoneInfo(day.zones[0])))


def day_json(day: Day) -> dict[str, object]:
    """Return the day as JSON: instants in UTC."""
    return {
        "zones": day.zones,
        "start": instant_text(day.start),
        "end": instant_text(day.end),
        "open": _intervals(day.open),
        "closed_by": [
            {
                "rule": each.rule,
                "stretches": _intervals(each.stretches),
                "details": each.details,
                "by_zone": {zone: _intervals(stretches) for zone, stretches in each.by_zone},
            }
            for each in day.closed_by
        ],
        "next_opening": None if day.next_opening is None else instant_text(day.next_opening),
    }


def _intervals(stretches: Iterable[Interval]) -> list[dict[str, str]]:
    return [{"from": instant_text(low), "to": instant_text(high)} for low, high in stretches]
