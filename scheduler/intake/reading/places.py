"""Countries, regions, zones, locales and currencies of a row, each as the rest of Duly knows it."""

import re
from functools import cache, lru_cache
from unicodedata import normalize

import holidays
from babel import Locale, UnknownLocaleError
from babel.core import get_global

from scheduler.domain.places import REGIONS, region_code
from scheduler.intake.reading.rows import Fault
from scheduler.intake.region_names import NO_REGION, REGION_NAMES
from scheduler.intake.zones import known_countries, known_zones

# What people write for it, and what ISO 3166-1 has.
_MEANT = {"UK": "GB", "EL": "GR"}
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?")
_CODE = re.compile(r"[A-Z0-9]{1,3}")

# ISO 4217 codes that are metals, units of account, tests, or have more decimals than money is kept with.
_NOT_MONEY = frozenset("XAG XAU XBA XBB XBC XBD XDR XEU XFO XFU XPD XPT XRE XSU XTS XUA XXX CLF UYW".split())


@lru_cache(maxsize=1_024)
def currency(text: str) -> str:
    """Return an ISO 4217 code of money with 0, 2 or 3 decimals. Raises Fault."""
    code = text.upper()
    if code not in _currencies():
        raise Fault(
            "currency", "the cell is not a currency that Duly keeps; write its ISO 4217 code, such as EUR"
        )
    return code


@cache
def _currencies() -> frozenset[str]:
    return frozenset(get_global("all_currencies")) - _NOT_MONEY


@lru_cache(maxsize=1_024)
def country(text: str) -> str:
    """Return an ISO 3166-1 code of two letters. Raises Fault."""
    code = text.upper()
    if code not in known_countries():
        meant = (
            f"did you mean {_MEANT[code]}?"
            if code in _MEANT
            else "write its two letters of ISO 3166-1, such as DE"
        )
        raise Fault("country", f"the cell is not a country; {meant}")
    return code


@lru_cache(maxsize=8_192)
def region(text: str, country: str | None) -> str:
    """Return the region's ISO 3166-2 code without the country where it is known, otherwise the text.

    A code, a name and a usual abbreviation are known however they are written: us-ny, US_NY, New York, N.Y.
    """
    code = region_code(country, text)
    if code in _codes(country):
        return code
    for each in (text, code) if (country, text.casefold()) not in NO_REGION else ():
        if (found := _regions_by_name(country).get(_letters(each))) is not None:
            return found
    return code if _CODE.fullmatch(code) else text


def _codes(country: str | None) -> frozenset[str]:
    return frozenset[str]().union(*REGIONS.get(country or "", ()))


@cache
def _regions_by_name(country: str | None) -> dict[str, str]:
    if country is None:
        return {}
    names = {code: code for code in _codes(country)}
    if hasattr(holidays, country):
        aliases = holidays.country_holidays(country).get_subdivision_aliases()
        names |= {name: code for code, several in aliases.items() for name in several}
    names |= REGION_NAMES.get(country, {})
    return {_letters(name): code for name, code in names.items()}


def _letters(text: str) -> str:
    """Return a name as it is compared: N.Y. is ny, Québec is quebec, and New York is newyork."""
    return "".join(each for each in normalize("NFKD", text).casefold() if each.isalnum())


@lru_cache(maxsize=1_024)
def time_zone(text: str) -> str:
    """Return a name of the tz database. Raises Fault."""
    if text not in known_zones():
        near = _zones_by_habit().get(text.casefold().replace(" ", "_"))
        remedy = f"did you mean {near}?" if near else "write a name of the tz database, such as Europe/Berlin"
        raise Fault("time_zone", f"the cell is not a time zone; {remedy}")
    return text


@cache
def _zones_by_habit() -> dict[str, str]:
    """Return the zones by their names in lower case, and by their cities alone."""
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(known_zones(), reverse=True)}
    return cities | {zone.casefold(): zone for zone in known_zones()}


@lru_cache(maxsize=1_024)
def locale(text: str) -> str:
    """Return a locale that CLDR knows, written as BCP 47 has it, such as zh-CN. Raises Fault."""
    if not _LOCALE.fullmatch(text):
        raise Fault("locale", "the cell is not a locale; write it like en, de-AT or zh-CN")
    language, *others = text.replace("_", "-").split("-")
    parts = [language.lower(), *(each.title() if len(each) == 4 else each.upper() for each in others)]
    try:
        Locale.parse("_".join(parts))
    except (UnknownLocaleError, ValueError):
        raise Fault(
            "locale", "CLDR knows no such locale; write one that it knows, such as its language alone"
        ) from None
    return "-".join(parts)
