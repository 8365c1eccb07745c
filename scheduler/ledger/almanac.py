"""Which days are holidays, for the auditor: public ones from the `holidays` library, others from config/calendars."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import holidays as library

from scheduler.domain.errors import UsageError
from scheduler.ledger.yaml_file import Tree, leaves, read_tree

_DAY = timedelta(days=1)
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_EASTER = re.compile(r"easter(?: ([+-]) (\d+) days?)?")
_BEFORE = re.compile(r"(\w+) (before|after|on or before|on or after) (\d\d-\d\d)")
_OF_MONTH = re.compile(r"(\w+) (\w+) of (\d\d)")

Days = Mapping[date, str]
"""The names of a year's holidays."""


@dataclass(slots=True)
class Almanac:
    """Holidays by year, worked out when they are first asked for. `folder` holds calendars as YAML."""

    folder: Path
    _years: dict[tuple[str, str | None, int], Days] = field(default_factory=dict)

    def public(self, country: str | None, region: str | None, day: date) -> str | None:
        """Return a public holiday's name, or None; a region that is unknown may be any. LookupError when unknown."""
        if country is None:
            raise LookupError("the country is unknown, and so are its holidays")
        key = (country, region, day.year)
        if key not in self._years:
            self._years[key] = _public_year(country, region, day.year)
        return self._years[key].get(day)

    def named(self, calendar: str, day: date) -> str | None:
        """Return a day's name in a calendar of config/calendars, or None. LookupError when it does not cover it."""
        key = (f"calendar {calendar}", None, day.year)
        if key not in self._years:
            self._years[key] = _calendar_year(self.folder / f"{calendar}.yaml", day.year)
        return self._years[key].get(day)


def _public_year(country: str, region: str | None, year: int) -> Days:
    try:
        national = library.country_holidays(country, years=year)
    except NotImplementedError:
        raise LookupError(f"no holidays are known for {country}") from None
    if not national.start_year <= year <= national.end_year:
        raise LookupError(f"the holidays of {country} are not known for {year}")
    regions = {each.lower(): each for each in (*national.subdivisions, *national.subdivisions_aliases)}
    own = regions.get((region or "").lower())
    days: dict[date, str] = dict(national)
    for each in (own,) if own else national.subdivisions:
        days |= dict(library.country_holidays(country, subdiv=each, years=year))
    return days


def _calendar_year(path: Path, year: int) -> Days:
    tree = read_tree(path)
    try:
        covers = tree["covers"]
        if not int(covers["from"]) <= year <= int(covers["to"]):
            raise LookupError(f"the calendar {path.stem} does not cover {year}")
        around = (year - 1, year, year + 1)
        found = (
            (day, str(each["name"]))
            for each in tree["days"]
            for near in around
            for day in _days_of(each, near)
        )
        return {day: name for day, name in found if day.year == year}
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path}: the auditor cannot read its days; `duly check` says why") from error


def _days_of(entry: Tree, year: int) -> Iterator[date]:
    for day in _meant(entry["on"], year):
        if _WEEKDAYS[day.weekday()] in leaves(entry.get("unless", ())):
            yield from _meant(entry["then"], year)
        else:
            yield day


def _meant(words: str | list[str], year: int) -> Iterator[date]:
    """Yield the days that a calendar's words mean in a year."""
    for text in leaves(words):
        known = [(meaning, found) for pattern, meaning in _MEANINGS if (found := pattern.fullmatch(text))]
        if not known:
            raise ValueError(f"{text!r} is no day")
        meaning, found = known[0]
        yield from meaning(found, year)


def _dates(found: re.Match[str], year: int) -> list[date]:
    first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    days = (first + each * _DAY for each in range((last - first).days + 1))
    return [day for day in days if day.year == year]


def _yearly(found: re.Match[str], year: int) -> list[date]:
    return [date(year, int(found[1]), int(found[2]))]


def _around_easter(found: re.Match[str], year: int) -> list[date]:
    days = int(found[2] or 0)
    return [easter(year) + (-days if found[1] == "-" else days) * _DAY]


def _around_day(found: re.Match[str], year: int) -> list[date]:
    weekday, side = _WEEKDAYS.index(found[1]), found[2]
    month, number = map(int, found[3].split("-"))
    step = -_DAY if "before" in side else _DAY
    day = date(year, month, number) + (timedelta(0) if side.startswith("on") else step)
    while day.weekday() != weekday:
        day += step
    return [day]


def _of_month(found: re.Match[str], year: int) -> list[date]:
    weekday, month = _WEEKDAYS.index(found[2]), int(found[3])
    first = date(year, month, 1)
    days = [day for each in range(31) if (day := first + each * _DAY).month == month]
    named = [day for day in days if day.weekday() == weekday]
    return [named[_NTH[found[1]]]]


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    back = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * back + 114, 31)
    return date(year, month, day + 1)


_MEANINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], int], list[date]]], ...] = (
    (re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?"), _dates),
    (re.compile(r"(\d\d)-(\d\d)"), _yearly),
    (_EASTER, _around_easter),
    (_BEFORE, _around_day),
    (_OF_MONTH, _of_month),
)
