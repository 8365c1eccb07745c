"""What the files say of each other, beyond single names: every step must be able to go out."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from scheduler.catalogue.document import Document
from scheduler.catalogue.mistakes import Mistake, listed, quoted, remedy
from scheduler.catalogue.models import Loc
from scheduler.catalogue.models_cadence import CadenceModel, NoticeModel, StepModel
from scheduler.catalogue.models_creditor import CreditorModel
from scheduler.catalogue.models_duly import DulyModel
from scheduler.catalogue.words import Wording
from scheduler.domain.cadence import Cadence
from scheduler.domain.hours import Opening
from scheduler.domain.policy import Policy, merge
from scheduler.domain.rules import WindowRule
from scheduler.domain.touchpoint import Kind


def unknown_providers(
    duly: Document[DulyModel], providers: Mapping[str, Collection[str]]
) -> Iterator[Mistake]:
    """Find providers that do not exist or do not serve the channel; `providers` maps each to its channels."""
    for channel, names in duly.value.channels.items():
        able = [each for each, channels in providers.items() if channel in channels]
        for index, name in enumerate(names):
            if name not in able:
                sentence = f"{quoted(name)} is no provider of {channel}; {remedy(name, able)}"
                yield duly.mistake(("channels", channel, index), sentence)


def wordless(cadence: Document[CadenceModel], wording: Wording) -> Iterator[Mistake]:
    """Find channels for which a template has no words."""
    steps = ((("steps", index), each) for index, each in enumerate(cadence.value.steps))
    receipt, completed = cadence.value.receipt, cadence.value.plan_completed
    entries: list[tuple[Loc, StepModel | NoticeModel]]
    entries = [*steps, (("receipt",), receipt), (("plan_completed",), completed)]
    for loc, entry in entries:
        for channel in entry.channels:
            if not wording.has(entry.says, channel):
                sentence = f"the template {quoted(entry.says)} has no words for {channel}; add a file for it"
                yield cadence.mistake((*loc, "says"), sentence)


def unsendable(
    creditor: Document[CreditorModel], cadence: Cadence, policies: Sequence[Policy]
) -> Iterator[Mistake]:
    """Find what the creditor's cadence wants to send and its policies never let go out."""
    merged = merge(policies)
    for kind, channels in _wanted(cadence).items():
        windows = {each: _windows(merged, kind, each) for each in sorted(channels)}
        if closed := [each for each, found in windows.items() if not found]:
            yield creditor.mistake(
                ("policies",),
                f"none of these policies gives hours for {kind} by {listed(closed)}, which cadence "
                f"{quoted(cadence.id)} sends; add a rule for it, because what no rule names is never sent",
            )
        if apart := [each for each, found in windows.items() if found and not _ever_open(found)]:
            yield creditor.mistake(
                ("policies",),
                f"these policies together are never open for {kind} by {listed(apart)}; "
                f"let the hours of {' and '.join(rule.id for rule in windows[apart[0]])} meet",
            )


def _wanted(cadence: Cadence) -> dict[Kind, set[str]]:
    wanted: dict[Kind, set[str]] = {Kind.RECEIPT: set(cadence.receipt.channels)}
    wanted[Kind.PLAN_COMPLETED] = set(cadence.plan_completed.channels)
    for step in cadence.steps:
        wanted.setdefault(step.kind, set()).update(step.channels)
    return wanted


def _windows(policy: Policy, kind: Kind, channel: str) -> list[WindowRule]:
    return [each for each in policy.rules_for(kind, channel) if isinstance(each, WindowRule)]


def _ever_open(windows: Sequence[WindowRule]) -> bool:
    """Whether some day of the week, or a public holiday, is open in all of them."""
    ordinary = ([each.week.days.get(day, ()) for each in windows] for day in range(7))
    return any(_meet(day) for day in ordinary) or any(_meet(day) for day in _on_holidays(windows))


def _on_holidays(windows: Sequence[WindowRule]) -> Iterator[list[tuple[Opening, ...]]]:
    for day in range(7):
        yield [
            each.week.days.get(day, ()) if each.week.holidays is None else each.week.holidays
            for each in windows
        ]


def _meet(sides: Sequence[tuple[Opening, ...]]) -> bool:
    """Whether one instant lies in an opening of every side; it is enough to try where openings start."""
    starts = [start for openings in sides for start, _ in openings]
    return any(
        all(any(start <= at and (end is None or at < end) for start, end in openings) for openings in sides)
        for at in starts
    )
