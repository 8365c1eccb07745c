"""Public holidays by residence; implements `scheduler.domain.hours.Calendar` with the `holidays` library."""

from datetime import date

import holidays as library

_Days = dict[date, str]


class HolidayCalendar:
    """Reads a country's year when it is first asked for, and keeps it.

    A region that is unknown, or that the library does not know, may be any of the country's: then a holiday in
    one of them counts. Countries are ISO 3166 codes; regions are ISO 3166-2 codes, with or without the country,
    or the library's own names.
    """

    def __init__(self) -> None:
        self._years: dict[tuple[str, str | None, int], _Days] = {}

    def holiday(self, country: str, region: str | None, day: date) -> str | None:
        """Return the holiday's name, or None on an ordinary day.

        Raises LookupError for a country without a calendar, and for a year that its calendar does not cover.
        """
        key = (country, region, day.year)
        if key not in self._years:
            self._years[key] = _year(country, region, day.year)
        return self._years[key].get(day)


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
    code = (region or "").lower().removeprefix(f"{national.country.lower()}-")
    return (known[code],) if code in known else tuple(national.subdivisions)
