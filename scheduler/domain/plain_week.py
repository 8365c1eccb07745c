"""Contact hours in plain words, such as Mon–Fri 09:00–18:00, not on public holidays."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import time

from scheduler.domain.hours import Opening, Week
from scheduler.domain.plain_words import joined, span
from scheduler.domain.windows import Hours

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ALL_DAY: tuple[Opening, ...] = ((time.min, None),)
_ANY_HOUR = "at any hour"


def hours(form: Hours) -> str:
    """Return the hours, what holds on holidays, and whatever makes them wider or narrower, as one line."""
    return "; ".join((week(form.week, form.calendar), *_further(form)))


def week(value: Week, calendar: str | None = None) -> str:
    """Return a week's openings as one line; `calendar` names the holidays that count, None the public ones."""
    if value.holidays is None and len(value.days) == len(_DAYS) and len(set(value.days.values())) == 1:
        return _ANY_HOUR if _is_always(value) else f"every day {_openings(value.days[0])}"
    if _is_always(value):
        return (
            _closed_on_holidays(calendar)
            if value.holidays == ()
            else f"{_ANY_HOUR}, {_holidays(value, calendar)}"
        )
    return ", ".join((*_days(value), _holidays(value, calendar)))


def _is_always(value: Week) -> bool:
    """Whether every weekday is open all day."""
    return len(value.days) == len(_DAYS) and set(value.days.values()) == {_ALL_DAY}


def _closed_on_holidays(calendar: str | None) -> str:
    return f"closed on {'public holidays' if calendar is None else f'the days of calendar {calendar}'}"


def _days(value: Week) -> Iterator[str]:
    """Yield each set of openings once, with all the days that have it, in the order of the week."""
    for openings in dict.fromkeys(value.days[day] for day in sorted(value.days) if value.days[day]):
        days = [day for day in sorted(value.days) if value.days[day] == openings]
        yield f"{', '.join(_runs(days))} {_openings(openings)}"


def _runs(days: Sequence[int]) -> Iterator[str]:
    """Yield neighbouring days as one stretch: Mon–Thu, Sat."""
    start = 0
    for place, day in enumerate(days):
        if place + 1 == len(days) or days[place + 1] != day + 1:
            first = days[start]
            yield _DAYS[day] if first == day else f"{_DAYS[first]}–{_DAYS[day]}"
            start = place + 1


def _openings(openings: Iterable[Opening]) -> str:
    listed = tuple(openings)
    if listed == _ALL_DAY:
        return "all day"
    return joined(
        [f"{start:%H:%M}–{end.strftime('%H:%M') if end else '24:00'}" for start, end in listed], "and"
    )


def _holidays(value: Week, calendar: str | None) -> str:
    days = "public holidays" if calendar is None else f"holidays of {calendar}"
    if value.holidays is None:
        return "holidays like any day"
    return f"{days} {_openings(value.holidays)}" if value.holidays else f"not on {days}"


def _further(form: Hours) -> Iterator[str]:
    if form.margin:
        yield f"none in the last {span(form.margin)} of an opening"
    if form.consented is not None:
        yield _consented(week(form.consented, form.calendar))
    if form.answers_any_time:
        yield "an answer on the debtor's own medium at any hour"


def _consented(wider: str) -> str:
    return f"{wider} with recorded consent" if wider == _ANY_HOUR else f"with recorded consent {wider}"
