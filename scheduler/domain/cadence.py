"""The ladder of steps around a due date; lays an instalment on the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduler.domain.hours import DAY, starts_at
from scheduler.domain.touchpoint import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: which words, on which channels in order, `offset_days` after the due date (negative: before)."""

    id: str
    offset_days: int
    at: time
    kind: Kind
    template: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Words that answer an event, such as a payment, rather than a date."""

    template: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cadence:
    """A ladder in the order of its offsets; `version` is the hash of what it means.

    `ramp` is how many messages go out at most on the first day after the version's first, the second, and so on; it
    means nothing to whoever reads one, and is no part of the version.
    """

    id: str
    version: str
    steps: tuple[Step, ...]
    receipt: Notice
    plan_completed: Notice
    ramp: tuple[int, ...] = ()

    def step(self, step_id: str) -> Step | None:
        """Return the step of that name, or None when the ladder no longer has it."""
        return next((each for each in self.steps if each.id == step_id), None)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step laid on the calendar for one due date: from `due_at` until `ends_at`, if it ends."""

    step: Step
    due_at: datetime
    ends_at: datetime | None


def due_at(step: Step, due_date: date, zone: str) -> datetime:
    """Return the instant at which the step comes due, in UTC."""
    return starts_at(due_date + timedelta(days=step.offset_days), step.at, zone)


def rungs(cadence: Cadence, due_date: date, zone: str) -> Iterator[Rung]:
    """Lay the ladder on the calendar, in order.

    A step ends when the next one comes due; one that speaks of a due date not yet past ends with that date.
    """
    instants = [due_at(step, due_date, zone) for step in cadence.steps]
    day_after = starts_at(due_date + DAY, time.min, zone)
    for index, step in enumerate(cadence.steps):
        ends = instants[index + 1] if index + 1 < len(instants) else None
        if step.offset_days <= 0:
            ends = min(ends, day_after) if ends else day_after
        yield Rung(step, instants[index], ends)


def next_due(cadence: Cadence, due_date: date, zone: str, after: datetime) -> datetime | None:
    """Return when the next step comes due strictly after an instant, or None when the ladder is over."""
    later = (instant for step in cadence.steps if (instant := due_at(step, due_date, zone)) > after)
    return min(later, default=None)
