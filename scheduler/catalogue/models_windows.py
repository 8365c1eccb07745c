"""Forms of a rule about when it is open: hours or quiet, with what may stand beside them; days of rest; never."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from scheduler.catalogue.models import CalendarName, Entry, Length, Objection, one_of
from scheduler.catalogue.models_fields import Maybe
from scheduler.catalogue.models_hours import Hours, Quiet, week, week_but
from scheduler.domain.hours import Opening, Week
from scheduler.domain.windows import Hours as Window


class Windows(Entry):
    """The keys of a rule that gives hours."""

    hours: Maybe[Hours] = Field(None, description="When it is open, by weekday; what is not named is closed.")
    quiet: Maybe[Quiet] = Field(
        None,
        description="When it is not open, on every day; may go past midnight. Holidays are like any day.",
    )
    calendar: Maybe[CalendarName] = Field(
        None,
        description="Whose holidays count: a file of config/calendars. Else the public ones of the residence.",
    )
    margin: Maybe[Length] = Field(
        None,
        examples=["5 minutes"],
        description="No message starts in the last so many minutes of an opening.",
    )
    clock: Maybe[Annotated[str, one_of(("sent", "received"), "clock")]] = Field(
        None, description="Which moment must lie in the hours; received needs a margin."
    )
    with_consent: Maybe[Hours] = Field(
        None, description="Wider hours, for a contact point with a recorded consent outside_hours."
    )
    answers: Maybe[Annotated[str, one_of(("at any time",), "way of answering")]] = Field(
        None, description="A confirmation goes out at any hour on the medium that the debtor used."
    )

    def window_objections(self) -> Iterator[Objection]:
        """What stands beside hours has hours to stand beside, and leaves them open somewhere."""
        given = [each for each in BESIDE_HOURS if getattr(self, each) is not None]
        if (weekly := self._week()) is None:
            yield from (
                ((each,), f"{each} stands beside `hours` or `quiet`; remove it here") for each in given
            )
            return
        wider = week(self.with_consent) if self.with_consent else None
        weeks = [each for each in (weekly, wider) if each is not None]
        if self.clock == "received" and self.margin is None:
            yield (
                ("clock",),
                "a message may arrive later than it is sent; add a margin, such as `margin: 5 minutes`",
            )
        if self.margin is not None and any(_never_longer(each, self.margin) for each in weeks):
            yield ("margin",), "with this margin the hours never open; write a shorter one, or longer hours"
        if self.calendar is not None and all(each.holidays is None for each in weeks):
            yield ("calendar",), "holidays are like any day here, so no calendar is asked; remove it"
        if wider is not None and not _includes(wider, weekly):
            yield (
                ("with_consent",),
                "hours with consent include all others, on holidays too; make them wider, or remove them",
            )

    def window(self) -> Window | None:
        """Return the domain's form, or None for a rule that gives no hours."""
        if (weekly := self._week()) is None:
            return None
        return Window(
            weekly,
            self.calendar,
            self.margin or timedelta(0),
            week(self.with_consent) if self.with_consent else None,
            self.answers is not None,
        )

    def _week(self) -> Week | None:
        if self.hours is not None:
            return week(self.hours)
        return None if self.quiet is None else week_but(self.quiet)


BESIDE_HOURS = ("calendar", "margin", "clock", "with_consent", "answers")
"""Keys that stand beside hours or quiet."""

WIDENING = ("with_consent", "answers")
"""Those of them that let out more."""


def _never_longer(weekly: Week, margin: timedelta) -> bool:
    """Whether no opening of the week is longer than the margin."""
    return not any(_length(each) > margin for openings in _kinds_of_day(weekly) for each in openings)


def _length(opening: Opening) -> timedelta:
    start, end = opening
    until = timedelta(days=1) if end is None else timedelta(hours=end.hour, minutes=end.minute)
    return until - timedelta(hours=start.hour, minutes=start.minute)


def _kinds_of_day(weekly: Week) -> list[tuple[Opening, ...]]:
    """Return the openings of each weekday, and those of a holiday that falls on it."""
    ordinary = [weekly.days.get(day, ()) for day in range(7)]
    return ordinary + (ordinary if weekly.holidays is None else [weekly.holidays] * 7)


def _includes(wider: Week, weekly: Week) -> bool:
    """Whether the wider week is open whenever the other is."""
    pairs = zip(_kinds_of_day(wider), _kinds_of_day(weekly), strict=True)
    return all(_covered(each, around) for around, openings in pairs for each in openings)


def _covered(opening: Opening, around: Iterable[Opening]) -> bool:
    start, end = opening
    for first, last in sorted(around, key=lambda each: each[0]):
        if first <= start and (last is None or start < last):
            if last is None or (end is not None and end <= last):
                return True
            start = last
    return False
