"""One day of one person: when contact is open, and which rule closes the rest. Asked of the engine, minute by minute.

What is known of the person stays as it is; only the instant goes through the day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from scheduler.domain.decision import Defer, Send
from scheduler.domain.facts import Facts
from scheduler.domain.hours import DAY, Calendar, Interval, starts_at
from scheduler.domain.policy import Policy, decide
from scheduler.rehearsal.clocks import Clock, clocks
from scheduler.rehearsal.objections import Objections, Questioner

UNKNOWN_ZONE = "UTC"
"""Whose clock is shown where no zone of the debtor is known."""

_STEP, _FINEST = timedelta(minutes=1), timedelta(seconds=1)

Against = Callable[[datetime], Objections]


@dataclass(frozen=True, slots=True)
class ClosedBy:
    """One rule, the stretches of the day that it closes, and each of its reasons once.

    Where the debtor may go by several clocks, and they are closed at different times, `by_clock` says when each is.
    """

    rule: str
    stretches: tuple[Interval, ...]
    details: tuple[str, ...]
    by_clock: tuple[tuple[Clock, tuple[Interval, ...]], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day from midnight to midnight by the first of the clocks; its stretches end exactly.

    `closed_by` begins with the rule that closes most. `next_opening` is the first open instant after the day's last
    open stretch, or after its start where there is none; None where nothing opens within a year as things stand.
    """

    clocks: tuple[Clock, ...]
    start: datetime
    end: datetime
    open: tuple[Interval, ...]
    closed_by: tuple[ClosedBy, ...]
    next_opening: datetime | None

    @property
    def zone(self) -> str:
        """By whose clock it is a day."""
        return self.clocks[0].zone


def day_of(facts: Facts, policy: Policy, calendar: Calendar, on: date) -> Day:
    """Return the day `on` of the person that the facts are about; the message comes due whenever it may go out."""
    zones = facts.debtor.zones or (UNKNOWN_ZONE,)
    start, end = starts_at(on, time.min, zones[0]), starts_at(on + DAY, time.min, zones[0])
    facts = replace(facts, touchpoint=replace(facts.touchpoint, due_at=end))
    different = clocks(zones, start, end)
    together = _in_zones([each.zone for each in different], facts) if facts.debtor.zones else facts
    periods = tuple(_periods(Questioner(together, policy, calendar).against, start, end))
    openings = _joined([(low, high) for low, high, found in periods if not found])
    alone: dict[Clock, _Closings] = {}
    for each in different if len(different) > 1 else ():
        by_it = Questioner.about_time(_in_zones([each.zone], facts), policy, calendar)
        alone[each] = _closings(tuple(_periods(by_it.against, start, end)))
    return Day(
        clocks=different,
        start=start,
        end=end,
        open=openings,
        closed_by=tuple(sorted(_by_rule(periods, alone), key=_most_first)),
        next_opening=_next(facts, policy, calendar, openings[-1][1] if openings else start),
    )


_Period = tuple[datetime, datetime, Objections]
_Closings = dict[str, tuple[Interval, ...]]


def _periods(against: Against, start: datetime, end: datetime) -> Iterator[_Period]:
    """Yield stretches within which the same rules object with the same words."""
    begins, at, found = start, start, against(start)
    while at < end:
        ahead = min(at + _STEP, end)
        then = against(ahead)
        while then != found:
            change = _first_change(against, found, at, ahead)
            yield begins, change, found
            begins, at, found = change, change, against(change)
        at = ahead
    if begins < end:
        yield begins, end, found


def _first_change(against: Against, found: Objections, low: datetime, high: datetime) -> datetime:
    """Return the second from which on other things are said than at `low`; at `high` they are."""
    while high - low > _FINEST:
        middle = low + (high - low) / 2
        low, high = (middle, high) if against(middle) == found else (low, middle)
    whole = high.replace(microsecond=0)
    return whole if whole > low else high


def _in_zones(zones: Sequence[str], facts: Facts) -> Facts:
    return replace(facts, debtor=replace(facts.debtor, zones=tuple(zones)))


def _closings(periods: Sequence[_Period]) -> _Closings:
    """Return what each rule closes."""
    rules = dict.fromkeys(rule for _, _, found in periods for rule in found)
    return {rule: _joined([(low, high) for low, high, found in periods if rule in found]) for rule in rules}


def _by_rule(periods: Sequence[_Period], alone: Mapping[Clock, _Closings]) -> Iterator[ClosedBy]:
    for rule, stretches in _closings(periods).items():
        by_clock = tuple((clock, closings.get(rule, ())) for clock, closings in alone.items())
        differs = len({each for _, each in by_clock}) > 1
        details = dict.fromkeys(found[rule] for _, _, found in periods if rule in found)
        yield ClosedBy(rule, stretches, tuple(details), by_clock if differs else ())


def _most_first(closed: ClosedBy) -> timedelta:
    """Return a key by which what closes most comes first."""
    return -sum((high - low for low, high in closed.stretches), timedelta(0))


def _joined(stretches: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return stretches that touch as one."""
    edges = [0, *(place for place, (one, two) in enumerate(pairwise(stretches), 1) if one[1] != two[0])]
    groups = [stretches[low:high] for low, high in pairwise([*edges, len(stretches)])]
    return tuple((group[0][0], group[-1][1]) for group in groups if group)


def _next(facts: Facts, policy: Policy, calendar: Calendar, after: datetime) -> datetime | None:
    decision = decide(facts, policy, calendar, after)
    if isinstance(decision, Send):
        return after
    return decision.until if isinstance(decision, Defer) else None
