"""Clock changes of the tz database, and whether the rules agree with the wall an hour to each side of one."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.counters import Period
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Opening, Week
from scheduler.domain.rule import Rule, TimeForm
from scheduler.domain.windows import ClosedDays, Hours
from tests import builders
from tests.domain import oracle
from tests.domain.rules_and_days import HOUR, MINUTE, NO_HOLIDAYS, POINT, SECOND, a_cap, rule

AHEAD = 27 * HOUR
"""How far minutes are counted: what is closed on one day opens on the next."""

INSTANTS = 121
"""How many minutes are asked about at each change, for each rule."""

_STEP = 12 * HOUR


def changes(zone: str, first_year: int, last_year: int) -> Iterator[datetime]:
    """Yield every instant at which the zone's offset from UTC changes."""
    tz, at = ZoneInfo(zone), datetime(first_year, 1, 1, tzinfo=UTC)
    end, before = datetime(last_year + 1, 1, 1, tzinfo=UTC), at.astimezone(tz).utcoffset()
    while at < end:
        after = (at + _STEP).astimezone(tz).utcoffset()
        if after != before:
            yield _exactly(tz, at, at + _STEP, before)
        at, before = at + _STEP, after


def _exactly(tz: ZoneInfo, low: datetime, high: datetime, before: timedelta | None) -> datetime:
    while high - low > SECOND:
        middle = low + timedelta(seconds=(high - low) // SECOND // 2)
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high


def rules_around(zone: str, change: datetime) -> list[tuple[Rule, TimeForm]]:
    """Return hours that begin and end around the change on the wall, days of rest beside it, and limits over it."""
    left, come = oracle.wall(change - MINUTE, zone) + MINUTE, oracle.wall(change, zone)
    low, high = min(left, come), max(left, come)
    marks = (low - 30 * MINUTE, low, low + (high - low) / 2, high, high + 30 * MINUTE)
    forms: list[TimeForm] = [
        Hours(Week(dict.fromkeys(range(7), _opening(start.time(), end.time())), None))
        for start, end in zip(
            (*marks, marks[0], marks[2]), (*marks[1:], marks[0], marks[2], marks[1]), strict=True
        )
        if start.time() != end.time()
    ]
    forms += [ClosedDays(((day, day),)) for day in {left.date(), come.date()}]
    forms += [a_cap(1, period=each) for each in Period]
    return [(rule(form, f"rule-{number}"), form) for number, form in enumerate(forms)]


def _opening(start: time, end: time) -> tuple[Opening, ...]:
    if end == time.min or start < end:
        return ((start, None if end == time.min else end),)
    return ((time.min, end), (start, None))


def disagreements(zone: str, change: datetime) -> Iterator[str]:
    """Ask each rule at every minute of an hour to each side, and count minutes on the wall for comparison."""
    contact = builders.a_contact(change - 30 * MINUTE)
    facts = builders.facts(debtor=builders.a_debtor(zones=(zone,)), contacts=[contact])
    for of, form in rules_around(zone, change):
        yield from _disagreements(of, form, facts, change)


def _disagreements(of: Rule, form: TimeForm, facts: Facts, change: datetime) -> Iterator[str]:
    expected = change - HOUR
    for index in range(-60, 61):
        at = change + index * MINUTE
        found = of.earliest(form, facts, POINT, NO_HOLIDAYS, at).at
        limit = min(found or change + AHEAD, change + AHEAD)
        expected = max(expected, at)
        while expected < limit and not oracle.allows(of, facts, POINT, NO_HOLIDAYS, expected):
            expected += MINUTE
        is_late = expected < limit
        is_early = found is not None and not oracle.allows(of, facts, POINT, NO_HOLIDAYS, found)
        if is_late or is_early or (found is not None and found < at):
            yield f"{facts.debtor.zones[0]} at {at}: {form} opens at {found}, not at {expected}"
