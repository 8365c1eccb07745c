"""Forms of a rule about what comes first, what comes soon, holds, and duties that stop no message."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from scheduler.catalogue.mistakes import listed, quoted
from scheduler.catalogue.models import Length, Line, Objection, Several, one_of, reads
from scheduler.catalogue.models_fields import Maybe, Span, number_schema, whole_number
from scheduler.catalogue.models_form import FormModel, Subject
from scheduler.catalogue.models_kinds import CountedChannel, NoticeKinds, kinds_of
from scheduler.domain.duties import Keep, KeptAfter, StatedTimes
from scheduler.domain.facts import HoldKind
from scheduler.domain.holds import HoldRule
from scheduler.domain.notices import NoticeFirst

_MOST_EXTENSIONS = 100
_MOST_CHANNELS = 20


class NoticeFirstModel(FormModel):
    """Nothing goes out before a formal notice did."""

    kinds: NoticeKinds = Field(
        examples=["[first_contact_notice]"], description="The notices of which one must have gone out."
    )
    by: Several[CountedChannel] = Field(
        examples=["[letter, email]"], description="The ways by which the notice may have gone out."
    )
    wait: Maybe[Length] = Field(None, examples=["6 days"], description="How long to wait after the notice.")
    within: Maybe[Length] = Field(
        None,
        examples=["5 days"],
        description="Contact may begin without the notice, and stops so long after the first one until it is out.",
    )

    def objections(self) -> Iterator[Objection]:
        """Contact either waits for the notice or begins without it."""
        if self.wait is not None and self.within is not None:
            yield (
                ("within",),
                "contact either waits for the notice (`wait`) or begins before it (`within`); keep one of the two",
            )

    def clashes(self, subject: Subject) -> Iterator[Objection]:
        """A notice cannot wait for itself."""
        own = sorted(kinds_of(self.kinds) & subject.kinds)
        if own and self.within is None and subject.channels & {*self.by}:
            yield (
                ("kinds",),
                f"{quoted(own[0])} would wait for itself; leave it out of the rule's own kinds",
            )

    def form(self, _subject: Subject) -> NoticeFirst:
        """Return the domain's value."""
        given = {} if self.wait is None else {"wait": self.wait}
        return NoticeFirst(kinds_of(self.kinds), frozenset(self.by), within=self.within, **given)


def _extensions(text: str) -> int:
    return whole_number(text, 1, _MOST_EXTENSIONS, "number of extensions")


class HoldModel(FormModel):
    """Holds that stop the rule's kinds too, beyond what every hold stops, and how long they lawfully last."""

    of: Several[Annotated[HoldKind, one_of(tuple(HoldKind), "hold")]] = Field(
        examples=["[moratorium]"], description="The holds."
    )
    lasts: Maybe[Span] = Field(None, examples=["60 days"], description="How long such a hold lasts.")
    extensions: Annotated[int, reads(_extensions, "1", number_schema(1, _MOST_EXTENSIONS))] = Field(
        0, examples=["1"], description="How often it may be prolonged by the same length."
    )
    lifted_by: Maybe[Line] = Field(None, description="Who or what ends it.")

    def objections(self) -> Iterator[Objection]:
        """Only what has a length can be prolonged by it."""
        if self.extensions and self.lasts is None:
            yield (
                ("extensions",),
                "without `lasts` there is nothing to extend; add how long such a hold lasts",
            )

    def form(self, _subject: Subject) -> HoldRule:
        """Return the domain's value."""
        return HoldRule(frozenset(self.of), self.lasts, self.extensions, self.lifted_by)


class KeepModel(FormModel):
    """How long records are kept at least."""

    length: Span = Field(alias="for", examples=["3 years"], description="How long.")
    after: Annotated[KeptAfter, one_of(tuple(KeptAfter), "beginning")] = Field(
        KeptAfter.LAST_ACTIVITY, examples=["last_activity"], description="From when on."
    )

    def form(self, _subject: Subject) -> Keep:
        """Return the domain's value."""
        return Keep(self.length, self.after)


def _channels(text: str) -> int:
    return whole_number(text, 1, _MOST_CHANNELS, "number of channels")


class StatedTimesModel(FormModel):
    """How far times that a debtor states bind; Duly honours every one that is recorded."""

    oral_binds: Maybe[Length] = Field(None, description="How long what was only said binds.")
    written_within: Maybe[Length] = Field(None, description="Once it is written so soon, it binds for good.")
    weekly: Maybe[Length] = Field(None, description="At least how many hours a week a debtor may close.")
    channels: Maybe[Annotated[int, reads(_channels, "2", number_schema(1, _MOST_CHANNELS))]] = Field(
        None, description="At least how many channels a debtor may close."
    )

    def objections(self) -> Iterator[Objection]:
        """The mapping says something."""
        if not self.model_fields_set:
            yield (), f"this says nothing; add {listed(type(self).model_fields)}"
        if self.written_within is not None and self.oral_binds is None:
            yield ("written_within",), "this needs `oral_binds`; add how long what was only said binds"

    def form(self, _subject: Subject) -> StatedTimes:
        """Return the domain's value."""
        return StatedTimes(self.oral_binds, self.written_within, self.weekly, self.channels)
