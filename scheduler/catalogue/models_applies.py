"""Whom and when a rule holds: residence, role, product, status of the debt, and dates."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import Entry, Id, Objection, Several, one_of, pattern, reads
from scheduler.catalogue.models_fields import Day, Maybe
from scheduler.catalogue.places import place
from scheduler.domain.plan import Role
from scheduler.domain.rule import Applies, Effective, Residence

_POSTAL_CODE = "[A-Za-z0-9][A-Za-z0-9 -]{0,11}"


def _postal_code(text: str) -> str:
    if not re.fullmatch(_POSTAL_CODE, text):
        raise ValueError(f'{quoted(text)} is no beginning of a postal code; write it as "100" or "SW1"')
    return text.upper()


PlaceName = Annotated[str, reads(place, "US-NY", pattern("[A-Z]{2}(-[A-Z0-9]{1,3})?"))]
PostalCode = Annotated[
    str, reads(_postal_code, '"100"', {"type": ["string", "integer"], "pattern": f"^{_POSTAL_CODE}$"})
]


class AppliesModel(Entry):
    """Whom a policy or a rule holds for; what is unknown of a debt or a debtor cannot be ruled out."""

    residence: Maybe[Several[PlaceName]] = Field(
        None, description="Where the debtor lives: countries (US) or regions of them (US-NY)."
    )
    postal_codes: Maybe[Several[PostalCode]] = Field(
        None, description="Beginnings of postal codes in the one residence that is named."
    )
    role: Maybe[Several[Annotated[Role, one_of(tuple(Role), "role")]]] = Field(
        None, description="How the creditor relates to the debt."
    )
    product: Maybe[Several[Id]] = Field(None, description="The debt's product, as the import states it.")
    other_than_product: Maybe[Several[Id]] = Field(None, description="Every product but these.")
    debt_status: Maybe[Several[Id]] = Field(None, description="How the debt stands, as the import states it.")

    def objections(self) -> Iterator[Objection]:
        """The mapping says something, and nothing that contradicts itself."""
        if not self.model_fields_set:
            yield (), "this says of nobody whom it is for; name a residence, say, or remove it"
        if self.postal_codes and len(self.residence or ()) != 1:
            yield (
                ("postal_codes",),
                "postal codes belong to one place; name exactly one residence beside them",
            )
        if both := sorted({*(self.product or ())} & {*(self.other_than_product or ())}):
            yield (
                ("other_than_product",),
                f"{quoted(both[0])} is both included and left out; keep it in one of the two",
            )

    def value(self) -> Applies:
        """Return the domain's value."""
        places = (each.partition("-") for each in self.residence or ())
        return Applies(
            tuple(
                Residence(country, region or None, self.postal_codes or ()) for country, _, region in places
            ),
            frozenset(self.role or ()),
            frozenset(self.product or ()),
            frozenset(self.other_than_product or ()),
            frozenset(self.debt_status or ()),
        )


class EffectiveModel(Entry):
    """The days on which something is in force, both included, wherever on earth it is that day."""

    first: Maybe[Day] = Field(None, alias="from", examples=["2027-01-01"], description="The first day.")
    last: Maybe[Day] = Field(None, alias="to", examples=["2027-12-31"], description="The last day.")

    def objections(self) -> Iterator[Objection]:
        """There is a day, and the first is not after the last."""
        if self.first is None and self.last is None:
            yield (), "this names no day; add `from` or `to`, or remove it"
        if self.first and self.last and self.last < self.first:
            yield (
                ("to",),
                f"this ends on {self.last}, before it begins on {self.first}; write the later day last",
            )


Days = tuple[date | None, date | None]


def days_of(*models: EffectiveModel | None) -> Days:
    """Return the first and the last day on which all of them are in force; None is open."""
    firsts = [each.first for each in models if each and each.first]
    lasts = [each.last for each in models if each and each.last]
    return max(firsts, default=None), min(lasts, default=None)


def effective_of(*models: EffectiveModel | None) -> Effective:
    """Return when all of them are in force."""
    return Effective.of_dates(*days_of(*models))
