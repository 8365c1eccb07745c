"""One rule of a policy: a head that says whom and what it is about, and exactly one form."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from scheduler.catalogue.mistakes import listed, quoted
from scheduler.catalogue.models import CHANNELS, Channel, Id, Length, Line, Objection, Several, reads
from scheduler.catalogue.models_applies import AppliesModel, EffectiveModel
from scheduler.catalogue.models_counters import COUNTERS, Counters
from scheduler.catalogue.models_fields import ConfidenceCode, Maybe, Stretch
from scheduler.catalogue.models_form import FormModel, Subject
from scheduler.catalogue.models_kinds import Kinds, kinds_of
from scheduler.catalogue.models_notices import HoldModel, KeepModel, NoticeFirstModel, StatedTimesModel
from scheduler.catalogue.models_phrases import ForbidModel, PhraseModel
from scheduler.catalogue.models_points import AddressModel, ConsentModel, OptOutModel
from scheduler.catalogue.models_windows import WIDENING, Windows
from scheduler.domain.duties import OneMessage
from scheduler.domain.notices import Deadline
from scheduler.domain.rule import Confidence, Form
from scheduler.domain.windows import Closed, ClosedDays

FORMS = (
    "hours", "quiet", "closed_on", *COUNTERS, "notice_first", "deadline", "consent", "address", "opt_out",
    "phrase", "forbid", "hold", "keep", "stated_times", "merge", "never",
)  # fmt: skip
"""What a rule can say; it says one of them."""

_SHORT: Mapping[str, Callable[[Any], Form]] = {
    "closed_on": ClosedDays,
    "deadline": Deadline,
    "merge": lambda _yes: OneMessage(),
    "never": Closed,
}
"""Forms that are one value, and no mapping of their own."""


def _merges(text: str) -> str:
    if text != "yes":
        raise ValueError(f"{quoted(text)} is no merge rule; write `merge: yes`, or remove it")
    return text


class RuleModel(Windows, Counters):
    """One rule: a head, and exactly one form."""

    rule: Id = Field(
        examples=["reminder-hours"], description="The rule's name; the log calls it <policy>/<rule>."
    )
    kinds: Kinds = Field(
        examples=["asking", "[reminder_due, overdue_notice]"],
        description="The kinds of message it is about: kinds, or groups of them.",
    )
    channels: Several[Channel] = Field(
        CHANNELS, description="The channels it is about; all if it is left out."
    )
    applies: Maybe[AppliesModel] = Field(
        None, description="Whom it holds for, in addition to the policy's own."
    )
    effective: Maybe[EffectiveModel] = Field(
        None, description="When it is in force, within the policy's own days."
    )
    citation: Line = Field(
        examples=["12 CFR 1006.6(b)(1)(i)"], description="Where it is written: the law, the code, the reason."
    )
    confidence: ConfidenceCode = Field(
        examples=list(Confidence),
        description="V1 read in the law's or regulator's own words; V2 reported by a law firm, a trade body or "
        "the press; V2- one weak source or several that conflict; U unverified.",
    )
    note: Maybe[Line] = Field(None, description="A line for whoever reads the rule.")
    closed_on: Maybe[Several[Stretch]] = Field(
        None, description="Days of rest: 2027-02-06, or from the first to the last as 2027-02-08..2027-02-12."
    )
    notice_first: Maybe[NoticeFirstModel] = Field(None, description="Nothing before a formal notice.")
    deadline: Maybe[Length] = Field(
        None, examples=["5 minutes"], description="It comes so soon, or not at all."
    )
    consent: Maybe[ConsentModel] = Field(None, description="Consent that must be there.")
    address: Maybe[AddressModel] = Field(None, description="Where the address must come from.")
    opt_out: Maybe[OptOutModel] = Field(None, description="How far one opt-out reaches.")
    phrase: Maybe[PhraseModel] = Field(None, description="Words that the message must contain.")
    forbid: Maybe[ForbidModel] = Field(None, description="Words that the message must not contain.")
    hold: Maybe[HoldModel] = Field(None, description="Holds that stop these kinds too.")
    keep: Maybe[KeepModel] = Field(None, description="Records are kept at least so long.")
    stated_times: Maybe[StatedTimesModel] = Field(
        None, description="How far times that a debtor states bind."
    )
    merge: Maybe[Annotated[str, reads(_merges, "yes", {"const": "yes"})]] = Field(
        None, description="Several debts share one message."
    )
    never: Maybe[Line] = Field(None, description="It is never sent; this sentence says why.")

    @property
    def subject(self) -> Subject:
        """The kinds of message and the channels that the rule is about."""
        return Subject(kinds_of(self.kinds), frozenset(self.channels))

    @property
    def says(self) -> str:
        """The name of the rule's form."""
        return self._given()[0]

    def objections(self) -> Iterator[Objection]:
        """A rule says one thing, and nothing that looser hours need when nobody verified it."""
        if not (given := self._given()):
            yield (), f"this rule says nothing; give it one of {listed(FORMS)}"
        elif len(given) > 1:
            yield (), f"this rule says {' and '.join(given)} at once; make a rule of each"
        yield from self.window_objections()
        yield from self.counter_objections()
        for name, value in self:
            if isinstance(value, AppliesModel | EffectiveModel | FormModel):
                yield from (((name, *loc), sentence) for loc, sentence in value.objections())
            if isinstance(value, FormModel):
                yield from (((name, *loc), sentence) for loc, sentence in value.clashes(self.subject))
        if self.confidence is Confidence.UNVERIFIED:
            yield from (
                (
                    (each,),
                    f"{each} lets out more, which nothing unverified may; give its source, or remove it",
                )
                for each in WIDENING
                if getattr(self, each) is not None
            )

    def form(self) -> Form:
        """Return the domain's form."""
        if (found := self.window() or self.counter(self.subject)) is not None:
            return found
        value = getattr(self, self.says)
        return value.form(self.subject) if isinstance(value, FormModel) else _SHORT[self.says](value)

    def _given(self) -> list[str]:
        return [form for form in FORMS if getattr(self, form) is not None]
