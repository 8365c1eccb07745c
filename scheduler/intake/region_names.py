"""What people write for a state or a province beside its code and the names that the `holidays` library has for it."""

from collections.abc import Mapping

_Names = dict[str, str]


def _names(text: str) -> _Names:
    """Read lines of a code and what is written for it, parted by commas."""
    lines = (line.split(maxsplit=1) for line in text.strip().splitlines())
    return {name.strip(): code for code, names in lines for name in names.split(",")}


# Traditional abbreviations of the Government Publishing Office's style manual, and cities that make no doubt.
_US = _names("""
    AL Ala
    AZ Ariz
    AR Ark
    CA Calif, Cal
    CO Colo
    CT Conn
    DC Washington DC, Washington D.C.
    DE Del
    FL Fla
    IL Ill
    IN Ind
    KS Kans, Kan
    MA Mass
    MI Mich
    MN Minn
    MS Miss
    MT Mont
    NE Nebr, Neb
    NV Nev
    NM N Mex
    NY NYC, New York City, New York State
    ND N Dak
    OK Okla
    OR Oreg, Ore
    PA Penn, Penna
    SC S Car
    SD S Dak
    TN Tenn
    TX Tex
    VI US Virgin Islands
    WA Wash, Washington State
    WV W Va
    WI Wis, Wisc
    WY Wyo
""")

_CA = _names("""
    AB Alta
    BC Brit Col
    MB Man
    NL Nfld, NF, Newfoundland
    NT NWT
    ON Ont
    PE PEI
    QC Que, PQ
    SK Sask
    YT Yukon Territory, YK
""")

_GB = _names("""
    ENG Lloegr
    NIR NI
    SCT Alba
    WLS Cymru
""")

# The codes before ISO 3166-2 followed the states' new abbreviations in 2023.
_IN = _names("""
    CG CT
    DH DD, DN
    OD OR, Orissa
    PY Pondicherry
    UK UT, Uttaranchal
    DL New Delhi, NCT of Delhi
""")

# Mexico alone may mean the country, so it means no state. DIF and DF were the capital's until 2016.
_MX = _names("""
    AGU Aguascalientes
    BCN Baja California
    BCS Baja California Sur
    CAM Campeche
    CHH Chihuahua
    CHP Chiapas
    CMX Ciudad de México, CDMX, Distrito Federal, DF, DIF
    COA Coahuila, Coahuila de Zaragoza
    COL Colima
    DUR Durango
    GRO Guerrero
    GUA Guanajuato
    HID Hidalgo
    JAL Jalisco
    MEX Estado de México, Edomex
    MIC Michoacán, Michoacán de Ocampo
    MOR Morelos
    NAY Nayarit
    NLE Nuevo León
    OAX Oaxaca
    PUE Puebla
    QUE Querétaro
    ROO Quintana Roo
    SIN Sinaloa
    SLP San Luis Potosí
    SON Sonora
    TAB Tabasco
    TAM Tamaulipas
    TLA Tlaxcala
    VER Veracruz, Veracruz de Ignacio de la Llave
    YUC Yucatán
    ZAC Zacatecas
""")

REGION_NAMES: Mapping[str, Mapping[str, str]] = {"CA": _CA, "GB": _GB, "IN": _IN, "MX": _MX, "US": _US}
"""By country (ISO 3166-1): the region's code (ISO 3166-2 without the country) by what is written for it."""

NO_REGION = frozenset({("US", "l.a."), ("US", "l.a")})
"""What looks like a region's code with dots, and is more often a city."""
