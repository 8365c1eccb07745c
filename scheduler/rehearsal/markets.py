"""Where the people of a sample live: places from Auckland to Honolulu, their money, languages and fictional numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Market:
    """One place; in `phones` every # is any digit. Amounts are drawn around `usual_minor`.

    `region` is the second part of an ISO 3166-2 code, where the country has any that matter. Its debtors live at the
    `postal_codes` in turn.
    """

    country: str
    region: str
    postal_codes: tuple[str, ...]
    time_zone: str
    locale: str
    currency: str
    usual_minor: int
    phones: tuple[str, ...]


_ENGLISH = (
    "Amelia Oliver Isla Theo Freya Arthur Ruby Noah",
    "Fairweather Brook Hartley Ashdown Winslow Penrose Lark",
)
_FRENCH = (
    "Camille Lucas Manon Hugo Chloé Louis Zoé Jules",
    "Clairmont Beaulac Delaube Rivoire Montclair Sauvel Lorin",
)

# Given names and family names of nobody in particular.
_NAMES = {
    "ar": ("ليلى سامي نور كريم هدى ياسين مريم زياد", "النجار الحداد البستاني الصباغ الخياط العطار الورد"),
    "de": ("Lena Jonas Mia Felix Klara Emil Greta Anton", "Birkental Sonnfeld Grünbach Tannhof Rosswald Apfler"),
    "en": _ENGLISH,
    "es": ("Lucía Mateo Valeria Diego Camila Tomás Elena Bruno", "Delrío Campoverde Altamar Rosales Montesol Laguna"),
    "fr": _FRENCH,
    "hi": ("आशा रोहन मीरा अर्जुन प्रिया विक्रम कविता निखिल", "सूर्यवंशी नदीकर फूलवाला चंदनकर सागरे पर्वते वनमाली"),
    "ja": ("さくら 健太 美咲 大輝 結衣 翔太 葵 蓮", "桜川 星野原 月岡 青空 森下野 花村 海原"),
    "pt": ("Beatriz Tiago Inês Rui Mariana Davi Sofia Caio", "Flores Ribeirinho Pedraverde Montemor Lagoa Serrano"),
    "sw": ("Amani Baraka Neema Juma Zawadi Imani Rehema Tumaini", "Mwangaza Bahari Mlima Jua Nyota Upepo Msitu"),
    "ur": ("عائشہ حمزہ زینب بلال مریم عمر ثنا علی", "چمن گلزار بہار دریا صحرا ستارہ روشن"),
    "vi": ("An Bình Chi Dũng Hoa Khánh Lan Minh", "Hoàng Đặng Lê Trịnh Vũ Đỗ Mai"),
    "zh": ("晓明 丽华 建国 雨欣 子轩 思雨 浩然 梦洁", "云 江 林 海 花 星 月"),
}  # fmt: skip

_FAMILY_FIRST = {"ja": "", "zh": "", "vi": " "}


def names(locale: str) -> tuple[str, ...]:
    """Return full names as people of that language write them."""
    language = locale.partition("-")[0]
    given, family = (part.split() for part in _NAMES[language])
    if (space := _FAMILY_FIRST.get(language)) is not None:
        return tuple(f"{last}{space}{first}" for last in family for first in given)
    return tuple(f"{first} {last}" for last in family for first in given)


def _nanp(codes: str) -> tuple[str, ...]:
    """Return 555-0100 to 555-0199, reserved for fiction, in each area; then others of the exchange without lines."""
    areas = codes.split()
    return (*(f"+1{area}55501##" for area in areas), *(f"+1{area}5552###" for area in areas))


# Reserved for fiction: GB by Ofcom, FR by ARCEP, DE by BNetzA, AU by ACMA, +1 555 01xx. Elsewhere a plain pattern.
_GB = tuple(
    f"+44{area}0###"
    for area in "207946 121496 161496 113496 114496 116496 117496 118496 131496 141496 191498".split()
)
_FR = ("+3319900####", "+3326191####", "+3335301####", "+3346571####", "+3353649####")
_DE = ("+493023125###", "+496990009###", "+494066969###", "+492214710###", "+498999998###")
_AU = ("+6125550####", "+6127010####")
_NEW_YORK = _nanp("212 917 718 646 347 516 914 585 716 315")

MARKETS = (
    Market("NZ", "AUK", ("1010", "0622"), "", "en-NZ", "NZD", 18_000, ("+649555####",)),
    Market("AU", "NSW", ("2000", "2150"), "", "en-AU", "AUD", 16_000, _AU),
    Market("JP", "13", ("100-0001", "160-0022"), "", "ja-JP", "JPY", 12_000, ("+8135550####",)),
    Market("CN", "BJ", ("100000", "100080"), "", "zh-CN", "CNY", 80_000, ("+861300000####",)),
    Market("SG", "", ("018956", "520123"), "", "zh-SG", "SGD", 15_000, ("+658888####",)),
    Market("VN", "HN", ("100000",), "", "vi-VN", "VND", 1_500_000, ("+8490000####",)),
    Market("IN", "DL", ("110001", "110092"), "", "hi-IN", "INR", 450_000, ("+91900000####",)),
    Market("PK", "SD", ("74000", "75500"), "", "ur-PK", "PKR", 900_000, ("+9230000#####",)),
    Market("AE", "DU", (), "", "ar-AE", "AED", 45_000, ("+9715000#####",)),
    Market("KW", "KU", ("13001",), "", "ar-KW", "KWD", 36_500, ("+9655000####",)),
    Market("KE", "30", ("00100", "00200"), "", "sw-KE", "KES", 650_000, ("+25470000####",)),
    Market("ZA", "WC", ("8001", "7700"), "", "en-ZA", "ZAR", 120_000, ("+2782000####",)),
    Market("DE", "BE", ("10115", "12043"), "", "de-DE", "EUR", 14_500, _DE),
    Market("FR", "IDF", ("75001", "92100", "93200"), "", "fr-FR", "EUR", 13_200, _FR),
    Market("TN", "11", ("1000", "1002"), "", "fr-TN", "TND", 210_000, ("+2162000####",)),
    Market("GB", "ENG", ("SW1A 1AA", "M1 1AE", "LS1 4DY"), "", "en-GB", "GBP", 11_800, _GB),
    Market("PT", "20", ("9500-150",), "Atlantic/Azores", "pt-PT", "EUR", 9_900, ("+35129655####",)),
    Market("BR", "SP", ("01001-000", "13010-001"), "", "pt-BR", "BRL", 38_000, ("+55115550####",)),
    Market("CA", "NL", ("A1C 1A1", "A1B 3X9"), "America/St_Johns", "en-CA", "CAD", 17_500, _nanp("709")),
    Market("CL", "RM", ("8320000", "7500000"), "America/Santiago", "es-CL", "CLP", 95_000, ("+5622555####",)),
    Market("US", "NY", ("10001", "11201", "12207", "14202"), "", "en-US", "USD", 12_500, _NEW_YORK),
    Market("MX", "CMX", ("06000", "03100"), "", "es-MX", "MXN", 180_000, ("+52555550####",)),
    Market("US", "CO", ("80202", "80903"), "", "en-US", "USD", 11_000, _nanp("303 720 719 970")),
    Market(
        "US",
        "CA",
        ("90001", "94102", "95814"),
        "",
        "es-US",
        "USD",
        13_900,
        _nanp("213 310 323 415 619 818 916"),
    ),
    Market("US", "AK", ("99501",), "America/Anchorage", "en-US", "USD", 15_600, _nanp("907")),
    Market("US", "HI", ("96813",), "", "en-US", "USD", 14_200, _nanp("808")),
)
