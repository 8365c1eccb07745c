"""config/cadences/*.yaml: when to write, with which words, on which channels."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from scheduler.catalogue.meaning import digest
from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import (
    ClockTime,
    Entry,
    Id,
    MessageKind,
    Objection,
    ServedChannel,
    Several,
    known,
    reads,
)
from scheduler.catalogue.models_pacing import Messages
from scheduler.domain.cadence import Cadence, Notice, Step
from scheduler.domain.touchpoint import RECEIPT_STEP, Kind

_MOST_DAYS = 3650
_ON_THE_DAY = "on the due date"
_OFFSET = re.compile(r"(\d{1,9}) days? (before|after) due", re.ASCII)

_ANSWERS = frozenset({
    Kind.RECEIPT, Kind.PLAN_COMPLETED, Kind.PLAN_UPDATE, Kind.OPT_OUT_CONFIRMATION, Kind.HELP_REPLY,
    Kind.DISPUTE_ACK, Kind.REPLY,
})  # fmt: skip
"""They answer an event, so no step of a ladder may be one."""


def _offset(text: str) -> int:
    if text == _ON_THE_DAY:
        return 0
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(
            f'{quoted(text)} is no day; write "3 days before due", "{_ON_THE_DAY}" or "3 days after due"'
        )
    days = int(match[1])
    if days == 0:
        raise ValueError(f'{quoted(text)} is the day itself; write "{_ON_THE_DAY}"')
    if days > _MOST_DAYS:
        raise ValueError(f"{quoted(text)} is too far from the due date; write at most {_MOST_DAYS} days")
    return days if match[2] == "after" else -days


Says = Annotated[Id, known("template", lambda names: names.templates)]
Offset = Annotated[int, reads(_offset, "3 days before due")]


class NoticeModel(Entry):
    """Words that answer an event."""

    says: Says = Field(examples=["payment-received"])
    channels: Several[ServedChannel] = Field(examples=["[email, sms]"])

    def notice(self) -> Notice:
        """Return the domain's value."""
        return Notice(self.says, self.channels)


class StepModel(Entry):
    """One rung of the ladder."""

    step: Id = Field(examples=["upcoming"])
    when: Offset = Field(examples=["3 days before due"])
    at: ClockTime = time.min
    says: Says = Field(examples=["upcoming"])
    kind: MessageKind = Field(examples=["reminder_pre_due"])
    channels: Several[ServedChannel] = Field(examples=["[email, sms]"])

    def value(self) -> Step:
        """Return the domain's value."""
        return Step(self.step, self.when, self.at, self.kind, self.says, self.channels)

    def objections(self) -> Iterator[Objection]:
        """A step must be what it says it is."""
        if self.step == RECEIPT_STEP:
            yield (
                ("step",),
                f'"{RECEIPT_STEP}" is the name under which payments are confirmed; choose another',
            )
        if self.kind in _ANSWERS:
            yield ("kind",), f"{self.kind} answers an event and cannot be a step; choose another kind"
        if self._is_untrue():
            right = _kind_of(self.when)
            yield ("kind",), f"{self.kind} does not fit a step on this day; write {right} or change the day"

    def _is_untrue(self) -> bool:
        dated = (Kind.REMINDER_PRE_DUE, Kind.REMINDER_DUE, Kind.OVERDUE_NOTICE)
        return self.kind in dated and self.kind is not _kind_of(self.when)


def _kind_of(offset_days: int) -> Kind:
    if offset_days == 0:
        return Kind.REMINDER_DUE
    return Kind.OVERDUE_NOTICE if offset_days > 0 else Kind.REMINDER_PRE_DUE


class CadenceModel(Entry):
    """A ladder of steps around a due date."""

    id: Id = Field(examples=["standard"])
    steps: tuple[StepModel, ...] = Field(examples=["[{step: upcoming, when: 3 days before due, …}]"])
    receipt: NoticeModel = Field(examples=["{says: payment-received, channels: [email, sms]}"])
    plan_completed: NoticeModel = Field(examples=["{says: plan-completed, channels: [email, sms]}"])
    ramp: tuple[Messages, ...] = Field((), examples=["[100, 500, 2000]"])

    def objections(self) -> Iterator[Objection]:
        """No two steps may have one name or come due at one time."""
        if not self.steps:
            yield ("steps",), "the ladder has no step; add one"
        names = Counter[str]()
        times = dict[tuple[int, time], str]()
        for index, step in enumerate(self.steps):
            yield from ((("steps", index, *loc), sentence) for loc, sentence in step.objections())
            if names[step.step]:
                yield (
                    ("steps", index, "step"),
                    f"{quoted(step.step)} is the name of two steps; rename one of them",
                )
            if other := times.get((step.when, step.at)):
                yield (
                    ("steps", index, "when"),
                    f"this step comes due together with {quoted(other)}; move one of them",
                )
            names[step.step] += 1
            times.setdefault((step.when, step.at), step.step)
        for day, (before, most) in enumerate(pairwise(self.ramp), start=1):
            if most < before:
                yield (
                    ("ramp", day),
                    f"the ramp falls from {before} to {most}; let each day allow as many or more",
                )

    def value(self) -> Cadence:
        """Return the domain's value, with its steps in order."""
        steps = sorted((each.value() for each in self.steps), key=lambda each: (each.offset_days, each.at))
        receipt, completed = self.receipt.notice(), self.plan_completed.notice()
        version = digest(self.id, steps, receipt, completed)
        return Cadence(self.id, version, tuple(steps), receipt, completed, self.ramp)
