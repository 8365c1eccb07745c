"""The time zones in which a debtor may be, as stated and as the address and the phone numbers suggest."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import phonenumbers
from phonenumbers import PhoneNumberType, timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from scheduler.intake.regions import REGION_ZONES

# Numbers that a person has at home or in the pocket; toll-free and company numbers say nothing of a place.
_PERSONAL = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.VOIP,
)


@dataclass(frozen=True, slots=True)
class _Number:
    """What a phone number says of its owner's whereabouts; a narrow one says less than all of its country."""

    country: str | None
    zones: tuple[str, ...]
    narrow: bool


def candidate_zones(
    stated: str | None, country: str | None, region: str | None, phones: Sequence[str]
) -> tuple[str, ...]:
    """Return every time zone in which the debtor may be, sorted; contact must be allowed in all of them.

    The stated zone, those of the region and those of geographic numbers add up. Then each country that the
    address or a personal number points to must be accounted for: by one of these zones, otherwise by all that it
    has. A mobile number points to its country, a toll-free one to nothing while anything else is known.
    Empty when nothing is known: then there must be no contact. `phones` are E.164.
    """
    return _candidates(stated, country, region, tuple(phones))


def plan_zone(stated: str | None, creditor_zone: str) -> str:
    """Return the zone in which a plan's due dates are dates: the debtor's stated one, else the creditor's."""
    return stated or creditor_zone


def country_of_phone(phone: str) -> str | None:
    """Return the country (ISO 3166-1) of an E.164 number; None for a number that is not a person's."""
    return _number(phone).country


@cache
def known_zones() -> frozenset[str]:
    """Return the names of the tz database that a debtor's zone may have."""
    names = (files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}


@cache
def known_countries() -> frozenset[str]:
    """Return the countries (ISO 3166-1, two letters) that the tz database knows, and Kosovo."""
    return frozenset(row[0] for row in _table("iso3166.tab")) | {"XK"}


def country_zones(country: str) -> tuple[str, ...]:
    """Return every zone of the country; empty for one that has no inhabitants."""
    return _zones_by_country().get(country, ())


@lru_cache(maxsize=32_768)
def _candidates(
    stated: str | None, country: str | None, region: str | None, phones: tuple[str, ...]
) -> tuple[str, ...]:
    numbers = [_number(each) for each in phones]
    of_region = REGION_ZONES.get(country or "", {}).get(region or "", ())
    zones = {*of_region, *(zone for each in numbers if each.narrow for zone in each.zones)}
    if stated:
        zones.add(stated)
    accounted = _canonical(zones)
    places = {each.country for each in numbers if each.country} | ({country} if country else set())
    for place in places - ({country} if of_region else set()):
        if not accounted & _canonical(country_zones(place)):
            zones.update(country_zones(place))
    return tuple(sorted(zones or {zone for each in numbers for zone in each.zones}))


@lru_cache(maxsize=32_768)
def _number(phone: str) -> _Number:
    try:
        parsed = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return _Number(None, (), narrow=False)
    zones = tuple(
        each for each in timezone.time_zones_for_number(parsed) if each != timezone.UNKNOWN_TIMEZONE
    )
    kind = phonenumbers.number_type(parsed)
    if kind not in _PERSONAL:
        return _Number(None, zones, narrow=False)
    code = parsed.country_code or 0
    of_code = tuple(TIMEZONE_DATA.get(str(code), ()))
    geographic = phonenumbers.is_number_type_geographical(kind, code)
    narrow = geographic and bool(zones) and (len(zones) == 1 or zones != of_code)
    return _Number(phonenumbers.region_code_for_number(parsed), zones, narrow)


@cache
def _zones_by_country() -> Mapping[str, tuple[str, ...]]:
    zones: dict[str, list[str]] = defaultdict(list)
    for country, _, zone, *_ in _table("zone.tab"):
        zones[country].append(zone)
    return {country: tuple(sorted(each)) for country, each in zones.items()} | {"XK": ("Europe/Belgrade",)}


def _canonical(zones: Iterable[str]) -> frozenset[str]:
    """Return the zones under the names of those they are links to: equal names mean equal clocks."""
    return frozenset(_links().get(zone, zone) for zone in zones)


@cache
def _links() -> Mapping[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "tzdata.zi").read_text(encoding="utf-8").splitlines()
    links = {link: target for _, target, link in (line.split() for line in lines if line.startswith("L "))}
    return {link: links.get(target, target) for link, target in links.items()}


def _table(name: str) -> Iterator[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
