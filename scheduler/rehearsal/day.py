"""One day of one person: when contact is open, and which rule closes the rest. Asked of the engine, minute by minute.

What is known of the person stays as it is; only the instant goes through the day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from scheduler.domain.decision import Defer, Send
from scheduler.domain.facts import Facts
from scheduler.domain.hours import DAY, Calendar, Interval, starts_at
from scheduler.domain.policy import Policy
from scheduler.rehearsal.objections import Objections, Questioner

UNKNOWN_ZONE = "UTC"
"""Whose clock is shown where no zone of the debtor is known."""

_STEP, _FINEST = timedelta(minutes=1), timedelta(seconds=1)

Against = Callable[[datetime], Objections]


@dataclass(frozen=True, slots=True)
class ClosedBy:
    """One rule, the stretches of the day that it closes, and each of its reasons once.

    Where the debtor may be in several zones, and they are closed at different times, `by_zone` says when each is.
    """

    rule: str
    stretches: tuple[Interval, ...]
    details: tuple[str, ...]
    by_zone: tuple[tuple[str, tuple[Interval, ...]], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day from midnight to midnight by the clock of the first of the zones; its stretches end exactly.

    `closed_by` begins with the rule that closes most. `next_opening` is the first open instant after the day's last
    open stretch, or after its start where there is none; None where nothing opens within a year as things stand.
    """

    zones: tuple[str, ...]
    start: datetime
    end: datetime
    open: tuple[Interval, ...]
    closed_by: tuple[ClosedBy, ...]
    next_opening: datetime | None


def day_of(facts: Facts, policy: Policy, calendar: Calendar, on: date) -> Day:
    """Return the day `on` of the person that the facts are about; the message comes due whenever it may go out."""
    zones = facts.debtor.zones or (UNKNOWN_ZONE,)
    start, end = starts_at(on, time.min, zones[0]), starts_at(on + DAY, time.min, zones[0])
    touchpoint = replace(facts.touchpoint, due_at=end)
    questioner = Questioner(replace(facts, touchpoint=touchpoint), policy, calendar)
    periods = tuple(_periods(questioner.against, start, end))
    openings = _joined([(low, high) for low, high, found in periods if not found])
    alone = {zone: _closings(_only_in(zone, questioner), start, end) for zone in zones if len(zones) > 1}
    return Day(
        zones=zones,
        start=start,
        end=end,
        open=openings,
        closed_by=tuple(sorted(_by_rule(periods, alone), key=_time_left)),
        next_opening=_next(questioner, openings[-1][1] if openings else start),
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


def _only_in(zone: str, questioner: Questioner) -> Against:
    facts = questioner.facts
    return questioner.about(replace(facts, debtor=replace(facts.debtor, zones=(zone,)))).against


def _closings(against: Against, start: datetime, end: datetime) -> _Closings:
    """Return what each rule closes."""
    periods = tuple(_periods(against, start, end))
    rules = dict.fromkeys(rule for _, _, found in periods for rule in found)
    return {rule: _joined([(low, high) for low, high, found in periods if rule in found]) for rule in rules}


def _by_rule(periods: Sequence[_Period], alone: dict[str, _Closings]) -> Iterator[ClosedBy]:
    rules = dict.fromkeys(rule for _, _, found in periods for rule in found)
    for rule in rules:
        mine = [each for each in periods if rule in each[2]]
        by_zone = tuple((zone, closings.get(rule, ())) for zone, closings in alone.items())
        differs = len({stretches for _, stretches in by_zone}) > 1
        yield ClosedBy(
            rule=rule,
            stretches=_joined([(low, high) for low, high, _ in mine]),
            details=tuple(dict.fromkeys(found[rule] for _, _, found in mine)),
            by_zone=by_zone if differs else (),
        )


def _time_left(closed: ClosedBy) -> timedelta:
    """Return how much less than always it is closed, so that what closes most comes first."""
    return -sum((high - low for low, high in closed.stretches), timedelta(0))


def _joined(stretches: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return stretches that touch as one."""
    edges = [0, *(place for place, (one, two) in enumerate(pairwise(stretches), 1) if one[1] != two[0])]
    groups = [stretches[low:high] for low, high in pairwise([*edges, len(stretches)])]
    return tuple((group[0][0], group[-1][1]) for group in groups if group)


def _next(questioner: Questioner, after: datetime) -> datetime | None:
    decision = questioner.decide(after)
    if isinstance(decision, Send):
        return after
    return decision.until if isinstance(decision, Defer) else None
