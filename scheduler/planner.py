"""Which steps of a plan have come due: lays its open instalments on the calendar and looks no further ahead.

A step is "due and not yet done", never "today equals the due date plus n": after any outage the one right step is
planned and those it has passed are noted as superseded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.cadence import Cadence, Rung, next_due, rungs
from scheduler.domain.decision import EXPIRED, SUPERSEDED, Reason
from scheduler.domain.plan import Instalment, Plan
from scheduler.domain.touchpoint import State, Touchpoint, touchpoint_key
from scheduler.ports import PlanningStore


@dataclass(frozen=True, slots=True)
class Laid:
    """What became due for one plan.

    `passed` are steps that were never planned and no longer may be; `superseded` are the keys of planned
    touchpoints that a later step has overtaken. `next_action_at` is when to look again, or None for never.
    """

    planned: tuple[Touchpoint, ...]
    passed: tuple[tuple[Touchpoint, Reason], ...]
    superseded: tuple[str, ...]
    next_action_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a cadence stands at one instant for one due date: the steps that have come due, and when the next one will.

    Each step is there with the reason against it, unless it is the current one.
    """

    steps: tuple[tuple[Rung, Reason | None], ...]
    following: datetime | None


Ladders = dict[tuple[str, date, str], Ladder]
"""Ladders of one instant, by cadence, due date and zone."""


def plan_due(store: PlanningStore, cadences: Mapping[str, Cadence], now: datetime, limit: int = 200) -> int:
    """Plan what has come due in one transaction over at most `limit` plans; return how many plans were looked at."""
    ladders: Ladders = {}
    with store.planning(now, tuple(cadences), limit) as batch:
        for each in batch.plans:
            batch.lay(each, lay_out(each.plan, cadences[each.plan.cadence], each.known, now, ladders))
        return len(batch.plans)


def lay_out(
    plan: Plan,
    cadence: Cadence,
    known: Mapping[str, State],
    now: datetime,
    ladders: Ladders | None = None,
) -> Laid:
    """Return what has come due for a plan by `now`, given the states of the touchpoints that it already has.

    `ladders` keeps what was worked out for other plans at the same instant: many fall due on one day.
    """
    kept = {} if ladders is None else ladders
    planned: list[Touchpoint] = []
    passed: list[tuple[Touchpoint, Reason]] = []
    superseded: list[str] = []
    nexts: list[datetime] = []
    for instalment in plan.instalments:
        if not instalment.open_minor:
            continue
        ladder = _laid_once(kept, cadence, instalment.due_date, plan.zone, now)
        for rung, objection in ladder.steps:
            touchpoint = _touchpoint(plan, instalment, cadence, rung)
            state = known.get(touchpoint.key)
            if state in (None, State.RETIRED) and objection is None:
                planned.append(touchpoint)
            elif state is None and objection is not None:
                passed.append((touchpoint, objection))
            elif state is State.PLANNED and objection is not None:
                superseded.append(touchpoint.key)
        if ladder.following is not None:
            nexts.append(ladder.following)
    return Laid(tuple(planned), tuple(passed), tuple(superseded), min(nexts, default=None))


def _laid_once(ladders: Ladders, cadence: Cadence, due_date: date, zone: str, now: datetime) -> Ladder:
    key = (cadence.id, due_date, zone)
    if (found := ladders.get(key)) is None:
        steps = tuple(_passed_steps(cadence, due_date, zone, now))
        found = ladders[key] = Ladder(steps, next_due(cadence, due_date, zone, now))
    return found


def _passed_steps(
    cadence: Cadence, due_date: date, zone: str, now: datetime
) -> Iterator[tuple[Rung, Reason | None]]:
    """Yield each step that has come due, with the reason against it unless it is the current one."""
    due = [rung for rung in rungs(cadence, due_date, zone) if rung.due_at <= now]
    for rung in due:
        if rung is not due[-1]:
            objection: Reason | None = SUPERSEDED
        else:
            objection = EXPIRED if rung.ends_at is not None and rung.ends_at <= now else None
        yield rung, objection


def _touchpoint(plan: Plan, instalment: Instalment, cadence: Cadence, rung: Rung) -> Touchpoint:
    step, occurrence = rung.step, instalment.due_date.isoformat()
    return Touchpoint(
        id=0,
        key=touchpoint_key(plan.creditor, plan.ref, instalment.identity, step.id, occurrence),
        creditor=plan.creditor,
        debtor_id=plan.debtor_id,
        plan_id=plan.id,
        instalment_id=instalment.id,
        payment_id=None,
        step=step.id,
        kind=step.kind,
        template=step.template,
        channels=step.channels,
        cadence=cadence.id,
        cadence_version=cadence.version,
        due_at=rung.due_at,
        ends_at=rung.ends_at,
        attempts=0,
    )
