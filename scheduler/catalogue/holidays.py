"""Public holidays by residence, with the `holidays` library, and the days of regimes' own calendars.

Implements `scheduler.domain.hours.Calendar`.
"""

from collections.abc import Iterable
from datetime import date

import holidays as library

from scheduler.catalogue.calendars import NamedDays
from scheduler.domain.places import region_code

_Days = dict[date, str]


class HolidayCalendar:
    """Reads a country's year when it is first asked for, and keeps it.

    A region that is unknown, or that the library does not know, may be any of the country's: then a holiday in
    one of them counts. Countries are ISO 3166 codes; regions are ISO 3166-2 codes, with or without the country,
    or the library's own names.
    """

    def __init__(self, calendars: Iterable[NamedDays] = ()) -> None:
        self._years: dict[tuple[str, str | None, int], _Days] = {}
        self._calendars = {each.id: each for each in calendars}
        self._named: dict[tuple[str, int], _Days] = {}

    def holiday(self, country: str, region: str | None, day: date) -> str | None:
        """Return the holiday's name, or None on an ordinary day.

        Raises LookupError for a country without a calendar, and for a year that its calendar does not cover.
        """
        key = (country, region, day.year)
        if key not in self._years:
            self._years[key] = _year(country, region, day.year)
        return self._years[key].get(day)

    def named(self, calendar: str, day: date) -> str | None:
        """Return the day's name in a calendar of a regime's own, or None on an ordinary day.

        Raises LookupError for a calendar that is not known, and for a year that it does not cover.
        """
        key = (calendar, day.year)
        if key not in self._named:
            if calendar not in self._calendars:
                raise LookupError(f"there is no calendar {calendar}")
            self._named[key] = self._calendars[calendar].year(day.year)
        return self._named[key].get(day)


def _year(country: str, region: str | None, year: int) -> _Days:
    try:
        national = library.country_holidays(country, years=year)
    except NotImplementedError:
        raise LookupError(f"no holiday calendar is known for {country}") from None
    if not national.start_year <= year <= national.end_year:
        raise LookupError(f"the holiday calendar of {country} does not cover {year}")
    days = dict(national)
    for each in _possible_regions(national, region):
        days |= library.country_holidays(country, subdiv=each, years=year)
    return days


def _possible_regions(national: library.HolidayBase, region: str | None) -> tuple[str, ...]:
    known = {each.lower(): each for each in (*national.subdivisions, *national.subdivisions_aliases)}
    code = region_code(national.country, region or "").lower()
    return (known[code],) if code in known else tuple(national.subdivisions)
