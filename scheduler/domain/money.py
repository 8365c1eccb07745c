"""Exact money: integer minor units of an ISO 4217 currency, never a float."""

import re

# ISO 4217 minor units; every other currency that Duly accepts has two decimals.
_EXPONENTS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)

_DECIMAL = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)


def exponent(currency: str) -> int:
    """Return how many decimals the currency has: 0, 2 or 3."""
    return _EXPONENTS.get(currency, 2)


def parse_minor(text: str, currency: str) -> int:
    """Return a decimal string in major units ("1234.50") as minor units, exactly.

    Raises ValueError with a sentence when the text is not a plain decimal number
    or has more decimals than the currency knows.
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an amount; write digits with a decimal point, such as 1234.50")
    sign, whole, decimals = match[1], match[2], (match[3] or "").rstrip("0")
    places = exponent(currency)
    if len(decimals) > places:
        raise ValueError(f"{text!r} has more decimals than {currency} allows ({places})")
    minor = int(whole + decimals.ljust(places, "0"))
    return -minor if sign else minor


def format_major(amount_minor: int, currency: str) -> str:
    """Return minor units as the plain decimal string that `parse_minor` reads."""
    places = exponent(currency)
    digits = str(abs(amount_minor)).rjust(places + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
