"""Forms of a rule that count: at_most, gap and one_channel, and what counts beside them."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from scheduler.catalogue.mistakes import listed
from scheduler.catalogue.models import LENGTH_SCHEMA, Entry, Length, Objection, Several, one_of, reads
from scheduler.catalogue.models_fields import Maybe, OrText, YesNo, number_schema, whole_number
from scheduler.catalogue.models_form import Subject
from scheduler.catalogue.models_kinds import ADDRESSED, CountedChannel, Kinds, kinds_of
from scheduler.domain.counters import Cap, Counted, OneChannel, Period, Scope
from scheduler.domain.facts import Unit

_MOST_COUNT = 1000
_UNITS = tuple(each.name.lower() for each in Unit)


def _count(text: str) -> int:
    if text == "0":
        raise ValueError(
            "a limit of 0 would let nothing out; write a number from 1 on, or `never` and the reason"
        )
    return whole_number(text, 1, _MOST_COUNT, "limit")


PeriodName = Annotated[Period, one_of(tuple(Period), "calendar period")]
ScopeName = Annotated[Scope, one_of(tuple(Scope), "way of counting")]


class AtMostModel(Entry):
    """No more than `count` contacts in any stretch of time, or in one calendar period."""

    count: Annotated[int, reads(_count, "2", number_schema(1, _MOST_COUNT))] = Field(
        examples=["2"], description="How many; the next one waits."
    )
    within: Maybe[Length] = Field(
        None, alias="in", examples=["7 days"], description="Any stretch of this length, whenever it begins."
    )
    per: Maybe[PeriodName] = Field(
        None,
        examples=["day"],
        description="A calendar period where the debtor lives; a week begins on Monday.",
    )
    whom: ScopeName = Field(
        Scope.PERSON, alias="for", description="What the count runs over; a person if it is left out."
    )

    def objections(self) -> Iterator[Objection]:
        """A limit needs one stretch of time."""
        if (self.within is None) == (self.per is None):
            yield (), 'say either how long ("in: 7 days") or in which calendar period ("per: day")'

    def form(self, counted: Counted) -> Cap:
        """Return the domain's value."""
        return Cap(self.whom, counted, self.count, self.within, self.per)


class GapModel(Entry):
    """The least time from one contact to the next."""

    of: Length = Field(examples=["48 hours"], description="How long.")
    whom: ScopeName = Field(
        Scope.PERSON, alias="for", description="What the gap is kept over; a person if it is left out."
    )

    def form(self, counted: Counted) -> Cap:
        """Return the domain's value."""
        return Cap(self.whom, counted, 1, self.of)


def _as_mapping(raw: object) -> object:
    return {"of": raw} if isinstance(raw, str) else raw


Gap = Annotated[GapModel, BeforeValidator(_as_mapping), OrText(LENGTH_SCHEMA)]


class OneChannelModel(Entry):
    """Not through several channels in one calendar period."""

    per: PeriodName = Field(examples=["week"], description="The calendar period where the debtor lives.")

    def form(self, counted: Counted) -> OneChannel:
        """Return the domain's value."""
        return OneChannel(counted, self.per)


class CountsModel(Entry):
    """Which contacts a counter counts, where they are others than those that the rule is about."""

    kinds: Maybe[Kinds] = Field(None, description="Kinds and groups that count; the rule's own if left out.")
    channels: Maybe[Several[CountedChannel]] = Field(
        None, description="Ways of contact that count, by hand too; the rule's own channels if left out."
    )
    unit: Annotated[str, one_of(_UNITS, "unit")] = Field(
        "attempt", description="How far a contact must have got to count."
    )
    requested: YesNo = Field(True, description="no leaves out what the debtor asked for.")

    def counted(self, subject: Subject) -> Counted:
        """Return the domain's value, for a rule about the subject."""
        return Counted(
            kinds_of(self.kinds) if self.kinds else subject.kinds,
            frozenset(self.channels) if self.channels else subject.channels,
            Unit[self.unit.upper()],
            self.requested,
        )


class Counters(Entry):
    """The keys of a rule that counts."""

    at_most: Maybe[AtMostModel] = Field(
        None, description="No more than so many, in a stretch of time or a period."
    )
    gap: Maybe[Gap] = Field(None, description="The least time from one contact to the next.")
    one_channel: Maybe[OneChannelModel] = Field(
        None, description="The channel that is used first keeps the others closed for the rest of the period."
    )
    counts: Maybe[CountsModel] = Field(
        None, description="Beside at_most, gap or one_channel: what they count."
    )

    def counter_objections(self) -> Iterator[Objection]:
        """What counts is said of a form that counts."""
        if self.at_most is not None:
            yield from ((("at_most", *loc), sentence) for loc, sentence in self.at_most.objections())
        if unaddressed := self._unaddressed():
            yield (
                ("counts", "channels"),
                f"a contact by {listed(unaddressed)} has no address in Duly, so a count for each contact_point never "
                f"sees it; count it `for: person`, or leave it out here",
            )
        if self.counts is not None and self._counter() is None:
            yield (
                ("counts",),
                f"nothing is counted here; `counts` stands beside {listed(COUNTERS)}, so remove it",
            )

    def _unaddressed(self) -> list[str]:
        """Return the counted ways of contact that never count, because the rule counts by address."""
        whom = getattr(self._counter(), "whom", None)
        channels = (self.counts.channels if self.counts else None) or ()
        return [each for each in channels if whom is Scope.CONTACT_POINT and each not in ADDRESSED]

    def counter(self, subject: Subject) -> Cap | OneChannel | None:
        """Return the domain's form, or None for a rule that does not count."""
        if (counter := self._counter()) is None:
            return None
        counted = self.counts.counted(subject) if self.counts else Counted(subject.kinds, subject.channels)
        return counter.form(counted)

    def _counter(self) -> AtMostModel | GapModel | OneChannelModel | None:
        return self.at_most or self.gap or self.one_channel


COUNTERS = ("at_most", "gap", "one_channel")
