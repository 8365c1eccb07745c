"""What a scenario gives: the person, the sender, the debt, and what happened before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from scheduler.catalogue.models import (
    CHANNELS,
    Channel,
    Entry,
    Id,
    Line,
    MessageKind,
    Objection,
    Several,
    Zone,
    one_of,
)
from scheduler.catalogue.models_fields import Maybe, YesNo
from scheduler.catalogue.models_hours import Hours
from scheduler.catalogue.models_kinds import COUNTED_CHANNELS
from scheduler.domain.facts import HoldKind, Unit
from scheduler.domain.plan import Purpose, Role
from scheduler.domain.touchpoint import Kind
from scheduler.rehearsal.scenario_fields import (
    Basis,
    Country,
    Instant,
    MaybeInstant,
    MaybeSource,
    PostalCode,
    Reached,
    Region,
    Word,
)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Since when something holds of which a scenario does not say it."""

Which = Annotated[str, one_of(("same", "other"), "choice here")]

Given = TypeVar("Given", bound=Entry)


class CreditorGiven(Entry):
    """Who writes."""

    id: Id = "harbour"
    role: Annotated[Role, one_of(tuple(Role), "role")] = Role.ORIGINAL_CREDITOR
    group: Maybe[Id] = None


class DebtorGiven(Entry):
    """Who is written to; whatever is left out is unknown."""

    country: Country = None
    region: Region = None
    postal_code: PostalCode = None
    zones: tuple[Zone, ...] = ()
    locale: Line = "en"


class PlanGiven(Entry):
    """What kind of debt it is, and how it stands."""

    product: Word = None
    debt_status: Word = None


class GrantGiven(Entry):
    """A consent that the debtor recorded."""

    purpose: Annotated[Purpose, one_of(tuple(Purpose), "purpose")] = Field(examples=["outside_hours"])
    since: Instant = LONG_AGO
    until: Maybe[Instant] = None


class PointGiven(Entry):
    """One phone number or email address."""

    consent: Basis = None
    source: MaybeSource = None
    used_at: MaybeInstant = None
    checked_at: MaybeInstant = None
    work: YesNo = False
    shared: YesNo = False
    opted_out: YesNo = False
    grants: tuple[GrantGiven, ...] = ()


class GivenModel(Entry):
    """The person, the sender and the debt; an address that is left out does not exist.

    `other_sms` and `other_email` are further ones of the same person, which come after the first.
    """

    creditor: CreditorGiven = CreditorGiven()
    debtor: DebtorGiven = DebtorGiven()
    plan: PlanGiven = PlanGiven()
    sms: Maybe[PointGiven] = None
    email: Maybe[PointGiven] = None
    other_sms: Maybe[PointGiven] = None
    other_email: Maybe[PointGiven] = None

    def with_changes(self, changes: "GivenModel") -> "GivenModel":
        """Return it as a scenario changes it, key by key."""
        parts = {
            name: _over(getattr(self, name), getattr(changes, name)) for name in changes.model_fields_set
        }
        return self.model_copy(update=parts)


def _over(usual: Given | None, changes: Given) -> Given:
    if usual is None:
        return changes
    return usual.model_copy(update={name: getattr(changes, name) for name in changes.model_fields_set})


class ContactGiven(Entry):
    """One contact that happened before, with this person."""

    at: Instant = Field(examples=["2027-03-01T10:00:00-05:00"])
    channel: Annotated[str, one_of(COUNTED_CHANNELS, "way of contact")] = Field(examples=["call"])
    kind: MessageKind = Kind.OVERDUE_NOTICE
    reached: Reached = Unit.DELIVERED
    requested: YesNo = False
    plan: Maybe[Which] = None
    creditor: Maybe[Id] = None
    group: Maybe[Id] = None
    address: Which = "same"


class HoldGiven(Entry):
    """A hold on the person, or on one of the debts."""

    kind: Annotated[HoldKind, one_of(tuple(HoldKind), "kind of hold")] = Field(examples=["dispute"])
    since: Instant = LONG_AGO
    until: Maybe[Instant] = None
    plan: Maybe[Which] = None


class StatedGiven(Entry):
    """Hours that the debtor asked for: never in these, or only in these."""

    never: Maybe[Hours] = Field(None, alias="not")
    only: Maybe[Hours] = None
    channels: Several[Channel] = CHANNELS
    since: Instant = LONG_AGO
    until: Maybe[Instant] = None

    def objections(self) -> Iterator[Objection]:
        """A wish says one thing."""
        if (self.never is None) == (self.only is None):
            yield (), "say either when not (`not`) or when only (`only`)"


class PaymentGiven(Entry):
    """The payment that a confirmation answers."""

    medium: Maybe[Line] = None
    receipt_by: tuple[Channel, ...] = ()
    at: Maybe[Instant] = None


class WordsGiven(Entry):
    """The words of the message, where they are to be checked."""

    subject: Maybe[str] = None
    text: str = Field(examples=["Your instalment is due."])


def _as_words(raw: object) -> object:
    return {"text": raw} if isinstance(raw, str) else raw


WordsField = Annotated[WordsGiven, BeforeValidator(_as_words)]
"""The text alone, or a mapping of subject and text."""
