"""Forms of a rule about the contact point: consent, where an address comes from, how far an opt-out reaches."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from scheduler.catalogue.models import Objection, Several, one_of
from scheduler.catalogue.models_creditor import CONSENT_BASES
from scheduler.catalogue.models_fields import Maybe, Span, YesNo
from scheduler.catalogue.models_form import FormModel, Subject
from scheduler.domain.plan import Purpose, Source
from scheduler.domain.points import ConsentNeeded, OptOutReach, OptOutScope, Proof, Provenance


class ConsentModel(FormModel):
    """Consent that must be there: of one of the bases, and a recorded grant for each of the purposes."""

    bases: Maybe[Several[Annotated[str, one_of(CONSENT_BASES, "basis for consent")]]] = Field(
        None, examples=["[consent]"], description="On one of these the right to contact must rest."
    )
    grants: Maybe[Several[Annotated[Purpose, one_of(tuple(Purpose), "purpose of a consent")]]] = Field(
        None, examples=["[electronic]"], description="For each of these a recorded consent must hold."
    )

    def objections(self) -> Iterator[Objection]:
        """The mapping asks for something."""
        if not self.model_fields_set:
            yield (), "this asks for nothing; add `bases` or `grants`"

    def form(self, _subject: Subject) -> ConsentNeeded:
        """Return the domain's value."""
        return ConsentNeeded(frozenset(self.bases or ()), frozenset(self.grants or ()))


class AddressModel(FormModel):
    """Where an address must come from, how fresh it must be, and who else may read it."""

    sources: Maybe[Several[Annotated[Source, one_of(tuple(Source), "source of an address")]]] = Field(
        None, examples=["[debtor, creditor]"], description="Who gave the address."
    )
    fresh: Maybe[Span] = Field(
        None, examples=["60 days"], description="It was shown to be the debtor's no longer ago."
    )
    proof: Maybe[Several[Annotated[Proof, one_of(tuple(Proof), "proof")]]] = Field(
        None, examples=["[used, checked]"], description="What shows that; any of them if it is left out."
    )
    work: YesNo = Field(True, description="no keeps away from addresses at work.")
    shared: YesNo = Field(True, description="no keeps away from addresses that others read too.")

    def objections(self) -> Iterator[Objection]:
        """The mapping asks for something."""
        if self.proof is not None and self.fresh is None:
            yield ("proof",), "a proof counts for a time; add `fresh: 60 days`, say, or remove `proof`"
        elif self.work and self.shared and self.sources is None and self.fresh is None:
            yield (), "this asks for nothing; add `sources`, `fresh`, `work: no` or `shared: no`"

    def form(self, _subject: Subject) -> Provenance:
        """Return the domain's value."""
        sources, proof = frozenset(self.sources or ()), frozenset(self.proof or Proof)
        return Provenance(sources, self.fresh, proof, self.work, self.shared)


class OptOutModel(FormModel):
    """How far one opt-out reaches beyond its own address."""

    reaches: Annotated[OptOutReach, one_of(tuple(OptOutReach), "reach")] = Field(
        examples=["channel", "sender"],
        description="channel: all addresses of that channel; sender: all channels of the rule.",
    )

    def form(self, subject: Subject) -> OptOutScope:
        """Return the domain's value."""
        return OptOutScope(self.reaches, subject.channels)
