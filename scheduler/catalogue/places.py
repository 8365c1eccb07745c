"""Countries and regions that a policy may name: ISO 3166-1 and ISO 3166-2."""

import re
from functools import cache
from importlib.resources import files

from scheduler.catalogue.mistakes import quoted, remedy
from scheduler.domain.places import REGIONS, TERRITORIES

_PLACE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?", re.ASCII)


def place(text: str) -> str:
    """Read a country or a region, such as US or US-NY. Raises ValueError for one that is not known."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is no place; write a country as US, or a region of it as US-NY")
    country, region = match.groups()
    if country not in countries():
        raise ValueError(f"{quoted(country)} is no country of ISO 3166-1; {remedy(country, countries())}")
    if region is not None and country in TERRITORIES:
        raise ValueError(f"{country} has no regions in ISO 3166-2; write {country} alone")
    if region is not None and (known := regions(country)) and region not in known:
        raise ValueError(f"{quoted(text)} is no region of ISO 3166-2; {_regions_remedy(country)}")
    return text


@cache
def countries() -> frozenset[str]:
    """Return the countries that the tz database knows, and Kosovo."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and line[0] != "#") | {"XK"}


def regions(country: str) -> frozenset[str]:
    """Return the regions of a country, without the country; empty where no complete list of them is at hand."""
    return frozenset[str]().union(*REGIONS.get(country, ()))


def _regions_remedy(country: str) -> str:
    known = sorted(regions(country))
    return f"the regions of {country} begin with {country}-{known[0]} and end with {country}-{known[-1]}"
