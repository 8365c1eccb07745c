"""Where somebody lives, as far as it is known: regions (ISO 3166-2), territories, and postal codes.

Every question has three answers, of which None says that it is not known. Text that is no region of the country, or
no postal code there, is as good as nothing: it says neither where somebody lives nor where not.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import normalize

Levels = tuple[frozenset[str], ...]


def _levels(*codes: str) -> Levels:
    return tuple(frozenset(each.split()) for each in codes)


def _numbered(first: int, last: int) -> str:
    return " ".join(f"{each:02}" for each in range(first, last + 1))


_OVERSEAS = "971 972 973 974 976 BL CP MF NC PF PM TF WF"

REGIONS: Mapping[str, Levels] = {
    "AR": _levels("A B C D E F G H J K L M N P Q R S T U V W X Y Z"),
    "AT": _levels("1 2 3 4 5 6 7 8 9"),
    "AU": _levels("ACT NSW NT QLD SA TAS VIC WA"),
    "BO": _levels("B C H L N O P S T"),
    "BR": _levels("AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO"),
    "CA": _levels("AB BC MB NB NL NS NT NU ON PE QC SK YT"),
    "CH": _levels("AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH"),
    "CL": _levels("AI AN AP AR AT BI CO LI LL LR MA ML NB RM TA VS"),
    "CN": _levels(
        "AH BJ CQ FJ GD GS GX GZ HA HB HE HI HK HL HN JL JS JX LN MO NM NX QH SC SD SH SN SX TJ TW XJ XZ YN ZJ"
    ),
    "DE": _levels("BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH"),
    "ES": _levels(
        "AN AR AS CB CE CL CM CN CT EX GA IB MC MD ML NC PV RI VC",
        "A AB AL AV B BA BI BU C CA CC CE CO CR CS CU GC GI GR GU H HU J L LE LO LU M MA ML MU NA O OR P PM PO S "
        "SA SE SG SO SS T TE TF TO V VA VI Z ZA",
    ),
    "FR": _levels(
        f"20R ARA BFC BRE CVL GES HDF IDF NAQ NOR OCC PAC PDL {_OVERSEAS}",
        f"{_numbered(1, 19)} 2A 2B {_numbered(21, 95)} {_OVERSEAS}",
        f"69M 6AE 75C {_OVERSEAS}",
    ),
    "GB": _levels("ENG NIR SCT WLS"),  # councils and cities are not at hand, so they say nothing of the nation
    "IN": _levels(
        "AN AP AR AS BR CG CH DH DL GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD PB PY RJ SK TN TR TS UK UP WB"
    ),
    "JP": _levels(_numbered(1, 47)),
    "MX": _levels(
        "AGU BCN BCS CAM CHH CHP CMX COA COL DUR GRO GUA HID JAL MEX MIC MOR NAY NLE OAX PUE QUE ROO SIN SLP SON "
        "TAB TAM TLA VER YUC ZAC"
    ),
    "MY": _levels(_numbered(1, 16)),
    "NZ": _levels("AUK BOP CAN CIT GIS HKB MBH MWT NSN NTL OTA STL TAS TKI WGN WKO WTC"),
    "PL": _levels("02 04 06 08 10 12 14 16 18 20 22 24 26 28 30 32"),
    "PT": _levels(f"{_numbered(1, 18)} 20 30"),
    "RU": _levels(
        "AD AL ALT AMU ARK AST BA BEL BRY BU CE CHE CHU CU DA IN IRK IVA KAM KB KC KDA KEM KGD KGN KHA KHM KIR KK KL "
        "KLU KO KOS KR KRS KYA LEN LIP MAG ME MO MOS MOW MUR NEN NGR NIZ NVS OMS ORE ORL PER PNZ PRI PSK ROS RYA SA "
        "SAK SAM SAR SE SMO SPE STA SVE TA TAM TOM TUL TVE TY TYU UD ULY VGG VLA VLG VOR YAN YAR YEV ZAB"
    ),
    "US": _levels(
        "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM "
        "NV NY OH OK OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY"
    ),
}  # fmt: skip
"""By country (ISO 3166-1): its regions (ISO 3166-2 without the country), one set for each level of them.

Regions of different levels may lie within each other, so that one does not rule the other out.
"""

TERRITORIES: Mapping[str, tuple[str, str]] = {
    **{each: ("US", each) for each in ("AS", "GU", "MP", "PR", "VI")},
    "GP": ("FR", "971"),
    "MQ": ("FR", "972"),
    "GF": ("FR", "973"),
    "RE": ("FR", "974"),
    "YT": ("FR", "976"),
}
"""Places with a country's code of their own, as the region that they are of the country whose law holds there.

ISO 3166-2 lists each of them as a subdivision of that country. "State" in 15 USC 1692a(8) and 12 CFR 1006.2(l) includes
the territories of the United States; in the overseas departments the laws of France hold (Constitution, article 73).
"""

_CODE = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
_SHAPES = {"US": re.compile(r"[0-9]{5}([0-9]{4})?")}


def whole(country: str | None, region: str | None) -> tuple[str | None, str | None]:
    """Return a territory as a region of its country, and any other place as it is."""
    return TERRITORIES.get(country or "", (country, region))


def region_code(country: str | None, text: str) -> str:
    """Return a region as codes are compared: in capitals, and without the country where that stands before it."""
    code = normalize("NFKC", text).strip().upper()
    if country is not None and code.startswith(country) and code[len(country) : len(country) + 1] in {*"-_ "}:
        return code[len(country) + 1 :].strip()
    return code


@lru_cache(maxsize=8_192)
def is_in_region(country: str, region: str, text: str | None) -> bool | None:
    """Whether what is said of somebody's region means this region (ISO 3166-2) of the country."""
    code = region_code(country, text or "")
    if code == region:
        return True
    return False if _are_apart(country, region, code) else None


def _are_apart(country: str, one: str, other: str) -> bool:
    if (levels := REGIONS.get(country)) is not None:
        return any({one, other} <= level for level in levels)
    return _CODE.fullmatch(other) is not None and one.isdigit() == other.isdigit()


@lru_cache(maxsize=8_192)
def has_postal_code(country: str, beginnings: tuple[str, ...], text: str | None) -> bool | None:
    """Whether a postal code begins in one of these ways; None for text that is no postal code of the country."""
    code, shape = _plain(text or ""), _SHAPES.get(country)
    if not code or (shape is not None and not shape.fullmatch(code)):
        return None
    return code.startswith(tuple(_plain(each) for each in beginnings))


def _plain(postal_code: str) -> str:
    """Return a postal code as it is compared: SW1A 1AA is sw1a1aa is SW1A-1AA, and full-width digits are digits."""
    return "".join(each for each in normalize("NFKC", postal_code).upper() if each.isalnum())
