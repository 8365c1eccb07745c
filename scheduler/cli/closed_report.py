"""Why a debtor cannot be written to on a day: the bar, one line a rule, and the next opening."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from scheduler.cli.day_bar import LEGEND, bar
from scheduler.cli.local_time import clock, day_name, local
from scheduler.cli.sheets import indented, width
from scheduler.domain.entry import instant_text
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Interval, starts_at
from scheduler.rehearsal.day import UNKNOWN_ZONE, ClosedBy, Day


def noon_before(now: datetime, on: date, facts: Facts) -> datetime | None:
    """Return the noon of a day by the debtor's clock where it has passed, else None."""
    noon = starts_at(on, time(12), next(iter(facts.debtor.zones), UNKNOWN_ZONE))
    return noon if noon < now else None


def print_day(day: Day, about: str, holidays: Iterable[str], as_of: datetime | None = None) -> None:
    """Print a day; `about` says whose it is, and what for, `as_of` when the facts were as they are taken, else now."""
    for line in _head(about, holidays):
        sys.stdout.write(indented(line, ""))
    sys.stdout.write("\n")
    for line in bar(day, width()):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{LEGEND}\n\n")
    for indent, line in _explanation(day, as_of):
        sys.stdout.write(indented(line, indent))


def _head(about: str, holidays: Iterable[str]) -> Iterator[str]:
    yield about
    yield from (f"Holiday: {each}" for each in holidays)


def _explanation(day: Day, as_of: datetime | None) -> Iterator[tuple[str, str]]:
    """Yield each line with its indent."""
    yield "", f"Open: {_stretches(day.open, day) or 'not at all'}"
    for _, group in groupby(day.closed_by, key=lambda each: each.by_clock):
        yield from _closings(tuple(group), day)
    yield "", f"Next opening{' after that' if day.open else ''}: {_next(day)}"
    if len(day.clocks) > 1:
        yield "", f"Times are those of {day.zone}; +1 means one more zone with the same time."
    if as_of is None:
        yield "", "What is known of the debtor today is taken to stay as it is."
    else:
        yield "", f"What was known of the debtor on {local(as_of, day.zone)} is taken for the whole day."


def _closings(several: Sequence[ClosedBy], day: Day) -> Iterator[tuple[str, str]]:
    """Yield a line a rule, then when each clock is closed, which is the same for all of them."""
    for each in several:
        line = f"Closed by {each.rule} {_stretches(each.stretches, day)}"
        yield "", line if each.by_clock else f"{line}: {'; '.join(each.details)}"
    for where, stretches in several[0].by_clock:
        yield "  ", f"in {where.name}: {_stretches(stretches, day) or 'open'}"


def _stretches(stretches: Iterable[Interval], day: Day) -> str:
    return ", ".join(_stretch(each, day) for each in stretches)


def _stretch(stretch: Interval, day: Day) -> str:
    if stretch == (day.start, day.end):
        return "all day"
    return f"{_clock(stretch[0], day)}-{_clock(stretch[1], day)}"


def _clock(at: datetime, day: Day) -> str:
    return "24:00" if at == day.end else clock(at.astimezone(ZoneInfo(day.zone)))


def _next(day: Day) -> str:
    if day.next_opening is None:
        return "none as things stand"
    still = ", and it stays open past midnight" if day.next_opening == day.end else ""
    return f"{local(day.next_opening, day.zone)}{still}"


def day_title(day: Day) -> str:
    """Return the day's date with its weekday, by its own clock."""
    return day_name(day.start.astimezone(ZoneInfo(day.zone)))


def day_json(day: Day, as_of: datetime | None = None) -> dict[str, object]:
    """Return the day as JSON: instants in UTC; `facts_as_of` is null where the facts are those of now."""
    return {
        "facts_as_of": None if as_of is None else instant_text(as_of),
        "clocks": [{"zone": each.zone, "others": each.others} for each in day.clocks],
        "start": instant_text(day.start),
        "end": instant_text(day.end),
        "open": _intervals(day.open),
        "closed_by": [
            {
                "rule": each.rule,
                "stretches": _intervals(each.stretches),
                "details": each.details,
                "by_clock": {clock.zone: _intervals(stretches) for clock, stretches in each.by_clock},
            }
            for each in day.closed_by
        ],
        "next_opening": None if day.next_opening is None else instant_text(day.next_opening),
    }


def _intervals(stretches: Iterable[Interval]) -> list[dict[str, str]]:
    return [{"from": instant_text(low), "to": instant_text(high)} for low, high in stretches]
