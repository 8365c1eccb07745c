"""config/tests/policies/*.yaml: given a person and what happened before, when something is due, then decide so."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import (
    CHANNELS,
    Entry,
    Id,
    Line,
    MessageKind,
    Objection,
    Several,
    known,
    one_of,
)
from scheduler.catalogue.models_fields import Maybe, YesNo
from scheduler.rehearsal.scenario_fields import Instant, MaybeInstant, RuleIds, SomeChannels
from scheduler.rehearsal.scenario_given import (
    ContactGiven,
    GivenModel,
    HoldGiven,
    PaymentGiven,
    StatedGiven,
    WordsField,
)

ANY_CHANNEL = "any"
"""What `then: send` expects: a message, whichever channel it takes."""

PolicyName = Annotated[Id, known("policy", lambda names: names.policies)]


class WhenModel(Entry):
    """What is asked: may this kind of message go out at this instant?"""

    kind: MessageKind = Field(examples=["reminder_due"])
    channels: SomeChannels = ("sms",)
    at: Instant = Field(examples=["2027-03-02T10:30:00-05:00"])
    due_at: Maybe[Instant] = None


class ThenModel(Entry):
    """What must be decided: send, defer or refuse, and because of which rules."""

    send: Maybe[Annotated[str, one_of((ANY_CHANNEL, *CHANNELS), "channel")]] = None
    saying: Maybe[tuple[Annotated[str, Field(min_length=1)], ...]] = None
    defer: Maybe[Instant] = None
    because: Maybe[RuleIds] = None
    refuse: Maybe[RuleIds] = None

    def objections(self) -> Iterator[Objection]:
        """One thing is decided, and what is not sent has its reason."""
        if sum(each is not None for each in (self.send, self.defer, self.refuse)) != 1:
            yield (), "say one of send, defer or refuse"
        elif (self.because is None) == (self.defer is not None):
            yield (), "`because` belongs to `defer`, and to nothing else; name the rule that puts it off"
        elif self.saying is not None and self.send is None:
            yield (), "`saying` belongs to `send`; take it away here"


def _as_decision(raw: object) -> object:
    if isinstance(raw, str) and raw != "send":
        raise ValueError(f"{quoted(raw)} is no decision; write send, or a mapping with send, defer or refuse")
    return {"send": ANY_CHANNEL} if raw == "send" else raw


class ScenarioModel(Entry):
    """One example of what a policy does."""

    scenario: Line = Field(examples=["Nine at night is already closed"])
    given: GivenModel = GivenModel()
    contacts: tuple[ContactGiven, ...] = ()
    holds: tuple[HoldGiven, ...] = ()
    stated: tuple[StatedGiven, ...] = ()
    payment: Maybe[PaymentGiven] = None
    first_contact: MaybeInstant = None
    words: Maybe[WordsField] = None
    when: WhenModel = Field(examples=["{kind: reminder_due, at: 2027-03-02T10:30:00-05:00}"])
    then: Annotated[ThenModel, BeforeValidator(_as_decision)] = Field(examples=["send"])

    @property
    def says_first_contact(self) -> bool:
        """Whether it says when the debt was first written about, be it never."""
        return "first_contact" in self.model_fields_set

    def objections(self) -> Iterator[Objection]:
        """What happened before lies before, and each part is sound."""
        yield from ((("then", *loc), sentence) for loc, sentence in self.then.objections())
        for index, wish in enumerate(self.stated):
            yield from ((("stated", index, *loc), sentence) for loc, sentence in wish.objections())
        for index, contact in enumerate(self.contacts):
            if contact.at > self.when.at:
                yield (
                    ("contacts", index, "at"),
                    "this contact comes after the scenario's own instant; move one of them",
                )


class ScenarioFileModel(Entry):
    """Scenarios of the same layers, and what is given in all of them."""

    policies: Several[PolicyName] = Field(examples=["[us-regf]"])
    fallback: YesNo = True
    given: GivenModel = GivenModel()
    scenarios: tuple[ScenarioModel, ...] = Field(examples=["[{scenario: …, when: …, then: send}]"])

    def objections(self) -> Iterator[Objection]:
        """Each scenario is sound and has a name of its own."""
        if not self.scenarios:
            yield ("scenarios",), "there is no scenario here; add one"
        names = Counter[str]()
        for index, each in enumerate(self.scenarios):
            yield from ((("scenarios", index, *loc), sentence) for loc, sentence in each.objections())
            names[each.scenario] += 1
            if names[each.scenario] == 2:
                sentence = f"{quoted(each.scenario)} is the name of two scenarios; rename one of them"
                yield ("scenarios", index, "scenario"), sentence
