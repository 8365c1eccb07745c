"""The time zones of the states and provinces of countries that span several; every name is from zone.tab."""

_EASTERN = "America/New_York"
_CENTRAL = "America/Chicago"
_MOUNTAIN = "America/Denver"
_PACIFIC = "America/Los_Angeles"

_Zones = dict[str, tuple[str, ...]]


def _each(codes: str, *zones: str) -> _Zones:
    return dict.fromkeys(codes.split(), zones)


# Split states list every zone that is official in a part of them.
_US: _Zones = (
    _each("CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV", _EASTERN)
    | _each("AL AR IA IL LA MN MO MS OK WI", _CENTRAL)
    | _each("CO MT NM UT WY", _MOUNTAIN)
    | _each("CA WA", _PACIFIC)
    | _each("AK", "America/Anchorage", "America/Juneau", "America/Sitka", "America/Metlakatla",
            "America/Yakutat", "America/Nome", "America/Adak")
    | _each("AZ", "America/Phoenix", _MOUNTAIN)  # the Navajo Nation keeps summer time
    | _each("FL", _EASTERN, _CENTRAL)
    | _each("HI", "Pacific/Honolulu")
    | _each("ID", "America/Boise", _PACIFIC)
    | _each("IN", "America/Indiana/Indianapolis", "America/Indiana/Vincennes", "America/Indiana/Winamac",
            "America/Indiana/Marengo", "America/Indiana/Petersburg", "America/Indiana/Vevay",
            "America/Indiana/Tell_City", "America/Indiana/Knox", _CENTRAL)
    | _each("KS NE", _CENTRAL, _MOUNTAIN)
    | _each("KY", "America/Kentucky/Louisville", "America/Kentucky/Monticello", _EASTERN, _CENTRAL)
    | _each("MI", "America/Detroit", "America/Menominee")
    | _each("ND", _CENTRAL, "America/North_Dakota/Center", "America/North_Dakota/New_Salem",
            "America/North_Dakota/Beulah", _MOUNTAIN)
    | _each("NV", _PACIFIC, _MOUNTAIN)  # West Wendover
    | _each("OR", _PACIFIC, "America/Boise")
    | _each("SD", _CENTRAL, _MOUNTAIN)
    | _each("TN", _EASTERN, _CENTRAL)
    | _each("TX", _CENTRAL, _MOUNTAIN)
    | _each("AS", "Pacific/Pago_Pago")
    | _each("GU", "Pacific/Guam")
    | _each("MP", "Pacific/Saipan")
    | _each("PR", "America/Puerto_Rico")
    | _each("VI", "America/St_Thomas")
)  # fmt: skip

_CA: _Zones = (
    _each("AB", "America/Edmonton")
    | _each("BC", "America/Vancouver", "America/Creston", "America/Dawson_Creek", "America/Fort_Nelson",
            "America/Edmonton")
    | _each("MB", "America/Winnipeg")
    | _each("NB", "America/Moncton")
    | _each("NL", "America/St_Johns", "America/Goose_Bay")
    | _each("NS", "America/Halifax", "America/Glace_Bay")
    | _each("NT", "America/Edmonton", "America/Inuvik")
    | _each("NU", "America/Iqaluit", "America/Atikokan", "America/Resolute", "America/Rankin_Inlet",
            "America/Cambridge_Bay")
    | _each("ON", "America/Toronto", "America/Atikokan", "America/Winnipeg")
    | _each("PE", "America/Halifax")
    | _each("QC", "America/Toronto", "America/Blanc-Sablon", "America/Halifax")  # the Magdalen Islands
    | _each("SK", "America/Regina", "America/Swift_Current", "America/Edmonton")
    | _each("YT", "America/Whitehorse", "America/Dawson")
)  # fmt: skip

_AU: _Zones = (
    _each("ACT", "Australia/Sydney")
    | _each("NSW", "Australia/Sydney", "Australia/Broken_Hill", "Australia/Lord_Howe")
    | _each("NT", "Australia/Darwin")
    | _each("QLD", "Australia/Brisbane", "Australia/Lindeman")
    | _each("SA", "Australia/Adelaide")
    | _each("TAS", "Australia/Hobart", "Antarctica/Macquarie")
    | _each("VIC", "Australia/Melbourne")
    | _each("WA", "Australia/Perth", "Australia/Eucla")
)

_BR: _Zones = (
    _each("DF ES GO MG PR RJ RS SC SP", "America/Sao_Paulo")
    | _each("CE MA PB PI RN", "America/Fortaleza")
    | _each("AL SE", "America/Maceio")
    | _each("AC", "America/Rio_Branco")
    | _each("AM", "America/Manaus", "America/Eirunepe")
    | _each("AP", "America/Belem")
    | _each("BA", "America/Bahia")
    | _each("MS", "America/Campo_Grande")
    | _each("MT", "America/Cuiaba")
    | _each("PA", "America/Belem", "America/Santarem")
    | _each("PE", "America/Recife", "America/Noronha")
    | _each("RO", "America/Porto_Velho")
    | _each("RR", "America/Boa_Vista")
    | _each("TO", "America/Araguaina")
)

_MX: _Zones = (
    _each(
        "AGU CHP CMX COL GRO GUA HID JAL MEX MIC MOR OAX PUE QUE SLP TAB TLA VER ZAC", "America/Mexico_City"
    )
    | _each("BCN", "America/Tijuana")
    | _each("BCS SIN", "America/Mazatlan")
    | _each("CAM YUC", "America/Merida")
    | _each("CHH", "America/Chihuahua", "America/Ciudad_Juarez", "America/Ojinaga")
    | _each("COA NLE TAM", "America/Monterrey", "America/Matamoros")
    | _each("DUR", "America/Monterrey")
    | _each("NAY", "America/Mazatlan", "America/Bahia_Banderas")
    | _each("ROO", "America/Cancun")
    | _each("SON", "America/Hermosillo")
)

_CN: _Zones = _each(
    "AH BJ CQ FJ GD GS GX GZ HA HB HE HI HL HN JL JS JX LN NM NX QH SC SD SH SN SX TJ XZ YN ZJ",
    "Asia/Shanghai",
) | _each("XJ", "Asia/Shanghai", "Asia/Urumqi")

_RU: _Zones = (
    _each("AD ARK BEL BRY CE CU DA IN IVA KB KC KDA KL KLU KO KOS KR KRS LEN LIP ME MO MOS MOW MUR NEN NGR",
          "Europe/Moscow")
    | _each("NIZ ORL PNZ PSK ROS RYA SE SMO SPE STA TA TAM TUL TVE VLA VLG VOR YAR", "Europe/Moscow")
    | _each("BA CHE KGN KHM ORE PER SVE TYU YAN", "Asia/Yekaterinburg")
    | _each("AL ALT", "Asia/Barnaul")
    | _each("AMU", "Asia/Yakutsk")
    | _each("AST", "Europe/Astrakhan")
    | _each("BU IRK", "Asia/Irkutsk")
    | _each("CHU", "Asia/Anadyr")
    | _each("KAM", "Asia/Kamchatka")
    | _each("KEM", "Asia/Novokuznetsk")
    | _each("KGD", "Europe/Kaliningrad")
    | _each("KHA PRI YEV", "Asia/Vladivostok")
    | _each("KIR", "Europe/Kirov")
    | _each("KK KYA TY", "Asia/Krasnoyarsk")
    | _each("MAG", "Asia/Magadan")
    | _each("NVS", "Asia/Novosibirsk")
    | _each("OMS", "Asia/Omsk")
    | _each("SA", "Asia/Yakutsk", "Asia/Khandyga", "Asia/Vladivostok", "Asia/Ust-Nera", "Asia/Srednekolymsk")
    | _each("SAK", "Asia/Sakhalin", "Asia/Srednekolymsk")
    | _each("SAM UD", "Europe/Samara")
    | _each("SAR", "Europe/Saratov")
    | _each("TOM", "Asia/Tomsk")
    | _each("ULY", "Europe/Ulyanovsk")
    | _each("VGG", "Europe/Volgograd")
    | _each("ZAB", "Asia/Chita")
)  # fmt: skip

REGION_ZONES = {"AU": _AU, "BR": _BR, "CA": _CA, "CN": _CN, "MX": _MX, "RU": _RU, "US": _US}
"""By country (ISO 3166-1) and region (ISO 3166-2 without the country); elsewhere a region adds nothing."""
