"""What the planner asks of the memory, and what it answers."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.domain.decision import Reason
from scheduler.domain.plan import Plan
from scheduler.domain.touchpoint import State, Touchpoint


@dataclass(frozen=True, slots=True)
class PlanInHand:
    """A plan that is looked at, with the states of the touchpoints that it already has, by key."""

    plan: Plan
    debtor_ref: str
    known: Mapping[str, State]


class Laid(Protocol):
    """What the planner found due for one plan."""

    @property
    def planned(self) -> Sequence[Touchpoint]:
        """Touchpoints that have come due."""
        ...

    @property
    def passed(self) -> Sequence[tuple[Touchpoint, Reason]]:
        """Steps that were never planned and no longer may be, each with the reason."""
        ...

    @property
    def superseded(self) -> Sequence[str]:
        """Keys of planned touchpoints that a later step has overtaken."""
        ...

    @property
    def next_action_at(self) -> datetime | None:
        """When to look at the plan again; None for never."""
        ...


class PlanningBatch(Protocol):
    """One open transaction over plans whose next step has come due; their debtors are locked."""

    @property
    def plans(self) -> Sequence[PlanInHand]:
        """The plans, with what they already have."""
        ...

    def lay(self, plan: PlanInHand, laid: Laid) -> None:
        """Note what has come due for one of the plans."""
        ...


class PlanningStore(Protocol):
    """What the planner asks of the memory."""

    def planning(
        self, now: datetime, cadences: Sequence[str], limit: int
    ) -> AbstractContextManager[PlanningBatch]:
        """Open a batch of at most `limit` plans on these cadences whose next action has come due."""
        ...
