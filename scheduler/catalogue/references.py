"""What the files say of each other, beyond single names: every step must be able to go out."""

from collections.abc import Iterator, Sequence
from itertools import product

from scheduler.catalogue.broken import UNREADABLE
from scheduler.catalogue.carriers import Carriers, Providers
from scheduler.catalogue.document import Document
from scheduler.catalogue.layers import DRAFT
from scheduler.catalogue.mistakes import Mistake, listed, quoted, remedy
from scheduler.catalogue.models import Loc, Objection
from scheduler.catalogue.models_cadence import CadenceModel, NoticeModel, StepModel
from scheduler.catalogue.models_creditor import CreditorModel
from scheduler.catalogue.models_duly import DulyModel
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.catalogue.words import Wording
from scheduler.domain.cadence import Cadence
from scheduler.domain.hours import Opening, Week
from scheduler.domain.plan import Role
from scheduler.domain.policy import Policy, merge
from scheduler.domain.rule import ALWAYS, Applies, Confidence, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Hours


def reserved(policy: PolicyModel) -> Iterator[Objection]:
    """Find names of rules that Duly gives to rules of its own."""
    for index, each in enumerate(policy.rules):
        if each.rule in (DRAFT, UNREADABLE):
            sentence = f"{quoted(each.rule)} is what Duly calls a rule of its own; give this one another name"
            yield ("rules", index, "rule"), sentence


def unknown_providers(duly: Document[DulyModel], providers: Providers) -> Iterator[Mistake]:
    """Find providers that do not exist or do not serve the channel."""
    for channel, names in duly.value.channels.items():
        able = [name for name, each in providers.items() if channel in each.channels]
        for index, name in enumerate(names):
            if name not in able:
                sentence = f"{quoted(name)} is no provider of {channel}; {remedy(name, able)}"
                yield duly.mistake(("channels", channel, index), sentence)


def taken(policy: Document[PolicyModel], providers: Providers) -> Iterator[Mistake]:
    """Find a policy that goes by a provider's name, so that the rules of the two could not be told apart."""
    if (name := policy.value.id) in providers:
        sentence = (
            f"{quoted(name)} is a provider, with rules of that name; call policy and file something else"
        )
        yield policy.mistake(("id",), sentence)


def unknown_approvals(creditor: Document[CreditorModel], providers: Providers) -> Iterator[Mistake]:
    """Find approvals that no provider asks for."""
    asked = sorted({each.id for provider in providers.values() for each in provider.restrictions})
    for name in creditor.value.approvals:
        if name not in asked:
            sentence = f"{quoted(name)} is no approval that a provider asks for; {remedy(name, asked)}"
            yield creditor.mistake(("approvals", name), sentence)


def uncarried(
    creditor: Document[CreditorModel], policies: Sequence[Policy], carriers: Carriers
) -> Iterator[Mistake]:
    """Find restrictions of providers that would refuse what the creditor's own policies let go out there.

    Its policies say where it writes to: to the places that they name, or anywhere when they name none.
    """
    named = {
        place.country for policy in policies for rule in policy.rules for place in rule.applies.residence
    }
    for provider, each in carriers.restricting(creditor.value.value()):
        if not named or named & each.countries:
            loc = ("approvals",) if creditor.value.approvals else ("role",)
            channels = " and ".join(sorted(each.channels))
            yield creditor.mistake(
                loc,
                f"{each.detail} ({each.citation}); once {provider} has approved it, record that under "
                f"`approvals` as {quoted(each.id)}, or let another provider carry {channels}",
            )


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
    creditor: Document[CreditorModel], cadence: Cadence, layers: Sequence[Policy]
) -> Iterator[Mistake]:
    """Find what the creditor's cadence wants to send and its layers never let go out to anybody."""
    merged, role = merge(layers), creditor.value.role
    for kind, channels in _wanted(cadence).items():
        windows = {each: _windows(merged, role, kind, each) for each in sorted(channels)}
        if closed := [each for each, found in windows.items() if not found]:
            yield creditor.mistake(
                ("policies",),
                f"none of these policies gives hours for {kind} by {listed(closed)}, which cadence "
                f"{quoted(cadence.id)} sends; add a rule for it, because what no rule names is never sent",
            )
        always = {each: _for_everybody(found) for each, found in windows.items()}
        if apart := [each for each, found in always.items() if not _ever_open([form for _, form in found])]:
            yield creditor.mistake(
                ("policies",),
                f"these policies together are never open for {kind} by {listed(apart)}; "
                f"let the hours of {' and '.join(rule.id for rule, _ in always[apart[0]])} meet",
            )


def _wanted(cadence: Cadence) -> dict[Kind, set[str]]:
    wanted: dict[Kind, set[str]] = {Kind.RECEIPT: set(cadence.receipt.channels)}
    wanted[Kind.PLAN_COMPLETED] = set(cadence.plan_completed.channels)
    for step in cadence.steps:
        wanted.setdefault(step.kind, set()).update(step.channels)
    return wanted


_Windows = list[tuple[Rule, Hours]]


def _windows(policy: Policy, role: Role, kind: Kind, channel: str) -> _Windows:
    """Return the rules that give hours for what somebody in this role sends to anybody at all."""
    return [
        (rule, rule.form)
        for rule in policy.rules
        if isinstance(rule.form, Hours)
        and rule.names(kind, channel)
        and (not rule.applies.roles or role in rule.applies.roles)
    ]


def _for_everybody(windows: _Windows) -> _Windows:
    """Return those that hold for everybody and always, and know no wider hours.

    What stands in for missing local law holds for everybody only where no layer is local law that somebody verified.
    """
    verified = (rule for rule, _ in windows if rule.confidence is not Confidence.UNVERIFIED)
    local = any(rule.applies.residence and not rule.fallback for rule in verified)
    return [
        (rule, form)
        for rule, form in windows
        if rule.applies == Applies(roles=rule.applies.roles)
        and rule.effective == ALWAYS
        and not (rule.fallback and local)
        and form.consented is None
        and not form.answers_any_time
    ]


def _ever_open(windows: Sequence[Hours]) -> bool:
    """Whether all of them are open at once on some day of the week, be it a holiday of any of their calendars."""
    calendars = sorted({each.calendar or "" for each in windows})
    for day, holidays in product(range(7), product((False, True), repeat=len(calendars))):
        is_holiday = dict(zip(calendars, holidays, strict=True))
        if _meet([_openings(each.week, day, is_holiday[each.calendar or ""]) for each in windows]):
            return True
    return not windows


def _openings(week: Week, day: int, is_holiday: bool) -> tuple[Opening, ...]:
    return week.holidays if is_holiday and week.holidays is not None else week.days.get(day, ())


def _meet(sides: Sequence[tuple[Opening, ...]]) -> bool:
    """Whether one instant lies in an opening of every side; it is enough to try where openings start."""
    starts = [start for openings in sides for start, _ in openings]
    return any(
        all(any(start <= at and (end is None or at < end) for start, end in openings) for openings in sides)
        for at in starts
    )
